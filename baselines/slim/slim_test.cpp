#include "baselines/slim/slim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <set>

#include "baselines/slim/column_solver.h"
#include "baselines/slim/elastic_net_expected.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using Sequences = testing::Data::Sequences;
using Matrix = std::vector<std::vector<double>>;

Matrix square(std::size_t n) { return Matrix(n, std::vector<double>(n, 0)); }

/// X'X, densely.
Matrix gram_of(const Sequences& sequences, std::size_t items) {
  Matrix gram = square(items);
  for (const auto& sequence : sequences) {
    const std::set<std::uint32_t> distinct(sequence.begin(), sequence.end());
    for (const auto i : distinct) {
      for (const auto j : distinct) ++gram[i][j];
    }
  }
  return gram;
}

SparseRows sparse(const Matrix& dense) {
  SparseRows rows;
  rows.n_columns = dense.size();
  for (const auto& row : dense) {
    for (std::uint32_t j = 0; j < row.size(); ++j) {
      if (row[j] == 0) continue;
      rows.columns.push_back(j);
      rows.values.push_back(static_cast<float>(row[j]));
    }
    rows.offsets.push_back(rows.columns.size());
  }
  return rows;
}

Matrix dense(const SparseRows& rows) {
  Matrix result = square(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto columns = rows.columns_of(i);
    for (std::size_t e = 0; e < columns.size(); ++e) {
      result[i][columns[e]] = static_cast<double>(rows.values_of(i)[e]);
    }
  }
  return result;
}

Sequences random_sequences(std::size_t users, std::uint32_t items, std::uint32_t most, Rng& rng) {
  Sequences sequences(users);
  for (auto& sequence : sequences) {
    const std::uint32_t n = rng.below(most);
    // The product of two draws: some items are much more popular than others.
    for (std::uint32_t k = 0; k < n; ++k) {
      sequence.push_back(static_cast<std::uint32_t>(rng.uniform() * rng.uniform() * items));
    }
  }
  return sequences;
}

Slim fitted(const SlimParams& params, const testing::Data& data, testing::Contexts& contexts) {
  Slim method(params);
  const Status status = method.fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

// Parity ------------------------------------------------------------------------------------------

TEST(SlimTest, AgreesWithScikitLearn) {
  const testing::Data data(slim::kExpectedHistories, slim::kExpectedItems);
  for (const slim::ExpectedWeights& expected : slim::kExpectedWeights) {
    SCOPED_TRACE(fmt::format("l1 {} l2 {} non_negative {}", expected.l1, expected.l2,
                             expected.non_negative));
    testing::Contexts contexts;
    const Slim method = fitted({.l1 = expected.l1,
                                .l2 = expected.l2,
                                .non_negative = expected.non_negative,
                                .tolerance = 1e-8},
                               data, contexts);
    EXPECT_EQ(contexts.fit.report["items_not_converged"], 0);
    const Matrix weights = dense(method.weights());
    for (std::size_t i = 0; i < slim::kExpectedItems; ++i) {
      for (std::size_t j = 0; j < slim::kExpectedItems; ++j) {
        EXPECT_NEAR(weights[i][j], expected.weights[i][j], 1e-5) << i << ", " << j;
      }
    }
  }
}

// The formulas ------------------------------------------------------------------------------------

/// The objective of column j less its l1 term, from the histories.
double smooth_objective(const Sequences& sequences, std::size_t j, const std::vector<double>& w,
                        double l2) {
  double sum = 0;
  for (const auto& sequence : sequences) {
    const std::set<std::uint32_t> distinct(sequence.begin(), sequence.end());
    double error = distinct.count(static_cast<std::uint32_t>(j)) ? 1 : 0;
    for (const auto i : distinct) error -= w[i];
    sum += error * error / 2;
  }
  for (const double weight : w) sum += l2 / 2 * weight * weight;
  return sum;
}

TEST(SlimTest, GradientsAreThoseOfCentralDifferences) {
  constexpr std::size_t kItems = 15;
  constexpr double kL2 = 3, kStep = 1e-4;
  Rng rng(1, "slim gradient");
  const Sequences sequences = random_sequences(60, kItems, 10, rng);
  const SparseRows gram = sparse(gram_of(sequences, kItems));
  for (std::size_t j = 0; j < kItems; ++j) {
    std::vector<double> w(kItems, 0), residuals(kItems, 0);
    slim::add_row(gram, j, 1, residuals);
    for (std::size_t i = 0; i < kItems; ++i) {
      if (i == j) continue;
      w[i] = rng.normal();
      slim::add_row(gram, i, -w[i], residuals);
    }
    for (std::size_t i = 0; i < kItems; ++i) {
      auto up = w, down = w;
      up[i] += kStep;
      down[i] -= kStep;
      const double slope = (smooth_objective(sequences, j, up, kL2) -
                            smooth_objective(sequences, j, down, kL2)) / (2 * kStep);
      EXPECT_NEAR(-residuals[i] + kL2 * w[i], slope, 1e-6 * (1 + std::abs(slope)));
    }
  }
}

RC_GTEST_PROP(SlimProperty, TheBestWeightIsBest, ()) {
  Rng rng(*rc::gen::arbitrary<std::uint64_t>(), "slim weight");
  const slim::ElasticNet net{.l1 = 5 * rng.uniform(), .l2 = rng.uniform(),
                             .non_negative = *rc::gen::arbitrary<bool>()};
  const double residual = 10 * rng.normal(), diagonal = 1 + 9 * rng.uniform(), now = rng.normal();
  const auto objective = [&](double w) {  // of the coordinate, up to a constant
    const double change = w - now;
    return -residual * change + diagonal * change * change / 2 + net.l2 * w * w / 2 +
           net.l1 * std::abs(w);
  };
  const double best = slim::best_weight(net, residual, diagonal, now);
  RC_ASSERT(!net.non_negative || best >= 0);
  for (const double step : {1e-5, 1e-3, .1, 1.0}) {
    RC_ASSERT(objective(best) <= objective(best + step) + 1e-12);
    if (!net.non_negative || best >= step) {
      RC_ASSERT(objective(best) <= objective(best - step) + 1e-12);
    }
  }
}

/// Karush, Kuhn, Tucker: where w_i > 0, the slope is -l1; where it is 0, no more than l1 pulls.
void expect_optimal(const Matrix& gram, const Matrix& weights, const SlimParams& params) {
  const std::size_t n = gram.size();
  for (std::size_t j = 0; j < n; ++j) {
    RC_ASSERT(weights[j][j] == 0);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == j || gram[i][i] == 0) continue;
      double pull = gram[i][j] - params.l2 * weights[i][j];
      for (std::size_t k = 0; k < n; ++k) pull -= gram[i][k] * weights[k][j];
      const double slack = 1e-4 * (gram[i][i] + params.l2);
      if (weights[i][j] > 0) RC_ASSERT(std::abs(pull - params.l1) < slack);
      if (weights[i][j] < 0) RC_ASSERT(std::abs(pull + params.l1) < slack);
      if (weights[i][j] == 0) RC_ASSERT(pull < params.l1 + slack);
      if (!params.non_negative) RC_ASSERT(pull > -params.l1 - slack);
      if (params.non_negative) RC_ASSERT(weights[i][j] >= 0);
    }
  }
}

