#include "baselines/bpr/bpr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "baselines/bpr/trainer.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

/// Even users like even items, odd users odd ones; each user lacks five of his.
testing::Data::Sequences checkerboard(std::uint32_t users, std::uint32_t items) {
  testing::Data::Sequences sequences(users);
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) sequences[u].push_back(i);
    }
  }
  return sequences;
}

Bpr fitted(const BprParams& params, const testing::Data& data, testing::Contexts& contexts) {
  Bpr method(params);
  const Status status = method.fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

/// Share of (unseen item of the user's kind, item of the other kind) pairs in the right order.
double checkerboard_auc(const Recommender& method, const testing::Data::Sequences& sequences,
                        std::uint32_t items, bool in_training) {
  testing::Queries queries(CandidateKind::kAll, items);
  for (std::size_t u = 0; u < sequences.size(); ++u) queries.add(u, in_training, sequences[u]);
  const auto found = testing::scores_of(method, queries);
  if (!found) return 0;
  double right = 0, pairs = 0;
  for (std::size_t u = 0; u < sequences.size(); ++u) {
    const auto& scores = found->at(static_cast<std::uint32_t>(u));
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) continue;
      for (std::uint32_t j = 1 - u % 2; j < items; j += 2) {
        right += scores[i] > scores[j];
        ++pairs;
      }
    }
  }
  return right / pairs;
}

// The loss of bpr_step.h, written once more, in double.
struct Triple {
  static constexpr std::size_t kDim = 16;
  alignas(64) double p[kDim], i[kDim], j[kDim];
  double bi, bj;
};

double loss(const Triple& t, const bpr::StepSizes<double>& s) {
  double x = t.bi - t.bj, pp = 0, ii = 0, jj = 0;
  for (std::size_t k = 0; k < Triple::kDim; ++k) {
    x += t.p[k] * (t.i[k] - t.j[k]);
    pp += t.p[k] * t.p[k];
    ii += t.i[k] * t.i[k];
    jj += t.j[k] * t.j[k];
  }
  return std::log1p(std::exp(-x)) + (s.user * pp + s.positive * ii + s.negative * jj) / 2 +
         s.bias * (t.bi * t.bi + t.bj * t.bj) / 2;
}

TEST(BprStepTest, IsTheGradientByCentralDifferences) {
  const bpr::StepSizes<double> sizes{0.25, 0.3, 0.2, 0.1, 0.05};
  Rng rng(1, "bpr gradient");
  for (int repeat = 0; repeat < 20; ++repeat) {
    Triple before{};
    double* const numbers[] = {before.p, before.i, before.j};
    for (double* row : numbers) {
      for (std::size_t k = 0; k < Triple::kDim; ++k) row[k] = rng.normal() / 2;
    }
    before.bi = rng.normal();
    before.bj = rng.normal();
    Triple after = before;
    bpr::step<double>(after.p, after.i, after.j, &after.bi, &after.bj, Triple::kDim / 8, sizes);
    const auto check = [&](double* place, double stepped, double start) {
      constexpr double kH = 1e-5;
      *place = start + kH;
      const double up = loss(before, sizes);
      *place = start - kH;
      const double down = loss(before, sizes);
      *place = start;
      const double gradient = (up - down) / (2 * kH);
      EXPECT_NEAR((start - stepped) / sizes.learning_rate, gradient, 1e-8);
    };
    for (std::size_t k = 0; k < Triple::kDim; ++k) {
      check(&before.p[k], after.p[k], before.p[k]);
      check(&before.i[k], after.i[k], before.i[k]);
      check(&before.j[k], after.j[k], before.j[k]);
    }
    check(&before.bi, after.bi, before.bi);
    check(&before.bj, after.bj, before.bj);
  }
}

