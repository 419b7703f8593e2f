#include "framework/data/json_lines.h"

#include <algorithm>

#include "framework/data/python_literal.h"
#include "framework/data/record_reader.h"

namespace motive {
namespace {

namespace od = simdjson::ondemand;

static_assert(RecordReader::kPadding >= simdjson::SIMDJSON_PADDING);

class JsonLines final : public Records {
 public:
  JsonLines(RecordReader reader, const std::vector<JsonColumn>& columns, bool python)
      : reader_(std::move(reader)), fields_(columns), python_(python) {
    for (const JsonColumn& column : columns) {
      roles_.push_back(column.role);
      columns_.push_back(column.shown());
    }
    values_.resize(columns.size());
  }

  Result<bool> next() override {
    behind_ = false;
    std::string_view line;
    MOTIVE_ASSIGN(const bool more, reader_.next_line(line));
    if (!more) return false;
    behind_ = true;
    const auto begin = line.find_first_not_of(" \t");
    if (python_ && begin != std::string_view::npos && is_python_dict(line.substr(begin))) {
      if (const std::string wrong = python_to_json(line, json_); !wrong.empty())
        return reader_.error("not a literal of Python's: {}", wrong);
      line = json_;
      json_.append(RecordReader::kPadding, '\0');
      line = std::string_view(json_).substr(0, line.size());
    }
    if (const std::string wrong = parse(line); !wrong.empty()) return error(wrong);
    if (!checked_) {
      checked_ = true;
      MOTIVE_TRY(check_first(line));
    }
    return true;
  }
  bool skip() override { return behind_ || reader_.skip(); }
  Error error(std::string_view reason) const override { return reader_.error("{}", reason); }
  std::uint64_t blank_lines() const override { return reader_.blank_lines(); }
  const TextSource& source() const override { return reader_.source(); }

 private:
  simdjson::padded_string_view padded(std::string_view line) const {
    return simdjson::padded_string_view(line.data(), line.size(),
                                        line.size() + simdjson::SIMDJSON_PADDING);
  }

  std::string parse(std::string_view line) {
    od::object object;
    const auto code = parser_.iterate(padded(line)).get(document_);
    if (code) return fmt::format("not valid JSON: {}{}", simdjson::error_message(code), kRemedy);
    if (const auto not_object = document_.get_object().get(object)) {
      const bool type = not_object == simdjson::INCORRECT_TYPE;
      return fmt::format(
          "{}{}",
          type ? "the line is no JSON object"
               : fmt::format("not valid JSON: {}", simdjson::error_message(not_object)),
          kRemedy);
    }
    std::string wrong = fields_.read(object, values_);
    if (!wrong.empty()) return wrong + (wrong.starts_with("not valid") ? kRemedy : "");
    if (has_more(document_))
      return fmt::format("text stands behind the JSON object: one object a line{}", kRemedy);
    return {};
  }

  /// What every record must have and the first has not is a matter of wrong names.
  Status check_first(std::string_view line) {
    for (const char* role : {"user", "item", "rating", "timestamp"}) {
      const std::size_t at = slot(role);
      if (at == npos || !values_[at].empty()) continue;
      std::vector<std::string> keys = keys_of(line);
      const std::string& wanted = columns_[at];
      if (std::find(keys.begin(), keys.end(), wanted) != keys.end()) continue;
      std::string shown;
      for (const std::string& key : keys)
        shown += (shown.empty() ? "" : ", ") + config::excerpt(key);
      return reader_.error("there is no key {} (for `{}`).{} The keys are: {}",
                           config::excerpt(wanted), role, config::did_you_mean(wanted, keys),
                           shown);
    }
    return {};
  }
  std::vector<std::string> keys_of(std::string_view line) {
    std::vector<std::string> keys;
    od::object object;
    if (parser_.iterate(padded(line)).get(document_) || document_.get_object().get(object))
      return keys;
    for (auto field : object) {
      std::string_view key;
      if (field.unescaped_key().get(key)) break;
      keys.emplace_back(key);
    }
    if (const std::string wrong = parse(line); !wrong.empty()) keys.clear();  // the values again
    return keys;
  }

  static constexpr const char* kRemedy = "; mend the line, or say `on_error: skip`";

  RecordReader reader_;
  JsonFields fields_;
  bool python_;
  bool checked_ = false;
  bool behind_ = false;  // the last error was of a line that is behind us
  std::string json_;
  od::parser parser_;
  od::document document_;
};

Result<std::unique_ptr<Records>> open_format(const OpenFile& file) {
  return open_json_lines(file, json_columns(file.description));
}

}  // namespace

const Format kJsonLinesFormat = {
    FileFormat::kJsonLines,   true,  true,   Format::Columns::kRequired,
    Format::EventUnit::kLine, false, "auto", open_format};

std::vector<JsonColumn> json_columns(const FileDescription& description) {
  std::vector<JsonColumn> columns;
  for (const auto& [role, name] : description.columns)
    columns.push_back({role, {name}, description.join});
  return columns;
}

Result<std::unique_ptr<Records>> open_json_lines(const OpenFile& file,
                                                 const std::vector<JsonColumn>& columns,
                                                 bool python) {
  const RecordFormat format{"\n", '\0', file.description.encoding};
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(file.file, format));
  return std::unique_ptr<Records>(std::make_unique<JsonLines>(std::move(reader), columns, python));
}

}  // namespace motive
