#pragma once
// Purpose: the last stage. From a grid with stored ranks to the files of a run's folder:
// metrics.csv, summary.csv, table.txt, table.md, table.csv, table.tex, report.html, and to the table on the terminal. Any
// time again from the same ranks, with the same bytes: no times, no paths (but in report.html, which shows both), whatever
// the order in which cells were done. Errors: ranks that cannot be read, `tables:` that name what is not there,
// files that cannot be written. Either all files are up to date or the error says which one is
// not; each is whole or untouched.

#include <string>
#include <utility>
#include <vector>

#include "framework/report/table.h"

namespace motive {

enum class TableFormat { kText, kMarkdown, kCsv, kLatex, kHtml };
/// "text", "md", "csv", "latex", "html"; anything else is kInvalid.
Result<TableFormat> table_format(const std::string& name);

Status write_results(const Grid& grid, const Path& run_folder);

/// What write_results writes by name, but report.html: the files that hold no times and no paths.
using ResultFiles = std::vector<std::pair<std::string, std::string>>;
Result<ResultFiles> result_files(const Grid& grid);

/// All tables for a terminal of `width` columns.
Result<std::string> render_text(const Grid& grid, bool colour, int width);
/// All tables as they stand in table.txt, table.md, table.csv or table.tex. kHtml: write_results alone makes the report.
Result<std::string> render(const Grid& grid, TableFormat format);

/// As above, where the summary is there already: summarise() reads all ranks.
Status write_results(const Grid& grid, const Summary& summary, const Path& run_folder);
Result<std::string> render_text(const Grid& grid, const Summary& summary, bool colour, int width);
Result<std::string> render(const Grid& grid, const Summary& summary, TableFormat format);

inline constexpr int kTextWidth = 100;  // of table.txt

}  // namespace motive
