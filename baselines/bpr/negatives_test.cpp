#include "baselines/bpr/negatives.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "baselines/bpr/partition.h"
#include "baselines/bpr/test_support.h"

namespace motive {
namespace {

using bpr_tests::chi_square;
using bpr_tests::events_of;

TEST(NegativesTest, UniformAndPopularDrawWhatTheySay) {
  // User 1 has seen all but item 3 of 100: the exact way after rejections.
  testing::Data::Sequences sequences(3);
  sequences[0] = {0, 1, 1, 2, 3, 3, 3};
  for (std::uint32_t i = 0; i < 100; ++i) {
    if (i != 3) sequences[1].push_back(i);
  }
  sequences[2] = {7, 8};
  const testing::Data data(sequences, 100);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  const auto all = events_of(sequences);
  const bpr::ItemSet items{nullptr, 100};
  Rng rng(1, "negatives");
  EXPECT_EQ(unseen.count(user_id(1)), 1u);
  for (int k = 0; k < 200; ++k) {
    EXPECT_EQ(unseen.uniform(user_id(1), items, rng), item_id(3));
    EXPECT_EQ(unseen.popular(user_id(1), all, items, rng), item_id(3));
  }
  // Of a set of items of which he has seen all: none.
  const std::uint32_t two[] = {4, 9};
  EXPECT_EQ(unseen.uniform(user_id(1), {two, 2}, rng), kNoItem);
  EXPECT_EQ(unseen.popular(user_id(1), {}, {two, 2}, rng), kNoItem);
  constexpr int kDraws = 200000;
  std::vector<double> uniform(100), popular(100), even(100), by_events(100);
  double total = 0;
  for (std::size_t i = 0; i < 100; ++i) total += i == 7 || i == 8 ? 0 : events[i];
  for (std::size_t i = 0; i < 100; ++i) {
    const bool seen = i == 7 || i == 8;
    even[i] = seen ? 0 : kDraws / 98.0;
    by_events[i] = seen ? 0 : kDraws * events[i] / total;
  }
  for (int k = 0; k < kDraws; ++k) {
    ++uniform[index(unseen.uniform(user_id(2), items, rng))];
    ++popular[index(unseen.popular(user_id(2), all, items, rng))];
  }
  EXPECT_LT(chi_square(uniform, even), 1.5);
  EXPECT_LT(chi_square(popular, by_events), 1.5);
}

TEST(NegativesTest, GeometricRanks) {
  constexpr double kRho = 0.2;
  constexpr std::size_t kRanks = 6;
  Rng rng(2, "negatives");
  std::vector<double> counts(kRanks), expected(kRanks);
  const double mass = 1 - std::pow(1 - kRho, kRanks);
  for (std::size_t r = 0; r < kRanks; ++r) {
    expected[r] = 100000 * kRho * std::pow(1 - kRho, static_cast<double>(r)) / mass;
  }
  for (int k = 0; k < 100000; ++k) {
    ++counts[bpr::AdaptiveNegatives::truncated_geometric(kRho, kRanks, rng.uniform())];
  }
  EXPECT_LT(chi_square(counts, expected), 3);
  EXPECT_EQ(bpr::AdaptiveNegatives::truncated_geometric(0.5, 1, 0.999), 0u);
}

TEST(NegativesTest, AdaptiveTakesTheRankAmongUnseenItems) {
  // One factor that counts, values = item number: from the top 9, 8, ...; the user has seen 9
  // and 7.
  const testing::Data data({{9, 7}}, 10);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  bpr::AdaptiveNegatives adaptive(unseen, 2, 0.5);
  AlignedRows items(10, 2);
  for (std::size_t i = 0; i < 10; ++i) {
    items.row(i)[0] = static_cast<float>(i);
    items.row(i)[1] = 1;  // constant: sd 0
  }
  adaptive.refresh(items, 1);
  Rng rng(3, "negatives");
  std::vector<double> top(10), bottom(10), expected_top(10), expected_bottom(10);
  const std::size_t from_top[] = {8, 6, 5, 4, 3, 2, 1, 0};
  constexpr int kDraws = 50000;
  const double mass = 1 - std::pow(0.5, 8);
  for (std::size_t r = 0; r < 8; ++r) {
    expected_top[from_top[r]] = expected_bottom[from_top[7 - r]] =
        kDraws * std::pow(0.5, static_cast<double>(r + 1)) / mass;
  }
  AlignedRows users(2, 2);
  users.row(0)[0] = 1;
  users.row(1)[0] = -1;
  users.row(0)[1] = users.row(1)[1] = 5;
  for (int k = 0; k < kDraws; ++k) {
    ++top[index(adaptive.draw(user_id(0), users.row(0), rng))];
    ++bottom[index(adaptive.draw(user_id(0), users.row(1), rng))];
  }
  EXPECT_LT(chi_square(top, expected_top), 3);
  EXPECT_LT(chi_square(bottom, expected_bottom), 3);
}

/// By the definition, with a sort and a search: no outside order, no filter, no fixed point.
ItemId by_definition(const AlignedRows& items, const float* user, std::size_t factor,
                     std::size_t rank, std::span<const ItemId> seen) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return items.row(a)[factor] > items.row(b)[factor];
  });
  if (!(user[factor] > 0)) std::reverse(order.begin(), order.end());
  std::erase_if(order, [&](std::uint32_t i) {
    return std::find(seen.begin(), seen.end(), item_id(i)) != seen.end();
  });
  return item_id(order[rank]);
}

