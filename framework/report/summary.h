#pragma once
// Purpose: from stored ranks to numbers. For one row of a table (a model on one data set, split and
// protocol) with done cells c = 1..C (combinations of seeds), n_c users and values x_uc:
//   value of a cell   v_c = mean of x_uc over its users            (a row of metrics.csv)
//   mean              m   = mean of v_c over the C cells           (a row of summary.csv)
//   over seeds        sd of v_c; Student-t interval of v_1..v_C; none where C < 2
//   over users        Student-t interval of z_u = m + U * sum_c (x_uc - m) / (C n_c), u = 1..U
// Where every cell tests the same users, z_u is the user's value averaged over his seeds. Where
// split seeds test other users, z_u weighs a user as m does, a user tested under several split
// seeds is one cluster, and the interval is around m. The same for each slice (evaluate/slices.h),
// over the cells that have users in it. A value that cannot be had is NaN
// (evaluate/list_metrics.h); metrics of a whole cell have no interval over users. Complexity: reads
// each file of ranks once, one in memory at a time; O(users x metrics) for a row. Determinism: the
// order of the grid's cells plays no part. Errors: cells the grid does not list, cells given twice,
// ranks that cannot be read: by name.

#include <string>
#include <vector>

#include "framework/experiment/cells.h"
#include "framework/report/facts.h"

namespace motive {

struct Bounds {
  double low = 0, high = 0;
};

/// The values of one slice of a cell, beside Summary::specs.
struct MeasuredSlice {
  std::string name;  // "popularity:head"
  std::uint64_t users = 0;
  std::vector<double> values;
};

/// A row of the grid with its values, beside Summary::specs. No values where the cell is not done.
struct MeasuredCell {
  CellResult cell;
  std::vector<double> values;
  std::uint64_t users = 0;
  std::uint64_t users_hash = 0;  // of the set of user ids
  std::uint64_t unanswered = 0;  // queries without an answer
  std::uint64_t positives = 0,
                tied = 0;  // tied: positives that share their score with another candidate
  std::vector<MeasuredSlice> slices;  // those that somebody is in, without `all`
};

struct SummaryStat {
  double mean = 0;
  std::optional<Bounds> users;
  std::optional<double> sd_seeds;
  std::optional<Bounds> seeds;
};

/// One slice over all seeds of a row.
struct SummarySlice {
  std::string name;
  std::size_t done = 0;     // cells that have users in it
  std::uint64_t users = 0;  // different users over them
  std::vector<SummaryStat> stats;
};

/// All seeds of one model (and variant) under one data set, split and protocol.
struct SummaryRow {
  std::size_t first = 0, cells = 0;  // into Summary::cells
  std::size_t done = 0;              // cells with values
  std::uint64_t users = 0;           // different users over all cells
  std::vector<SummaryStat> stats;    // beside Summary::specs; empty where done is 0
  std::vector<SummarySlice> slices;  // in the order of evaluation.slices, without `all`
};

/// The smallest true difference that a paired t-test at 5 % finds with a power of 80 %, from the
/// spread of the differences between the two best rows.
struct Detectable {
  std::string dataset, split, protocol;
  MetricSpec spec;
  double difference = 0;
  std::uint64_t users = 0;
};

/// Why two rows were tested against each other. Each reason is a family of its own.
enum class TestedAs { kBest, kReference, kClaim };

/// The row `first` against the row `second`, over the users of both.
struct Comparison {
  TestedAs reason = TestedAs::kBest;
  std::size_t first = 0, second = 0;  // into Summary::rows
  std::size_t spec = 0;               // into Summary::specs
  std::size_t claim = 0;              // kClaim: into Grid::claims
  PairedResult result;
  double p_adjusted = 1;  // for its family
};

struct Summary {
  std::vector<MetricSpec> specs;    // metrics in the grid's order, cutoffs ascending
  std::vector<MeasuredCell> cells;  // by data set, split, protocol, model, variant, seeds
  std::vector<SummaryRow> rows;     // in the same order
  std::vector<Detectable> detectable;
  std::vector<Comparison> comparisons;  // by row's group, metric, reason

  const CellResult& of(const SummaryRow& row) const { return cells[row.first].cell; }
};

/// What figures, findings and notes speak of unless told otherwise: ndcg at the largest cutoff, else the first metric of
/// which more is better; nullptr where there is none.
const MetricSpec* report_metric(const Summary& summary);

Result<Summary> summarise(const Grid& grid);
/// The same with facts from elsewhere than the store.
Result<Summary> summarise(const Grid& grid, const FactsSource& facts);

}  // namespace motive
