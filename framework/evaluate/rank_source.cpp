#include <algorithm>

#include "framework/evaluate/rank_sink.h"

namespace motive {
namespace {

Status check_rows(const char* what, std::span<const std::uint64_t> offsets,
                  std::span<const ItemId> items, std::size_t queries, std::size_t n_items) {
  const bool shaped = offsets.size() == queries + 1 && offsets.front() == 0 &&
                      offsets.back() == items.size() &&
                      std::is_sorted(offsets.begin(), offsets.end());
  if (!shaped) return fail("ranking: the {} of the test queries have the wrong shape", what);
  const auto unknown =
      std::find_if(items.begin(), items.end(), [&](ItemId i) { return index(i) >= n_items; });
  if (unknown == items.end()) return {};
  return fail("ranking: the {} of the test queries name item {}, but the catalogue has {}", what,
              index(*unknown), n_items);
}

Status check_task(const RankTask& task) {
  if (!task.queries || !task.ledger) return fail("ranking: no queries or no candidates were given");
  const QuerySet& queries = *task.queries;
  const std::size_t n = queries.size();
  if (task.n_items == 0 || task.n_items > index(kNoItem))
    return fail("ranking: a catalogue of {} items", task.n_items);
  MOTIVE_TRY(check_rows("targets", queries.target_offsets, queries.targets, n, task.n_items));
  MOTIVE_TRY(check_rows("histories", queries.history_offsets, queries.history, n, task.n_items));
  MOTIVE_TRY(check_rows("masks", queries.mask_offsets, queries.mask, n, task.n_items));
  if (task.ledger->n_items() != task.n_items ||
      (!task.ledger->is_full() && task.ledger->size() != n)) {
    return fail("ranking: the candidates were made for {} items and {} queries, not for {} and {}",
                task.ledger->n_items(), task.ledger->size(), task.n_items, n);
  }
  const bool counted =
      task.train_counts.size() == task.n_items || (task.train_counts.empty() && task.unseen_items);
  if (!counted)
    return fail("ranking: training counts of {} items for a catalogue of {}",
                task.train_counts.size(), task.n_items);
  for (std::size_t q = 0; q < n; ++q) {
    const auto mask = queries.mask_of(q);
    if (!std::is_sorted(mask.begin(), mask.end()))
      return fail("ranking: the mask of query {} is not ascending", q);
    if (!task.user_in_training.empty() && index(queries.users[q]) >= task.user_in_training.size()) {
      return fail("ranking: query {} is of user {}, but there are {}", q, index(queries.users[q]),
                  task.user_in_training.size());
    }
  }
  return {};
}

}  // namespace

Result<RankSets> make_sets(const RankTask& task) {
  MOTIVE_TRY(check_task(task));
  RankSets sets;
  sets.scorable.assign(task.n_items, 1);
  for (std::size_t i = 0; i < task.n_items; ++i) {
    if (!task.unseen_items && task.train_counts[i] == 0) sets.scorable[i] = 0;
    if (!task.ledger->in_pool(item_id(i))) continue;
    if (sets.scorable[i]) {
      sets.scored.push_back(item_id(i));
    } else {
      ++sets.unscored;
    }
  }
  const QuerySet& queries = *task.queries;
  sets.positives.reserve(queries.targets.size());
  sets.positive_offsets.reserve(queries.size() + 1);
  sets.positive_offsets.push_back(0);
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto first = static_cast<std::ptrdiff_t>(sets.positives.size());
    for (const ItemId target : queries.targets_of(q)) {
      const auto begin = sets.positives.begin() + first;
      if (std::find(begin, sets.positives.end(), target) == sets.positives.end())
        sets.positives.push_back(target);
    }
    sets.positive_offsets.push_back(sets.positives.size());
  }
  return sets;
}

Query TestQueries::query(std::size_t q) const {
  const QuerySet& set = *task_.queries;
  Query query{.row = static_cast<std::uint32_t>(q),
              .user = set.users[q],
              .user_in_training = true,
              .history = set.history_of(q),
              .times = {},
              .ratings = {},
              .candidates = {}};
  const std::size_t begin = set.history_offsets[q], length = query.history.size();
  if (!set.history_times.empty()) query.times = std::span(set.history_times).subspan(begin, length);
  if (!set.history_ratings.empty())
    query.ratings = std::span(set.history_ratings).subspan(begin, length);
  if (!task_.user_in_training.empty())
    query.user_in_training = task_.user_in_training[index(query.user)] != 0;
  if (!task_.ledger->is_full()) query.candidates = task_.ledger->of(q);
  return query;
}

std::size_t TestQueries::next(std::span<Query> out) {
  if (cancel_ && cancel_->is_set()) return 0;  // rank_with says why
  std::size_t begin = 0, n = 0;
  {
    const std::lock_guard lock(mutex_);
    begin = next_;
    n = std::min(out.size(), size() - next_);
    next_ += n;
  }
  for (std::size_t i = 0; i < n; ++i) out[i] = query(begin + i);
  return n;
}

}  // namespace motive
