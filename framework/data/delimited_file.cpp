#include "framework/data/delimited_file.h"

#include <algorithm>

namespace motive {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

std::string shown(const std::string& separator) { return separator == "\t" ? "tab" : separator; }

}  // namespace

Result<DelimitedFile> DelimitedFile::open(const Path& folder, const FileDescription& description) {
  const RecordFormat format{description.separator_text(), description.quote_character(),
                            description.encoding};
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(folder / description.file, format));
  DelimitedFile file(std::move(reader), description);
  if (file.reader_.source().bytes_total() == 0) {
    return invalid("{}: the file is empty", (folder / description.file).string());
  }
  if (description.header) MOTIVE_TRY(file.read_header());
  return file;
}

Status DelimitedFile::read_header() {
  MOTIVE_ASSIGN(const bool found, reader_.next(fields_));
  if (!found) return invalid("{}: the file is empty", reader_.source().file().string());
  for (const auto field : fields_) header_.push_back(trimmed(field));
  width_ = header_.size();
  return {};
}

/// What else the separator could be, where the first fields hold it.
std::string DelimitedFile::separator_hint() const {
  if (fields_.size() != 1) return "";
  for (const char* candidate : {"\t", ";", "|", "::", ","}) {
    if (candidate != description_->separator_text() &&
        fields_[0].find(candidate) != std::string_view::npos) {
      return fmt::format("; the whole line is one field: should it be `separator: \"{}\"`?",
                         shown(candidate));
    }
  }
  return "";
}

Result<std::size_t> DelimitedFile::column(const std::string& role) const {
  const std::string& wanted = description_->columns.at(role);
  const std::string file = reader_.source().file().string();
  if (!description_->header) return static_cast<std::size_t>(std::stoul(wanted));
  const auto found = std::find(header_.begin(), header_.end(), wanted);
  if (found == header_.end()) {
    std::string names;
    for (const auto& name : header_) names += (names.empty() ? "" : ", ") + config::excerpt(name);
    return invalid("{}:{}: there is no column {} (for `{}`).{} The columns are: {}{}", file,
                   reader_.line(), config::excerpt(wanted), role,
                   config::did_you_mean(wanted, header_), names, separator_hint());
  }
  if (std::find(found + 1, header_.end(), wanted) != header_.end()) {
    return invalid("{}:{}: two columns are named {}; rename one", file, reader_.line(),
                   config::excerpt(wanted));
  }
  return static_cast<std::size_t>(found - header_.begin());
}

Error DelimitedFile::wrong_width() const {
  return reader_.error(
      "{} fields where {} has {} (separator {}){}; a separator inside a value needs quotes around "
      "the "
      "value{}",
      fields_.size(), description_->header ? "the header" : "the first record", width_,
      config::excerpt(shown(description_->separator_text())), separator_hint(),
      description_->quote == "none" ? " and `quote: '\"'`" : "");
}

Result<bool> DelimitedFile::next() {
  MOTIVE_ASSIGN(const bool found, reader_.next(fields_));
  if (!found) return false;
  if (width_ == 0) {
    width_ = fields_.size();
    for (const auto& [role, number] : description_->columns) {
      if (std::stoul(number) >= width_) {
        return reader_.error(
            "there is no column {} (for `{}`): the record has {} fields, numbered from 0{}", number,
            role, width_, separator_hint());
      }
    }
  }
  if (fields_.size() != width_) return wrong_width();
  return true;
}

std::string DelimitedFile::column_name(std::size_t column) const {
  return column < header_.size() ? header_[column] : std::to_string(column);
}

Error DelimitedFile::bad_value(std::size_t column, std::string_view reason) const {
  return reader_.error("column {}: {}", config::excerpt(column_name(column)), reason);
}

}  // namespace motive
