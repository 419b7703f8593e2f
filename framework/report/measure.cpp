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

/// A cell's lists by user, as item numbers. Other variants than a method's own have none.
Result<std::unordered_map<std::string, std::vector<std::uint32_t>>> lists_by_user(
    const CellResult& cell, const CellFacts& facts) {
  MOTIVE_ASSIGN(const std::vector<StoredList> stored, read_lists(cell.ranks));
  std::unordered_map<std::string, std::vector<std::uint32_t>> lists;
  for (const StoredList& list : stored) {
    std::vector<std::uint32_t>& numbers = lists[list.user];
    for (const std::string& id : list.items) {
      const std::uint32_t item = facts.items.find(id);
      if (item == StringPool::kAbsent)
        return fail("{}: lists the unknown item \"{}\"", cell.ranks.string(), id);
      numbers.push_back(item);
    }
  }
  return lists;
}

class Measurement {
 public:
  Measurement(const MeasureTask& task, MeasuredCell& measured)
      : task_(task),
        specs_(*task.specs),
        measured_(measured),
        found_(1, SliceUsers{"all", {}, {}}),
        values_(specs_.size()) {}

  Result<std::vector<SliceUsers>> run(UserNumbers& numbers) {
    const CellResult& cell = measured_.cell;
    MOTIVE_ASSIGN(const std::vector<StoredRank> rows, read_ranks(cell.ranks, cell.variant));
    MOTIVE_ASSIGN(const std::vector<std::size_t> starts, user_starts(rows, cell));
    MOTIVE_TRY(open_facts());
    for (std::size_t u = 0; u + 1 < starts.size(); ++u) {
      add_user(std::span(rows).subspan(starts[u], starts[u + 1] - starts[u]), numbers);
    }
    finish();
    std::erase_if(found_, [](const SliceUsers& slice) { return slice.users.empty(); });
    return std::move(found_);
  }

 private:
  Status open_facts() {
    const bool lists = std::any_of(specs_.begin(), specs_.end(),
                                   [](const MetricSpec& s) { return metric_help(s.kind).lists; });
    if (!lists && task_.slices->empty()) return {};
    MOTIVE_ASSIGN(facts_, task_.facts(measured_.cell));
    slices_.emplace(*task_.slices, *facts_);
    for (const std::string& name : slices_->names()) found_.push_back({name, {}, {}});
    if (!lists || !measured_.cell.variant.empty()) return {};
    list_metrics_.emplace(specs_, *facts_);
    MOTIVE_ASSIGN(lists_, lists_by_user(measured_.cell, *facts_));
    return {};
  }

  /// Values of metrics that are read from ranks, of the given ones of a user's rows.
  void rank_values(std::span<const Position> positions, std::uint64_t seed) {
    for (std::size_t m = 0; m < specs_.size(); ++m) {
      if (!metric_help(specs_[m].kind).lists)
        values_[m] = user_metric(specs_[m], positions, task_.ties, seed);
    }
  }

  void add(SliceUsers& slice, std::size_t user) {
    slice.users.push_back(user);
    slice.values.insert(slice.values.end(), values_.begin(), values_.end());
  }

  void count(std::span<const StoredRank> rows, std::uint64_t hash) {
    for (const StoredRank& rank : rows) {
      ++measured_.positives;
      if (rank.tied > 0 && rank.above < rank.candidates) ++measured_.tied;
    }
    if (rows.front().above >= rows.front().candidates) ++measured_.unanswered;
    measured_.users_hash ^= hash * 0x9e3779b97f4a7c15u;
  }

  void add_user(std::span<const StoredRank> rows, UserNumbers& numbers) {
    const std::uint64_t seed = tie_seed(rows.front().user);
    count(rows, seed);
    std::vector<Position> positions;
    for (const StoredRank& rank : rows)
      positions.push_back({rank.above, rank.tied, rank.candidates});
    std::fill(values_.begin(), values_.end(), std::numeric_limits<double>::quiet_NaN());
    if (list_metrics_) list_metrics_->add(lists_[rows.front().user], values_);
    rank_values(positions, seed);
    const std::size_t number = numbers.of(rows.front().user);
    add(found_.front(), number);
    if (!slices_) return;
    slices_->choose(rows, chosen_);
    std::vector<Position> part;
    for (std::size_t s = 0; s < chosen_.size(); ++s) {
      if (chosen_[s].empty()) continue;
      part.clear();
      for (const std::uint32_t row : chosen_[s]) part.push_back(positions[row]);
      rank_values(part, seed);
      add(found_[s + 1], number);
    }
  }

  /// Means over users, and the values that belong to the whole cell.
  void finish() {
    for (SliceUsers& slice : found_) {
      MeasuredSlice mean{slice.name, slice.users.size(), std::vector<double>(specs_.size(), 0.0)};
      for (std::size_t at = 0; at < slice.values.size(); ++at)
        mean.values[at % specs_.size()] += slice.values[at];
      for (double& value : mean.values)
        value /= static_cast<double>(std::max<std::size_t>(1, mean.users));
      const bool all = &slice == &found_.front();
      for (std::size_t m = 0; m < specs_.size(); ++m) {
        if (!metric_help(specs_[m].kind).per_user)
          mean.values[m] = std::numeric_limits<double>::quiet_NaN();
      }
      if (all && list_metrics_) list_metrics_->finish(mean.values);
      if (all) {
        measured_.users = mean.users;
        measured_.values = std::move(mean.values);
      } else if (mean.users > 0) {
        measured_.slices.push_back(std::move(mean));
      }
    }
  }

  const MeasureTask& task_;
  const std::vector<MetricSpec>& specs_;
  MeasuredCell& measured_;
  std::vector<SliceUsers> found_;
  std::vector<double> values_;  // of the user at hand, beside specs_
  std::shared_ptr<const CellFacts> facts_;
  std::optional<Slices> slices_;
  std::optional<ListMetrics> list_metrics_;
  std::unordered_map<std::string, std::vector<std::uint32_t>> lists_;
  std::vector<std::vector<std::uint32_t>> chosen_;
};

}  // namespace

Result<std::vector<SliceUsers>> measure(const MeasureTask& task, UserNumbers& numbers,
                                        MeasuredCell& measured) {
  return Measurement(task, measured).run(numbers);
}

}  // namespace motive
