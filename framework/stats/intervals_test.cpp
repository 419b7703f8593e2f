#include "framework/stats/intervals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"

namespace motive {
namespace {

// Expected values: SciPy 1.x (stats.t.interval), and for the detectable difference the numeric
// integral of the normal power over the chi-square distribution of the variance, solved with
// brentq.

const std::vector<double> kValues = {0.0, 1.0, 0.5, 0.25, 0.0, 0.0, 1.0, 0.75};

TEST(Intervals, MeanAndSpread) {
  EXPECT_DOUBLE_EQ(mean(kValues), 0.4375);
  EXPECT_NEAR(sample_sd(kValues), 0.43813729094233206, 1e-15);
  EXPECT_EQ(mean({}), 0);
  EXPECT_EQ(sample_sd(std::span(kValues).first(1)), 0);
}

TEST(Intervals, StudentT) {
  const Interval wide = t_interval(kValues, 0.95);
  EXPECT_NEAR(wide.low, 0.07120805822604664, 1e-12);
  EXPECT_NEAR(wide.high, 0.8037919417739534, 1e-12);
  const Interval wider = t_interval(kValues, 0.99);
  EXPECT_NEAR(wider.low, -0.10458719686800177, 1e-12);
  EXPECT_NEAR(wider.high, 0.9795871968680018, 1e-12);
}

TEST(Intervals, NoSpreadNoWidth) {
  const std::vector<double> same(5, 0.25);
  EXPECT_EQ(t_interval(same, 0.95).low, 0.25);
  EXPECT_EQ(t_interval(same, 0.95).high, 0.25);
  EXPECT_EQ(t_interval(std::span(same).first(1), 0.95).high, 0.25);
}

TEST(Intervals, DetectableDifference) {
  EXPECT_NEAR(detectable_difference(1, 34, 0.05, 0.8), 0.49502809797341546, 1e-9);
  EXPECT_NEAR(detectable_difference(0.3, 22363, 0.05, 0.8), 0.005620541777407223, 1e-11);
  EXPECT_NEAR(detectable_difference(0.25, 100, 0.01, 0.9), 0.09808644780990251, 1e-10);
  EXPECT_NEAR(detectable_difference(2, 5, 0.05, 0.8), 3.3639939319111174, 1e-8);
  EXPECT_NEAR(detectable_difference(1, 3, 0.05, 0.8), 3.264043549709934, 1e-8);
}

TEST(Intervals, DetectableDifferenceAtTheEdges) {
  EXPECT_EQ(detectable_difference(0, 10, 0.05, 0.8), 0);
  EXPECT_TRUE(std::isinf(detectable_difference(1, 1, 0.05, 0.8)));
  const double two = detectable_difference(1, 2, 0.05, 0.8);
  EXPECT_GT(two, detectable_difference(1, 3, 0.05, 0.8));
  // With very many users: (1.959964 + 0.841621) sd / sqrt(n).
  EXPECT_NEAR(detectable_difference(1, 100'000'000, 0.05, 0.8), 2.801585e-4, 1e-9);
}

TEST(Intervals, StudentsDistribution) {  // scipy.stats.t of SciPy 1.17
  EXPECT_NEAR(student_quantile(0.975, 9), 2.262157162798205, 1e-12);
  EXPECT_NEAR(student_two_sided(-2.5, 9), 0.033861827682985735, 1e-13);
  EXPECT_NEAR(student_two_sided(8, 22362) / 1.3042265996886702e-15, 1, 1e-9);
  EXPECT_NEAR(student_two_sided(1.959963984540054, 1e9), 0.05, 1e-12);
  EXPECT_EQ(student_two_sided(std::numeric_limits<double>::infinity(), 3), 0);
  EXPECT_TRUE(std::isnan(student_two_sided(std::nan(""), 3)));
}

TEST(Intervals, CoverTheTruthAsOftenAsTheySay) {
  Rng rng(7, "coverage");
  int covered = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> sample(6);
    for (double& x : sample) x = 3 + 2 * rng.normal();
    const Interval interval = t_interval(sample, 0.95);
    covered += interval.low <= 3 && 3 <= interval.high;
  }
  EXPECT_NEAR(covered / static_cast<double>(kTrials), 0.95, 4.5 * std::sqrt(0.95 * 0.05 / kTrials));
}

}  // namespace
}  // namespace motive
