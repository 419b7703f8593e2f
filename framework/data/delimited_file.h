#pragma once
// Purpose: a delimited file with its columns found: what the readers of interactions, items and
// users share. Errors (kInvalid) name file, line and column, and say what to do.

#include "framework/data/descriptor.h"
#include "framework/data/record_reader.h"

namespace motive {

class DelimitedFile {
 public:
  /// Reads the header, where there is one.
  static Result<DelimitedFile> open(const Path& folder, const FileDescription& description);

  /// The number of the column that `columns` names for `role`; an error with the nearest name.
  Result<std::size_t> column(const std::string& role) const;
  /// False at the end. Every record must have as many fields as the header, or as the first record.
  Result<bool> next();
  std::size_t width() const { return fields_.size(); }
  std::string_view field(std::size_t column) const { return fields_[column]; }

  /// "FILE:LINE: column `rating`: REASON".
  Error bad_value(std::size_t column, std::string_view reason) const;
  const RecordReader& reader() const { return reader_; }

 private:
  DelimitedFile(RecordReader reader, const FileDescription& description)
      : reader_(std::move(reader)), description_(&description) {}
  Status read_header();
  Error wrong_width() const;
  std::string separator_hint() const;
  std::string column_name(std::size_t column) const;

  RecordReader reader_;
  const FileDescription* description_;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::size_t width_ = 0;  // 0: not known yet
};

}  // namespace motive
