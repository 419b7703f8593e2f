#include "framework/stats/paired.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"

namespace motive {
namespace {

// Expected values: SciPy 1.17 (ttest_1samp, permutation_test with all 1024 sign flips), and for rows of
// users a weighted least-squares fit of a constant with the cluster-robust ("sandwich") variance times
// U / (U - 1), worked out in NumPy.

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr PairedTest kAll[] = {PairedTest::kPairedT, PairedTest::kBootstrap, PairedTest::kRandomisation, PairedTest::kWilcoxon};
constexpr PairedTest kOfMeans[] = {PairedTest::kPairedT, PairedTest::kBootstrap, PairedTest::kRandomisation};

const std::vector<double> kTen = {0.12, -0.05, 0.3, 0.07, 0.0, -0.11, 0.21, 0.02, 0.4, -0.03};
const std::vector<PairedRow> kRows = {{0.2, 3, 1}, {-0.1, 1, 1},  {0.4, 3, 2},  {0.0, 2, 1},
                                      {0.3, 1, .5}, {0.15, 3, 1}, {-0.2, 4, 1}, {0.5, 5, 1.5}};

PairedOptions with(PairedTest test, std::size_t resamples = 2000) { return {.test = test, .resamples = resamples, .seed = 5}; }

std::vector<double> normal_differences(std::size_t n, double shift, std::uint64_t seed = 1) {
  Rng rng(seed, "differences");
  std::vector<double> d(n);
  for (double& x : d) x = shift + rng.normal();
  return d;
}

TEST(Paired, StudentT) {
  const PairedResult r = paired_test(kTen);
  EXPECT_NEAR(r.difference, 0.093, 1e-15);
  EXPECT_NEAR(r.p, 0.10698879602468794, 1e-12);
  EXPECT_NEAR(r.interval.low, -0.024499171374849554, 1e-12);
  EXPECT_NEAR(r.interval.high, 0.21049917137484955, 1e-12);
  EXPECT_NEAR(r.effect, 0.5662013738210245, 1e-12);
  EXPECT_EQ(r.n, 10U);
  EXPECT_EQ(r.won, 6U);
  EXPECT_EQ(r.lost, 3U);
  EXPECT_EQ(r.equal, 1U);
}

TEST(Paired, AllSignsOfTenUsers) {
  const PairedResult r = paired_test(kTen, with(PairedTest::kRandomisation));
  EXPECT_NEAR(r.p, 0.12109375, 1e-15);  // 124 of 1024
  // The shifts that the same test does not reject, by trying each in steps of 1e-5: -.02333 to .21.
  EXPECT_NEAR(r.interval.low, -0.07 / 3, 1e-5);
  EXPECT_NEAR(r.interval.high, 0.21, 1e-5);
}

TEST(Paired, DrawnSignsComeCloseToAllSigns) {
  std::vector<double> d = kTen;
  d.insert(d.end(), {0.01, -0.02, 0.09, 0.05, 0.16, -0.13});  // 65,536 choices
  const PairedResult all = paired_test(d, with(PairedTest::kRandomisation, 65'536));
  const PairedResult drawn = paired_test(d, with(PairedTest::kRandomisation, 60'000));
  EXPECT_NE(all.p, drawn.p);
  EXPECT_NEAR(drawn.p, all.p, 4 * std::sqrt(all.p / 60'000));
  EXPECT_NEAR(drawn.interval.low, all.interval.low, 2e-3);
  EXPECT_NEAR(drawn.interval.high, all.interval.high, 2e-3);
}

TEST(Paired, ManyNormalDifferencesGiveOneAnswer) {
  const std::vector<double> d = normal_differences(3000, 0.03);
  const PairedResult t = paired_test(d);
  for (const PairedTest test : {PairedTest::kBootstrap, PairedTest::kRandomisation}) {
    const PairedResult r = paired_test(d, with(test, 10'000));
    EXPECT_NEAR(r.p, t.p, 0.02) << paired_test_name(test);
    EXPECT_NEAR(r.interval.low, t.interval.low, 2e-3) << paired_test_name(test);
    EXPECT_NEAR(r.interval.high, t.interval.high, 2e-3) << paired_test_name(test);
    EXPECT_EQ(r.effect, t.effect);
  }
}

TEST(Paired, RowsOfUsers) {
  const PairedResult weighted = paired_test(kRows);
  EXPECT_NEAR(weighted.difference, 0.19444444444444445, 1e-15);
  EXPECT_NEAR(weighted.p, 0.11349455440698406, 1e-12);
  EXPECT_NEAR(weighted.interval.low, -0.07281185939198206, 1e-12);
  EXPECT_NEAR(weighted.interval.high, 0.46170074828087093, 1e-12);
  EXPECT_NEAR(weighted.effect, 0.9033824940764278, 1e-12);
  EXPECT_EQ(weighted.n, 5U);
  EXPECT_EQ(weighted.won, 3U);
  EXPECT_EQ(weighted.lost, 1U);
  EXPECT_EQ(weighted.equal, 1U);
  std::vector<PairedRow> plain = kRows;
  for (PairedRow& row : plain) row.weight = 1;
  const PairedResult r = paired_test(plain);
  EXPECT_NEAR(r.difference, 0.15625, 1e-15);
  EXPECT_NEAR(r.p, 0.13637466240476753, 1e-12);
  EXPECT_NEAR(r.interval.low, -0.07696583691322512, 1e-12);
  EXPECT_NEAR(paired_test(kRows, with(PairedTest::kRandomisation)).p, 0.375, 1e-15);  // of all 32
}

TEST(Paired, ARowAUserIsThePlainTest) {
  const std::vector<double> d = normal_differences(200, 0.1);
  for (const double weight : {1.0, 0.3}) {
    std::vector<PairedRow> rows;
    for (std::size_t i = 0; i < d.size(); ++i) rows.push_back({d[i], i, weight});
    for (const PairedTest test : kAll) {
      const PairedResult plain = paired_test(d, with(test)), clustered = paired_test(rows, with(test));
      EXPECT_NEAR(clustered.difference, plain.difference, 1e-14);
      EXPECT_NEAR(clustered.p, plain.p, 1e-12) << paired_test_name(test);
      EXPECT_NEAR(clustered.interval.low, plain.interval.low, 1e-13);
      EXPECT_NEAR(clustered.effect, plain.effect, 1e-13);
    }
  }
}

TEST(Paired, EachUserTwiceIsNoMoreThanOnce) {
  const std::vector<double> d = normal_differences(100, 0.2);
  std::vector<PairedRow> rows;
  for (std::size_t i = 0; i < 2 * d.size(); ++i) rows.push_back({d[i % d.size()], i % d.size()});
  for (const PairedTest test : kAll) {
    EXPECT_NEAR(paired_test(rows, with(test)).p, paired_test(d, with(test)).p, 1e-12) << paired_test_name(test);
  }
}

TEST(Paired, NoDifferenceAtAll) {
  for (const PairedTest test : kAll) {
    const PairedResult r = paired_test(std::vector<double>{0, 1e-17, -3e-16, 0, 0, 0, 0}, with(test));
    EXPECT_EQ(r.p, 1) << paired_test_name(test);
    EXPECT_EQ(r.effect, 0);
    EXPECT_EQ(r.interval.low, 0);
    EXPECT_EQ(r.interval.high, 0);
    EXPECT_EQ(r.equal, 7U);
  }
}

TEST(Paired, FewerThanTwoUsersSayNothing) {
  for (const PairedTest test : kAll) {
    const PairedResult one = paired_test(std::vector<double>{0.5}, with(test));
    EXPECT_EQ(one.p, 1);
    EXPECT_EQ(one.n, 1U);
    EXPECT_EQ(one.won, 1U);
    EXPECT_EQ(one.difference, 0.5);
    EXPECT_EQ(one.interval.high, kInfinity);
    EXPECT_EQ(paired_test(std::vector<double>{}, with(test)).p, 1);
    const std::vector<PairedRow> rows = {{0.5, 8}, {0.25, 8}};  // one user
    EXPECT_EQ(paired_test(rows, with(test)).p, 1);
    EXPECT_EQ(paired_test(rows, with(test)).n, 1U);
  }
}

TEST(Paired, WithoutSpreadTheSignsAloneSpeak) {
  for (const PairedTest test : kOfMeans) {
    const PairedResult few = paired_test(std::vector<double>(5, 0.1), with(test));
    EXPECT_EQ(few.p, 1.0 / 16);
    EXPECT_EQ(few.interval.low, -kInfinity);
    EXPECT_EQ(few.effect, kInfinity);
    const PairedResult more = paired_test(std::vector<double>(12, -0.1), with(test));
    EXPECT_EQ(more.p, 1.0 / 2048);
    EXPECT_NEAR(more.interval.low, -0.1, 1e-15);
    EXPECT_NEAR(more.interval.high, -0.1, 1e-15);
    EXPECT_EQ(more.effect, -kInfinity);
  }
}

TEST(Paired, FewUsersHaveNoSmallP) {
  const PairedResult r = paired_test(std::vector<double>{0.5, 0.6, 0.7, 0.8, 0.9}, with(PairedTest::kRandomisation));
  EXPECT_EQ(r.p, 1.0 / 16);
  EXPECT_EQ(r.interval.low, -kInfinity);
  EXPECT_EQ(r.interval.high, kInfinity);
  // Three wins among 100 users: resamples without any are too common to be ruled out.
  std::vector<double> sparse(100, 0.0);
  sparse[3] = sparse[50] = sparse[99] = 1;
  EXPECT_GT(paired_test(sparse, with(PairedTest::kBootstrap)).p, 0.03);
  EXPECT_EQ(paired_test(sparse, with(PairedTest::kRandomisation)).interval.low, 0);
}

TEST(Paired, NanIsAnsweredWithNan) {
  for (const PairedTest test : kAll) {
    const PairedResult r = paired_test(std::vector<double>{0.5, std::nan(""), 0.1}, with(test));
    EXPECT_TRUE(std::isnan(r.p));
    EXPECT_TRUE(std::isnan(r.difference));
    EXPECT_TRUE(std::isnan(r.effect));
    EXPECT_EQ(r.n, 3U);
    EXPECT_TRUE(std::isnan(paired_test(std::vector<double>{0.5, kInfinity, 0.1}, with(test)).p));
  }
}

TEST(Paired, NoResamplesNoFinding) {
  const std::vector<double> d = normal_differences(50, 3);
  for (const PairedTest test : {PairedTest::kBootstrap, PairedTest::kRandomisation}) {
    EXPECT_EQ(paired_test(d, with(test, 0)).p, 1);
    EXPECT_EQ(paired_test(d, with(test, 10)).p, 1.0 / 11);
    EXPECT_EQ(paired_test(d, with(test, 10)).interval.high, kInfinity);  // 10 draws cannot give 5 %
  }
}

std::vector<double> any_differences(int least) {
  const auto n = static_cast<std::size_t>(*rc::gen::inRange(least, 60));
  const auto raw = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(-8, 9));
  std::vector<double> d;
  for (const int x : raw) d.push_back(x / 8.0);  // exact sums
  return d;
}

RC_GTEST_PROP(Paired, TheOtherWayRoundIsTheMirror, ()) {
  std::vector<double> d = any_differences(2);
  const PairedTest test = *rc::gen::elementOf(std::vector<PairedTest>(std::begin(kAll), std::end(kAll)));
  const PairedResult r = paired_test(d, with(test, 500));
  for (double& x : d) x = -x;
  const PairedResult mirror = paired_test(d, with(test, 500));
  RC_ASSERT(mirror.difference == -r.difference);
  RC_ASSERT(mirror.won == r.lost && mirror.lost == r.won && mirror.equal == r.equal);
  RC_ASSERT(mirror.effect == -r.effect);
  if (test == PairedTest::kBootstrap) {  // which draws which value differs; the p by chance
    RC_ASSERT(std::abs(mirror.p - r.p) < 0.2);
  } else {
    RC_ASSERT(std::abs(mirror.p - r.p) < 1e-12);
    RC_ASSERT(mirror.interval.low == -r.interval.high || std::abs(mirror.interval.low + r.interval.high) < 1e-12);
  }
}

RC_GTEST_PROP(Paired, TheOrderOfUsersPlaysNoPart, ()) {
  std::vector<double> d = any_differences(2);
  const std::vector<PairedTest> tests = {PairedTest::kPairedT, PairedTest::kBootstrap, PairedTest::kWilcoxon};
  const PairedTest test = *rc::gen::elementOf(tests);
  const PairedResult r = paired_test(d, with(test, 500));
  std::sort(d.begin(), d.end());
  const PairedResult sorted = paired_test(d, with(test, 500));
  RC_ASSERT(sorted.difference == r.difference);
  RC_ASSERT(std::abs(sorted.p - r.p) < 1e-12);
}

RC_GTEST_PROP(Paired, UnitsPlayNoPart, ()) {
  std::vector<double> d = any_differences(2);
  const PairedTest test = *rc::gen::elementOf(std::vector<PairedTest>(std::begin(kAll), std::end(kAll)));
  const PairedResult r = paired_test(d, with(test, 500));
  for (double& x : d) x *= 4;
  const PairedResult scaled = paired_test(d, with(test, 500));
  RC_ASSERT(scaled.difference == 4 * r.difference);
  RC_ASSERT(std::abs(scaled.p - r.p) < 1e-12);
  RC_ASSERT(scaled.interval.low == 4 * r.interval.low || std::abs(scaled.interval.low - 4 * r.interval.low) < 1e-12);
  RC_ASSERT(scaled.effect == r.effect || std::abs(scaled.effect - r.effect) < 1e-12);
}

RC_GTEST_PROP(Paired, IntervalAndPAgree, ()) {
  const std::vector<double> d = any_differences(2);
  const PairedTest test = *rc::gen::elementOf(std::vector<PairedTest>(std::begin(kOfMeans), std::end(kOfMeans)));
  const double level = *rc::gen::elementOf(std::vector<double>{0.5, 0.8, 0.9, 0.95, 0.99});
  const PairedResult r = paired_test(d, {.test = test, .level = level, .resamples = 600, .seed = 9});
  RC_ASSERT(r.p > 0 && r.p <= 1);
  if (test == PairedTest::kPairedT) RC_PRE(std::abs(r.p - (1 - level)) > 1e-9);  // {0, -1} at 50 %: on the line
  const bool outside = r.interval.low > 1e-15 || r.interval.high < -1e-15;
  RC_ASSERT(outside == (r.p <= 1 - level + 1e-12));
  RC_ASSERT(r.interval.low <= r.interval.high);
}

}  // namespace
}  // namespace motive
