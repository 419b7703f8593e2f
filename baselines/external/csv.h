#pragma once
// Purpose: the CSV (RFC 4180) that is exchanged with an external program: commas, lines, quotes
// doubled inside quotes. Reading is incremental and bounded: bytes come in pieces of any size.

#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.h"

namespace motive::external {

/// A field, in quotes where it needs them.
std::string csv_field(std::string_view text);

/// A file of rows. Errors are kept until finish().
class CsvWriter {
 public:
  explicit CsvWriter(const Path& file);
  void row(const std::vector<std::string_view>& fields);
  Status finish();

 private:
  Path file_;
  std::string buffer_;
  std::ofstream stream_;
};

/// Calls `take(fields, line)` for each row; line counts from 1. Empty lines are passed over.
class CsvReader {
 public:
  using Take = std::function<Status(const std::vector<std::string>& fields, std::size_t line)>;
  explicit CsvReader(Take take) : take_(std::move(take)) {}
  Status feed(std::string_view bytes);
  /// The end of the input. An error where it stands inside a row.
  Status finish();

 private:
  Status take_char(char c);
  Status end_row();
  enum class State { kStart, kPlain, kQuoted, kQuoteInQuoted };
  Take take_;
  State state_ = State::kStart;
  std::vector<std::string> fields_;
  std::string field_;
  std::size_t line_ = 1, row_bytes_ = 0, row_line_ = 1;
};

/// Reads a whole file.
Status read_csv(const Path& file, const CsvReader::Take& take);

}  // namespace motive::external
