#pragma once
// Purpose: a delimited file with its columns found. Errors (kInvalid) name file, line and column,
// and say what to do.

#include "framework/data/format.h"
#include "framework/data/record_reader.h"

namespace motive {

class Delimited : public Records {
 public:
  /// Reads the header, where there is one.
  static Result<std::unique_ptr<Delimited>> open(const Path& file, const RecordFormat& format,
                                                 bool header);
  /// Names of the columns; empty without a header. To be changed before find().
  std::vector<std::string>& header() { return header_; }
  /// `columns`: role or field -> a name of the header, or a number from 0 without one; each becomes
  /// a slot. `flags`: one more slot.
  Status find(const std::map<std::string, std::string>& columns,
              const FlagColumns* flags = nullptr);

  Result<bool> next() override;
  bool skip() override;
  Error error(std::string_view reason) const override { return reader_.error("{}", reason); }
  std::uint64_t blank_lines() const override { return reader_.blank_lines(); }
  const TextSource& source() const override { return reader_.source(); }

 private:
  Delimited(RecordReader reader, bool has_header)
      : reader_(std::move(reader)), has_header_(has_header) {}
  Status read_header();
  Result<std::size_t> column(const std::string& role, const std::string& wanted) const;
  Status check_numbers() const;
  Status read_flags();
  Error wrong_width() const;
  std::string separator_hint() const;

  RecordReader reader_;
  bool has_header_;
  std::vector<std::string> header_;
  std::vector<std::string_view> fields_;
  std::vector<std::size_t> numbers_;  // [slots without flags] column
  std::size_t width_ = 0;             // 0: not known yet
  const FlagColumns* flags_ = nullptr;
  std::string flags_text_;
  bool wrong_fields_ = false;  // the last error was of the record's fields, which are behind us
};

}  // namespace motive
