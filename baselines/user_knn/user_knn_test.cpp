#include "baselines/user_knn/user_knn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Sequences = testing::Data::Sequences;
using Set = std::set<std::uint32_t>;

Sequences random_sequences(std::size_t users, std::uint32_t items, Rng& rng) {
  Sequences sequences(users);
  for (auto& sequence : sequences) {
    const std::uint32_t n = rng.below(12);
    for (std::uint32_t k = 0; k < n; ++k) sequence.push_back(rng.below(items));
  }
  return sequences;
}

std::unique_ptr<UserKnn> fitted(const UserKnnParams& params, const testing::Data& data) {
  auto method = std::make_unique<UserKnn>(params);
  testing::Contexts contexts;
  const Status status = method->fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

Set distinct(const std::vector<std::uint32_t>& items) { return {items.begin(), items.end()}; }

/// Straight from the formula: similarities to all users, nearest first.
struct ByDefinition {
  UserKnnParams params;
  const Sequences& sequences;
  std::size_t n_items;

  double weight(std::uint32_t item) const {
    if (!params.inverse_frequency) return 1;
    double users = 0;
    for (const auto& sequence : sequences) users += static_cast<double>(distinct(sequence).count(item));
    return std::log(1 + static_cast<double>(sequences.size()) / std::max(1.0, users));
  }
  double sum(const Set& items) const {
    double total = 0;
    for (const auto i : items) total += weight(i);
    return total;
  }
  std::vector<double> similarities(const std::vector<std::uint32_t>& history, std::size_t self) const {
    const Set own = distinct(history);
    std::vector<double> result;
    for (std::size_t v = 0; v < sequences.size(); ++v) {
      const Set other = distinct(sequences[v]);
      Set both;
      for (const auto i : own) {
        if (other.count(i)) both.insert(i);
      }
      const double n = sum(both);
      double similarity = 0;
      if (n > 0 && v != self) {
        similarity = params.normalise ? n / (std::sqrt(sum(own) * sum(other)) + params.shrinkage)
                                      : n / (1 + params.shrinkage / n);
      }
      result.push_back(similarity);
    }
    return result;
  }
  /// nearest: the neighbours as the method found them, for ties within rounding may go either way.
  std::vector<double> scores(const std::vector<Neighbour>& nearest,
                             const std::vector<double>& similar) const {
    std::vector<double> result(n_items, 0);
    for (const Neighbour& v : nearest) {
      for (const auto i : distinct(sequences[v.number])) result[i] += similar[v.number];
    }
    return result;
  }
};

RC_GTEST_PROP(UserKnnProperty, AgreesWithTheFormula, ()) {
  const auto users = *rc::gen::inRange<std::size_t>(1, 60);
  const auto items = *rc::gen::inRange<std::uint32_t>(1, 30);
  Rng rng(*rc::gen::arbitrary<std::uint64_t>(), "user_knn test");
  const Sequences sequences = random_sequences(users, items, rng);
  const testing::Data data(sequences, items);
  const UserKnnParams params{.neighbours = *rc::gen::inRange(1, 70),
                             .shrinkage = 10 * rng.uniform(),
                             .normalise = *rc::gen::arbitrary<bool>(),
                             .inverse_frequency = *rc::gen::arbitrary<bool>()};
  const ByDefinition definition{params, sequences, items};
  const auto method = fitted(params, data);
  testing::Queries queries(CandidateKind::kAll, items);
  const auto self = static_cast<std::size_t>(rng.below(static_cast<std::uint32_t>(users)));
  const bool known = *rc::gen::arbitrary<bool>();
  const auto history = random_sequences(1, items, rng)[0];
  queries.add(self, known, history);
  const auto nearest = method->neighbours_of(queries.list()[0]);
  const auto similar = definition.similarities(history, known ? self : users);

  // The nearest are the nearest.
  auto sorted = similar;
  std::sort(sorted.rbegin(), sorted.rend());
  const auto met = static_cast<std::size_t>(
      std::count_if(sorted.begin(), sorted.end(), [](double s) { return s > 0; }));
  RC_ASSERT(nearest.size() == std::min(met, static_cast<std::size_t>(params.neighbours)));
  for (const Neighbour& v : nearest) {
    RC_ASSERT(!known || v.number != self);
    RC_ASSERT(std::abs(static_cast<double>(v.similarity) - similar[v.number]) < 1e-5 * (1 + similar[v.number]));
    RC_ASSERT(similar[v.number] > sorted[nearest.size() - 1] - 1e-5);
  }
  const auto expected = definition.scores(nearest, similar);
  const auto found = testing::scores_of(*method, queries);
  RC_ASSERT(found.has_value());
  for (std::size_t c = 0; c < items; ++c) {
    RC_ASSERT(std::abs(static_cast<double>(found->at(0)[c]) - expected[c]) < 1e-4 * (1 + expected[c]));
  }
}

const UserKnnParams kCounts{
    .neighbours = 2, .shrinkage = 0, .normalise = false, .inverse_frequency = false};

TEST(UserKnnTest, NobodyIsHisOwnNeighbourAndTiesGoByNumber) {
  const testing::Data data({{0, 1}, {0, 2}, {0, 3}, {0, 1, 4}}, 6);
  const auto method = fitted(kCounts, data);
  testing::Queries queries(CandidateKind::kAll, 6);
  queries.add(0, true, {0, 1}).add(0, false, {0, 1}).add(9, true, {0, 1});
  const auto numbers = [&](std::size_t q) {
    std::vector<std::uint32_t> result;
    for (const Neighbour& n : method->neighbours_of(queries.list()[q])) result.push_back(n.number);
    return result;
  };
  EXPECT_THAT(numbers(0), ElementsAre(1, 3));  // 1 before 2, which is as near
  EXPECT_THAT(numbers(1), ElementsAre(0, 3));  // somebody else of the same number
  EXPECT_THAT(numbers(2), ElementsAre(0, 3));
  const auto found = testing::scores_of(*method, queries);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), ElementsAre(3, 2, 1, 0, 2, 0));
}

