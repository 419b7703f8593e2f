#include "framework/report/summary.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "framework/report/measure.h"
#include "framework/report/significance.h"
#include "framework/stats/intervals.h"

namespace motive {

namespace {

constexpr double kLevel = 0.95, kPower = 0.8;

std::vector<MetricSpec> specs_of(const Grid& grid) {
  std::vector<int> cutoffs = grid.topk;
  std::sort(cutoffs.begin(), cutoffs.end());
  cutoffs.erase(std::unique(cutoffs.begin(), cutoffs.end()), cutoffs.end());
  std::vector<MetricSpec> specs;
  for (MetricKind kind : grid.metrics) {
    if (!metric_help(kind).cutoff) specs.push_back({kind, 0});
    for (int k : cutoffs) {
      if (metric_help(kind).cutoff) specs.push_back({kind, k});
    }
  }
  return specs;
}

// ---- order
// ------------------------------------------------------------------------------------------

template <class T>
Result<std::size_t> place(const std::vector<T>& known, std::string T::*field,
                          const std::string& name, const char* what) {
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (known[i].*field == name) return i;
  }
  return fail("a cell names the {} \"{}\", which the experiment does not list", what, name);
}

struct Place {
  std::size_t dataset = 0, split = 0, protocol = 0, model = 0;
  const CellResult* cell = nullptr;
  auto row() const { return std::tie(dataset, split, protocol, model, cell->variant); }
  auto key() const { return std::tie(dataset, split, protocol, model, cell->variant, cell->seeds); }
};

Result<std::vector<Place>> in_order(const Grid& grid, const std::vector<CellResult>& cells) {
  std::vector<Place> places;
  for (const CellResult& cell : cells) {
    Place at;
    at.cell = &cell;
    MOTIVE_ASSIGN(at.dataset, place(grid.datasets, &DatasetInfo::name, cell.dataset, "data set"));
    MOTIVE_ASSIGN(at.split, place(grid.splits, &SplitInfo::name, cell.split, "split"));
    MOTIVE_ASSIGN(at.protocol,
                  place(grid.protocols, &ProtocolInfo::protocol, cell.protocol, "protocol"));
    MOTIVE_ASSIGN(at.model, place(grid.models, &ModelInfo::label, cell.label, "model"));
    places.push_back(at);
  }
  std::sort(places.begin(), places.end(),
            [](const Place& a, const Place& b) { return a.key() < b.key(); });
  for (std::size_t i = 1; i < places.size(); ++i) {
    if (places[i - 1].key() == places[i].key()) {
      const CellResult& cell = *places[i].cell;
      return fail("the grid holds a cell twice: {}, {}, {}, {}", cell.dataset, cell.split,
                  cell.label, cell.protocol);
    }
  }
  return places;
}

/// A method may leave several rankings (variants): each is a row of its own.
Result<std::vector<CellResult>> with_variants(const Grid& grid) {
  std::vector<CellResult> cells;
  for (const CellResult& cell : grid.cells) {
    cells.push_back(cell);
    if (cell.state != CellState::kDone || !cell.variant.empty()) continue;
    MOTIVE_ASSIGN(const std::vector<std::string> variants, variants_of(cell.ranks));
    for (const std::string& variant : variants) {
      if (variant.empty()) continue;
      cells.push_back(cell);
      cells.back().variant = variant;
    }
  }
  return cells;
}

// ---- values
// -----------------------------------------------------------------------------------------

/// Per user: sum over cells of weight and of weight * value, one column a metric.
class UserSums {
 public:
  explicit UserSums(std::size_t metrics) : metrics_(metrics) {}
  void add(std::size_t user, double weight, std::span<const double> values) {
    if (user >= weight_.size()) {
      weight_.resize(user + 1, 0.0);
      sums_.resize((user + 1) * metrics_, 0.0);
    }
    weight_[user] += weight;
    for (std::size_t m = 0; m < metrics_; ++m) sums_[user * metrics_ + m] += weight * values[m];
  }
  std::size_t users() const {
    return static_cast<std::size_t>(
        std::count_if(weight_.begin(), weight_.end(), [](double w) { return w > 0; }));
  }
  /// z_u by user number, NaN for users that are not of this row. scale: what the weights of all
  /// cells fall short of 1.
  std::vector<double> centred(std::size_t metric, double mean, double scale = 1) const {
    std::vector<double> z(weight_.size(), std::nan(""));
    const double n = scale * static_cast<double>(users());
    for (std::size_t u = 0; u < z.size(); ++u) {
      if (weight_[u] > 0) z[u] = mean + n * (sums_[u * metrics_ + metric] - weight_[u] * mean);
    }
    return z;
  }

