#pragma once
// Purpose: small random test sets, methods made of functions, and a ranking by plain counting, for
// tests.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "framework/base/rng.h"
#include "framework/evaluate/ranking.h"

namespace motive::testing {

/// Events and test queries of a made-up world. A query's mask is its history; targets are not in
/// it.
struct TestWorld {
  std::size_t n_items = 0;
  std::vector<std::uint64_t> offsets;  // [U+1] of all events
  std::vector<ItemId> items;
  QuerySet queries;
  std::vector<std::uint32_t> train_counts;
  std::vector<std::uint8_t> in_training;
  std::vector<bool> pool;

  EventsView events() const { return {offsets, items, {}, {}}; }
  RankTask task(const Ledger& ledger) const {
    RankTask task;
    task.queries = &queries;
    task.ledger = &ledger;
    task.train_counts = train_counts;
    task.user_in_training = in_training;
    task.n_items = n_items;
    return task;
  }
};

inline TestWorld make_world(std::size_t users, std::size_t n_items, std::size_t events_per_user,
                            std::size_t targets_per_user, std::uint64_t seed) {
  TestWorld world;
  world.n_items = n_items;
  world.train_counts.assign(n_items, 0);
  world.pool.assign(n_items, false);
  world.offsets = world.queries.target_offsets = world.queries.history_offsets = {0};
  world.queries.mask_offsets = {0};
  Rng rng(seed, "world");
  for (std::size_t u = 0; u < users; ++u) {
    std::vector<ItemId> order(n_items);
    for (std::size_t i = 0; i < n_items; ++i) order[i] = item_id(i);
    rng.shuffle(std::span(order));
    order.resize(std::min(n_items, events_per_user + targets_per_user));
    const std::size_t n_history = order.size() - std::min(order.size(), targets_per_user);
    QuerySet& queries = world.queries;
    queries.users.push_back(user_id(u));
    for (std::size_t e = 0; e < order.size(); ++e) {
      world.items.push_back(order[e]);
      world.pool[index(order[e])] = true;
      if (e < n_history) {
        queries.history.push_back(order[e]);
        ++world.train_counts[index(order[e])];
      } else {
        queries.targets.push_back(order[e]);
      }
    }
    std::vector<ItemId> mask(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(n_history));
    std::sort(mask.begin(), mask.end());
    queries.mask.insert(queries.mask.end(), mask.begin(), mask.end());
    world.offsets.push_back(world.items.size());
    queries.target_offsets.push_back(queries.targets.size());
    queries.history_offsets.push_back(queries.history.size());
    queries.mask_offsets.push_back(queries.mask.size());
    world.in_training.push_back(n_history > 0);
  }
  return world;
}

/// An empty folder for one test, named so that tests do not meet.
inline Path make_folder(const std::string& name) {
  const Path folder = Path(::testing::TempDir()) / fmt::format("motive_{}_{}", ::getpid(), name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

/// A method whose rank() is a function.
class FunctionMethod final : public Recommender {
 public:
  using Rank = std::function<Status(QuerySource&, RankSink&, RankContext&)>;
  explicit FunctionMethod(Rank rank) : rank_(std::move(rank)) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override {
    return rank_(queries, sink, context);
  }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }

 private:
  Rank rank_;
};

using ScoreFunction = std::function<float(UserId, ItemId)>;

/// Delivers rows of scores, one query at a time.
inline FunctionMethod scorer(ScoreFunction score) {
  return FunctionMethod([score](QuerySource& queries, RankSink& sink, RankContext&) -> Status {
    Query query;
    while (queries.next(std::span(&query, 1)) > 0) {
      const bool all = queries.kind() == CandidateKind::kAll;
      std::vector<float> row(all ? queries.n_items() : query.candidates.size());
      for (std::size_t i = 0; i < row.size(); ++i) {
        row[i] = score(query.user, all ? item_id(i) : query.candidates[i]);
      }
      MOTIVE_TRY(sink.scores(query.row, row));
    }
    return {};
  });
}

struct Factors {
  std::size_t dim = 0;
  std::vector<float> users, items, bias;
  ItemFactors view() const { return {items, bias, dim}; }
};

/// Values from a grid of a few numbers, so that many scores tie; levels 0: normal values.
inline Factors make_factors(std::size_t users, std::size_t items, std::size_t dim, int levels,
                            bool bias, std::uint64_t seed) {
  Rng rng(seed, "factors");
  const auto draw = [&]() -> float {
    if (levels == 0) return static_cast<float>(rng.normal());
    return static_cast<float>(rng.below(static_cast<std::uint32_t>(levels)));
  };
  Factors factors{dim, std::vector<float>(users * dim), std::vector<float>(items * dim), {}};
  for (float& x : factors.users) x = draw();
  for (float& x : factors.items) x = draw();
  if (bias) factors.bias.resize(items);
  for (float& x : factors.bias) x = draw();
  return factors;
}

/// Delivers user vectors in blocks.
inline FunctionMethod factor_method(const Factors& factors, std::size_t block) {
  return FunctionMethod(
      [&factors, block](QuerySource& queries, RankSink& sink, RankContext&) -> Status {
        std::vector<Query> batch(block);
        for (std::size_t n = 0; (n = queries.next(batch)) > 0;) {
          std::vector<std::uint32_t> rows;
          std::vector<float> users;
          for (std::size_t b = n; b-- > 0;) {  // rows in another order than they were asked
            rows.push_back(batch[b].row);
            const auto* vector = factors.users.data() + index(batch[b].user) * factors.dim;
            users.insert(users.end(), vector, vector + factors.dim);
          }
          MOTIVE_TRY(sink.factors(rows, users, factors.view()));
        }
        return {};
      });
}

/// Ranks by counting over all candidates, item by item.
inline std::vector<RankRow> plain_ranks(const RankTask& task, const ScoreFunction& score) {
  std::vector<RankRow> rows;
  for (std::size_t q = 0; q < task.queries->size(); ++q) {
    const UserId user = task.queries->users[q];
    const auto targets = task.queries->targets_of(q);
    const auto mask = task.queries->mask_of(q);
    std::vector<ItemId> candidates;
    for (std::size_t i = 0; i < task.n_items; ++i) {
      const ItemId item = item_id(i);
      const bool target = std::count(targets.begin(), targets.end(), item) > 0;
      const bool masked = std::count(mask.begin(), mask.end(), item) > 0;
      const auto listed = task.ledger->is_full() ? std::span<const ItemId>() : task.ledger->of(q);
      const bool in = task.ledger->is_full() ? target || (task.ledger->in_pool(item) && !masked)
                                             : std::count(listed.begin(), listed.end(), item) > 0;
      if (in) candidates.push_back(item);
    }
    const auto known = [&](ItemId item) {
      return task.unseen_items || task.train_counts[index(item)] > 0;
    };
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (std::count(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(t), targets[t]))
        continue;
      RankRow row{static_cast<std::uint32_t>(q), targets[t], 0, 0,
                  static_cast<std::uint32_t>(candidates.size())};
      for (const ItemId item : candidates) {
        if (item == targets[t]) continue;
        const bool both = known(item) && known(targets[t]);
        row.above +=
            both ? score(user, item) > score(user, targets[t]) : known(item) && !known(targets[t]);
        row.tied += both ? score(user, item) == score(user, targets[t])
                         : !known(item) && !known(targets[t]);
      }
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace motive::testing
