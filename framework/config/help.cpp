// The help of a table: aligned columns, wrapped at 100.

#include <algorithm>
#include <array>

#include "framework/config/table_core.h"
#include "framework/config/utf8.h"
#include "framework/config/yaml_writer.h"

namespace motive::config {

namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kColumns = 5;
using Row = std::array<std::string, kColumns>;

/// Splits at blanks (and line breaks) into lines of at most `width` characters; longer words are
/// cut.
std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines(1);
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \n", at), text.size());
    std::string word = text.substr(at, end - at);
    while (!word.empty()) {
      const std::size_t used = utf8_length(lines.back());
      if (used + (used > 0 ? 1 : 0) + utf8_length(word) <= width) {
        lines.back() += (used > 0 ? " " : "") + word;
        break;
      }
      if (used > 0) {
        lines.emplace_back();
        continue;
      }
      std::size_t bytes = 0, characters = 0;  // a word longer than a line
      while (characters < width && bytes < word.size()) {
        bytes += std::max<std::size_t>(decode_utf8(word, bytes).size, 1);
        ++characters;
      }
      lines.back() = word.substr(0, bytes);
      word = word.substr(bytes);
      if (!word.empty()) lines.emplace_back();
    }
    if (end < text.size() && text[end] == '\n') lines.emplace_back();
    at = end + 1;
  }
  return lines;
}

std::string default_text(const OrderedJson& value) {
  if (value.is_object() && !value.empty()) return "";  // its members follow
  if (value.is_array() &&
      std::any_of(value.begin(), value.end(), [](const auto& v) { return v.is_structured(); })) {
    return fmt::format("{} entries", value.size());
  }
  if (value.is_null()) return "none";
  if (value.is_string() && value.get_ref<const std::string&>().empty()) return "\"\"";
  std::string text = to_yaml(value);
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

void add_rows(const TableCore& table, const std::string& prefix, const OrderedJson& defaults,
              std::vector<Row>& rows) {
  for (const TableCore::Field& field : table.fields()) {
    const OrderedJson value = defaults.value(field.name, OrderedJson());
    std::string text =
        field.unit.empty() ? field.help : fmt::format("{} ({})", field.help, field.unit);
    const std::string notes = field.type->notes();
    if (!notes.empty()) text += "\n" + notes;
    rows.push_back({prefix + field.name, field.type->name(),
                    field.required ? "required" : default_text(value), field.type->bounds(), text});
    const TableCore* inner = field.type->fields();
    if (inner == nullptr) continue;
    const bool direct = value.is_object() && field.type->step().empty();
    const auto made = inner->defaults();
    add_rows(*inner, prefix + field.name + field.type->step() + ".",
             direct ? value : inner->echo(made.get()), rows);
  }
  for (const TableCore::Later& later : table.later()) {
    rows.push_back({prefix + later.name, "", "", "", "not available yet: " + later.what});
  }
}

}  // namespace

std::string TableCore::help() const {
  std::vector<Row> rows{{"name", "type", "default", "bounds", "help"}};
  const auto made = make_();
  add_rows(*this, "", echo(made.get()), rows);
  constexpr std::array<std::size_t, kColumns> kMost = {34, 18, 16, 24, kWidth};
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < kColumns; ++c)
      widths[c] = std::min(kMost[c], std::max(widths[c], utf8_length(row[c])));
  }
  const std::size_t taken = widths[0] + widths[1] + widths[2] + widths[3] + 2 * (kColumns - 1);
  widths[4] = taken + 20 <= kWidth ? kWidth - taken : 20;
  std::string out;
  for (const Row& row : rows) {
    std::array<std::vector<std::string>, kColumns> cells;
    std::size_t height = 1;
    for (std::size_t c = 0; c < kColumns; ++c) {
      cells[c] = wrap(row[c], widths[c]);
      height = std::max(height, cells[c].size());
    }
    for (std::size_t line = 0; line < height; ++line) {
      std::string text;
      for (std::size_t c = 0; c < kColumns; ++c) {
        const std::string cell = line < cells[c].size() ? cells[c][line] : "";
        text += cell + std::string(widths[c] - utf8_length(cell) + 2, ' ');
      }
      text.erase(text.find_last_not_of(' ') + 1);
      out += text + "\n";
    }
  }
  return out;
}

}  // namespace motive::config
