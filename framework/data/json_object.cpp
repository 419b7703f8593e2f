// Format json_object: one JSON object for the whole file. Interactions: user -> list of items in
// order. Tables: id -> object of fields. The text is kept in memory, as it has no lines to read by;
// files above 1 GB are refused.
#include "framework/data/json_fields.h"
#include "framework/data/json_lines.h"

namespace motive {
namespace {

namespace od = simdjson::ondemand;
using simdjson::error_code;

constexpr std::size_t kLargest = std::size_t{1} << 30;

class JsonObject final : public Records {
 public:
  JsonObject(TextSource source, std::string text, const OpenFile& file)
      : source_(std::move(source)),
        text_(std::move(text)),
        size_(text_.size()),
        fields_(json_columns(file.description)) {
    text_.append(simdjson::SIMDJSON_PADDING, '\0');
    histories_ = file.use == FileUse::kInteractions;
    roles_ = {histories_ ? "user" : std::string(file.key())};
    columns_ = {"the object's key"};
    for (const auto& [role, name] : file.description.columns) {
      roles_.push_back(role);
      columns_.push_back(name);
    }
    values_.resize(roles_.size());
  }

  Status start() {
    const simdjson::padded_string_view all(text_.data(), size_, text_.size());
    if (const error_code code = parser_.iterate(all).get(document_)) return wrong(code);
    if (const error_code code = document_.get_object().get(object_)) return wrong(code);
    if (const error_code code = object_.begin().get(at_)) return wrong(code);
    if (const error_code code = object_.end().get(end_)) return wrong(code);
    return {};
  }

  Result<bool> next() override {
    if (started_) ++at_;
    started_ = true;
    if (!(at_ != end_)) {
      if (has_more(document_)) return error("text stands behind the JSON object");
      return false;
    }
    od::field field;
    if (const error_code code = (*at_).get(field)) return wrong(code);
    here_ = field.key().raw();
    std::string_view key;
    if (const error_code code = field.unescaped_key().get(key)) return wrong(code);
    if (histories_) {
      if (const error_code code = read_items(field.value())) return wrong(code, "a list of items");
    } else {
      od::object fields;
      if (const error_code code = field.value().get_object().get(fields))
        return wrong(code, "an object of fields");
      if (const std::string reason = fields_.read(fields, found_); !reason.empty())
        return error(reason);
      std::copy(found_.begin(), found_.end(), values_.begin() + 1);
    }
    values_[0] = key;
    return true;
  }
  bool skip() override { return false; }
  Error error(std::string_view reason) const override {
    const char* begin = text_.data();
    const char* here = here_ ? here_ : begin;
    return invalid("{}:{}: {}", source_.file().string(), 1 + std::count(begin, here, '\n'), reason);
  }
  std::uint64_t blank_lines() const override { return 0; }
  const TextSource& source() const override { return source_; }

 private:
  error_code read_items(od::value value) {
    items_.clear();
    od::array list;
    if (const error_code code = value.get_array().get(list)) return code;
    for (auto element : list) {
      od::value item;
      std::string_view text;
      if (const error_code code = element.get(item)) return code;
      if (const error_code code = JsonFields::scalar_text(item, text)) return code;
      items_.push_back(text);
    }
    return simdjson::SUCCESS;
  }
  Error wrong(error_code code, std::string_view expected = "an object") const {
    if (code == simdjson::INCORRECT_TYPE)
      return error(fmt::format("{} was expected{}", expected,
                               histories_ ? "; the format is {user: [items in order]}"
                                          : "; the format is {id: {field: value}}"));
    return error(fmt::format("not valid JSON: {}; fetch or export the file again",
                             simdjson::error_message(code)));
  }

  TextSource source_;
  std::string text_;
  std::size_t size_;
  JsonFields fields_;
  std::vector<std::string_view> found_;
  od::parser parser_;
  od::document document_;
  od::object object_;
  od::object_iterator at_, end_;
  bool started_ = false;
  const char* here_ = nullptr;  // where the record begins
};

Result<std::unique_ptr<Records>> open_format(const OpenFile& file) {
  MOTIVE_ASSIGN(TextSource source, TextSource::open(file.file));
  std::string text;
  std::size_t size = 0;
  while (true) {
    if (size == kLargest)
      return invalid("{}: larger than 1 GB; write it as JSON lines", file.file.string());
    text.resize(std::min(kLargest, std::max<std::size_t>(size * 2, 1 << 16)));
    MOTIVE_ASSIGN(const std::size_t got, source.read(std::span(text).subspan(size)));
    if (got == 0) break;
    size += got;
  }
  text.resize(size);
  if (size == 0) return invalid("{}: the file is empty; fetch it again", file.file.string());
  auto records = std::make_unique<JsonObject>(std::move(source), std::move(text), file);
  MOTIVE_TRY(records->start());
  return std::unique_ptr<Records>(std::move(records));
}

}  // namespace

const Format kJsonObjectFormat = {
    FileFormat::kJsonObject,   true,  true,   Format::Columns::kFields,
    Format::EventUnit::kComma, false, "auto", open_format};

}  // namespace motive
