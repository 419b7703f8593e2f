#include "framework/report/measure.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "framework/evaluate/list_metrics.h"

namespace motive {
namespace {

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

/// The lists of a folder of ranks by user, as item numbers. Other variants than a method's own have none.
Result<std::unordered_map<std::string, std::vector<std::uint32_t>>> lists_by_user(
    const Path& ranks, const CellFacts& facts) {
  MOTIVE_ASSIGN(const std::vector<StoredList> stored, read_lists(ranks));
  std::unordered_map<std::string, std::vector<std::uint32_t>> lists;
  for (const StoredList& list : stored) {
    std::vector<std::uint32_t>& numbers = lists[list.user];
    for (const std::string& id : list.items) {
      const std::uint32_t item = facts.items.find(id);
      if (item == StringPool::kAbsent)
        return fail("{}: lists the unknown item \"{}\"", ranks.string(), id);
      numbers.push_back(item);
    }
  }
  return lists;
}

/// The users of one slice while the ranks are read. A user whom several folds test has the mean over these.
class SliceSums {
 public:
  SliceSums(std::string name, std::size_t metrics, bool folds)
      : slice_{std::move(name), {}, {}}, metrics_(metrics), folds_(folds) {}

  const std::string& name() const { return slice_.name; }
  /// Whether the user is new to the slice.
  bool add(std::size_t user, std::span<const double> values) {
    if (folds_) {
      const auto [place, fresh] = places_.try_emplace(user, slice_.users.size());
      if (!fresh) {
        for (std::size_t m = 0; m < metrics_; ++m) slice_.values[place->second * metrics_ + m] += values[m];
        ++times_[place->second];
        return false;
      }
      times_.push_back(1);
    }
    slice_.users.push_back(user);
    slice_.values.insert(slice_.values.end(), values.begin(), values.end());
    return true;
  }
  SliceUsers finish() {
    for (std::size_t u = 0; u < times_.size(); ++u) {
      for (std::size_t m = 0; m < metrics_; ++m) slice_.values[u * metrics_ + m] /= times_[u];
    }
    return std::move(slice_);
  }

 private:
  SliceUsers slice_;
  std::size_t metrics_;
  bool folds_;
  std::unordered_map<std::size_t, std::size_t> places_;  // where a user stands, with folds
  std::vector<double> times_;                            // beside users, with folds
};

class Measurement {
 public:
  Measurement(const MeasureTask& task, UserNumbers& numbers, MeasuredCell& measured)
      : task_(task),
        specs_(*task.specs),
        numbers_(numbers),
        measured_(measured),
        values_(specs_.size()),
        of_cell_(specs_.size(), 0.0) {
    slot("all");
  }

  Result<std::vector<SliceUsers>> run() {
    CellResult fold = measured_.cell;
    MOTIVE_TRY(read(fold));
    for (const Path& ranks : measured_.cell.more_ranks) {
      fold.ranks = ranks;
      MOTIVE_TRY(read(fold));
    }
    return finish();
  }

 private:
  /// The cell's ranks, or those of one of its folds.
  Status read(const CellResult& cell) {
    MOTIVE_ASSIGN(const std::vector<StoredRank> rows, read_ranks(cell.ranks, cell.variant));
    MOTIVE_ASSIGN(const std::vector<std::size_t> starts, user_starts(rows, cell));
    MOTIVE_TRY(open_facts(cell));
    for (std::size_t u = 0; u + 1 < starts.size(); ++u) {
      add_user(std::span(rows).subspan(starts[u], starts[u + 1] - starts[u]));
    }
    if (!list_metrics_) return {};
    std::vector<double> of_fold(specs_.size(), 0.0);
    list_metrics_->finish(of_fold);
    for (std::size_t m = 0; m < specs_.size(); ++m) of_cell_[m] += of_fold[m];
    return {};
  }

  /// The place of a slice in sums_, new where it was not there.
  std::size_t slot(const std::string& name) {
    const auto at = std::find_if(sums_.begin(), sums_.end(), [&](const SliceSums& s) { return s.name() == name; });
    if (at != sums_.end()) return static_cast<std::size_t>(at - sums_.begin());
    sums_.emplace_back(name, specs_.size(), !measured_.cell.more_ranks.empty());
    return sums_.size() - 1;
  }

