#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

bool too_deep(std::string_view text) {
  int depth = 0;
  for (std::size_t at = next_bracket(text, 0); at != std::string_view::npos; at = next_bracket(text, at + 1)) {
    depth += text[at] == '{' || text[at] == '[' ? 1 : -1;
    if (depth > kMaxJsonDepth) return true;
  }
  return false;
}

}  // namespace

std::size_t next_bracket(std::string_view text, std::size_t from) {
  bool in_string = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '}' || c == '[' || c == ']') {
      return i;
    }
  }
  return std::string_view::npos;
}

std::optional<Json> parse_json(std::string_view text) {
  if (too_deep(text)) return std::nullopt;
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return std::nullopt;
  return json;
}

const Json& member_at(const Json& value, const char* key) {
  static const Json kNull;
  if (!value.is_object()) return kNull;
  const auto found = value.find(key);
  return found == value.end() ? kNull : *found;
}

std::string text_at(const Json& object, const char* key) {
  const Json& member = member_at(object, key);
  return member.is_string() ? member.get<std::string>() : "";
}

}  // namespace motive::llm
