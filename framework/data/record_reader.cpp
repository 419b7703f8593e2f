#include "framework/data/record_reader.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

namespace motive {
namespace {

#ifdef MOTIVE_FUZZING  // so small that inputs of a fuzzer cross its end, again and again
constexpr std::size_t kBufferSize = 32;
#else
constexpr std::size_t kBufferSize = 1 << 20;
#endif
constexpr std::size_t kLongestRecord = 100 << 20;

std::string_view without_return(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

}  // namespace

RecordReader::RecordReader(TextSource source, RecordFormat format)
    : source_(std::move(source)), format_(std::move(format)), buffer_(kBufferSize + kPadding) {}

Result<RecordReader> RecordReader::open(const Path& file, RecordFormat format) {
  MOTIVE_ASSIGN(TextSource source, TextSource::open(file));
  RecordReader reader(std::move(source), std::move(format));
  MOTIVE_TRY(reader.fill());
  MOTIVE_TRY(reader.check_start());
  return reader;
}

Status RecordReader::check_start() {
  const std::string_view start(buffer_.data(), end_);
  record_line_ = 1;
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) {
    return error(
        "the file is UTF-16; make it UTF-8, for example: iconv -f UTF-16 -t UTF-8 OLD > NEW");
  }
  if (start.starts_with("\xef\xbb\xbf")) {
    had_bom_ = true;
    begin_ = 3;
  }
  record_line_ = 0;
  return {};
}

/// Reads more behind what is there; first moves that to the front, or makes room.
Status RecordReader::fill() {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    unusual_until_ -= std::min(unusual_until_, begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ + kPadding == buffer_.size()) {
    if (end_ >= kLongestRecord) {
      record_line_ = next_line_;
      return error(
          "the line, or a quoted value that begins here, is longer than 100 MB; is this a text "
          "file, and do all quotes close? (`quote: none` reads quotes as ordinary characters)");
    }
    buffer_.resize(std::min(end_ * 2, kLongestRecord) + kPadding);
  }
  const std::span<char> free(buffer_.data() + end_, buffer_.size() - kPadding - end_);
  MOTIVE_ASSIGN(const std::size_t got, source_.read(free));
  if (has_unusual_bytes({buffer_.data() + end_, got})) unusual_until_ = end_ + got;
  end_ += got;
  at_end_ = got == 0;
  return {};
}

/// Position of the newline at or after begin_ + from, relative to begin_ (as begin_ may move); end
/// of the data where the last line has none.
Result<std::size_t> RecordReader::end_of_line(std::size_t from) {
  while (true) {
    const char* start = buffer_.data() + begin_ + from;
    const std::size_t size = end_ - begin_ - from;
    if (const void* found = size ? std::memchr(start, '\n', size) : nullptr) {
      return static_cast<std::size_t>(static_cast<const char*>(found) - buffer_.data()) - begin_;
    }
    if (at_end_) return end_ - begin_;
    from = end_ - begin_;
    MOTIVE_TRY(fill());
  }
}

Status RecordReader::check_bytes(std::string_view text) {
  can_skip_ = true;
  if (const void* zero = std::memchr(text.data(), 0, text.size())) {
    return error("a NUL byte at character {}; this is not a text file, or it was damaged",
                 static_cast<const char*>(zero) - text.data() + 1);
  }
  if (format_.encoding == Encoding::kUtf8 && !simdjson::validate_utf8(text)) {
    if (const std::size_t at = first_invalid_utf8(text); at != std::string_view::npos) {
      return error(
          "byte 0x{:02x} at position {} is not valid UTF-8; if the file is latin-1, say `encoding: "
          "latin-1`",
          static_cast<unsigned char>(text[at]), at + 1);
    }
  }
  can_skip_ = false;
  return {};
}

bool RecordReader::skip() {
  if (!can_skip_) return false;
  can_skip_ = false;
  advance(line_bytes_, 1);
  return true;
}

/// The next line that is not blank, without its end; begin_ stays at it until advance().
Result<bool> RecordReader::take_line(std::string_view& line) {
  while (true) {
    MOTIVE_ASSIGN(line_bytes_, end_of_line(0));
    if (begin_ == end_) return false;
    line = without_return({buffer_.data() + begin_, line_bytes_});
    record_line_ = next_line_;
    if (!line.empty()) return true;
    advance(line_bytes_, 1);
    ++blank_lines_;
  }
}

void RecordReader::advance(std::size_t bytes, std::uint64_t lines) {
  begin_ = std::min(begin_ + bytes + 1, end_);
  next_line_ += lines;
}

Result<bool> RecordReader::next_line(std::string_view& line) {
  MOTIVE_ASSIGN(const bool found, take_line(line));
  if (!found) return false;
  const bool unusual = begin_ < unusual_until_;
  if (unusual) MOTIVE_TRY(check_bytes(line));
  advance(line_bytes_, 1);
  if (unusual && format_.encoding == Encoding::kLatin1) {
    decoded_.clear();
    append_latin1(line, decoded_);
    const std::size_t size = decoded_.size();
    decoded_.append(kPadding, '\0');
    line = std::string_view(decoded_).substr(0, size);
  }
  return true;
}

Result<bool> RecordReader::next(std::vector<std::string_view>& fields) {
  std::string_view line;
  MOTIVE_ASSIGN(const bool found, take_line(line));
  if (!found) return false;
  fields.clear();
  if (format_.quote && std::memchr(line.data(), format_.quote, line.size())) {
    MOTIVE_TRY(split_quoted(fields));
    return true;
  }
  const bool unusual = begin_ < unusual_until_;
  if (unusual) MOTIVE_TRY(check_bytes(line));
  split_plain(line, fields);
  advance(line_bytes_, 1);
  if (unusual && format_.encoding == Encoding::kLatin1) decode(fields);
  return true;
}

void RecordReader::split_plain(std::string_view line, std::vector<std::string_view>& fields) const {
  const std::string_view separator = format_.separator;
  if (separator.size() == 1) {
    const char c = separator[0];
    const char* begin = line.data();
    const char* const end = begin + line.size();
    for (const char* at = begin; at != end; ++at) {
      if (*at != c) continue;
      fields.emplace_back(begin, at - begin);
      begin = at + 1;
    }
    fields.emplace_back(begin, end - begin);
    return;
  }
  std::size_t begin = 0;
  for (std::size_t at; (at = line.find(separator, begin)) != std::string_view::npos;
       begin = at + separator.size()) {
    fields.push_back(line.substr(begin, at - begin));
  }
  fields.push_back(line.substr(begin));
}

/// Reads a quoted field whose opening quote stands at begin_ + at; appends it to unquoted_ and
/// returns the position behind the closing quote.
Result<std::size_t> RecordReader::read_quoted_field(std::size_t at) {
  ++at;
  while (true) {
    const char* start = buffer_.data() + begin_ + at;
    const std::size_t size = end_ - begin_ - at;
    const void* found = size ? std::memchr(start, format_.quote, size) : nullptr;
    const std::size_t length =
        found ? static_cast<std::size_t>(static_cast<const char*>(found) - start) : size;
    unquoted_.append(start, length);
    at += length;
    // Whether a quote is doubled is known only with the character behind it.
    if (at + 1 >= end_ - begin_ && !at_end_) {
      MOTIVE_TRY(fill());
      continue;
    }
    if (!found) {
      return error(
          "a quote opens in this record and never closes; close it, or say `quote: none` if quotes "
          "are ordinary characters in this file");
    }
    if (begin_ + at + 1 >= end_ || buffer_[begin_ + at + 1] != format_.quote) return at + 1;
    unquoted_ += format_.quote;
    at += 2;
  }
}

Status RecordReader::split_quoted(std::vector<std::string_view>& fields) {
  const std::string& separator = format_.separator;
  unquoted_.clear();
  pieces_.clear();
  std::size_t at = 0;
  bool more = true;
  while (more) {
    const std::size_t piece = unquoted_.size();
    const bool quoted = begin_ + at < end_ && buffer_[begin_ + at] == format_.quote;
    if (quoted) {
      MOTIVE_ASSIGN(at, read_quoted_field(at));
    }
    const std::size_t quoted_end = at;
    MOTIVE_ASSIGN(const std::size_t line_end, end_of_line(at));
    const std::string_view rest = without_return({buffer_.data() + begin_ + at, line_end - at});
    const std::size_t next_separator = rest.find(separator);
    more = next_separator != std::string_view::npos;
    const std::string_view tail = rest.substr(0, next_separator);
    if (quoted && !tail.empty()) {
      can_skip_ = true;
      return error(
          "field {}: text stands after a closing quote (character {} of the record); double the "
          "quotes inside the value, or say `quote: none` if quotes are ordinary characters in this "
          "file",
          pieces_.size() + 1, quoted_end + 1);
    }
    unquoted_.append(tail);
    pieces_.push_back({piece, unquoted_.size() - piece});
    at = more ? at + tail.size() + separator.size() : line_end;
  }
  const std::string_view record(buffer_.data() + begin_, at);
  const bool unusual = begin_ < unusual_until_;
  if (unusual) MOTIVE_TRY(check_bytes(record));
  advance(at, 1 + static_cast<std::uint64_t>(std::count(record.begin(), record.end(), '\n')));
  for (const auto& piece : pieces_)
    fields.push_back(std::string_view(unquoted_).substr(piece.begin, piece.size));
  if (unusual && format_.encoding == Encoding::kLatin1) decode(fields);
  return {};
}

/// From latin-1. The views are renewed after all is written, as decoded_ may move.
void RecordReader::decode(std::vector<std::string_view>& fields) {
  decoded_.clear();
  pieces_.clear();
  for (const auto field : fields) {
    const std::size_t begin = decoded_.size();
    append_latin1(field, decoded_);
    pieces_.push_back({begin, decoded_.size() - begin});
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    fields[i] = std::string_view(decoded_).substr(pieces_[i].begin, pieces_[i].size);
  }
}

}  // namespace motive
