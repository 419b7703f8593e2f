#include <algorithm>
#include <limits>

#include "framework/base/parallel.h"
#include "framework/evaluate/rank_plan.h"

namespace motive {
namespace {

/// Users ranked together by one thread. Results do not depend on it.
constexpr std::size_t kTileUsers = 4 * kBlockUsers;

bool same(const ItemFactors& a, const ItemFactors& b) {
  return a.vectors.data() == b.vectors.data() && a.vectors.size() == b.vectors.size() &&
         a.dim == b.dim && a.bias.data() == b.bias.data() && a.bias.size() == b.bias.size();
}

}  // namespace

Status Collector::check_factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                                const ItemFactors& items) {
  if (items.vectors.size() != task_.n_items * items.dim ||
      (!items.bias.empty() && items.bias.size() != task_.n_items)) {
    return fail(
        "the method gave {} numbers and {} biases as item factors; {} items of dimension {} have "
        "{} and {} (or none)",
        items.vectors.size(), items.bias.size(), task_.n_items, items.dim,
        task_.n_items * items.dim, task_.n_items);
  }
  if (users.size() != rows.size() * items.dim) {
    return fail(
        "the method gave {} numbers as user factors for {}; {} rows of dimension {} have {}",
        users.size(), rows.empty() ? "no row" : name(rows.front()), rows.size(), items.dim,
        rows.size() * items.dim);
  }
  const std::lock_guard lock(mutex_);
  if (!packed_) {
    factors_ = items;
    packed_ = std::make_unique<PackedItems>(
        items, task_.ledger->is_full() ? sets_.scored : std::vector<ItemId>{});
  }
  if (!same(items, factors_))
    return fail("the method gave other item factors than before; they must stay the same");
  return {};
}

/// The general way: a row of scores. For sampled candidates, and where a score may be NaN or
/// infinite.
Status Collector::factor_row(std::uint32_t row, std::span<const float> user,
                             const ItemFactors& items) {
  if (!task_.ledger->is_full()) {
    const auto candidates = task_.ledger->of(row);
    std::vector<float> scores(candidates.size());
    score_items(items, user, candidates, scores);
    return sampled_scores(row, scores);
  }
  std::vector<ItemId> all(task_.n_items);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = item_id(i);
  std::vector<float> scores(task_.n_items);
  score_items(items, user, all, scores);
  return full_scores(row, scores);
}

Status Collector::factor_tile(std::span<const std::uint32_t> rows, std::span<const float> users,
                              const ItemFactors& items) {
  struct Entry {
    std::uint32_t row = 0;
    Plan plan;
    PlanScores scores;
    std::vector<std::uint32_t> above, tied;
    TopList top;
  };
  std::vector<Entry> entries;
  entries.reserve(rows.size());
  std::vector<TileUser> tile;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    MOTIVE_TRY(claim(rows[i], *own_, ""));
    const auto user = users.subspan(i * items.dim, items.dim);
    if (!task_.ledger->is_full() || !packed_->surely_finite(user)) {
      MOTIVE_TRY(factor_row(rows[i], user, items));
      continue;
    }
    Entry& entry = entries.emplace_back();
    entry.row = rows[i];
    entry.plan = plan(rows[i]);
    const std::size_t n = entry.plan.positives.size();
    entry.scores.positives.resize(n);
    entry.scores.hidden.resize(entry.plan.hidden.size());
    score_items(items, user, entry.plan.positives, entry.scores.positives);
    score_items(items, user, entry.plan.hidden, entry.scores.hidden);
    for (std::size_t j = 0; j < n; ++j) {
      if (sets_.scorable[index(entry.plan.positives[j])] == 0) {
        entry.scores.positives[j] = std::numeric_limits<float>::quiet_NaN();
      }
    }
    entry.above.assign(n, 0);
    entry.tied.assign(n, 0);
    entry.top = start_top(rows[i], entry.plan.excluded);
    tile.push_back({user, entry.scores.positives, entry.above.data(), entry.tied.data(),
                    task_.top_k > 0 ? &entry.top : nullptr});
  }
  rank_tile(*packed_, tile);
  for (Entry& entry : entries) {
    MOTIVE_TRY(settle(entry.row, entry.plan, entry.scores, entry.above, entry.tied, entry.top));
  }
  return {};
}

Status Collector::factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                          const ItemFactors& items) {
  const std::uint32_t first_row = rows.empty() ? 0 : rows.front();
  if (Status status = check_factors(rows, users, items); !status)
    return report(first_row, status.error());
  const std::size_t n_tiles = (rows.size() + kTileUsers - 1) / kTileUsers;
  std::vector<Status> results(n_tiles);
  parallel_for(n_tiles, context_.threads, [&](std::size_t t) {
    const std::size_t begin = t * kTileUsers, n = std::min(kTileUsers, rows.size() - begin);
    results[t] =
        factor_tile(rows.subspan(begin, n), users.subspan(begin * items.dim, n * items.dim), items);
  });
  for (const Status& status : results) {
    if (!status) return report(first_row, status.error());
  }
  return {};
}

}  // namespace motive
