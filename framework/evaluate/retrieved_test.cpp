// Candidates of a first stage, whose targets may be missing; and variants in which nothing comes.

#include <gtest/gtest.h>

#include "framework/evaluate/ranking.h"
#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using testing::FunctionMethod;
using testing::make_world;
using testing::ScoreFunction;
using testing::TestWorld;

/// What the first stage keeps, best first, as a stage of an experiment stores it.
Result<Ledger> keep_best(const TestWorld& world, const ScoreFunction& score, int keep, const std::string& name) {
  const Ledger all = Ledger::full(world.pool);
  RankTask task = world.task(all);
  task.unseen_items = true;
  task.top_k = static_cast<std::size_t>(keep);
  NoProgress silent;
  RankContext context{.seed = 1, .progress = &silent};
  MOTIVE_ASSIGN(const Ranking ranking, rank_with(testing::scorer(score), task, context));
  Retrieved found;
  for (std::size_t q = 0; q < world.queries.size(); ++q) {
    for (const TopItem& item : ranking.top[q]) found.items.push_back(item.item);
    found.offsets.push_back(found.items.size());
  }
  const Path folder = testing::make_folder(name);
  MOTIVE_TRY(Ledger::keep(all, world.queries, {.retriever = "first", .keep = keep}, found, folder));
  return Ledger::open(folder, world.queries);
}

TEST(Retrieved, TheFirstStageRanksItsOwnCandidatesAsBefore) {
  const auto world = make_world(60, 90, 8, 2, 5);
  const ScoreFunction score = [](UserId user, ItemId item) {
    return static_cast<float>(Rng(index(user), "first", index(item)).uniform());
  };
  const auto ledger = keep_best(world, score, 20, "ranking_retrieved");
  ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
  EXPECT_FALSE(ledger->joins_targets());
  const Ledger all = Ledger::full(world.pool);
  RankTask task = world.task(all);
  task.unseen_items = true;
  NoProgress silent;
  RankContext context{.seed = 1, .progress = &silent};
  const auto full = rank_with(testing::scorer(score), task, context);
  task.ledger = &*ledger;
  const auto kept = rank_with(testing::scorer(score), task, context);
  ASSERT_TRUE(full.has_value() && kept.has_value());
  const auto& before = full->variants.front().rows;
  const auto& after = kept->variants.front().rows;
  ASSERT_EQ(before.size(), after.size());
  std::size_t missed = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].candidates, 20u);
    // Beyond the last of the candidates a target has no part in any metric.
    EXPECT_EQ(after[i].above, std::min(before[i].above, 20u));
    EXPECT_EQ(after[i].tied, 0u);
    missed += before[i].above >= 20;
  }
  EXPECT_GT(missed, 10u);
  EXPECT_LT(missed, before.size() - 10);
  const double ceiling = mean_metric({MetricKind::kRecall, 20}, after);
  EXPECT_NEAR(ceiling, 1 - static_cast<double>(missed) / static_cast<double>(before.size()), 1e-12);
}

TEST(Retrieved, ATargetThatTheFirstStageMissedIsAMissInAList) {
  const auto world = make_world(30, 50, 6, 1, 6);
  const ScoreFunction score = [](UserId, ItemId item) { return static_cast<float>(index(item)); };
  const auto ledger = keep_best(world, score, 10, "ranking_retrieved_list");
  ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
  RankTask task = world.task(*ledger);
  task.unseen_items = true;
  const FunctionMethod method([](QuerySource& queries, RankSink& sink, RankContext&) -> Status {
    Query query;
    while (queries.next(std::span(&query, 1)) > 0) MOTIVE_TRY(sink.ranking(query.row, query.candidates.first(3), ""));
    return {};
  });
  NoProgress silent;
  RankContext context{.seed = 1, .progress = &silent};
  const auto ranking = rank_with(method, task, context);
  ASSERT_TRUE(ranking.has_value()) << ranking.error().message;
  for (const RankRow& row : ranking->variants.front().rows) {
    const auto candidates = ledger->of(row.query);
    const bool found = std::binary_search(candidates.begin(), candidates.end(), row.positive);
    if (!found) {
      EXPECT_EQ(row.above, 10u);
    } else {
      EXPECT_LT(row.above, 10u);
    }
  }
}

TEST(Variants, AVariantThatNoRowComesInIsAllMisses) {
  const auto world = make_world(10, 40, 5, 1, 7);
  const Ledger all = Ledger::full(world.pool);
  RankTask task = world.task(all);
  task.unseen_items = true;
  const FunctionMethod method([](QuerySource& queries, RankSink& sink, RankContext&) -> Status {
    Query query;
    while (queries.next(std::span(&query, 1)) > 0) {
      sink.expect_variant("strict");
      MOTIVE_TRY(sink.ranking(query.row, {}, ""));
    }
    return {};
  });
  NoProgress silent;
  RankContext context{.seed = 1, .progress = &silent};
  const auto ranking = rank_with(method, task, context);
  ASSERT_TRUE(ranking.has_value()) << ranking.error().message;
  ASSERT_EQ(ranking->variants.size(), 2u);
  for (const RankRow& row : ranking->variants[1].rows) EXPECT_EQ(row.above, row.candidates);
}

}  // namespace
}  // namespace motive
