#include "baselines/item_knn/item_knn.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;

testing::Data::Sequences random_sequences(std::size_t users, std::uint32_t items, Rng& rng) {
  testing::Data::Sequences sequences(users);
  for (auto& sequence : sequences) {
    const std::uint32_t n = rng.below(12);
    for (std::uint32_t k = 0; k < n; ++k) sequence.push_back(rng.below(items));
  }
  return sequences;
}

/// Straight from the formula, with a dense matrix.
std::vector<std::vector<double>> dense(const testing::Data::Sequences& sequences, std::size_t items,
                                       const ItemKnnParams& params) {
  std::vector<std::vector<double>> together(items, std::vector<double>(items, 0));
  for (const auto& sequence : sequences) {
    const std::set<std::uint32_t> distinct(sequence.begin(), sequence.end());
    for (const auto i : distinct) {
      for (const auto j : distinct) ++together[i][j];
    }
  }
  auto similar = together;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      const double n = together[i][j];
      const double norm = std::sqrt(together[i][i] * together[j][j]);
      if (n > 0) {
        similar[i][j] =
            params.normalise ? n / (norm + params.shrinkage) : n / (1 + params.shrinkage / n);
      }
      if (i == j) similar[i][j] = 0;
    }
  }
  return similar;
}

TEST(ItemKnnTest, AgreesWithTheFormula) {
  Rng rng(1, "item_knn test");
  const auto sequences = random_sequences(80, 30, rng);
  const testing::Data data(sequences, 30);
  for (const bool normalise : {true, false}) {
    const ItemKnnParams params{.neighbours = 30, .shrinkage = 2.5, .normalise = normalise};
    ItemKnn method(params);
    testing::Contexts contexts;
    ASSERT_TRUE(method.fit(data.view(), contexts.fit));
    const auto similar = dense(sequences, 30, params);
    testing::Queries queries(CandidateKind::kAll, 30);
    queries.add(0, true, {4, 9, 4, 17});  // a repeat counts once
    const auto found = testing::scores_of(method, queries);
    ASSERT_TRUE(found);
    for (std::size_t i = 0; i < 30; ++i) {
      EXPECT_NEAR(found->at(0)[i], similar[4][i] + similar[9][i] + similar[17][i], 1e-5) << i;
    }
  }
}

TEST(ItemKnnTest, KeepsTheNearestAndBreaksTiesByNumber) {
  // Item 0 stands with 1 twice, with 2, 3 and 4 once.
  const testing::Data data({{0, 1}, {0, 1}, {0, 4}, {0, 3}, {0, 2}}, 5);
  ItemKnn method({.neighbours = 2, .shrinkage = 0, .normalise = false});
  testing::Contexts contexts;
  ASSERT_TRUE(method.fit(data.view(), contexts.fit));
  EXPECT_THAT(method.neighbours_of(0), ElementsAre(1, 2));
  EXPECT_THAT(method.similarities_of(0), ElementsAre(2, 1));
  EXPECT_THAT(method.neighbours_of(4), ElementsAre(0));
}

TEST(ItemKnnTest, SameForAnyNumberOfThreads) {
  Rng rng(2, "item_knn test");
  const testing::Data data(random_sequences(500, 300, rng), 300);
  std::vector<std::vector<float>> similarities;
  for (const int threads : {1, 4}) {
    ItemKnn method({.neighbours = 7, .shrinkage = 10, .normalise = true});
    testing::Contexts contexts;
    contexts.fit.threads = threads;
    ASSERT_TRUE(method.fit(data.view(), contexts.fit));
    similarities.emplace_back();
    for (std::size_t i = 0; i < 300; ++i) {
      EXPECT_LE(method.neighbours_of(i).size(), 7u);
      for (const float s : method.similarities_of(i)) similarities.back().push_back(s);
    }
  }
  EXPECT_EQ(similarities[0], similarities[1]);
}

TEST(ItemKnnTest, CandidatesGetWhatAllItemsGet) {
  Rng rng(3, "item_knn test");
  const testing::Data data(random_sequences(200, 50, rng), 50);
  ItemKnn method({});
  testing::Contexts contexts;
  ASSERT_TRUE(method.fit(data.view(), contexts.fit));
  testing::Queries all(CandidateKind::kAll, 50), some(CandidateKind::kRagged, 50);
  all.add(0, false, {1, 2, 3}).add(1, false, {40, 2});
  some.add(0, false, {1, 2, 3}, {49, 0, 7}).add(1, false, {40, 2}, {7, 8});
  const auto full = testing::scores_of(method, all), listed = testing::scores_of(method, some);
  ASSERT_TRUE(full && listed);
  EXPECT_THAT(listed->at(0), ElementsAre(full->at(0)[49], full->at(0)[0], full->at(0)[7]));
  EXPECT_THAT(listed->at(1), ElementsAre(full->at(1)[7], full->at(1)[8]));
}

}  // namespace
}  // namespace motive
