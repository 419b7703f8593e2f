#include "framework/stats/power.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"
#include "framework/stats/intervals.h"
#include "framework/stats/paired.h"

namespace motive {
namespace {

// Expected values: scipy.stats.nct of SciPy 1.17, and the integral of the normal power over the
// chi-square distribution of the variance, which agree to the digits compared here. (34 users for
// d / sd = .5 are also what Cohen's tables and G*Power give.)

TEST(Power, OfAGivenNumberOfUsers) {
  EXPECT_NEAR(paired_power(0.5, 1, 34, 0.05), 0.807777501279274, 1e-10);
  EXPECT_NEAR(paired_power(0.5, 1, 10, 0.05), 0.2931756065150254, 1e-10);
  EXPECT_NEAR(paired_power(-0.02, 0.3, 1000, 0.05), 0.5581398548190364, 1e-9);
  EXPECT_NEAR(paired_power(0.005, 0.3, 22363, 0.05), 0.7027472947544185, 1e-9);
  EXPECT_NEAR(paired_power(1, 1, 2, 0.05), 0.09280915505633817, 1e-10);
  EXPECT_NEAR(paired_power(3, 1, 3, 0.05), 0.7452680069848678, 1e-9);
  EXPECT_NEAR(paired_power(0.1, 0.25, 100, 0.01), 0.912574892763284, 1e-10);
  EXPECT_NEAR(paired_power(0.01, 0.2, 5000, 0.001), 0.5960332287181821, 1e-9);
}

TEST(Power, UsersNeeded) {
  EXPECT_EQ(users_needed(0.5, 1, 0.05, 0.8), 34U);
  EXPECT_EQ(users_needed(0.2, 1, 0.05, 0.8), 199U);
  EXPECT_EQ(users_needed(0.01, 0.3, 0.05, 0.8), 7066U);
  EXPECT_EQ(users_needed(0.02, 0.25, 0.01, 0.9), 2329U);
  EXPECT_EQ(users_needed(2, 1, 0.05, 0.8), 5U);
  EXPECT_EQ(users_needed(10, 1, 0.05, 0.8), 3U);
  EXPECT_EQ(users_needed(-0.05, 0.4, 0.05, 0.95), 834U);
  // (1.959964 + 0.841621)^2 (sd / d)^2 for very many.
  EXPECT_NEAR(static_cast<double>(*users_needed(1e-5, 0.3, 0.05, 0.8)), 7.0639915e9, 1e5);
}

TEST(Power, Edges) {
  EXPECT_EQ(users_needed(0, 1, 0.05, 0.8), std::nullopt);
  EXPECT_EQ(users_needed(0.1, 1, 0.05, 1), std::nullopt);
  EXPECT_EQ(users_needed(1e-12, 1, 0.05, 0.8), std::nullopt);
  EXPECT_EQ(users_needed(0.1, 0, 0.05, 0.8), 2U);
  EXPECT_EQ(users_needed(std::nan(""), 1, 0.05, 0.8), std::nullopt);
  EXPECT_TRUE(std::isnan(paired_power(0.1, std::nan(""), 5, 0.05)));
  EXPECT_EQ(paired_power(std::numeric_limits<double>::infinity(), 1, 5, 0.05), 1);
  EXPECT_EQ(paired_power(0.1, 1, 1, 0.05), 0);
  EXPECT_EQ(paired_power(0.1, 0, 5, 0.05), 1);
  EXPECT_EQ(paired_power(0, 0, 5, 0.05), 0.05);
  EXPECT_NEAR(paired_power(0, 1, 50, 0.05), 0.05, 1e-12);
  // A level so small and a difference so large that no series gets there (SciPy: the integral).
  EXPECT_NEAR(paired_power(30000, std::sqrt(2), 2, 1e-6), 0.037585512821498815, 1e-10);
  EXPECT_NEAR(paired_power(40, std::sqrt(6), 6, 1e-6), 0.9197479622555678, 1e-10);
  for (const std::size_t n : {2U, 5U, 50U, 99U, 101U, 5000U, 2'000'000U}) {
    EXPECT_NEAR(paired_power(1e6, 1, n, 0.05), 1, 1e-4) << n;
    EXPECT_NEAR(paired_power(20, 1, n, 0.05), n == 2 ? 0.975 : 1, n == 2 ? 0.02 : 1e-9) << n;
  }
}

TEST(Power, IsHowOftenTheTestFinds) {
  constexpr int kTrials = 4000;
  int found = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Rng rng(3, "power", static_cast<std::uint64_t>(trial));
    std::vector<double> d(20);
    for (double& x : d) x = 0.5 + rng.normal();
    found += paired_test(d).p <= 0.05;
  }
  const double power = paired_power(0.5, 1, 20, 0.05);
  EXPECT_NEAR(found / static_cast<double>(kTrials), power, 4 * std::sqrt(power * (1 - power) / kTrials));
}

RC_GTEST_PROP(Power, TheThreeSidesAgree, ()) {
  const double difference = *rc::gen::inRange(1, 200) / 100.0, alpha = *rc::gen::elementOf(std::vector<double>{0.05, 0.01});
  const double power = *rc::gen::elementOf(std::vector<double>{0.5, 0.8, 0.95});
  const auto n = users_needed(difference, 1, alpha, power);
  RC_ASSERT(n.has_value());
  RC_ASSERT(paired_power(difference, 1, *n, alpha) >= power);
  RC_ASSERT(detectable_difference(1, *n, alpha, power) <= difference * (1 + 1e-9));
  if (*n > 2) RC_ASSERT(detectable_difference(1, *n - 1, alpha, power) > difference * (1 - 1e-9));
}

}  // namespace
}  // namespace motive
