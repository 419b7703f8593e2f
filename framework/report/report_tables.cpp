#include <algorithm>
#include <cmath>

#include "framework/report/published_numbers.h"
#include "framework/report/report_parts.h"

namespace motive::page {
namespace {

std::string footnote_marks(const std::vector<int>& footnotes, const std::string& table) {
  std::string out;
  for (const int n : footnotes)
    out += fmt::format("<sup><a href=\"#{0}-f{1}\" aria-label=\"footnote {1}\">{1}</a></sup>", html_slug(table), n);
  return out;
}

/// The largest merit of a column, for the bars; 0 where a column has none.
double largest(const Table& table, std::size_t dataset, std::size_t column) {
  double most = 0;
  if (!metric_help(table.columns[column].kind).is_merit) return 0;
  for (const TableRow& row : table.rows) {
    const auto& values = row.datasets[dataset].values;
    if (!values.empty() && !std::isnan(values[column].mean)) most = std::max(most, values[column].mean);
  }
  return most;
}

/// What was printed elsewhere, below our own.
std::string published_line(const TableEntry& entry, std::size_t column) {
  const std::string text = published_text(entry, column);
  return text.empty() ? "" : "<span class=\"published\">published " + text + "</span>";
}

/// Where some value of the table has a spread or a star, all leave room for one: numbers then stand point below point.
std::string value_cell(const TableEntry& entry, std::size_t column, double most, bool first, bool spread) {
  const TableValue& value = entry.values[column];
  std::string kind = "value";
  if (first) kind += " set";
  if (value.best) kind += " best";
  if (value.second) kind += " second";
  const std::string number = table_number(value.mean);
  std::string out = fmt::format("<td class=\"{}\"", kind);
  if (!std::isnan(value.mean)) out += fmt::format(" data-v=\"{}\"", value.mean);
  if (most > 0 && !std::isnan(value.mean)) out += fmt::format(" style=\"--w:{:.3f}\"", std::clamp(value.mean / most, 0.0, 1.0));
  out += ">";
  out += value.significant ? "<strong class=\"v\">" + number + "</strong>" : "<span class=\"v\">" + number + "</span>";
  out += fmt::format("<span class=\"star\">{}</span>", value.best ? "*" : "");
  if (spread) out += fmt::format("<span class=\"sd\">{}</span>", value.sd ? "±" + table_number(*value.sd) : "");
  return out + published_line(entry, column) + "</td>";
}

std::string state_cell(const Table& table, const TableEntry& entry, std::size_t column, bool first) {
  const bool failed = entry.state == CellState::kFailed;
  const std::string marks = entry.footnote > 0 ? footnote_marks({entry.footnote}, table.name) : "";
  return fmt::format("<td{}><span class=\"state{}\">{}</span>{}{}</td>", first ? " class=\"set\"" : "", failed ? " failed" : "",
                     html_text(state_name(entry.state)), marks, published_line(entry, column));
}

std::string head(const Table& table) {
  const bool grouped = table.datasets.size() > 1;
  std::string out = "<thead>";
  if (grouped) {
    out += "<tr class=\"groups\"><td></td>";
    for (const std::string& dataset : table.datasets) {
      out += fmt::format("<th scope=\"colgroup\" class=\"set\" colspan=\"{}\">{}</th>", table.columns.size(), html_text(dataset));
    }
    out += "</tr>\n";
  }
  out += "<tr><th scope=\"col\" data-col=\"0\">model</th>";
  // Breaks may fall behind the commas of "sampled(29,uniform)".
  std::string stamp = html_text(table.stamp);
  for (std::size_t at = 0; (at = stamp.find(',', at)) != std::string::npos; at += 6) stamp.insert(at + 1, "<wbr/>");
  if (!stamp.empty()) stamp = "<span class=\"stamp\">" + stamp + "</span>";
  std::size_t number = 0;
  for (std::size_t d = 0; d < table.datasets.size(); ++d) {
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      out += fmt::format("<th scope=\"col\" {}data-col=\"{}\" data-kind=\"number\">{}{}</th>",
                         grouped && c == 0 ? "class=\"set\" " : "", ++number, metric_title(table.columns[c]), stamp);
    }
  }
  return out + "</tr></thead>\n";
}

/// In a table of slices "head · ItemKNN": the kind is in its title.
std::string name_of(const Table& table, const TableRow& row) {
  TableRow plain = row;
  plain.slice.clear();
  if (row.slice.empty()) return html_text(plain.name());
  const std::string kind = slice_kind_of(table.slice) + ":";
  const std::string slice = row.slice.starts_with(kind) ? row.slice.substr(kind.size()) : row.slice;
  return fmt::format("<span class=\"muted\">{} ·</span> {}", html_text(slice), html_text(plain.name()));
}

std::string body(const Table& table) {
  const bool grouped = table.datasets.size() > 1, spread = table.has_spread();
  std::string out = "<tbody>\n", slice;
  for (const TableRow& row : table.rows) {
    const bool first = row.slice != slice && !slice.empty();
    slice = row.slice;
    out += fmt::format("<tr{}><th scope=\"row\">{}{}</th>", first ? " class=\"first\"" : "", name_of(table, row),
                       footnote_marks(row.footnotes, table.name));
    for (std::size_t d = 0; d < row.datasets.size(); ++d) {
      const TableEntry& entry = row.datasets[d];
      for (std::size_t c = 0; c < table.columns.size(); ++c) {
        const bool edge = grouped && c == 0;
        out += entry.values.empty() ? state_cell(table, entry, c, edge)
                                    : value_cell(entry, c, largest(table, d, c), edge, spread);
      }
    }
    out += "</tr>\n";
  }
  return out + "</tbody>";
}

using Note = std::pair<std::string, std::string>;

Note note_of(const TableNote& note) { return {note.heading, note.text}; }

/// Notes that every table has: said once, above them.
std::vector<Note> common_notes(const std::vector<Table>& tables) {
  std::vector<Note> common;
  if (tables.size() < 2) return common;
  for (const TableNote& note : tables.front().notes) {
    const bool everywhere = std::all_of(tables.begin(), tables.end(), [&](const Table& table) {
      return std::any_of(table.notes.begin(), table.notes.end(),
                         [&](const TableNote& other) { return other.heading == note.heading && other.text == note.text; });
    });
    if (everywhere && !note.warning && note.heading != "LLM") common.push_back(note_of(note));
  }
  return common;
}

std::string table_warnings(const Table& table, std::vector<Warning>& warnings) {
  std::string out;
  for (const TableNote& note : table.notes) {
    if (!note.warning) continue;
    out += fmt::format("<li>{}</li>", html_prose(note.text));
    warn(warnings, note.text, table.title);
  }
  return out.empty() ? out : "<div class=\"callout\"><strong>Read with these warnings</strong><ul>" + out + "</ul></div>\n";
}

std::string one_table(const Table& table, const std::vector<Note>& common, std::vector<Warning>& warnings) {
  std::string out = fmt::format("<h3 id=\"table-{}\">{}</h3>\n", html_slug(table.name), html_text(table.title));
  // Tables of slices are long, and figures show them.
  const bool folded = !table.slice.empty();
  if (folded) out += fmt::format("<details class=\"print\"><summary>{} rows</summary>\n", table.rows.size());
  out += result_table(table) + table_warnings(table, warnings);
  std::vector<Note> own;
  bool asked = false;
  for (const TableNote& note : table.notes) {
    asked |= note.heading == "LLM";
    if (note.warning || note.heading == "LLM" || std::find(common.begin(), common.end(), note_of(note)) != common.end()) continue;
    own.push_back(note_of(note));
  }
  out += note_list(own) + (folded ? "</details>\n" : "");
  if (asked)
    out +=
        "<p class=\"how\">What language models were asked for this table stands under <a href=\"#answers\">answers of language "
        "models</a>.</p>\n";
  return out;
}

}  // namespace

