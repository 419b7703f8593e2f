#pragma once
// Purpose: the printed tables as values, before any form of output. One table a split and protocol
// (never two protocols in one), data sets as groups of columns, a row a model and variant, a column
// a metric and cutoff. A table of slices has a row a slice and model, best marked within a slice.
// table_text, table_markdown, tables_latex and tables_csv print them. Determinism: everything follows from the
// grid and its summary. Errors: kInvalid where `tables:` names a split, candidates, metric, cutoff
// or slice that is not measured.

#include <string>
#include <utility>
#include <vector>

#include "framework/report/summary.h"

namespace motive {

struct TableValue {
  double mean = 0;           // NaN: cannot be had, printed as n/a
  std::optional<double> sd;  // over seeds, where there are 2 or more
  bool best = false;         // of its column; marked only where two rows or more have a value
  bool second = false;       // second best, where three rows or more have a value (underlined in LaTeX)
  bool significant = false;  // the best, and significantly above each rival of its column: bold
  std::optional<double> published;  // the number printed elsewhere, where the table has `published:`
};

/// What a row shows under one data set: values beside Table::columns, or a state in their stead.
struct TableEntry {
  CellState state = CellState::kMissing;
  std::vector<TableValue> values;  // kDone only
  int footnote = 0;                // of the state; 0: none
  std::vector<std::optional<double>> published;  // beside Table::columns, of a cell without values; or empty
};

struct TableRow {
  std::string model, label, variant;
  std::string slice;                 // "": everyone
  std::vector<int> footnotes;        // beside the label: some of its seeds are not done, or a larger tuning budget
  bool larger_budget = false;        // more settings of it were tried than of some rival: never marked as best
  std::vector<TableEntry> datasets;  // beside Table::datasets
  bool has_values() const;           // under some data set
  std::string name() const {
    return (slice.empty() ? "" : slice + " · ") +
           (variant.empty() ? label : label + " (" + variant + ")");
  }
};

struct TableNote {
  std::string heading, text;
  bool warning = false;
};

struct Table {
  std::string name;   // as in `tables:`, or SPLIT-CANDIDATES
  std::string title;  // with data set, split and protocol
  std::string split, protocol;
  std::string slice;  // "": everyone; a kind ("popularity"), or one slice ("popularity:head")
  std::string
      stamp;  // stands with every metric's name under sampled candidates; empty for full ranking
  std::vector<std::string> datasets;
  std::vector<MetricSpec> columns;
  std::string published;                            // what `published:` names; "": nothing
  std::vector<std::string> published_protocols;     // of the numbers that are shown
  std::vector<std::string> published_sources;
  std::vector<TableRow> rows;
  std::vector<std::string> footnotes;  // number 1 first
  std::vector<TableNote> notes;
  bool has_spread() const;
};

/// "hr@10", or "auc" where there is no cutoff.
std::string metric_title(const MetricSpec& spec);
/// A mean or a spread as tables print it: four decimals, leading zero; NaN as n/a.
std::string table_number(double value);
/// 12,101.
std::string with_thousands(std::uint64_t n);

Result<std::vector<Table>> make_tables(const Grid& grid, const Summary& summary);

/// Aligned text of at most `width` columns where the labels allow it; wider tables continue in
/// further blocks, by data set and metric. colour: ANSI codes (green: best; red: failed; yellow:
/// warnings).
std::string table_text(const Table& table, bool colour, int width);
/// GitHub's Markdown.
std::string table_markdown(const Table& table);
/// All tables in one file: a line a table, data set and row; columns NAME, NAME_sd, NAME_mark a
/// metric.
std::string tables_csv(const std::vector<Table>& tables);
/// One document for pdflatex; each table stands between comment lines, to be lifted into a paper.
std::string tables_latex(const std::vector<Table>& tables);

}  // namespace motive
