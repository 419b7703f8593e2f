#include "framework/report/results.h"

#include "framework/base/files.h"
#include "framework/report/csv.h"
#include "framework/report/report_html.h"
#include "framework/report/significance.h"
#include "framework/report/spread.h"

namespace motive {
namespace {

template <class Print>
std::string joined(const std::vector<Table>& tables, const Print& print) {
  std::string out;
  for (const Table& table : tables) out += (out.empty() ? "" : "\n\n") + print(table);
  return out;
}

std::string print(const std::vector<Table>& tables, TableFormat format) {
  if (format == TableFormat::kCsv) return tables_csv(tables);
  if (format == TableFormat::kLatex) return tables_latex(tables);
  if (format == TableFormat::kMarkdown) return joined(tables, table_markdown);
  return joined(tables, [](const Table& table) { return table_text(table, false, kTextWidth); });
}

ResultFiles files_of(const Summary& summary, const std::vector<Table>& tables) {
  return {{"metrics.csv", metrics_csv(summary)},
          {"summary.csv", summary_csv(summary)},
          {"comparisons.csv", comparisons_csv(summary)},
          {"variance.csv", variance_csv(summary)},
          {"table.txt", print(tables, TableFormat::kText)},
          {"table.md", print(tables, TableFormat::kMarkdown)},
          {"table.csv", print(tables, TableFormat::kCsv)},
          {"table.tex", print(tables, TableFormat::kLatex)}};
}

}  // namespace

Result<TableFormat> table_format(const std::string& name) {
  if (name == "text") return TableFormat::kText;
  if (name == "md") return TableFormat::kMarkdown;
  if (name == "csv") return TableFormat::kCsv;
  if (name == "latex") return TableFormat::kLatex;
  if (name == "html") return TableFormat::kHtml;
  return invalid("unknown format \"{}\"; there are text, md, csv, latex and html", name);
}

Status write_results(const Grid& grid, const Summary& summary, const Path& run_folder) {
  // Everything that can fail for reasons of content comes before the first file.
  MOTIVE_ASSIGN(const std::vector<Table> tables, make_tables(grid, summary));
  for (const auto& [name, content] : files_of(summary, tables)) MOTIVE_TRY(write_file_atomic(run_folder / name, content));
  MOTIVE_ASSIGN(const std::string page, report_html(grid, summary, tables, run_folder));
  return write_file_atomic(run_folder / "report.html", page);
}

Result<ResultFiles> result_files(const Grid& grid) {
  MOTIVE_ASSIGN(const Summary summary, summarise(grid));
  MOTIVE_ASSIGN(const std::vector<Table> tables, make_tables(grid, summary));
  return files_of(summary, tables);
}

Status write_results(const Grid& grid, const Path& run_folder) {
  MOTIVE_ASSIGN(const Summary summary, summarise(grid));
  return write_results(grid, summary, run_folder);
}

Result<std::string> render_text(const Grid& grid, const Summary& summary, bool colour, int width) {
  MOTIVE_ASSIGN(const std::vector<Table> tables, make_tables(grid, summary));
  return joined(tables, [&](const Table& table) { return table_text(table, colour, width); });
}

Result<std::string> render_text(const Grid& grid, bool colour, int width) {
  MOTIVE_ASSIGN(const Summary summary, summarise(grid));
  return render_text(grid, summary, colour, width);
}

Result<std::string> render(const Grid& grid, const Summary& summary, TableFormat format) {
  MOTIVE_ASSIGN(const std::vector<Table> tables, make_tables(grid, summary));
  return print(tables, format);
}

Result<std::string> render(const Grid& grid, TableFormat format) {
  MOTIVE_ASSIGN(const Summary summary, summarise(grid));
  return render(grid, summary, format);
}

}  // namespace motive
