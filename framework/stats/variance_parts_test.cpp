#include "framework/stats/variance_parts.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

#include "framework/base/rng.h"
#include "framework/stats/intervals.h"

namespace motive {
namespace {

using Levels = std::vector<std::uint64_t>;

VarianceParts parts_of(const std::vector<double>& values, const std::vector<VarianceFactor>& factors,
                       const std::vector<double>& users = {}) {
  auto parts = variance_parts(values, factors, users);
  EXPECT_TRUE(parts.has_value()) << (parts.has_value() ? "" : parts.error().message);
  return parts.has_value() ? *parts : VarianceParts{};
}

TEST(VarianceParts, BalancedTwoWay) {
  const std::vector<double> y = {.31, .35, .33, .38, .28, .30, .27, .35, .36, .41, .37, .40};
  const std::vector<VarianceFactor> factors = {{"split", {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}},
                                               {"init", {7, 8, 9, 5, 7, 8, 9, 5, 7, 8, 9, 5}},
                                               {"llm", Levels(12, 1)}};
  const VarianceParts r = parts_of(y, factors);
  // NumPy: ((MSA - MSE) / 4, (MSB - MSE) / 3, MSE) of the two-way table.
  EXPECT_NEAR(r.mean, 0.3425, 1e-15);
  ASSERT_EQ(r.parts.size(), 3U);
  EXPECT_NEAR(r.find("split")->variance, 0.001755555555555554, 1e-15);
  EXPECT_NEAR(r.find("init")->variance, 0.0007055555555555539, 1e-15);
  EXPECT_NEAR(r.find(kRestPart)->variance, 0.0002027777777777775, 1e-15);
  EXPECT_EQ(r.find("init")->levels, 4U);
  EXPECT_NEAR(r.find("split")->share, 0.6590198, 1e-6);
  EXPECT_EQ(r.find("llm"), nullptr);
  EXPECT_EQ(r.find(kUsersPart), nullptr);
}

TEST(VarianceParts, UnbalancedAndNegative) {
  // NumPy, with dense matrices: coefficients trace(Q Z Z'), Q the projection of each factor less the mean.
  const std::vector<double> y = {.31, .35, .33, .28, .30, .36, .37, .41, .39, .31, .34};
  const std::vector<VarianceFactor> factors = {{"a", {1, 1, 1, 2, 2, 3, 3, 3, 3, 2, 1}},
                                               {"b", {1, 2, 3, 1, 2, 1, 1, 2, 3, 2, 2}},
                                               {"c", {1, 2, 1, 2, 1, 1, 2, 2, 1, 2, 2}}};
  const VarianceParts r = parts_of(y, factors);
  EXPECT_NEAR(r.find("a")->estimate, 1.6770250099249929e-03, 1e-14);
  EXPECT_NEAR(r.find("b")->estimate, -7.7489532288710629e-05, 1e-14);
  EXPECT_NEAR(r.find("c")->estimate, -7.8749266735018866e-05, 1e-14);
  EXPECT_NEAR(r.find(kRestPart)->estimate, 4.6592872421857612e-04, 1e-14);
  EXPECT_TRUE(r.find("b")->cut);
  EXPECT_EQ(r.find("b")->variance, 0);
  EXPECT_EQ(r.find("b")->share, 0);
  EXPECT_FALSE(r.find("a")->cut);
  EXPECT_NEAR(r.find("a")->share + r.find(kRestPart)->share, 1, 1e-12);
}

TEST(VarianceParts, OneFactorIsTheSampleVariance) {
  const std::vector<double> y = {.31, .35, .33, .28};
  const VarianceParts r = parts_of(y, {{"init", {1, 2, 3, 4}}, {"split", {1, 1, 1, 1}}});
  ASSERT_EQ(r.parts.size(), 1U);
  EXPECT_TRUE(r.parts[0].with_rest);
  EXPECT_EQ(r.parts[0].name, "init");
  EXPECT_NEAR(std::sqrt(r.parts[0].variance), sample_sd(y), 1e-15);
  EXPECT_EQ(r.parts[0].share, 1);
}

TEST(VarianceParts, WhatChangesTogetherIsOnePart) {
  const std::vector<double> y = {.31, .35, .33, .28, .30, .39};
  const VarianceParts r = parts_of(y, {{"init", {1, 1, 2, 2, 3, 3}}, {"llm", {5, 5, 4, 4, 9, 9}}, {"split", {1, 2, 1, 2, 1, 2}}});
  ASSERT_EQ(r.parts.size(), 3U);
  EXPECT_EQ(r.parts[0].name, "init+llm");
  EXPECT_EQ(r.parts[1].name, "split");
}

TEST(VarianceParts, SeedsWithinASplit) {
  // Levels of init of their own under each split: split beside init within split, which holds the rest.
  const std::vector<double> y = {.30, .32, .28, .40, .41, .45, .35, .36, .31};
  const VarianceParts r = parts_of(y, {{"split", {1, 1, 1, 2, 2, 2, 3, 3, 3}}, {"init", {11, 12, 13, 21, 22, 23, 31, 32, 33}}});
  // By hand: within (.02^2 x 3 groups' mean square), between.
  double within = 0, between = 0;
  const double means[] = {.30, .42, .34}, grand = mean(y);
  for (std::size_t i = 0; i < 9; ++i) within += (y[i] - means[i / 3]) * (y[i] - means[i / 3]) / 6;
  for (const double m : means) between += 3 * (m - grand) * (m - grand) / 2;
  EXPECT_NEAR(r.find("init")->variance, within, 1e-15);
  EXPECT_TRUE(r.find("init")->with_rest);
  EXPECT_NEAR(r.find("split")->variance, (between - within) / 3, 1e-15);
}

TEST(VarianceParts, UsersStandBeside) {
  const VarianceParts r = parts_of({.31, .35}, {{"split", {1, 2}}}, {4e-4, 2e-4});
  ASSERT_EQ(r.parts.size(), 2U);
  EXPECT_NEAR(r.find("split")->variance, 8e-4, 1e-15);
  EXPECT_NEAR(r.find(kUsersPart)->variance, 3e-4, 1e-15);
  EXPECT_NEAR(r.find(kUsersPart)->share, 3.0 / 11, 1e-12);
  const VarianceParts single = parts_of({.31}, {{"split", {1}}}, {4e-4});
  ASSERT_EQ(single.parts.size(), 1U);
  EXPECT_EQ(single.find(kUsersPart)->share, 1);
}

TEST(VarianceParts, NothingVaries) {
  const VarianceParts r = parts_of({.1, .1, .1, .1}, {{"split", {1, 1, 2, 2}}, {"init", {1, 2, 1, 2}}});
  for (const VariancePart& part : r.parts) {
    EXPECT_EQ(part.variance, 0);
    EXPECT_EQ(part.share, 0);
    EXPECT_FALSE(part.cut);
  }
}

TEST(VarianceParts, WhatCannotBeAnswered) {
  EXPECT_FALSE(variance_parts({}, {}).has_value());
  const std::vector<double> two = {.1, .2}, odd = {.1, std::nan("")};
  EXPECT_NE(variance_parts(two, std::vector<VarianceFactor>{{"init", {1}}}).error().message.find("'init'"), std::string::npos);
  EXPECT_FALSE(variance_parts(odd, {}).has_value());
  EXPECT_FALSE(variance_parts(two, {}, std::vector<double>{1}).has_value());
  // Three observations that determine no more than three components.
  const std::vector<double> four = {.1, .2, .3, .4};
  const std::vector<VarianceFactor> tangled = {{"split", {1, 1, 2, 2}}, {"init", {1, 2, 1, 2}}, {"llm", {1, 2, 2, 1}}};
  const auto r = variance_parts(four, tangled);
  ASSERT_FALSE(r.has_value());
  EXPECT_NE(r.error().message.find("split, init, llm"), std::string::npos) << r.error().message;
}

/// The average of the estimates over many draws of a design with known components.
TEST(VarianceParts, RecoverWhatWasPutIn) {
  const double truth[] = {4.0, 1.0, 0.25, 0.5};  // split, init, candidates, rest
  const std::size_t levels[] = {5, 4, 3};
  constexpr int kTrials = 3000;
  std::vector<double> estimates[4];
  for (int trial = 0; trial < kTrials; ++trial) {
    Rng rng(2, "components", static_cast<std::uint64_t>(trial));
    std::vector<double> effects[3], y;
    for (std::size_t f = 0; f < 3; ++f) {
      for (std::size_t l = 0; l < levels[f]; ++l) effects[f].push_back(std::sqrt(truth[f]) * rng.normal());
    }
    std::vector<VarianceFactor> factors = {{"split", {}}, {"init", {}}, {"candidates", {}}};
    for (std::uint64_t cell = 0; cell < 60; ++cell) {
      if (cell % 7 == 3 || cell % 11 == 5) continue;  // incomplete
      const std::uint64_t at[] = {cell % 5, cell / 5 % 4, cell / 20};
      double value = 10 + std::sqrt(truth[3]) * rng.normal();
      for (std::size_t f = 0; f < 3; ++f) {
        factors[f].levels.push_back(at[f]);
        value += effects[f][at[f]];
      }
      y.push_back(value);
    }
    const VarianceParts r = parts_of(y, factors);
    for (std::size_t f = 0; f < 4; ++f) estimates[f].push_back(r.parts[f].estimate);
  }
  for (std::size_t f = 0; f < 4; ++f) {
    EXPECT_NEAR(mean(estimates[f]), truth[f], 4 * sample_sd(estimates[f]) / std::sqrt(kTrials)) << f;
  }
}

TEST(VarianceParts, UsersAsAFactor) {  // a level a user: 4,000 of them under 12 combinations
  Rng rng(4, "users");
  std::vector<double> user(4000), y;
  for (double& x : user) x = 0.3 * rng.normal();
  std::vector<VarianceFactor> factors = {{"user", {}}, {"split", {}}, {"init", {}}};
  const double split[] = {-0.02, 0.01, 0.01};
  for (std::uint64_t cell = 0; cell < 12; ++cell) {
    for (std::uint64_t u = 0; u < user.size(); ++u) {
      factors[0].levels.push_back(u);
      factors[1].levels.push_back(cell / 4);
      factors[2].levels.push_back(cell % 4);
      y.push_back(user[u] + split[cell / 4] + 0.1 * rng.normal());
    }
  }
  const VarianceParts r = parts_of(y, factors);
  EXPECT_NEAR(r.find("user")->variance, 0.09, 0.008);
  EXPECT_NEAR(r.find("split")->variance, 3e-4, 3e-5);
  EXPECT_NEAR(r.find("init")->variance, 0, 1e-5);
  EXPECT_NEAR(r.find(kRestPart)->variance, 0.01, 2e-4);
}

RC_GTEST_PROP(VarianceParts, PlaceAndUnit, ()) {
  const auto raw = *rc::gen::container<std::vector<int>>(12, rc::gen::inRange(-100, 101));
  const std::vector<VarianceFactor> factors = {{"split", {1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}},
                                               {"init", {1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 3}}};
  std::vector<double> y, moved;
  for (const int x : raw) {
    y.push_back(x / 100.0);
    moved.push_back(7 - 3 * x / 100.0);
  }
  const auto one = variance_parts(y, factors), other = variance_parts(moved, factors);
  for (std::size_t i = 0; i < 3; ++i) {
    RC_ASSERT(std::abs(9 * one->parts[i].estimate - other->parts[i].estimate) < 1e-10);
    RC_ASSERT(one->parts[i].share >= 0 && one->parts[i].share <= 1);
  }
}

}  // namespace
}  // namespace motive
