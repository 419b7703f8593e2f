#include "baselines/external/csv.h"

namespace motive::external {
namespace {

constexpr std::size_t kMostRowBytes = std::size_t{1} << 20;

/// For error messages.
std::string shown(const std::string& text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += static_cast<unsigned char>(c) < 32 ? '?' : c;
  return text.size() > 60 ? out + "..." : out;
}

}  // namespace

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string(2, c) : std::string(1, c);
  return out + "\"";
}

CsvWriter::CsvWriter(const Path& file) : file_(file), stream_(file, std::ios::binary) {}

void CsvWriter::row(const std::vector<std::string_view>& fields) {
  if (fields.size() == 1 && fields[0].empty()) buffer_ += "\"\"";  // else it were an empty line
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) buffer_ += ',';
    buffer_ += csv_field(fields[i]);
  }
  buffer_ += '\n';
  if (buffer_.size() < (std::size_t{1} << 18)) return;
  stream_ << buffer_;
  buffer_.clear();
}

Status CsvWriter::finish() {
  stream_ << buffer_;
  buffer_.clear();
  stream_.close();
  if (!stream_) return fail("{}: cannot write it; is there space in the folder?", file_.string());
  return {};
}

Status CsvReader::feed(std::string_view bytes) {
  for (const char c : bytes) MOTIVE_TRY(take_char(c));
  return {};
}

Status CsvReader::take_char(char c) {
  if (++row_bytes_ > kMostRowBytes) {
    return fail("line {}: a row of more than {} bytes", row_line_, kMostRowBytes);
  }
  if (c == '\n') ++line_;
  if (state_ == State::kQuoted) {
    if (c == '"') {
      state_ = State::kQuoteInQuoted;
    } else {
      field_ += c;
    }
    return {};
  }
  if (c == '"' && state_ != State::kPlain) {
    if (state_ == State::kQuoteInQuoted) field_ += c;
    state_ = State::kQuoted;
    return {};
  }
  if (c == '\r') return {};
  if (c == ',') {
    fields_.push_back(std::move(field_));
    field_.clear();
    state_ = State::kStart;
    return {};
  }
  if (c == '\n') return end_row();
  if (state_ == State::kQuoteInQuoted) {
    return fail("line {}: '{}' follows a closing quote", row_line_, shown(std::string(1, c)));
  }
  field_ += c;
  state_ = State::kPlain;
  return {};
}

Status CsvReader::end_row() {
  const bool empty = fields_.empty() && field_.empty() && state_ == State::kStart;
  fields_.push_back(std::move(field_));
  field_.clear();
  state_ = State::kStart;
  const std::size_t line = row_line_;
  row_line_ = line_;
  row_bytes_ = 0;
  Status status;
  if (!empty) status = take_(fields_, line);
  fields_.clear();
  return status;
}

Status CsvReader::finish() {
  if (state_ == State::kStart && fields_.empty() && field_.empty()) return {};
  const std::string rest = fields_.empty() ? field_ : fields_.front() + "," + field_;
  return fail(
      "line {}: the output ends in the middle of a row ('{}'); each row ends with a line feed",
      row_line_, shown(rest));
}

Status read_csv(const Path& file, const CsvReader::Take& take) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail("{}: cannot open", file.string());
  CsvReader reader(take);
  std::string buffer(std::size_t{1} << 16, '\0');
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         stream.gcount()) {
    MOTIVE_TRY(reader.feed({buffer.data(), static_cast<std::size_t>(stream.gcount())}));
  }
  if (stream.bad()) return fail("{}: cannot read", file.string());
  return reader.finish();
}

}  // namespace motive::external