 private:
  std::size_t metrics_;
  std::vector<double> weight_, sums_;
};

std::vector<double> without_nan(const std::vector<double>& values) {
  std::vector<double> kept;
  std::copy_if(values.begin(), values.end(), std::back_inserter(kept),
               [](double v) { return !std::isnan(v); });
  return kept;
}

std::optional<Bounds> interval(const std::vector<double>& values) {
  if (values.size() < 2) return std::nullopt;
  const Interval t = t_interval(values, kLevel);
  return Bounds{t.low, t.high};
}

/// values: of the cells. scale: as in UserSums::centred.
SummaryStat statistics(const MetricSpec& spec, std::size_t metric,
                       const std::vector<double>& values, const UserSums& sums, double scale) {
  SummaryStat stat;
  stat.mean = mean(values);
  if (std::isnan(stat.mean)) return stat;
  if (metric_help(spec.kind).per_user) {
    stat.users = interval(without_nan(sums.centred(metric, stat.mean, scale)));
  }
  stat.seeds = interval(values);
  if (values.size() > 1) stat.sd_seeds = sample_sd(values);
  return stat;
}

/// One slice of a row while its cells are read; `all` among them.
struct SliceRow {
  std::string name;
  UserSums sums;
  std::vector<std::vector<double>> cells;  // values of the cells that have it

  SummarySlice summary(const std::vector<MetricSpec>& specs, std::size_t done) const {
    SummarySlice slice{name, cells.size(), sums.users(), {}};
    const double scale = static_cast<double>(done) / static_cast<double>(cells.size());
    for (std::size_t m = 0; m < specs.size(); ++m) {
      std::vector<double> values;
      for (const auto& cell : cells) values.push_back(cell[m]);
      slice.stats.push_back(statistics(specs[m], m, values, sums, scale));
    }
    return slice;
  }
};

/// The slices of a row, in the order of their definition whichever cell has them first.
class SliceRows {
 public:
  SliceRows(const std::vector<MetricSpec>& specs, std::size_t done) : specs_(specs), done_(done) {}

  void add(const std::vector<SliceUsers>& found, const MeasuredCell& measured) {
    std::size_t place = 0;
    for (const SliceUsers& slice : found) {
      const auto at = std::find_if(rows_.begin(), rows_.end(),
                                   [&](const SliceRow& r) { return r.name == slice.name; });
      if (at != rows_.end()) {
        place = static_cast<std::size_t>(at - rows_.begin());
      } else {
        rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(place),
                     {slice.name, UserSums(specs_.size()), {}});
      }
      SliceRow& row = rows_[place++];
      const double weight =
          1.0 / (static_cast<double>(done_) * static_cast<double>(slice.users.size()));
      for (std::size_t u = 0; u < slice.users.size(); ++u) {
        row.sums.add(slice.users[u], weight,
                     std::span(slice.values).subspan(u * specs_.size(), specs_.size()));
      }
      const auto of_slice =
          std::find_if(measured.slices.begin(), measured.slices.end(),
                       [&](const MeasuredSlice& m) { return m.name == slice.name; });
      row.cells.push_back(of_slice == measured.slices.end() ? measured.values : of_slice->values);
    }
  }
  const std::vector<SliceRow>& rows() const { return rows_; }

 private:
  const std::vector<MetricSpec>& specs_;
  std::size_t done_;
  std::vector<SliceRow> rows_;
};

// ---- the smallest detectable difference
// -------------------------------------------------------------

/// hr and ndcg at the largest cutoff; the first metric over users where neither is measured.
std::vector<std::size_t> headline_specs(const std::vector<MetricSpec>& specs) {
  int largest = 0;
  for (const MetricSpec& spec : specs) largest = std::max(largest, spec.k);
  std::vector<std::size_t> chosen, others;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const bool wanted = specs[m].kind == MetricKind::kHr || specs[m].kind == MetricKind::kNdcg;
    if (wanted && specs[m].k == largest) chosen.push_back(m);
    if (metric_help(specs[m].kind).per_user && metric_help(specs[m].kind).is_merit)
      others.push_back(m);
  }
  if (chosen.empty() && !others.empty()) chosen.push_back(others.front());
  return chosen;
}

/// The users' values of the rows of one data set, split and protocol.
struct Block {
  std::vector<RowUsers> rows;