TEST(NegativesTest, AdaptiveFollowsItsDefinitionOverManyFactors) {
  // 19 factors: more than one block, and a filling. Equal values and both zeros among them.
  constexpr std::size_t kItems = 60, kDim = 19;
  const testing::Data data({{3, 8, 1, 40, 41, 42, 43, 44, 59}}, kItems);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  bpr::AdaptiveNegatives adaptive(unseen, kDim, 0.1);
  AlignedRows items(kItems, kDim), user(1, kDim);
  Rng values(1, "adaptive test");
  std::vector<double> deviation(kDim);
  for (std::size_t f = 0; f < kDim; ++f) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < kItems; ++i) {
      const double value = std::round(values.normal() * 4) / 4 * (1 + static_cast<double>(f));
      items.row(i)[f] = static_cast<float>(value);
      sum += value;
      squares += value * value;
    }
    deviation[f] = std::sqrt(squares / kItems - sum * sum / kItems / kItems);
    user.row(0)[f] = f == 4 ? 0 : static_cast<float>(values.normal());
  }
  adaptive.refresh(items, 2);
  // What the law is, item by item.
  double total = 0;
  for (std::size_t f = 0; f < kDim; ++f) total += std::abs(user.row(0)[f]) * deviation[f];
  const std::size_t unseen_items = unseen.count(user_id(0));
  constexpr int kDraws = 300000;
  const double mass = 1 - std::pow(0.9, unseen_items);
  std::vector<double> expected(kItems), counts(kItems);
  for (std::size_t f = 0; f < kDim; ++f) {
    for (std::size_t r = 0; r < unseen_items; ++r) {
      const ItemId item =
          by_definition(items, user.row(0), f, r, unseen.seen_by(user_id(0)));
      expected[index(item)] += kDraws * std::abs(user.row(0)[f]) * deviation[f] / total * 0.1 *
                               std::pow(0.9, r) / mass;
    }
  }
  Rng rng(2, "adaptive test");
  for (int k = 0; k < kDraws; ++k) ++counts[index(adaptive.draw(user_id(0), user.row(0), rng))];
  EXPECT_LT(chi_square(counts, expected), 1.6);
}

