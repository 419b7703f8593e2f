#include "framework/config/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "framework/config/utf8.h"

namespace motive::config {

namespace {

constexpr std::size_t kWidth = 100;

bool plain_safe(std::string_view text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  if (text.empty() || !letter(text.front()) || text.back() == ' ') return false;
  const auto safe = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == '@' ||
           c == ' ' || c == '(' || c == ')' || c == '%' || c == '=';
  };
  return std::all_of(text.begin(), text.end(), safe) && !looks_special(text);
}

std::string quoted(std::string_view text) {
  std::string out(1, '"');
  for (std::size_t i = 0; i < text.size();) {
    const Utf8 character = decode_utf8(text, i);
    const char32_t code = character.size == 0 ? 0xFFFD : character.code;
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    if (code == '"' || code == '\\') {
      out += {'\\', static_cast<char>(code)};
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\t') {
      out += "\\t";
    } else if (code < 0x20 || (code >= 0x7f && code < 0xA0)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(code));
    } else if (code == 0x2028 || code == 0x2029 || code == 0xFEFF || character.size == 0) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(code));
    } else {
      out += text.substr(i, size);
    }
    i += size;
  }
  out += '"';
  return out;
}

std::string string_text(std::string_view text) {
  return plain_safe(text) ? std::string(text) : quoted(text);
}

std::string scalar_text(const OrderedJson& json) {
  if (json.is_string()) return string_text(json.get_ref<const std::string&>());
  if (json.is_number_float()) return number_text(json.get<double>());
  if (json.is_object()) return "{}";
  if (json.is_array()) return "[]";
  return json.dump();
}

bool is_leaf(const OrderedJson& json) { return !json.is_structured() || json.empty(); }

/// A list of scalars as [a, b], or "" where it does not fit on a line that begins at `column`.
std::string flow_text(const OrderedJson& list, std::size_t column) {
  std::string out = "[";
  for (const OrderedJson& item : list) {
    if (!is_leaf(item)) return "";
    out += (out.size() == 1 ? "" : ", ") + scalar_text(item);
    if (column + out.size() + 1 > kWidth) return "";
  }
  return out + "]";
}

void write(const OrderedJson& json, std::size_t indent, bool in_line, std::string& out);

/// The value after "key:" or "-": on the same line where it is a leaf or fits, below otherwise.
void write_value(const OrderedJson& json, std::size_t indent, std::size_t column, bool in_list,
                 std::string& out) {
  if (is_leaf(json)) {
    out += ' ';
    out += scalar_text(json);
    out += '\n';
    return;
  }
  const std::string flow = json.is_array() ? flow_text(json, column) : "";
  if (!flow.empty()) {
    out += ' ';
    out += flow;
    out += '\n';
  } else if (in_list) {
    out += " ";
    write(json, indent + 2, true, out);
  } else {
    out += "\n";
    write(json, indent + 2, false, out);
  }
}

/// in_line: the first line's indent stands already (after "- ").
void write(const OrderedJson& json, std::size_t indent, bool in_line, std::string& out) {
  const std::string space(indent, ' ');
  if (json.is_object()) {
    for (const auto& [key, value] : json.items()) {
      const std::string name = string_text(key);
      out += (in_line ? "" : space) + name + ":";
      write_value(value, indent, indent + name.size() + 2, false, out);
      in_line = false;
    }
  } else {
    for (const OrderedJson& item : json) {
      out += (in_line ? "" : space) + "-";
      write_value(item, indent, indent + 2, true, out);
      in_line = false;
    }
  }
}

}  // namespace

std::string to_yaml(const OrderedJson& json) {
  if (is_leaf(json)) return scalar_text(json) + "\n";
  std::string out = json.is_array() ? flow_text(json, 0) : "";
  if (out.empty()) {
    write(json, 0, false, out);
  } else {
    out += '\n';
  }
  return out;
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  std::string text(buffer.data(), end);
  if (text.find('.') != std::string::npos) return text;
  const std::size_t exponent = std::min(text.find('e'), text.size());
  return text.substr(0, exponent) + ".0" + text.substr(exponent);
}

bool looks_special(std::string_view text) {
  static constexpr std::array kWords = {"null", "~",   "true", "false", "yes", "no",
                                        "on",   "off", "y",    "n",     "nan", "inf"};
  std::string lower;
  for (char c : text) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (text.empty() || std::find(kWords.begin(), kWords.end(), lower) != kWords.end()) return true;
  // What begins like a number may be one for somebody: 010, 1_000, 0x1, .5, 12:30, 2014-01-01.
  const std::size_t first = lower.find_first_not_of("+-.");
  if (first == std::string::npos) return true;
  return (lower[first] >= '0' && lower[first] <= '9') || first > 0;
}

}  // namespace motive::config
