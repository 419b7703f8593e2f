#include <fmt/format.h>

#include <algorithm>

#include "framework/report/published_numbers.h"
#include "framework/report/table.h"
#include "framework/report/table_layout.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

constexpr std::size_t kGap = 2, kGroupGap = 2, kNoteHeading = 12;

struct Paint {
  bool colour = false;
  std::string operator()(const char* code, const std::string& text) const {
    return colour && !text.empty() ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }
};
constexpr const char *kGreen = "32", *kBoldGreen = "1;32", *kRed = "31", *kYellow = "33", *kDim = "2";

/// Columns of one data set that stand side by side.
struct Group {
  std::size_t dataset = 0;
  std::vector<std::size_t> columns;
  std::vector<std::size_t>
      widths;  // beside columns; the last one is stretched for long states and headings
  std::string heading;
  std::size_t width() const {
    std::size_t sum = widths.empty() ? 0 : kGap * (widths.size() - 1);
    for (std::size_t w : widths) sum += w;
    return sum;
  }
};
using Block = std::vector<Group>;
constexpr std::string_view kPublished = "  published";

std::string state_text(const TableEntry& entry) {
  return state_name(entry.state) + (entry.footnote > 0 ? fmt::format(" [{}]", entry.footnote) : "");
}

std::string row_name(const TableRow& row) {
  std::string name = printable(row.name());
  for (int n : row.footnotes) name += fmt::format(" [{}]", n);
  return name;
}

/// "0.0430* ±0.0006".
std::string value_text(const TableValue& value) {
  const std::string text = table_number(value.mean) + (value.best ? "*" : " ");
  return value.sd ? text + " ±" + table_number(*value.sd) : text;
}

bool column_has_spread(const Table& table, std::size_t dataset, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(), [&](const TableRow& row) {
    const TableEntry& entry = row.datasets[dataset];
    return !entry.values.empty() && entry.values[column].sd.has_value();
  });
}

std::size_t column_width(const Table& table, std::size_t dataset, std::size_t column) {
  std::size_t width = std::max<std::size_t>(column_has_spread(table, dataset, column) ? 15 : 7,
                                            display_width(metric_title(table.columns[column])));
  for (const TableRow& row : table.rows) {
    const TableEntry& entry = row.datasets[dataset];
    if (!entry.values.empty()) width = std::max(width, display_width(value_text(entry.values[column])));
    width = std::max(width, published_text(entry, column).size());
  }
  return width;
}

std::string heading_of(const Table& table, std::size_t dataset) {
  std::string heading = table.datasets.size() > 1 ? printable(table.datasets[dataset]) : "";
  if (table.stamp.empty()) return heading;
  return heading + (heading.empty() ? "" : " · ") + table.stamp;
}

Group make_group(const Table& table, std::size_t dataset, std::vector<std::size_t> columns) {
  Group group{dataset, std::move(columns), {}, heading_of(table, dataset)};
  for (std::size_t c : group.columns) group.widths.push_back(column_width(table, dataset, c));
  std::size_t least = display_width(group.heading);
  for (const TableRow& row : table.rows) {
    const TableEntry& entry = row.datasets[dataset];
    if (entry.values.empty()) least = std::max(least, display_width(state_text(entry)));
  }
  if (group.width() < least && !group.widths.empty()) group.widths.back() += least - group.width();
  return group;
}

std::string right_trimmed(std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line + "\n";
}

std::string rule(std::size_t width) {
  std::string out;
  for (std::size_t i = 0; i < width; ++i) out += "─";
  return out;
}

std::string entry_text(const TableEntry& entry, const Group& group, const Paint& paint) {
  if (entry.values.empty()) {
    const char* code = entry.state == CellState::kFailed ? kRed : kDim;
    const std::string text = state_text(entry);
    return paint(code, text) + std::string(group.width() - display_width(text), ' ');
  }
  std::string out;
  for (std::size_t i = 0; i < group.columns.size(); ++i) {
    const std::size_t c = group.columns[i];
    const TableValue& value = entry.values[c];
    const std::string text = value_text(value);
    const std::string room(group.widths[i] - display_width(text), ' ');
    out += std::string(i > 0 ? kGap : 0, ' ') + (value.best ? paint(value.significant ? kBoldGreen : kGreen, text) : text) + room;
  }
  return out;
}