TEST(UserKnnTest, TheVisibleHistoryCounts) {
  // User 0 now has item 3, which training did not know.
  const testing::Data data({{0}, {3, 1}, {0, 2}}, 4);
  const auto method = fitted(kCounts, data);
  testing::Queries queries(CandidateKind::kAll, 4);
  queries.add(0, true, {0}).add(0, true, {0, 3}).add(0, true, {});
  const auto found = testing::scores_of(*method, queries);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(found->at(1), ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(found->at(2), Each(0.0f));
}

TEST(UserKnnTest, OneUserOneItemAndMoreNeighboursThanUsers) {
  const testing::Data one({{0}}, 1), many({{0, 1}, {1, 2}}, 3);
  testing::Queries alone(CandidateKind::kAll, 1), both(CandidateKind::kAll, 3);
  alone.add(0, true, {0}).add(0, false, {0});
  both.add(0, true, {0, 1});
  const auto method = fitted({.neighbours = 1000000}, one);
  EXPECT_THAT(method->neighbours_of(alone.list()[0]), IsEmpty());
  const auto found = testing::scores_of(*method, alone);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), ElementsAre(0));
  EXPECT_GT(found->at(1)[0], 0);
  EXPECT_EQ(fitted({.neighbours = 1000000}, many)->neighbours_of(both.list()[0]).size(), 1u);
}

TEST(UserKnnTest, RefusesNumbersOutOfRange) {
  const testing::Data data({{0, 1}, {1, 2}}, 3);
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(fitted({}, data)->save(folder.path()));
  UserKnn again({});
  ASSERT_TRUE(again.load(folder.path()));
  testing::Queries larger(CandidateKind::kAll, 4), list(CandidateKind::kRagged, 3);
  larger.add(0, true, {0});
  list.add(0, true, {0}, {7});
  const auto found = testing::scores_of(again, larger);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, ::testing::HasSubstr("fitted on 3 items and asked for 4"));
  const auto listed = testing::scores_of(again, list);
  ASSERT_FALSE(listed);
  EXPECT_THAT(listed.error().message, ::testing::HasSubstr("asked for number 7"));
}

}  // namespace
}  // namespace motive