TEST(TriplesTest, PositivesAreEventsAndNegativesFollowTheirLaw) {
  const testing::Data::Sequences sequences{{0, 1, 2, 2}, {1, 3}, {4, 0, 1, 2, 3, 5}, {2}};
  const testing::Data data(sequences, 6);
  const auto item_events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), item_events);
  const auto events = events_of(sequences);
  constexpr std::size_t kDraws = 400000;
  for (const auto kind : {BprNegatives::kUniform, BprNegatives::kPopularity}) {
    bpr::TripleDraws draws(unseen, kind);
    Rng rng(1, "triples");
    std::vector<bpr::Triple> batch;
    draws.draw({events, events, {nullptr, 6}}, kDraws, rng, batch);
    std::vector<double> counts(4 * 36), expected(4 * 36);
    double kept = 0;
    for (const bpr::Event& e : events) {
      double total = 0;
      const auto weight = [&](std::uint32_t j) -> double {
        if (!unseen.contains(user_id(e.user), item_id(j))) return 0;
        return kind == BprNegatives::kUniform ? 1 : item_events[j];
      };
      for (std::uint32_t j = 0; j < 6; ++j) total += weight(j);
      if (total == 0) continue;  // user 2 has seen all
      for (std::uint32_t j = 0; j < 6; ++j) {
        expected[(e.user * 6 + e.item) * 6 + j] +=
            kDraws / static_cast<double>(events.size()) * weight(j) / total;
      }
      ++kept;
    }
    for (const bpr::Triple& t : batch) ++counts[(t.user * 6 + t.positive) * 6 + t.negative];
    EXPECT_LT(chi_square(counts, expected), 1.8);
    EXPECT_NEAR(static_cast<double>(batch.size()),
                kDraws * kept / static_cast<double>(events.size()), 4 * std::sqrt(kDraws));
  }
}

TEST(PartitionTest, BlocksAreDisjointAndHoldEveryEvent) {
  testing::Data::Sequences sequences(23);
  Rng values(1, "partition test");
  for (auto& s : sequences) s.resize(values.below(9));
  for (auto& s : sequences) std::generate(s.begin(), s.end(), [&] { return values.below(31); });
  const auto events = events_of(sequences);
  for (const std::size_t parts : {1u, 2u, 5u, 40u}) {
    bpr::Partition partition(events, 31, parts), again(events, 31, parts);
    Rng rng(1, "partition"), same(1, "partition");
    for (int epoch = 0; epoch < 3; ++epoch) {
      partition.regroup(rng, 1);
      again.regroup(same, 3);
      std::vector<std::size_t> part_of_user(23, parts), part_of_item(31, parts);
      std::vector<std::pair<std::uint32_t, std::uint32_t>> found, all;
      for (std::size_t i = 0; i < parts; ++i) {
        std::size_t positives = 0;
        const bpr::ItemSet items = partition.block(0, i).items;
        for (std::uint32_t k = 0; k < items.n; ++k) {
          EXPECT_EQ(std::exchange(part_of_item[items[k]], i), parts);
        }
        for (std::size_t u = 0; u < parts; ++u) {
          const bpr::Pool pool = partition.block(u, i), other = again.block(u, i);
          ASSERT_EQ(pool.positives.size(), other.positives.size());
          positives += pool.positives.size();
          for (std::size_t e = 0; e < pool.positives.size(); ++e) {
            const auto [user, item] = pool.positives[e];
            EXPECT_EQ(item, other.positives[e].item);
            EXPECT_EQ(part_of_item[item], i);
            EXPECT_TRUE(part_of_user[user] == parts || part_of_user[user] == u);
            part_of_user[user] = u;
            found.emplace_back(user, item);
          }
        }
        EXPECT_EQ(partition.block(0, i).popular.size(), positives);
      }
      for (const auto& [user, item] : events) all.emplace_back(user, item);
      std::sort(found.begin(), found.end());
      std::sort(all.begin(), all.end());
      EXPECT_EQ(found, all);
      EXPECT_EQ(std::count(part_of_item.begin(), part_of_item.end(), parts), 0);
    }
  }
}

}  // namespace
}  // namespace motive
