#pragma once
// Purpose: records of a delimited text file, or its lines, from one streamed buffer.
// Understands: a byte order mark, LF and CRLF, separators of one or more characters, quoted fields
// (RFC 4180) with separators, newlines and doubled quotes inside, UTF-8 and latin-1.
// A record's fields are views that live until the next call. Blank lines are skipped and counted.
// Complexity: O(bytes), no allocation per record. Memory: 1 MB, more only for longer lines.
// Errors (kInvalid, "file:line: ..."): NUL bytes, UTF-16, invalid UTF-8, a line longer than 100 MB,
// a quote that never closes, text after a closing quote; and what TextSource says.

#include <string>
#include <string_view>
#include <vector>

#include "framework/data/encoding.h"
#include "framework/data/text_source.h"

namespace motive {

struct RecordFormat {
  std::string separator = ",";
  char quote = '"';  // 0: quotes are ordinary characters
  Encoding encoding = Encoding::kUtf8;
};

class RecordReader {
 public:
  static Result<RecordReader> open(const Path& file, RecordFormat format);

  /// False at the end of the file. `fields` are UTF-8.
  Result<bool> next(std::vector<std::string_view>& fields);
  /// The same for whole lines, without looking at separators and quotes. kPadding bytes behind a
  /// line may be read (what stands there means nothing): parsers that read ahead need that.
  Result<bool> next_line(std::string_view& line);
  static constexpr std::size_t kPadding = 64;

  /// After an error of next() or next_line(): goes behind the line with the bad record. False where
  /// the error is not of one record: compressed data cut off, a line without end, an open quote.
  bool skip();

  /// Line on which the last record began, from 1.
  std::uint64_t line() const { return record_line_; }
  std::uint64_t blank_lines() const { return blank_lines_; }
  bool had_bom() const { return had_bom_; }
  const TextSource& source() const { return source_; }
  const RecordFormat& format() const { return format_; }
  /// An error that begins with "file:line: ".
  template <class... A>
  Error error(fmt::format_string<A...> format, A&&... arguments) const {
    return invalid("{}:{}: {}", source_.file().string(), record_line_,
                   fmt::format(format, std::forward<A>(arguments)...));
  }

 private:
  /// A field of a quoted record: a piece of `unquoted_`.
  struct Piece {
    std::size_t begin, size;
  };

  RecordReader(TextSource source, RecordFormat format);
  Status check_start();
  Status fill();
  Result<std::size_t> end_of_line(std::size_t from);
  Result<bool> take_line(std::string_view& line);
  void advance(std::size_t bytes, std::uint64_t lines);
  Status check_bytes(std::string_view text);
  Status split_quoted(std::vector<std::string_view>& fields);
  Result<std::size_t> read_quoted_field(std::size_t at);
  void split_plain(std::string_view line, std::vector<std::string_view>& fields) const;
  void decode(std::vector<std::string_view>& fields);

  TextSource source_;
  RecordFormat format_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;          // of what was not handed out yet
  std::size_t end_ = 0;            // of what was read
  std::size_t line_bytes_ = 0;     // of the line that was taken, without its newline
  std::size_t unusual_until_ = 0;  // before it, bytes above 127 or zeros may stand
  bool at_end_ = false;
  bool can_skip_ = false;
  std::uint64_t next_line_ = 1;
  std::uint64_t record_line_ = 0;
  std::uint64_t blank_lines_ = 0;
  bool had_bom_ = false;
  std::string unquoted_;
  std::vector<Piece> pieces_;
  std::string decoded_;
};

}  // namespace motive
