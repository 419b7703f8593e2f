#include "framework/report/table_latex_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/report/latex.h"
#include "framework/report/published_numbers.h"
#include "framework/report/table_layout.h"

namespace motive::tex {
namespace {

constexpr double kSeparator = 9;    // 2 \tabcolsep
constexpr double kNames = 150;      // the first column breaks its lines beyond
constexpr double kStar = 5, kSpread = 30, kPublished = 62, kRow = 12, kRules = 16;
constexpr const char* kStarText = "$^{*}$";

/// A column of numbers; with a star, a spread or a printed number somewhere it has a second column for these, so that points
/// stand below points.
struct Column {
  std::size_t index = 0;
  bool star = false, spread = false, published = false;
  double width = 0;
  int span() const { return star || spread || published ? 2 : 1; }
};

/// Columns of one data set that stand side by side.
struct Group {
  std::size_t dataset = 0;
  std::vector<Column> columns;
  std::string heading, stamp;
  int span() const {
    int sum = 0;
    for (const Column& c : columns) sum += c.span();
    return sum;
  }
  double width() const {
    double sum = 0;
    for (const Column& c : columns) sum += c.width + kSeparator;
    return sum;
  }
};
using Panel = std::vector<Group>;

double number_width(const std::string& number) { return 4.9 * static_cast<double>(number.size()); }

bool starred(const TableValue& value) { return value.best && !value.significant; }

/// ".0012", as a spread or a difference stands beside a number with its zero.
std::string without_zero(const std::string& number) { return number.starts_with("0.") ? number.substr(1) : number; }

std::string grey(const std::string& text) { return "{\\scriptsize\\textcolor[gray]{0.4}{" + text + "}}"; }

std::string footnote_mark(const std::vector<int>& footnotes) {
  return footnotes.empty() ? "" : fmt::format("\\textsuperscript{{{}}}", fmt::join(footnotes, ","));
}

/// Escaped, and in lines of `room` where it is longer.
std::string fitted(const std::string& foreign, double room, const char* alignment, const std::string& marks = "") {
  const std::string text = latex_text(foreign) + marks;
  if (latex_width(foreign) <= room) return text;
  return fmt::format("\\parbox[t]{{{:.0f}pt}}{{{} {}\\strut}}", room, alignment, text);
}

/// How many lines fitted() makes of it.
double lines_of(const std::string& foreign, double room) {
  const double width = latex_width(foreign);
  return width <= room ? 1 : 1 + std::ceil(1.15 * width / room);  // breaks leave some room unused
}

std::string grouped_name(const TableRow& row) {
  TableRow plain = row;
  plain.slice.clear();
  return plain.name();
}

/// scale: of the font, against \small; \scriptsize is the same in both.
Column make_column(const Table& table, std::size_t dataset, std::size_t index, double scale) {
  Column column;
  column.index = index;
  column.published = has_published(table, dataset, index);
  double number = 0;
  for (const TableRow& row : table.rows) {
    const TableEntry& entry = row.datasets[dataset];
    if (entry.values.empty()) continue;
    const TableValue& value = entry.values[index];
    column.star |= starred(value);
    column.spread |= value.sd.has_value();
    number = std::max(number, number_width(table_number(value.mean)));
  }
  number = number * scale + (column.star ? kStar : 0) + (column.spread ? kSpread : 0);
  column.width = std::max({number, column.published ? kPublished : 0, scale * latex_width(metric_title(table.columns[index]))});
  return column;
}

Group make_group(const Table& table, std::size_t dataset, const std::vector<std::size_t>& columns, double scale) {
  Group group;
  group.dataset = dataset;
  group.heading = table.datasets.size() > 1 ? table.datasets[dataset] : "";
  group.stamp = table.stamp;
  for (const std::size_t c : columns) group.columns.push_back(make_column(table, dataset, c, scale));
  double least = std::min(100.0, std::max(latex_width(group.heading), latex_width(group.stamp)));
  for (const TableRow& row : table.rows) {
    const TableEntry& entry = row.datasets[dataset];
    if (entry.values.empty()) least = std::max(least, latex_width(state_name(entry.state)) + kStar);
  }
  const double have = group.width() - kSeparator;
  if (have < least && !group.columns.empty()) group.columns.back().width += least - have;
  return group;
}

double names_width(const Table& table, double scale) {
  double widest = 40;
  for (const TableRow& row : table.rows) {
    widest = std::max(widest, latex_width(grouped_name(row)) + 5 * static_cast<double>(row.footnotes.size()) +
                                  (row.slice.empty() ? 0 : 9));
  }
  return std::min(widest, kNames + 20) * scale;
}

std::vector<Panel> make_panels(const Table& table, double scale) {
  const double room = kLine - names_width(table, scale);
  return side_by_side<Group>(table, room, 0.0, [&](std::size_t dataset, const std::vector<std::size_t>& columns) {
    return make_group(table, dataset, columns, scale);
  });
}

// ---- cells

std::string value_cell(const TableValue& value, const Column& column) {
  std::string out = table_number(value.mean);
  if (value.significant) {
    out = "\\textbf{" + out + "}";
  } else if (value.second) {
    out = "\\underline{" + out + "}";
  }
  if (column.span() == 1) return out;
  out += " & ";
  if (starred(value)) {
    out += kStarText;
  } else if (column.star && value.sd) {
    out += fmt::format("\\phantom{{{}}}", kStarText);
  }
  if (value.sd) out += "\\,{\\scriptsize $\\pm$" + without_zero(table_number(*value.sd)) + "}";
  return out;
}

std::string entry_cells(const TableEntry& entry, const Group& group) {
  if (entry.values.empty()) {
    const std::string mark = entry.footnote > 0 ? footnote_mark({entry.footnote}) : "";
    return fmt::format("\\multicolumn{{{}}}{{c}}{{\\textit{{{}}}{}}}", group.span(), state_name(entry.state), mark);
  }
  std::string out;
  for (const Column& column : group.columns) {
    out += (out.empty() ? "" : " & ") + value_cell(entry.values[column.index], column);
  }
  return out;
}

std::string published_cell(const TableEntry& entry, const Column& column) {
  const auto number = published_number(entry, column.index);
  std::string text;
  if (number) {
    text = table_number(*number);
    if (const auto difference = published_difference(entry, column.index)) {
      const std::string with_sign = signed_number(*difference);
      const bool sign = with_sign[0] == '-' || with_sign[0] == '+';
      text += fmt::format(" ({}{})", sign ? fmt::format("${}$", with_sign[0]) : "", without_zero(with_sign.substr(sign ? 1 : 0)));
    }
    text = grey(text);
  }
  return column.span() == 1 ? text : fmt::format("\\multicolumn{{2}}{{l}}{{{}}}", text);
}

/// The line below a row with what was printed elsewhere; empty where nothing was.
std::string published_cells(const TableRow& row, const Panel& panel) {
  std::string out;
  bool any = false;
  for (const Group& group : panel) {
    const TableEntry& entry = row.datasets[group.dataset];
    for (const Column& column : group.columns) {
      any |= published_number(entry, column.index).has_value();
      out += " & " + published_cell(entry, column);
    }
  }
  return any ? out : "";
}

std::string head(const Table& table, const Panel& panel) {
  std::string stamps, headings, rules, titles = "Model";
  bool any_heading = false, any_stamp = false;
  int first = 2;
  for (const Group& group : panel) {
    const int last = first + group.span() - 1;
    const double room = group.width() - kSeparator;
    const auto over = [&](const std::string& text) {
      return fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", group.span(), fitted(text, room, "\\centering"));
    };
    any_heading |= !group.heading.empty();
    any_stamp |= !group.stamp.empty();
    headings += over(group.heading);
    stamps += over(group.stamp);
    rules += fmt::format("\\cmidrule(lr){{{}-{}}}", first, last);
    for (const Column& column : group.columns) {
      const std::string title = latex_text(metric_title(table.columns[column.index]));
      titles += fmt::format(" & \\multicolumn{{{}}}{{c}}{{{}}}", column.span(), title);
    }
    first = last + 1;
  }
  std::string out = "\\toprule\n";
  if (any_heading) out += headings.substr(1) + " \\\\\n";
  if (any_stamp) out += stamps.substr(1) + " \\\\\n";
  if (any_heading || any_stamp) out += rules + "\n";
  return out + titles + " \\\\\n\\midrule\n";
}

double head_height(const Panel& panel) {
  double headings = 0, stamps = 0;
  for (const Group& group : panel) {
    const double room = group.width() - kSeparator;
    if (!group.heading.empty()) headings = std::max(headings, lines_of(group.heading, room));
    if (!group.stamp.empty()) stamps = std::max(stamps, lines_of(group.stamp, room));
  }
  return kRules + kRow * (1 + headings + stamps);
}

std::string format_of(const Panel& panel) {
  std::string out = "@{}l";
  for (const Group& group : panel) {
    for (const Column& column : group.columns) out += column.span() == 1 ? "r" : "r@{}l";
  }
  return out + "@{}";
}

int span_of(const Panel& panel) {
  int sum = 1;
  for (const Group& group : panel) sum += group.span();
  return sum;
}

/// The rows of one panel; begins another tabular where the page is full.
std::vector<Tabular> panel_tabulars(const Table& table, const Panel& panel) {
  std::vector<Tabular> out;
  const std::string begin = "\\begin{tabular}{" + format_of(panel) + "}\n" + head(table, panel);
  const std::string end = "\\bottomrule\n\\end{tabular}";
  std::string slice;
  for (const TableRow& row : table.rows) {
    const double names = kNames - (row.slice.empty() ? 0 : 9);
    const std::string name = grouped_name(row);
    const double lines = lines_of(name, names);
    // Some room is kept for a caption.
    const bool full = !out.empty() && out.back().height + kRow * (lines + 2) > kPage - 50;
    const bool fresh = out.empty() || full;
    if (full) out.back().text += end;
    if (fresh) out.push_back({begin, head_height(panel)});
    Tabular& at = out.back();
    if (!row.slice.empty() && (fresh || row.slice != slice)) {
      if (!fresh) at.text += "\\addlinespace\n";
      at.text += fmt::format("\\multicolumn{{{}}}{{@{{}}l}}{{\\textit{{{}}}}} \\\\\n", span_of(panel),
                             fitted(row.slice, 300, "\\raggedright"));
      at.height += 1.5 * kRow;
    }
    slice = row.slice;
    if (!row.slice.empty()) at.text += "\\quad ";
    at.text += fitted(name, names, "\\raggedright\\hangindent=1em", footnote_mark(row.footnotes));
    for (const Group& group : panel) at.text += " & " + entry_cells(row.datasets[group.dataset], group);
    const std::string published = published_cells(row, panel);
    at.text += published.empty() ? " \\\\\n" : " \\\\[-1.5pt]\n\\quad " + grey("published") + published + " \\\\[1pt]\n";
    at.height += kRow * (lines + (published.empty() ? 0 : 1));
  }
  if (!out.empty()) out.back().text += end;
  return out;
}

struct Marks {
  bool bold = false, star = false, second = false, published = false;
};

Marks marks_of(const Table& table) {
  Marks marks;
  for (const TableRow& row : table.rows) {
    for (const TableEntry& entry : row.datasets) {
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        marks.published |= published_number(entry, c).has_value();
        if (entry.values.empty()) continue;
        marks.bold |= entry.values[c].significant;
        marks.star |= starred(entry.values[c]);
        marks.second |= entry.values[c].second && !entry.values[c].significant;
      }
    }
  }
  return marks;
}

std::string note_text(const Table& table, const std::string& heading) {
  const auto found = std::find_if(table.notes.begin(), table.notes.end(),
                                  [&](const TableNote& n) { return n.heading == heading; });
  return found == table.notes.end() ? "" : latex_text(found->text);
}

}  // namespace

