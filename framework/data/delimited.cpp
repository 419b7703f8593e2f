#include "framework/data/delimited.h"

#include <algorithm>

namespace motive {
namespace {

std::string trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

std::string shown(const std::string& separator) { return separator == "\t" ? "tab" : separator; }

Result<std::unique_ptr<Records>> open_delimited(const OpenFile& file) {
  const FileDescription& d = file.description;
  const RecordFormat format{d.separator_text(), d.quote_character(), d.encoding};
  MOTIVE_ASSIGN(std::unique_ptr<Delimited> records, Delimited::open(file.file, format, d.header));
  MOTIVE_TRY(records->find(d.columns, file.flags));
  return std::unique_ptr<Records>(std::move(records));
}

}  // namespace

const Format kDelimitedFormat = {
    FileFormat::kDelimited,   true,  true,   Format::Columns::kRequired,
    Format::EventUnit::kLine, false, "auto", open_delimited};

Result<std::unique_ptr<Delimited>> Delimited::open(const Path& file, const RecordFormat& format,
                                                   bool header) {
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file, format));
  std::unique_ptr<Delimited> records(new Delimited(std::move(reader), header));
  if (records->source().bytes_total() == 0) {
    return invalid("{}: the file is empty; fetch or export it again", file.string());
  }
  if (header) MOTIVE_TRY(records->read_header());
  return records;
}

Status Delimited::read_header() {
  MOTIVE_ASSIGN(const bool found, reader_.next(fields_));
  if (!found) {
    return invalid("{}: there is no header, the file is empty; fetch or export it again",
                   source().file().string());
  }
  for (const auto field : fields_) header_.push_back(trimmed(field));
  width_ = header_.size();
  return {};
}

Status Delimited::find(const std::map<std::string, std::string>& columns,
                       const FlagColumns* flags) {
  for (const auto& [role, wanted] : columns) {
    MOTIVE_ASSIGN(const std::size_t number, column(role, wanted));
    roles_.push_back(role);
    columns_.push_back(wanted);
    numbers_.push_back(number);
  }
  flags_ = flags;
  if (flags) {
    roles_.push_back(flags->field);
    columns_.push_back(fmt::format("{}", flags->first));
  }
  values_.resize(roles_.size());
  return {};
}

/// What else the separator could be, where the first fields hold it.
std::string Delimited::separator_hint() const {
  if (fields_.size() != 1) return "";
  for (const char* candidate : {"\t", ";", "|", "::", ","}) {
    if (candidate != reader_.format().separator &&
        fields_[0].find(candidate) != std::string_view::npos) {
      return fmt::format("; the whole line is one field: should it be `separator: \"{}\"`?",
                         shown(candidate));
    }
  }
  return "";
}

Result<std::size_t> Delimited::column(const std::string& role, const std::string& wanted) const {
  if (!has_header_) return static_cast<std::size_t>(std::stoul(wanted));
  const auto found = std::find(header_.begin(), header_.end(), wanted);
  if (found == header_.end()) {
    std::string names;
    for (const auto& name : header_) names += (names.empty() ? "" : ", ") + config::excerpt(name);
    return reader_.error("there is no column {} (for `{}`).{} The columns are: {}{}",
                         config::excerpt(wanted), role, config::did_you_mean(wanted, header_),
                         names, separator_hint());
  }
  if (std::find(found + 1, header_.end(), wanted) != header_.end()) {
    return reader_.error("two columns are named {}; rename one", config::excerpt(wanted));
  }
  return static_cast<std::size_t>(found - header_.begin());
}

Error Delimited::wrong_width() const {
  return reader_.error(
      "{} fields where {} has {} (separator {}){}; a separator inside a value needs quotes around "
      "the value{}",
      fields_.size(), has_header_ ? "the header" : "the first record", width_,
      config::excerpt(shown(reader_.format().separator)), separator_hint(),
      reader_.format().quote ? "" : " and `quote: '\"'`");
}

/// Without a header, the first record shows which columns there are.
Status Delimited::check_numbers() const {
  for (std::size_t i = 0; i < numbers_.size(); ++i) {
    if (numbers_[i] < width_) continue;
    return reader_.error(
        "there is no column {} (for `{}`): the record has {} fields, numbered from 0{}",
        numbers_[i], roles_[i], width_, separator_hint());
  }
  return {};
}

/// "Comedy, Drama" of neighbouring columns of 0 and 1.
Status Delimited::read_flags() {
  flags_text_.clear();
  const auto first = static_cast<std::size_t>(flags_->first);
  if (first + flags_->names.size() > fields_.size()) {
    return reader_.error(
        "flags {} to {} are not all there: the record has {} fields, numbered from 0", first,
        first + flags_->names.size() - 1, fields_.size());
  }
  for (std::size_t i = 0; i < flags_->names.size(); ++i) {
    const std::string_view value = fields_[first + i];
    if (value == "0") continue;
    if (value != "1") {
      const std::string name = has_header_ ? header_[first + i] : std::to_string(first + i);
      return reader_.error("column {}: {} is not a flag (0 or 1)", config::excerpt(name),
                           config::excerpt(value));
    }
    flags_text_ += (flags_text_.empty() ? "" : flags_->join) + flags_->names[i];
  }
  values_.back() = flags_text_;
  return {};
}

Result<bool> Delimited::next() {
  wrong_fields_ = false;
  MOTIVE_ASSIGN(const bool found, reader_.next(fields_));
  if (!found) return false;
  if (width_ == 0) {
    width_ = fields_.size();
    MOTIVE_TRY(check_numbers());
  }
  wrong_fields_ = true;
  if (fields_.size() != width_) return wrong_width();
  for (std::size_t i = 0; i < numbers_.size(); ++i) values_[i] = fields_[numbers_[i]];
  if (flags_) MOTIVE_TRY(read_flags());
  wrong_fields_ = false;
  return true;
}

bool Delimited::skip() { return wrong_fields_ || reader_.skip(); }

}  // namespace motive
