#include "framework/stats/corrections.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <vector>

namespace motive {
namespace {

const std::vector<double> kP = {0.01, 0.04, 0.03, 0.005, 0.2, 0.9, 0.5};

TEST(Corrections, Holm) {
  // By hand: .005 x 7, .01 x 6, .03 x 5, .04 x 4, .2 x 3, .5 x 2, .9, made to rise.
  const std::vector<double> expected = {0.06, 0.16, 0.15, 0.035, 0.6, 1, 1};
  const std::vector<double> adjusted = holm(kP);
  for (std::size_t i = 0; i < kP.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
}

TEST(Corrections, BenjaminiHochberg) {
  // scipy.stats.false_discovery_control, SciPy 1.17.
  const std::vector<double> expected = {0.035, 0.07, 0.07, 0.035, 0.28, 0.9, 0.5833333333333334};
  const std::vector<double> adjusted = benjamini_hochberg(kP);
  for (std::size_t i = 0; i < kP.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
}

TEST(Corrections, WhatCouldNotBeTestedIsNoMember) {
  const double nan = std::nan("");
  const std::vector<double> with = {nan, 0.01, 0.04, nan, 0.03};
  for (const auto correct : {holm, benjamini_hochberg}) {
    const std::vector<double> adjusted = correct(with), without = correct(std::vector<double>{0.01, 0.04, 0.03});
    EXPECT_TRUE(std::isnan(adjusted[0]) && std::isnan(adjusted[3]));
    EXPECT_EQ(adjusted[1], without[0]);
    EXPECT_EQ(adjusted[2], without[1]);
    EXPECT_EQ(adjusted[4], without[2]);
    EXPECT_TRUE(correct({}).empty());
  }
}

TEST(Corrections, OneTestStaysAsItIs) {
  EXPECT_EQ(holm(std::vector<double>{0.03})[0], 0.03);
  EXPECT_EQ(benjamini_hochberg(std::vector<double>{0.03})[0], 0.03);
}

RC_GTEST_PROP(Corrections, HolmIsAboveBenjaminiHochbergIsAboveP, ()) {
  const auto raw = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1001)));
  std::vector<double> p;
  for (const int x : raw) p.push_back(x / 1000.0);
  const std::vector<double> family = holm(p), rate = benjamini_hochberg(p);
  const double m = static_cast<double>(p.size());
  for (std::size_t i = 0; i < p.size(); ++i) {
    RC_ASSERT(rate[i] >= p[i]);
    RC_ASSERT(family[i] >= rate[i] - 1e-15);
    RC_ASSERT(family[i] <= std::min(1.0, m * p[i]) + 1e-15);  // no stricter than Bonferroni
    for (std::size_t j = 0; j < p.size(); ++j) {
      RC_ASSERT(p[i] > p[j] || (family[i] <= family[j] && rate[i] <= rate[j]));
    }
  }
}

}  // namespace
}  // namespace motive