Body make_body(const Table& table) {
  Body body;
  constexpr double kSmaller = 8.0 / 9.0;
  std::vector<Panel> panels = make_panels(table, 1);
  if (panels.size() > 1) {
    std::vector<Panel> smaller = make_panels(table, kSmaller);
    body.small = smaller.size() == panels.size();
    if (!body.small) panels = std::move(smaller);
  }
  for (const Panel& panel : panels) {
    for (Tabular& tabular : panel_tabulars(table, panel)) body.tabulars.push_back(std::move(tabular));
  }
  return body;
}

std::vector<std::string> legend(const Table& table) {
  const Marks marks = marks_of(table);
  std::vector<std::string> out;
  if (marks.bold) out.push_back("\\textbf{Bold}: best of its column and significantly above each rival.");
  if (marks.star) {
    const std::string text = note_text(table, "*");
    out.push_back(std::string(kStarText) + ": " + (text.empty() ? "best of its column" : text) + ".");
  }
  if (marks.second) out.push_back("\\underline{Underlined}: second best.");
  if (table.has_spread()) {
    const std::string text = note_text(table, "±");
    out.push_back("$\\pm$: " + (text.empty() ? "standard deviation over seeds" : text) + ".");
  }
  if (marks.published) {
    const std::string text = note_text(table, "Published");
    out.push_back(grey("Grey") + ": " + (text.empty() ? "as printed elsewhere, and ours minus that" : text) + ".");
  }
  return out;
}

bool in_legend(const Table& table, const TableNote& note) {
  const Marks marks = marks_of(table);
  return note.heading == "*" || (note.heading == "±" && table.has_spread()) ||
         (note.heading == "Published" && marks.published);
}

}  // namespace motive::tex