/// The line below a row with what was printed elsewhere; empty where nothing was.
std::string published_line(const TableRow& row, const Block& block, std::size_t names, const Paint& paint) {
  std::string line = pad_right(kPublished, names);
  bool any = false;
  for (std::size_t g = 0; g < block.size(); ++g) {
    line += std::string(g > 0 ? kGap + kGroupGap : kGap, ' ');
    for (std::size_t i = 0; i < block[g].columns.size(); ++i) {
      const std::string text = published_text(row.datasets[block[g].dataset], block[g].columns[i]);
      any |= !text.empty();
      line += std::string(i > 0 ? kGap : 0, ' ') + pad_right(text, block[g].widths[i]);
    }
  }
  while (line.ends_with(' ')) line.pop_back();
  return any ? paint(kDim, line) + "\n" : "";
}

std::string block_text(const Table& table, const Block& block, std::size_t names,
                       const Paint& paint) {
  std::string headings(names, ' '), rules(names, ' '), titles(names, ' ');
  std::size_t width = names;
  bool any_heading = false;
  for (std::size_t g = 0; g < block.size(); ++g) {
    const Group& group = block[g];
    const std::string gap(g > 0 ? kGap + kGroupGap : kGap, ' ');
    any_heading |= !group.heading.empty();
    headings += gap + pad_right(group.heading, group.width());
    rules += gap + rule(group.width());
    titles += gap;
    for (std::size_t i = 0; i < group.columns.size(); ++i) {
      titles += std::string(i > 0 ? kGap : 0, ' ') +
                pad_right(metric_title(table.columns[group.columns[i]]), group.widths[i]);
    }
    width += gap.size() + group.width();
  }
  std::string out = any_heading ? right_trimmed(headings) + right_trimmed(rules) : "";
  out += right_trimmed(titles) + rule(width) + "\n";
  for (const TableRow& row : table.rows) {
    std::string line = pad_right(row_name(row), names);
    for (std::size_t g = 0; g < block.size(); ++g) {
      line += std::string(g > 0 ? kGap + kGroupGap : kGap, ' ');
      line += entry_text(row.datasets[block[g].dataset], block[g], paint);
    }
    out += right_trimmed(line) + published_line(row, block, names, paint);
  }
  return out;
}

std::string note_text(const std::string& heading, const std::string& text, const char* code,
                      std::size_t width, const Paint& paint) {
  std::string out;
  const std::size_t room = width > kNoteHeading + 20 ? width - kNoteHeading : 20;
  std::string before = pad_right(heading, kNoteHeading);
  for (const std::string& line : wrap(printable(text), room)) {
    out += paint(code, before + line) + "\n";
    before = std::string(kNoteHeading, ' ');
  }
  return out;
}

}  // namespace

std::string table_text(const Table& table, bool colour, int width) {
  const Paint paint{colour};
  const std::size_t columns = width < 40 ? 40 : static_cast<std::size_t>(width);
  std::size_t names = 5;
  for (const TableRow& row : table.rows) names = std::max(names, display_width(row_name(row)));
  if (!table.published_sources.empty()) names = std::max(names, kPublished.size());
  const std::size_t room = columns > names + kGap + 15 ? columns - names - kGap : 15;
  std::string out = printable(table.title) + "\n\n";
  const auto make = [&](std::size_t dataset, const std::vector<std::size_t>& of) { return make_group(table, dataset, of); };
  for (const Block& block : side_by_side<Group>(table, room, kGap + kGroupGap, make))
    out += block_text(table, block, names, paint) + "\n";
  for (std::size_t i = 0; i < table.footnotes.size(); ++i) {
    out += note_text(fmt::format("[{}]", i + 1), table.footnotes[i], kRed, columns, paint);
  }
  for (const TableNote& note : table.notes) {
    out += note_text(note.heading, note.text, note.warning ? kYellow : kDim, columns, paint);
  }
  return out;
}

}  // namespace motive
