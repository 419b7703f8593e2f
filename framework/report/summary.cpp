#include "framework/report/summary.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <unordered_map>

#include "framework/evaluate/ranking.h"
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
    for (int k : cutoffs) specs.push_back({kind, k});
  }
  return specs;
}

/// FNV-1a: names a user's stream and stands for him in a set; needs no strength.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3u;
  return hash;
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

/// Numbers the users of one data set and split, over all its cells.
class UserNumbers {
 public:
  std::size_t of(const std::string& user) {
    return numbers_.try_emplace(user, numbers_.size()).first->second;
  }
  std::size_t size() const { return numbers_.size(); }

 private:
  std::unordered_map<std::string, std::size_t> numbers_;
};

/// Per user: sum over cells of weight and of weight * value, one column a metric.
class UserSums {
 public:
  explicit UserSums(std::size_t metrics) : metrics_(metrics) {}
  void add(std::size_t user, double weight, const std::vector<double>& values) {
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
  /// z_u by user number, NaN for users that are not of this row.
  std::vector<double> centred(std::size_t metric, double mean) const {
    std::vector<double> z(weight_.size(), std::nan(""));
    const double n = static_cast<double>(users());
    for (std::size_t u = 0; u < z.size(); ++u) {
      if (weight_[u] > 0) z[u] = mean + n * (sums_[u * metrics_ + metric] - weight_[u] * mean);
    }
    return z;
  }

 private:
  std::size_t metrics_;
  std::vector<double> weight_, sums_;
};

/// Where each user's positives begin in the rows; one past the end at last.
Result<std::vector<std::size_t>> user_starts(const std::vector<StoredRank>& rows,
                                             const CellResult& cell) {
  std::vector<std::size_t> starts;
  std::unordered_map<std::string_view, bool> seen;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].user == rows[i - 1].user) continue;
    if (!seen.emplace(rows[i].user, true).second) {
      return fail("{}, {}, {}: user \"{}\" stands in two places of the stored ranks", cell.dataset,
                  cell.split, cell.label, rows[i].user);
    }
    starts.push_back(i);
  }
  if (starts.empty())
    return fail("{}, {}, {}: no stored ranks", cell.dataset, cell.split, cell.label);
  starts.push_back(rows.size());
  return starts;
}

void count_rank(const StoredRank& rank, MeasuredCell& measured) {
  ++measured.positives;
  if (rank.tied > 0 && rank.above < rank.candidates) ++measured.tied;
}

/// The values of a cell's users, in the order in which they first stand in the ranks. A user whom several
/// folds test has the mean over these.
class UserValues {
 public:
  explicit UserValues(std::size_t metrics) : metrics_(metrics) {}
  void add(const std::string& user, const std::vector<double>& values) {
    const auto [place, fresh] = places_.try_emplace(user, users_.size());
    if (fresh) {
      users_.push_back(user);
      folds_.push_back(0);
      sums_.resize(sums_.size() + metrics_, 0.0);
    }
    folds_[place->second] += 1;
    for (std::size_t m = 0; m < metrics_; ++m) sums_[place->second * metrics_ + m] += values[m];
  }
  const std::vector<std::string>& users() const { return users_; }
  void read(std::size_t user, std::vector<double>& values) const {
    for (std::size_t m = 0; m < metrics_; ++m) values[m] = sums_[user * metrics_ + m] / folds_[user];
  }

 private:
  std::size_t metrics_;
  std::unordered_map<std::string, std::size_t> places_;
  std::vector<std::string> users_;
  std::vector<double> folds_, sums_;
};

/// Adds the values of one folder of ranks: the cell's, or those of one of its folds.
Status read_values(const std::vector<MetricSpec>& specs, Ties ties, const Path& folder, MeasuredCell& measured,
                   UserValues& users) {
  const CellResult& cell = measured.cell;
  MOTIVE_ASSIGN(const std::vector<StoredRank> rows, read_ranks(folder, cell.variant));
  MOTIVE_ASSIGN(const std::vector<std::size_t> starts, user_starts(rows, cell));
  std::vector<Position> positives;
  std::vector<double> values(specs.size());
  for (std::size_t u = 0; u + 1 < starts.size(); ++u) {
    positives.clear();
    for (std::size_t i = starts[u]; i < starts[u + 1]; ++i) {
      positives.push_back({rows[i].above, rows[i].tied, rows[i].candidates});
      count_rank(rows[i], measured);
    }
    const StoredRank& first = rows[starts[u]];
    if (first.above >= first.candidates) ++measured.unanswered;
    for (std::size_t m = 0; m < specs.size(); ++m) values[m] = user_metric(specs[m], positives, ties, hash_of(first.user));
    users.add(first.user, values);
  }
  return {};
}

