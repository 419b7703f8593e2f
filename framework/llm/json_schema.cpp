// JSON in what a model said, and whether it is of the form that was asked for.

#include <cmath>
#include <optional>

#include "framework/base/trimmed.h"
#include "framework/config/node.h"
#include "framework/config/utf8.h"
#include "framework/llm/parse_json.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

std::string_view trimmed(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return motive::trimmed(text, " \t\r\n");
}

/// What stands between the first ``` and the next, without the name of a language.
std::optional<std::string_view> fenced(std::string_view text) {
  const auto open = text.find("```");
  if (open == std::string_view::npos) return std::nullopt;
  const auto begin = text.find_first_of("\n{[", open + 3);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto close = text.find("```", begin);
  if (close == std::string_view::npos) return std::nullopt;
  return text.substr(begin, close - begin);
}

/// One past the brace that closes the one at `begin`, or npos: it is never closed.
std::size_t end_of_object(std::string_view text, std::size_t begin) {
  int depth = 0;
  for (std::size_t at = begin; at != std::string_view::npos; at = next_bracket(text, at + 1)) {
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
  }
  return std::string_view::npos;
}

std::string shown(const std::string& path) { return path.empty() ? "the answer" : "`" + path + "`"; }

std::string brief(const Json& value) { return config::excerpt(canonical(value)); }

bool is_type(const Json& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "null") return value.is_null();
  if (type == "number") return value.is_number();
  if (type == "integer") {
    if (value.is_number_integer()) return true;
    return value.is_number_float() && std::isfinite(value.get<double>()) &&
           std::trunc(value.get<double>()) == value.get<double>();
  }
  return true;
}

std::string type_fault(const Json& value, const Json& type, const std::string& path) {
  if (type.is_string() && !is_type(value, type.get_ref<const std::string&>())) {
    return fmt::format("{} is {}, not of type {}", shown(path), brief(value), type.get_ref<const std::string&>());
  }
  if (!type.is_array()) return "";
  for (const Json& one : type) {
    if (one.is_string() && is_type(value, one.get_ref<const std::string&>())) return "";
  }
  return fmt::format("{} is {}, of none of the types {}", shown(path), brief(value), canonical(type));
}

std::string fault_at(const Json& value, const Json& schema, const std::string& path);

std::string object_fault(const Json& value, const Json& schema, const std::string& path) {
  const Json& required = member_at(schema, "required");
  if (required.is_array()) {
    for (const Json& name : required) {
      if (name.is_string() && !value.contains(name.get_ref<const std::string&>())) {
        return fmt::format("{} lacks `{}`", shown(path), name.get_ref<const std::string&>());
      }
    }
  }
  const Json& properties = member_at(schema, "properties");
  const Json& others = member_at(schema, "additionalProperties");
  for (const auto& [name, member] : value.items()) {
    const std::string at = path.empty() ? name : path + "." + name;
    const bool known = properties.is_object() && properties.contains(name);
    if (!known && others == Json(false))
      return fmt::format("{} has {}, which the schema does not know", shown(path), config::excerpt(name));
    const Json& form = known ? properties[name] : others;
    if (!form.is_object()) continue;
    if (std::string fault = fault_at(member, form, at); !fault.empty()) return fault;
  }
  return "";
}

std::string array_fault(const Json& value, const Json& schema, const std::string& path) {
  const Json& least = member_at(schema, "minItems");
  const Json& most = member_at(schema, "maxItems");
  if (least.is_number() && value.size() < least.get<std::size_t>()) {
    return fmt::format("{} has {} entries, at least {} are wanted", shown(path), value.size(), least.get<std::size_t>());
  }
  if (most.is_number() && value.size() > most.get<std::size_t>()) {
    return fmt::format("{} has {} entries, at most {} are wanted", shown(path), value.size(), most.get<std::size_t>());
  }
  const Json& items = member_at(schema, "items");
  if (!items.is_object()) return "";
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (std::string fault = fault_at(value[i], items, fmt::format("{}[{}]", path, i)); !fault.empty()) return fault;
  }
  return "";
}

std::string fault_at(const Json& value, const Json& schema, const std::string& path) {
  if (std::string fault = type_fault(value, member_at(schema, "type"), path); !fault.empty()) return fault;
  if (const Json& names = member_at(schema, "enum"); names.is_array()) {
    bool found = false;
    for (const Json& name : names) found = found || name == value;
    if (!found) return fmt::format("{} is {}, which is none of the values that the schema allows", shown(path), brief(value));
  }
  if (value.is_number()) {
    const Json& low = member_at(schema, "minimum");
    const Json& high = member_at(schema, "maximum");
    if (low.is_number() && value < low) return fmt::format("{} is {}, below {}", shown(path), brief(value), canonical(low));
    if (high.is_number() && value > high) return fmt::format("{} is {}, above {}", shown(path), brief(value), canonical(high));
  }
  if (value.is_string()) {
    const Json& most = member_at(schema, "maxLength");
    const std::size_t length = config::utf8_length(value.get_ref<const std::string&>());
    if (most.is_number() && length > most.get<std::size_t>()) {
      return fmt::format("{} has {} characters, at most {} are wanted", shown(path), length, most.get<std::size_t>());
    }
  }
  if (value.is_object()) return object_fault(value, schema, path);
  if (value.is_array()) return array_fault(value, schema, path);
  return "";
}

}  // namespace

Result<Json> json_in(std::string_view text) {
  text = trimmed(text);
  // What a reasoning model wrote down while thinking is no answer, whatever objects it tried there.
  if (const auto thought = text.rfind("</think>"); thought != std::string_view::npos) {
    text = trimmed(text.substr(thought + 8));
  } else if (text.starts_with("<think>")) {
    return fail("the answer ends before the model had stopped thinking");
  }
  if (auto whole = parse_json(text)) return std::move(*whole);
  if (const auto block = fenced(text)) {
    if (auto inside = parse_json(*block)) return std::move(*inside);
  }
  for (auto begin = text.find('{'); begin != std::string_view::npos;) {
    const auto end = end_of_object(text, begin);
    if (end == std::string_view::npos) return fail("the answer's JSON is cut off: {}", config::excerpt(text.substr(begin)));
    if (auto object = parse_json(text.substr(begin, end - begin))) {
      const std::string_view before = trimmed(text.substr(0, begin));
      if (before.ends_with('[')) return fail("the answer is a list, or a part of one, where an object is wanted");
      return std::move(*object);
    }
    begin = text.find('{', end);
  }
  return fail("there is no JSON object in the answer {}", config::excerpt(text));
}

std::string schema_fault(const Json& value, const Json& schema) { return fault_at(value, schema, ""); }

}  // namespace motive::llm
