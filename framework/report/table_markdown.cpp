#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "framework/report/published_numbers.h"
#include "framework/report/table.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

bool is_word(const std::string& text, std::size_t i) {
  return i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) != 0);
}

/// A foreign text inside Markdown: characters that would format or end a cell are escaped. An
/// underscore inside a word formats nothing in GitHub's Markdown.
std::string escaped(std::string_view foreign) {
  const std::string text = printable(foreign);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool inside = c == '_' && i > 0 && is_word(text, i - 1) && is_word(text, i + 1);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&') {
      out += "&amp;";
    } else {
      if (!inside && std::string_view("\\`*_[]|~#>$").find(c) != std::string_view::npos)
        out += '\\';
      out += c;
    }
  }
  return out;
}

std::string heading(const Table& table, std::size_t dataset, const MetricSpec& column) {
  std::string out = table.datasets.size() > 1 ? escaped(table.datasets[dataset]) + "<br>" : "";
  out += metric_title(column);
  return table.stamp.empty() ? out : out + "<br>" + escaped(table.stamp);
}

/// Bold: significantly above each rival.
std::string value_text(const TableValue& value) {
  const std::string number = table_number(value.mean);
  return (value.significant ? "**" + number + "**" : number) + (value.best ? "\\*" : "") +
         (value.sd ? " ±" + table_number(*value.sd) : "");
}

std::string footnote_marks(const std::vector<int>& footnotes) {
  std::string out;
  for (int n : footnotes) out += fmt::format(" <sup>{}</sup>", n);
  return out;
}

std::vector<std::string> row_cells(const Table& table, const TableRow& row) {
  std::vector<std::string> cells = {escaped(row.name()) + footnote_marks(row.footnotes)};
  for (const TableEntry& entry : row.datasets) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      if (!entry.values.empty()) {
        cells.push_back(value_text(entry.values[c]));
      } else {
        cells.push_back(state_name(entry.state) +
                        (entry.footnote > 0 ? footnote_marks({entry.footnote}) : ""));
      }
      const std::string published = published_text(entry, c);
      if (!published.empty()) cells.back() += "<br><sub>published " + published + "</sub>";
    }
  }
  return cells;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line = "|";
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += fmt::format(" {} |", pad_right(cells[i], widths[i]));
  return line + "\n";
}

}  // namespace

std::string table_markdown(const Table& table) {
  std::vector<std::vector<std::string>> lines(1, {"model"});
  for (std::size_t d = 0; d < table.datasets.size(); ++d) {
    for (const MetricSpec& column : table.columns) lines[0].push_back(heading(table, d, column));
  }
  for (const TableRow& row : table.rows) lines.push_back(row_cells(table, row));
  std::vector<std::size_t> widths(lines[0].size(), 3);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i)
      widths[i] = std::max(widths[i], display_width(line[i]));
  }
  std::string out = "### " + escaped(table.title) + "\n\n" + line_of(lines[0], widths) + "|";
  // Left: all numbers have one digit before the point, so they stand point below point.
  for (std::size_t width : widths) out += fmt::format(":{}|", std::string(width + 1, '-'));
  out += "\n";
  for (std::size_t i = 1; i < lines.size(); ++i) out += line_of(lines[i], widths);
  out += "\n";
  for (std::size_t i = 0; i < table.footnotes.size(); ++i) {
    out += fmt::format("<sup>{}</sup> {}<br>\n", i + 1, escaped(table.footnotes[i]));
  }
  if (!table.footnotes.empty()) out += "\n";
  for (const TableNote& note : table.notes) {
    out += fmt::format("- {}: {}\n", escaped(note.heading), escaped(note.text));
  }
  return out;
}

}  // namespace motive