void warn(std::vector<Warning>& warnings, const std::string& text, const std::string& where) {
  for (Warning& known : warnings) {
    if (known.text != text) continue;
    if (!where.empty() && std::find(known.where.begin(), known.where.end(), where) == known.where.end())
      known.where.push_back(where);
    return;
  }
  warnings.push_back({text, where.empty() ? std::vector<std::string>() : std::vector<std::string>{where}});
}

std::string note_list(const std::vector<std::pair<std::string, std::string>>& notes, bool pairs) {
  if (notes.empty()) return "";
  std::string out = fmt::format("<dl class=\"notes{}\">\n", pairs ? " pairs" : "");
  for (const auto& [heading, text] : notes) out += fmt::format("<dt>{}</dt><dd>{}</dd>\n", html_text(heading), html_prose(text));
  return out + "</dl>\n";
}

std::string result_table(const Table& table) {
  const std::size_t values = table.columns.size() * table.datasets.size();
  std::string out = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{0}\">\n<table class=\"sortable{1}\">"
      "<caption class=\"hidden\">{0}</caption>\n",
      html_text(table.title), std::string(values > 6 ? " wide" : "") + (table.rows.size() > 24 ? "" : " short"));
  out += head(table) + body(table) + "</table></div>\n";
  if (table.footnotes.empty()) return out;
  out += "<ol class=\"footnotes\">\n";
  for (std::size_t i = 0; i < table.footnotes.size(); ++i) {
    out += fmt::format("<li id=\"{}-f{}\">{}</li>\n", html_slug(table.name), i + 1, html_text(table.footnotes[i]));
  }
  return out + "</ol>\n";
}

Section tables(const std::vector<Table>& tables, std::vector<Warning>& warnings) {
  Section section{"tables", "Tables", "", fmt::format("{}", tables.size()), {}};
  const std::vector<Note> common = common_notes(tables);
  section.body =
      "<p class=\"how\">A click on a column's name sorts by it; a bar below a number is its share of the column's "
      "largest.</p>\n";
  for (const Table& table : tables) {
    section.body += one_table(table, common, warnings);
    section.parts.emplace_back("table-" + html_slug(table.name), table.title);
  }
  if (!common.empty()) section.body += "<h3 id=\"tables-notes\">Of all tables</h3>\n" + note_list(common);
  return section;
}

}  // namespace motive::page