  void close(const Grid& grid, const std::vector<std::size_t>& headline, Summary& summary) {
    compare_rows(grid, rows, summary);
    const std::vector<std::size_t> tested = tested_specs(summary.specs);
    for (std::size_t h = 0; h < headline.size() && rows.size() > 1; ++h) {
      const auto mean_of = [&](const RowUsers& r) {
        return summary.rows[r.row].stats[headline[h]].mean;
      };
      std::vector<const RowUsers*> best;
      for (const RowUsers& r : rows) best.push_back(&r);
      std::stable_sort(best.begin(), best.end(),
                       [&](const RowUsers* a, const RowUsers* b) { return mean_of(*a) > mean_of(*b); });
      // Variants of one method are no rivals of each other.
      const auto label_of = [&](const RowUsers* r) -> const std::string& { return summary.of(summary.rows[r->row]).label; };
      best.erase(std::remove_if(best.begin() + 1, best.end(), [&](const RowUsers* r) { return label_of(r) == label_of(best[0]); }), best.end());
      if (best.size() < 2) continue;
      const auto t = static_cast<std::size_t>(std::find(tested.begin(), tested.end(), headline[h]) - tested.begin());
      const std::vector<double>&a = best[0]->values[t], &b = best[1]->values[t];
      std::vector<double> differences(std::min(a.size(), b.size()));
      for (std::size_t u = 0; u < differences.size(); ++u) differences[u] = a[u] - b[u];
      differences = without_nan(differences);
      if (differences.size() < 2) continue;
      const CellResult& cell = summary.of(summary.rows[best[0]->row]);
      summary.detectable.push_back(
          {cell.dataset, cell.split, cell.protocol, summary.specs[headline[h]],
           detectable_difference(sample_sd(differences), differences.size(), 1 - kLevel, kPower),
           differences.size()});
    }
    rows.clear();
  }
};

/// One row: all its cells, then its statistics.
Status add_row(const MeasureTask& task, std::span<const Place> places,
               UserNumbers& numbers, Block& block, Summary& summary) {
  SummaryRow row;
  row.first = summary.cells.size();
  row.cells = places.size();
  for (const Place& at : places) row.done += at.cell->state == CellState::kDone ? 1 : 0;
  SliceRows slices(summary.specs, row.done);
  for (const Place& at : places) {
    MeasuredCell measured;
    measured.cell = *at.cell;
    if (at.cell->state == CellState::kDone) {
      MOTIVE_ASSIGN(const std::vector<SliceUsers> found, measure(task, numbers, measured));
      slices.add(found, measured);
    }
    summary.cells.push_back(std::move(measured));
  }
  for (const SliceRow& slice : slices.rows()) {
    row.slices.push_back(slice.summary(summary.specs, row.done));
  }
  if (row.done > 0) {  // everyone is the first
    row.users = row.slices.front().users;
    row.stats = std::move(row.slices.front().stats);
    row.slices.erase(row.slices.begin());
  }
  summary.rows.push_back(row);
  if (row.done > 0) {
    RowUsers users{summary.rows.size() - 1, {}};
    for (std::size_t m : tested_specs(summary.specs))
      users.values.push_back(slices.rows().front().sums.centred(m, row.stats[m].mean));
    block.rows.push_back(std::move(users));
  }
  return {};
}

}  // namespace

const MetricSpec* report_metric(const Summary& summary) {
  const MetricSpec* found = nullptr;
  for (const MetricSpec& spec : summary.specs) {
    if (spec.kind == MetricKind::kNdcg && (found == nullptr || spec.k > found->k)) found = &spec;
  }
  if (found != nullptr) return found;
  for (const MetricSpec& spec : summary.specs) {
    if (metric_help(spec.kind).is_merit) return &spec;
  }
  return nullptr;
}

Result<Summary> summarise(const Grid& grid) { return summarise(grid, stored_facts(grid)); }

Result<Summary> summarise(const Grid& grid, const FactsSource& facts) {
  MOTIVE_ASSIGN(const std::vector<CellResult> cells, with_variants(grid));
  MOTIVE_ASSIGN(const std::vector<Place> places, in_order(grid, cells));
  Summary summary;
  summary.specs = specs_of(grid);
  const std::vector<std::size_t> headline = headline_specs(summary.specs);
  const MeasureTask task{&summary.specs, grid.ties, &grid.slices, facts};
  UserNumbers numbers;
  Block block;
  for (std::size_t i = 0; i < places.size();) {
    std::size_t end = i + 1;
    while (end < places.size() && places[end].row() == places[i].row()) ++end;
    MOTIVE_TRY(
        add_row(task, std::span(places).subspan(i, end - i), numbers, block, summary));
    const bool last = end == places.size();
    const auto group = [](const Place& p) { return std::tie(p.dataset, p.split); };
    if (last || group(places[end]) != group(places[i]) ||
        places[end].protocol != places[i].protocol) {
      block.close(grid, headline, summary);
    }
    if (!last && group(places[end]) != group(places[i])) numbers = {};
    i = end;
  }
  correct_comparisons(grid, summary);
  return summary;
}

}  // namespace motive
