#pragma once
// Purpose: the figures of a run as values: a Vega-Lite 5 specification each, with its title, its finding in
// words (for who does not see it) and its numbers as a table. Five groups:
//   metric   mean with its 95 % interval over users, a row a model; ticks: single combinations of seeds
//   ranks    share of targets whose rank is at most r, a line a model; ties as the metrics count them
//   slices   the metric in each slice with its interval over users, a small panel a model
//   cost     seconds of fit and rank (or money, where answers of language models cost some) against the metric
//   curves   loss and validation ndcg@10 by epoch, a line a fit
// The metric is report_metric(): ndcg at the largest cutoff, else the first metric for which more is better.
// A figure is as wide as a phone (358 px), one a data set, split and protocol: pages and papers set them side by
// side. Labels come as data only, never as part of an expression or a field name.
// Source: specifications follow https://vega.github.io/vega-lite/docs (5.20).
// Complexity: `ranks` reads the ranks of one combination of seeds a model again, at most kMostRanks rows;
// what is beyond is named in `faults`. Determinism: the same run folder gives the same specifications.

#include <string>
#include <vector>

#include "framework/report/html.h"
#include "framework/report/run_record.h"
#include "framework/report/summary.h"

namespace motive {

struct Figure {
  std::string name;   // of its files
  std::string title;  // "synthetic-small · warm · full"
  std::string alt;
  OrderedJson spec;
  HtmlTable data;
};

struct FigureGroup {
  std::string id, heading, text;  // text: how to read it
  std::vector<Figure> figures;
  std::vector<std::string> faults;  // what is left out, and why
};

inline constexpr std::size_t kMostRanks = 10'000'000;

/// Groups without figures and faults are left out.
std::vector<FigureGroup> make_figures(const Grid& grid, const Summary& summary, const RunRecord& record);

}  // namespace motive