RC_GTEST_PROP(SlimProperty, WeightsAreOptimal, ()) {
  const auto items = *rc::gen::inRange<std::uint32_t>(1, 60);
  const auto users = *rc::gen::inRange<std::size_t>(1, 80);
  Rng rng(*rc::gen::arbitrary<std::uint64_t>(), "slim optimum");
  const SlimParams params{.l1 = 2 * rng.uniform(),
                          .l2 = .1 + 5 * rng.uniform(),
                          .non_negative = *rc::gen::arbitrary<bool>(),
                          .max_iterations = 100000,
                          .tolerance = 1e-7};
  const Sequences sequences = random_sequences(users, items, 20, rng);
  const testing::Data data(sequences, items);
  testing::Contexts contexts;
  const Slim method = fitted(params, data, contexts);
  RC_ASSERT(contexts.fit.report["items_not_converged"] == 0);
  expect_optimal(gram_of(sequences, items), dense(method.weights()), params);
}

// More items in a working set than are held densely.
TEST(SlimTest, LargeWorkingSetsAreOptimalToo) {
  constexpr std::uint32_t kItems = 1200;
  Rng rng(5, "slim large");
  Sequences sequences(60);
  for (auto& sequence : sequences) {
    for (std::uint32_t i = 0; i < kItems; ++i) {
      if (rng.below(3) == 0) sequence.push_back(i);
    }
  }
  const SparseRows gram = sparse(gram_of(sequences, kItems));
  const slim::ElasticNet net{.l1 = 0, .l2 = 20000, .max_iterations = 1000, .tolerance = 1e-7};
  slim::ColumnSolver solver(gram, net);
  std::vector<Neighbour> weights;
  ASSERT_TRUE(solver.solve(3, weights));
  EXPECT_GT(weights.size(), 1024u);
  std::vector<double> residuals(kItems, 0), w(kItems, 0);
  slim::add_row(gram, 3, 1, residuals);
  for (const Neighbour& n : weights) {
    w[n.number] = static_cast<double>(n.similarity);
    slim::add_row(gram, n.number, -w[n.number], residuals);
  }
  for (std::size_t i = 0; i < kItems; ++i) {
    if (i == 3) continue;
    const double slope = -residuals[i] + net.l2 * w[i];
    EXPECT_GT(slope, -1e-3);
    if (w[i] > 0) {
      EXPECT_LT(slope, 1e-3);
    }
  }
}

// Parameters --------------------------------------------------------------------------------------