/// Reads the ranks of one cell, gives it its values and adds its users to `sums`. cells: C of the
/// row.
Status measure(const std::vector<MetricSpec>& specs, Ties ties, std::size_t cells,
               UserNumbers& numbers, UserSums& sums, MeasuredCell& measured) {
  UserValues users(specs.size());
  MOTIVE_TRY(read_values(specs, ties, measured.cell.ranks, measured, users));
  for (const Path& fold : measured.cell.more_ranks) MOTIVE_TRY(read_values(specs, ties, fold, measured, users));
  const std::size_t n = users.users().size();
  const double weight = 1.0 / (static_cast<double>(cells) * static_cast<double>(n));
  measured.users = n;
  measured.values.assign(specs.size(), 0.0);
  std::vector<double> values(specs.size());
  for (std::size_t u = 0; u < n; ++u) {
    users.read(u, values);
    for (std::size_t m = 0; m < specs.size(); ++m) measured.values[m] += values[m];
    measured.users_hash ^= hash_of(users.users()[u]) * 0x9e3779b97f4a7c15u;
    sums.add(numbers.of(users.users()[u]), weight, values);
  }
  for (double& value : measured.values) value /= static_cast<double>(n);
  return {};
}

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

SummaryStat statistics(std::size_t metric, const std::vector<MeasuredCell>& cells,
                       const SummaryRow& row, const UserSums& sums) {
  std::vector<double> values;
  for (std::size_t i = row.first; i < row.first + row.cells; ++i) {
    if (!cells[i].values.empty()) values.push_back(cells[i].values[metric]);
  }
  SummaryStat stat;
  stat.mean = mean(values);
  stat.users = interval(without_nan(sums.centred(metric, stat.mean)));
  stat.seeds = interval(values);
  if (values.size() > 1) stat.sd_seeds = sample_sd(values);
  return stat;
}

// ---- the smallest detectable difference
// -------------------------------------------------------------

/// hr and ndcg at the largest cutoff; the first metric where neither is measured.
std::vector<std::size_t> headline_specs(const std::vector<MetricSpec>& specs) {
  std::vector<std::size_t> chosen;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const bool wanted = specs[m].kind == MetricKind::kHr || specs[m].kind == MetricKind::kNdcg;
    if (wanted && specs[m].k == specs.back().k) chosen.push_back(m);
  }
  if (chosen.empty() && !specs.empty()) chosen.push_back(0);
  return chosen;
}

/// The users' values of the rows of one data set, split and protocol, for the headline metrics.
struct Block {
  struct Row {
    std::size_t row = 0;
    std::vector<std::vector<double>> users;  // by headline metric, then user number
  };
  std::vector<Row> rows;

  void close(const std::vector<std::size_t>& headline, Summary& summary) {
    for (std::size_t h = 0; h < headline.size() && rows.size() > 1; ++h) {
      const auto mean_of = [&](const Row& r) {
        return summary.rows[r.row].stats[headline[h]].mean;
      };
      std::vector<const Row*> best;
      for (const Row& r : rows) best.push_back(&r);
      std::stable_sort(best.begin(), best.end(),
                       [&](const Row* a, const Row* b) { return mean_of(*a) > mean_of(*b); });
      const std::vector<double>&a = best[0]->users[h], &b = best[1]->users[h];
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
Status add_row(const Grid& grid, std::span<const Place> places,
               const std::vector<std::size_t>& headline, UserNumbers& numbers, Block& block,
               Summary& summary) {
  SummaryRow row;
  row.first = summary.cells.size();
  row.cells = places.size();
  for (const Place& at : places) row.done += at.cell->state == CellState::kDone ? 1 : 0;
  UserSums sums(summary.specs.size());
  for (const Place& at : places) {
    MeasuredCell measured;
    measured.cell = *at.cell;
    if (at.cell->state == CellState::kDone) {
      MOTIVE_TRY(measure(summary.specs, grid.ties, row.done, numbers, sums, measured));
    }
    summary.cells.push_back(std::move(measured));
  }
  row.users = sums.users();
  for (std::size_t m = 0; row.done > 0 && m < summary.specs.size(); ++m) {
    row.stats.push_back(statistics(m, summary.cells, row, sums));
  }
  summary.rows.push_back(row);
  if (row.done > 0) {
    Block::Row users{summary.rows.size() - 1, {}};
    for (std::size_t m : headline) users.users.push_back(sums.centred(m, row.stats[m].mean));
    block.rows.push_back(std::move(users));
  }
  return {};
}

}  // namespace

Result<Summary> summarise(const Grid& grid) {
  MOTIVE_ASSIGN(const std::vector<CellResult> cells, with_variants(grid));
  MOTIVE_ASSIGN(const std::vector<Place> places, in_order(grid, cells));
  Summary summary;
  summary.specs = specs_of(grid);
  const std::vector<std::size_t> headline = headline_specs(summary.specs);
  UserNumbers numbers;
  Block block;
  for (std::size_t i = 0; i < places.size();) {
    std::size_t end = i + 1;
    while (end < places.size() && places[end].row() == places[i].row()) ++end;
    MOTIVE_TRY(
        add_row(grid, std::span(places).subspan(i, end - i), headline, numbers, block, summary));
    const bool last = end == places.size();
    const auto group = [](const Place& p) { return std::tie(p.dataset, p.split); };
    if (last || group(places[end]) != group(places[i]) ||
        places[end].protocol != places[i].protocol) {
      block.close(headline, summary);
    }
    if (!last && group(places[end]) != group(places[i])) numbers = {};
    i = end;
  }
  return summary;
}

}  // namespace motive
