#include "framework/llm/artefact_lines.h"

#include <openssl/evp.h>

#include "framework/config/utf8.h"
#include "framework/base/compress.h"

namespace motive::llm {
namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = static_cast<signed char>(text[at]) >= 0 ? 1 : config::decode_utf8(text, at).size;
    if (size == 0) return false;
    at += size;
  }
  return true;
}

std::string to_base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it by NUL
  const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(n));
  return text;
}

bool from_base64(const std::string& text, std::string& bytes) {
  bytes.assign(text.size() / 4 * 3, '\0');
  if (text.empty()) return true;
  const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (n < 0 || text.size() % 4 != 0) return false;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  bytes.resize(static_cast<std::size_t>(n) - padding);
  return true;
}

/// Takes fields out of a JSON object, and keeps the first thing that is wrong.
class Fields {
 public:
  explicit Fields(const Json& object) : object_(object) {}
  const std::string& fault() const { return fault_; }

  std::string text(const char* name) {
    const Json& value = at(name);
    if (value.is_string()) return value.get<std::string>();
    std::string bytes;
    const bool coded = value.is_object() && value.size() == 1 && value.contains("base64") && value["base64"].is_string();
    if (!coded || !from_base64(value["base64"].get<std::string>(), bytes)) wrong(name, "a text");
    return bytes;
  }
  template <class T>
  T integer(const char* name) {
    const Json& value = at(name);
    if (!value.is_number_integer()) return wrong(name, "a whole number"), T{};
    if (value.is_number_unsigned()) {
      const auto number = value.get<std::uint64_t>();
      return std::in_range<T>(number) ? static_cast<T>(number) : (wrong(name, "in range"), T{});
    }
    const auto number = value.get<std::int64_t>();
    return std::in_range<T>(number) ? static_cast<T>(number) : (wrong(name, "in range"), T{});
  }
  double real(const char* name) {
    const Json& value = at(name);
    return value.is_number() ? value.get<double>() : (wrong(name, "a number"), 0.0);
  }
  bool truth(const char* name) {
    const Json& value = at(name);
    return value.is_boolean() ? value.get<bool>() : (wrong(name, "true or false"), false);
  }

 private:
  const Json& at(const char* name) {
    static const Json kNull;
    const auto found = object_.find(name);
    return found == object_.end() ? kNull : *found;
  }
  void wrong(const char* name, const char* wanted) {
    if (fault_.empty()) fault_ = fmt::format("`{}` is missing or is not {}", name, wanted);
  }
  const Json& object_;
  std::string fault_;
};

}  // namespace

Json text_to_json(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  return {{"base64", to_base64(bytes)}};
}

Result<std::string> line_of(const RequestRow& row) {
  const std::string key = key_text(row.key);
  const auto asked = unpack(row.asked), answer = unpack(row.answer);
  if (!asked) return fail("the request of {} is {}", key, asked.error().message);
  if (!answer) return fail("the answer of {} is {}", key, answer.error().message);
  const Json line = {{"attempt", row.attempt},
                     {"cached_tokens", row.usage.cached},
                     {"completion_tokens", row.usage.completion},
                     {"cost", row.cost},
                     {"endpoint", text_to_json(row.endpoint)},
                     {"key", key},
                     {"model", text_to_json(row.model)},
                     {"path", text_to_json(row.path)},
                     {"prompt_tokens", row.usage.prompt},
                     {"received", text_to_json(row.received)},
                     {"request", text_to_json(*asked)},
                     {"response", text_to_json(*answer)},
                     {"sample", row.sample},
                     {"status", row.status},
                     {"usage_reported", row.usage.reported}};
  return line.dump();
}

Result<RequestRow> row_of(std::string_view line) {
  const Json json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return fail("is no JSON object");
  Fields fields(json);
  CacheKey key{fields.text("request"), fields.text("endpoint"), fields.text("path"), fields.integer<std::uint64_t>("sample"),
               fields.integer<int>("attempt")};
  StoredAnswer answer;
  answer.status = fields.integer<int>("status");
  answer.body = fields.text("response");
  answer.usage = {fields.integer<std::int64_t>("prompt_tokens"), fields.integer<std::int64_t>("cached_tokens"),
                  fields.integer<std::int64_t>("completion_tokens"), fields.truth("usage_reported")};
  answer.cost = fields.real("cost");
  answer.model = fields.text("model");
  answer.received = fields.text("received");
  const std::string name = fields.text("key");
  if (!fields.fault().empty()) return fail("{}", fields.fault());
  RequestRow row = make_row(key, answer);
  row.received = answer.received;  // also where it is empty
  if (key_text(row.key) != name) return fail("its key {} is not the hash of its request", name.substr(0, 64));
  return row;
}

}  // namespace motive::llm