TEST(SlimTest, NeighboursLimitWhoMayHaveAWeight) {
  Rng rng(2, "slim test");
  const Sequences sequences = random_sequences(300, 40, 12, rng);
  const testing::Data data(sequences, 40);
  const Matrix gram = gram_of(sequences, 40);
  for (const bool non_negative : {true, false}) {
    testing::Contexts contexts;
    const SlimParams params{.l1 = .1, .l2 = 1, .non_negative = non_negative, .neighbours = 3};
    const Matrix weights = dense(fitted(params, data, contexts).weights());
    for (std::size_t j = 0; j < 40; ++j) {
      std::vector<double> cosines;
      for (std::size_t i = 0; i < 40; ++i) {
        if (i != j && gram[i][i] > 0) cosines.push_back(gram[i][j] / std::sqrt(gram[i][i]));
      }
      std::sort(cosines.rbegin(), cosines.rend());
      std::size_t others = 0;
      for (std::size_t i = 0; i < 40; ++i) {
        if (weights[i][j] == 0) continue;
        ++others;
        EXPECT_GE(gram[i][j] / std::sqrt(gram[i][i]), cosines[2] - 1e-6);
      }
      EXPECT_LE(others, 3u);
    }
  }
  testing::Contexts contexts;  // more than there are: as if all
  const auto all = dense(fitted({}, data, contexts).weights());
  EXPECT_EQ(dense(fitted({.neighbours = 1000000}, data, contexts).weights()), all);
}

TEST(SlimTest, SameForAnyNumberOfThreads) {
  Rng rng(3, "slim test");
  const testing::Data data(random_sequences(800, 300, 20, rng), 300);
  std::vector<SparseRows> weights;
  for (const int threads : {1, 4}) {
    testing::Contexts contexts;
    contexts.fit.threads = threads;
    weights.push_back(fitted({}, data, contexts).weights());
  }
  EXPECT_EQ(weights[0].offsets, weights[1].offsets);
  EXPECT_EQ(weights[0].columns, weights[1].columns);
  EXPECT_EQ(weights[0].values, weights[1].values);
  EXPECT_GT(weights[0].values.size(), 300u);
}

TEST(SlimTest, ScoresAreSumsOfWeights) {
  Rng rng(4, "slim test");
  const testing::Data data(random_sequences(200, 30, 12, rng), 32);  // 30 and 31 have no events
  testing::Contexts contexts;
  const Slim method = fitted({.l1 = .5}, data, contexts);
  const Matrix weights = dense(method.weights());
  testing::Queries queries(CandidateKind::kAll, 32);
  queries.add(0, false, {4, 9, 4, 31}).add(1, false, {});
  const auto found = testing::scores_of(method, queries);
  ASSERT_TRUE(found);
  for (std::size_t c = 0; c < 32; ++c) {
    EXPECT_NEAR(found->at(0)[c], weights[4][c] + weights[9][c], 1e-6);
  }
  EXPECT_EQ(found->at(0)[30], 0);
  EXPECT_THAT(found->at(1), Each(0.0f));
}

TEST(SlimTest, SaysHowManyItemsDidNotConverge) {
  Rng rng(6, "slim test");
  const testing::Data data(random_sequences(200, 30, 12, rng), 30);
  testing::Contexts contexts;
  const Slim method = fitted({.max_iterations = 1, .tolerance = 1e-12}, data, contexts);
  EXPECT_GT(contexts.fit.report["items_not_converged"], 20);
  EXPECT_GT(method.weights().columns.size(), 0u);
}

TEST(SlimTest, RefusesPairsThatDoNotFit) {
  // 400 items that one user has: 160,000 pairs, 1.2 MiB.
  Sequences sequences(1);
  for (std::uint32_t i = 0; i < 400; ++i) sequences[0].push_back(i);
  const testing::Data data(sequences, 400);
  testing::Contexts contexts;
  const Status status = Slim({.memory_mb = 1}).fit(data.view(), contexts.fit);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(status.error().message, HasSubstr("1 MiB of memory_mb"));
  EXPECT_TRUE(Slim({.memory_mb = 2}).fit(data.view(), contexts.fit));
}

TEST(SlimTest, ExtremeParametersStayFinite) {
  Rng rng(7, "slim test");
  const testing::Data data(random_sequences(100, 20, 12, rng), 20);
  for (const SlimParams& params :
       {SlimParams{.l1 = 0, .l2 = 0}, SlimParams{.l1 = 0, .l2 = 0, .non_negative = false},
        SlimParams{.l1 = 1e9}, SlimParams{.l2 = 1e9}}) {
    testing::Contexts contexts;
    const Slim method = fitted(params, data, contexts);
    for (const float weight : method.weights().values) EXPECT_TRUE(std::isfinite(weight));
    if (params.l1 == 1e9) {
      EXPECT_TRUE(method.weights().values.empty());
    }
  }
}

}  // namespace
}  // namespace motive