TEST(BprStepTest, FloatAgreesWithDouble) {
  Rng rng(2, "bpr gradient");
  Triple exact{};
  alignas(64) float p[16], i[16], j[16];
  for (std::size_t k = 0; k < 16; ++k) {
    p[k] = static_cast<float>(exact.p[k] = static_cast<float>(rng.normal()));
    i[k] = static_cast<float>(exact.i[k] = static_cast<float>(rng.normal()));
    j[k] = static_cast<float>(exact.j[k] = static_cast<float>(rng.normal()));
  }
  const float x = bpr::step<float>(p, i, j, nullptr, nullptr, 1, {0.1f, 0.01f, 0.02f, 0.03f, 0});
  const double y =
      bpr::step<double>(exact.p, exact.i, exact.j, nullptr, nullptr, 2, {0.1, 0.01, 0.02, 0.03, 0});
  EXPECT_NEAR(x, y, 1e-5);
  for (std::size_t k = 0; k < 16; ++k) {
    EXPECT_NEAR(p[k], exact.p[k], 1e-6);
    EXPECT_NEAR(i[k], exact.i[k], 1e-6);
    EXPECT_NEAR(j[k], exact.j[k], 1e-6);
  }
}

/// Pearson's statistic over its degrees of freedom, about 1 where counts follow `expected`.
double chi_square(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  std::size_t cells = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (expected[k] == 0) {
      EXPECT_EQ(counts[k], 0) << k;
      continue;
    }
    sum += (counts[k] - expected[k]) * (counts[k] - expected[k]) / expected[k];
    ++cells;
  }
  return cells > 1 ? sum / static_cast<double>(cells - 1) : 0;
}

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
  Rng rng(1, "negatives");
  EXPECT_EQ(unseen.count(user_id(1)), 1u);
  for (int k = 0; k < 200; ++k) {
    EXPECT_EQ(unseen.uniform(user_id(1), rng), item_id(3));
    EXPECT_EQ(unseen.popular(user_id(1), data.view().events.items, rng), item_id(3));
  }
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
    ++uniform[index(unseen.uniform(user_id(2), rng))];
    ++popular[index(unseen.popular(user_id(2), data.view().events.items, rng))];
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
  std::vector<float> items(20, 1.0f);  // the second factor is constant: sd 0
  for (std::size_t i = 0; i < 10; ++i) items[2 * i] = static_cast<float>(i);
  adaptive.refresh(items, 2, 1);
  Rng rng(3, "negatives");
  std::vector<double> top(10), bottom(10), expected_top(10), expected_bottom(10);
  const std::size_t from_top[] = {8, 6, 5, 4, 3, 2, 1, 0};
  constexpr int kDraws = 50000;
  const double mass = 1 - std::pow(0.5, 8);
  for (std::size_t r = 0; r < 8; ++r) {
    expected_top[from_top[r]] = expected_bottom[from_top[7 - r]] =
        kDraws * std::pow(0.5, static_cast<double>(r + 1)) / mass;
  }
  const std::vector<float> up{1, 5}, down{-1, 5};
  for (int k = 0; k < kDraws; ++k) {
    ++top[index(adaptive.draw(user_id(0), up, rng))];
    ++bottom[index(adaptive.draw(user_id(0), down, rng))];
  }
  EXPECT_LT(chi_square(top, expected_top), 3);
  EXPECT_LT(chi_square(bottom, expected_bottom), 3);
}

TEST(BprTest, EveryKindOfNegativeLearnsTheCheckerboard) {
  const auto sequences = checkerboard(40, 40);
  const testing::Data data(sequences, 40);
  for (const auto negatives :
       {BprNegatives::kUniform, BprNegatives::kPopularity, BprNegatives::kAdaptive}) {
    testing::Contexts contexts;
    const Bpr method =
        fitted({.dim = 10, .epochs = 60, .negatives = negatives, .rho = 0.1}, data, contexts);
    EXPECT_GT(checkerboard_auc(method, sequences, 40, true), 0.98);
    // As if nobody were known: means of the histories' items.
    EXPECT_GT(checkerboard_auc(method, sequences, 40, false), 0.98);
  }
}

TEST(BprTest, DivergenceNamesStepAndLearningRate) {
  const testing::Data data(checkerboard(40, 40), 40);
  Bpr method({.dim = 8, .lr = 9, .reg_user = 50, .reg_item = 50, .reg_negative = 50});
  testing::Contexts contexts;
  const Status status = method.fit(data.view(), contexts.fit);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("diverged"));
  EXPECT_THAT(status.error().message, HasSubstr("step"));
  EXPECT_THAT(status.error().message, HasSubstr("learning rate is 9"));
}