  Status open_facts(const CellResult& cell) {
    const bool lists = std::any_of(specs_.begin(), specs_.end(),
                                   [](const MetricSpec& s) { return metric_help(s.kind).lists; });
    if (!lists && task_.slices->empty()) return {};
    MOTIVE_ASSIGN(facts_, task_.facts(cell));
    slices_.emplace(*task_.slices, *facts_);
    slots_.clear();
    for (const std::string& name : slices_->names()) slots_.push_back(slot(name));
    if (!lists || !cell.variant.empty()) return {};
    list_metrics_.emplace(specs_, *facts_);
    MOTIVE_ASSIGN(lists_, lists_by_user(cell.ranks, *facts_));
    return {};
  }

  /// Values of metrics that are read from ranks, of the given ones of a user's rows.
  void rank_values(std::span<const Position> positions, std::uint64_t seed) {
    for (std::size_t m = 0; m < specs_.size(); ++m) {
      if (!metric_help(specs_[m].kind).lists)
        values_[m] = user_metric(specs_[m], positions, task_.ties, seed);
    }
  }

  void count(std::span<const StoredRank> rows) {
    for (const StoredRank& rank : rows) {
      ++measured_.positives;
      if (rank.tied > 0 && rank.above < rank.candidates) ++measured_.tied;
    }
    if (rows.front().above >= rows.front().candidates) ++measured_.unanswered;
  }

  void add_user(std::span<const StoredRank> rows) {
    const std::uint64_t seed = tie_seed(rows.front().user);
    count(rows);
    std::vector<Position> positions;
    for (const StoredRank& rank : rows)
      positions.push_back({rank.above, rank.tied, rank.candidates});
    std::fill(values_.begin(), values_.end(), std::numeric_limits<double>::quiet_NaN());
    if (list_metrics_) list_metrics_->add(lists_[rows.front().user], values_);
    rank_values(positions, seed);
    const std::size_t number = numbers_.of(rows.front().user);
    if (sums_.front().add(number, values_)) measured_.users_hash ^= seed * 0x9e3779b97f4a7c15u;
    if (!slices_) return;
    slices_->choose(rows, chosen_);
    std::vector<Position> part;
    for (std::size_t s = 0; s < chosen_.size(); ++s) {
      if (chosen_[s].empty()) continue;
      part.clear();
      for (const std::uint32_t row : chosen_[s]) part.push_back(positions[row]);
      rank_values(part, seed);
      sums_[slots_[s]].add(number, values_);
    }
  }

  /// Means over users, and the values that belong to the whole cell.
  std::vector<SliceUsers> finish() {
    std::vector<SliceUsers> found;
    for (SliceSums& sums : sums_) {
      const bool all = &sums == &sums_.front();
      SliceUsers slice = sums.finish();
      if (slice.users.empty()) continue;
      MeasuredSlice means = mean_of(slice);
      if (all) {
        measured_.users = means.users;
        measured_.values = std::move(means.values);
        whole_cell_values();
      } else {
        measured_.slices.push_back(std::move(means));
      }
      found.push_back(std::move(slice));
    }
    return found;
  }

  MeasuredSlice mean_of(const SliceUsers& slice) const {
    MeasuredSlice means{slice.name, slice.users.size(), std::vector<double>(specs_.size(), 0.0)};
    for (std::size_t at = 0; at < slice.values.size(); ++at) means.values[at % specs_.size()] += slice.values[at];
    for (std::size_t m = 0; m < specs_.size(); ++m) {
      means.values[m] = metric_help(specs_[m].kind).per_user ? means.values[m] / static_cast<double>(means.users)
                                                             : std::numeric_limits<double>::quiet_NaN();
    }
    return means;
  }

  /// With folds: the mean over these.
  void whole_cell_values() {
    if (!list_metrics_) return;
    for (std::size_t m = 0; m < specs_.size(); ++m) {
      const MetricHelp& help = metric_help(specs_[m].kind);
      if (help.per_user) continue;
      measured_.values[m] = of_cell_[m] / static_cast<double>(1 + measured_.cell.more_ranks.size());
    }
  }

  const MeasureTask& task_;
  const std::vector<MetricSpec>& specs_;
  UserNumbers& numbers_;
  MeasuredCell& measured_;
  std::vector<SliceSums> sums_;  // "all" first
  std::vector<std::size_t> slots_;  // of the slices at hand, into sums_
  std::vector<double> values_;   // of the user at hand, beside specs_
  std::vector<double> of_cell_;  // summed over folds, beside specs_
  std::shared_ptr<const CellFacts> facts_;
  std::optional<Slices> slices_;
  std::optional<ListMetrics> list_metrics_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> lists_;
  std::vector<std::vector<std::uint32_t>> chosen_;
};

}  // namespace

Result<std::vector<SliceUsers>> measure(const MeasureTask& task, UserNumbers& numbers,
                                        MeasuredCell& measured) {
  return Measurement(task, numbers, measured).run();
}

}  // namespace motive
