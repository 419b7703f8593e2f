#include "framework/evaluate/validation.h"

#include <gtest/gtest.h>

#include "framework/evaluate/subset.h"
#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using testing::make_world;
using testing::plain_ranks;
using testing::scorer;

float pseudo(UserId u, ItemId i) {
  return static_cast<float>((index(u) * 31 + index(i) * 17) % 23);
}

TEST(Validation, IsNdcgOfTheFullRanking) {
  const auto world = make_world(200, 120, 6, 1, 1);
  const EventsView train{world.queries.history_offsets, world.queries.history, {}, {}};
  for (const bool unseen : {false, true}) {
    const auto validation =
        make_validation(catalogue_pool(world.events(), 120), train, world.queries, unseen, 1000, 2);
    const auto value = validation->ndcg(scorer(pseudo));
    ASSERT_TRUE(value.has_value()) << value.error().message;
    const Ledger ledger = Ledger::full(world.pool);
    RankTask task = world.task(ledger);
    task.unseen_items = unseen;
    const auto rows = plain_ranks(task, pseudo);
    EXPECT_EQ(*value, mean_metric({MetricKind::kNdcg, 10}, rows));
    EXPECT_EQ(*value, *validation->ndcg(scorer(pseudo)));
  }
}

TEST(Validation, JudgesTheSameSampleOfUsers) {
  const auto world = make_world(200, 120, 6, 1, 1);
  const EventsView train{world.queries.history_offsets, world.queries.history, {}, {}};
  const auto asked = [&](std::size_t users) {
    std::vector<UserId> seen;
    const auto validation =
        make_validation(catalogue_pool(world.events(), 120), train, world.queries, true, users, 1);
    const auto method = scorer([&](UserId u, ItemId i) {
      if (index(i) == 0) seen.push_back(u);
      return 0.0f;
    });
    EXPECT_TRUE(validation->ndcg(method).has_value());
    return seen;
  };
  EXPECT_EQ(asked(50).size(), 50u);
  EXPECT_EQ(asked(50), asked(50));
  EXPECT_EQ(asked(500).size(), 200u);
}

TEST(Validation, WithoutUsersThereIsNothingToSelectOn) {
  const auto world = make_world(3, 20, 2, 1, 1);
  QuerySet none;
  none.target_offsets = none.history_offsets = none.mask_offsets = {0};
  const auto validation = make_validation(catalogue_pool(world.events(), 20), world.events(), none, true, 10, 1);
  EXPECT_FALSE(validation->ndcg(scorer(pseudo)).has_value());
}

TEST(Subset, SamplesAreUniformSortedAndSeeded) {
  std::vector<int> drawn(20, 0);
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    const auto sample = sample_queries(20, 5, seed);
    ASSERT_EQ(sample.size(), 5u);
    ASSERT_TRUE(std::adjacent_find(sample.begin(), sample.end(), std::greater_equal<>()) ==
                sample.end());
    for (const auto q : sample) ++drawn[q];
  }
  for (const int n : drawn) EXPECT_NEAR(n, 1000, 4.5 * std::sqrt(4000 * 0.25 * 0.75));
}

}  // namespace
}  // namespace motive