/// Prefers the third look; remembers what it saw.
class ThirdIsBest final : public Validation {
 public:
  explicit ThirdIsBest(testing::Queries& queries) : queries_(queries) {}
  Result<double> ndcg(const Recommender& method) override {
    MOTIVE_ASSIGN(auto found, testing::scores_of(method, queries_));
    seen.push_back(found.at(0));
    return seen.size() == 3 ? 0.9 : 0.5;
  }
  std::vector<std::vector<float>> seen;

 private:
  testing::Queries& queries_;
};

TEST(BprTest, StopsEarlyAndRestoresTheBest) {
  const testing::Data data(checkerboard(20, 20), 20);
  testing::Queries queries(CandidateKind::kAll, 20);
  queries.add(3, true, {});
  ThirdIsBest validation(queries);
  testing::Contexts contexts;
  contexts.fit.validation = &validation;
  const BprParams params{.dim = 8, .epochs = 100, .validate_every = 4, .patience = 2};
  const Bpr method = fitted(params, data, contexts);
  EXPECT_EQ(validation.seen.size(), 5u);  // 12 was best; 16 and 20 were not better
  EXPECT_EQ(contexts.fit.report["selected"], Json({{"epochs", 12}}));
  EXPECT_EQ(contexts.fit.report["curve"].size(), 20u);
  EXPECT_EQ(contexts.fit.report["curve"][11]["ndcg@10"], 0.9);
  EXPECT_EQ(testing::scores_of(method, queries)->at(0), validation.seen[2]);

  // A refit takes the number over, looks at no validation and gives the same.
  const Json selected = contexts.fit.report["selected"];
  testing::Contexts again;
  again.fit.selected = &selected;
  again.fit.validation = &validation;
  const Bpr refit = fitted(params, data, again);
  EXPECT_EQ(validation.seen.size(), 5u);
  EXPECT_EQ(again.fit.report["selected"], selected);
  EXPECT_EQ(testing::scores_of(refit, queries)->at(0), validation.seen[2]);
}

TEST(BprTest, ASelectionThatMakesNoSenseIsRefused) {
  const testing::Data data(checkerboard(4, 4), 4);
  for (const Json& selected :
       {Json{{"epochs", 0}}, Json{{"epochs", "many"}}, Json{{"epochs", -3}}}) {
    Bpr method({});
    testing::Contexts contexts;
    contexts.fit.selected = &selected;
    EXPECT_FALSE(method.fit(data.view(), contexts.fit));
  }
}

TEST(BprTest, UsersWhoHaveSeenEverythingAreCounted) {
  const testing::Data data({{0, 1}, {0, 1}}, 2);
  testing::Contexts contexts;
  fitted({.dim = 4, .epochs = 3}, data, contexts);
  EXPECT_EQ(contexts.fit.report["draws_without_a_negative"], 12);
}

TEST(BprTest, UnseenUserIsTheMeanOfHisItemsWithEvents) {
  const testing::Data data({{0, 1, 2}, {2, 0}}, 4);  // item 3 has no event
  testing::Contexts contexts;
  const Bpr method = fitted({.dim = 3, .epochs = 2}, data, contexts);
  const ItemFactors items = method.item_factors();
  ASSERT_EQ(items.dim, 3u);
  ASSERT_EQ(items.vectors.size(), 12u);
  const std::vector<ItemId> history{item_id(0), item_id(3), item_id(2)};
  std::vector<float> user(3);
  ASSERT_TRUE(method.user_factors({.user = user_id(9), .history = history}, user));
  for (std::size_t f = 0; f < 3; ++f) {
    EXPECT_FLOAT_EQ(user[f], (items.vectors[f] + items.vectors[6 + f]) / 2);
  }
}

TEST(BprTest, LoadRefusesAnotherDimension) {
  const testing::Data data({{0, 1, 2}, {2, 0}}, 4);
  testing::Contexts contexts;
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(fitted({.dim = 3, .epochs = 1}, data, contexts).save(folder.path()));
  Bpr same({.dim = 3}), other({.dim = 4}), without({.dim = 3, .bias = false});
  EXPECT_TRUE(same.load(folder.path()));
  const Status status = other.load(folder.path());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("shape [2,3] where 2x4 is needed"));
  EXPECT_FALSE(without.load(folder.path()));
}

}  // namespace
}  // namespace motive
