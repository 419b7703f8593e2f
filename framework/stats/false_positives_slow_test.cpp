// That the tests of means find what is not there as often as they say, and Holm's correction in a family.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "framework/stats/corrections.h"
#include "framework/stats/null_data.h"

namespace motive {
namespace {

using namespace test;

constexpr std::size_t kTrials = 4000;
constexpr PairedTest kOfMeans[] = {PairedTest::kPairedT, PairedTest::kBootstrap, PairedTest::kRandomisation};

template <class Make>
void expect_rates(const char* name, double least, double most, Make&& make) {
  for (const PairedTest test : kOfMeans) {
    const double rate = false_positives(test, kTrials, name, make);
    EXPECT_GE(rate, least) << name << ", " << paired_test_name(test);
    EXPECT_LE(rate, most) << name << ", " << paired_test_name(test);
    testing::Test::RecordProperty(std::string(name) + " " + std::string(paired_test_name(test)), std::to_string(rate));
  }
}

constexpr double kLevel = 0.05;
const double kError = binomial_error(kTrials);

TEST(FalsePositivesAtLength, Ndcg) {
  expect_rates("ndcg 200", kLevel - kError, kLevel + kError, [](Rng& rng) { return ndcg_differences(rng, 200); });
  expect_rates("ndcg 2000", kLevel - kError, kLevel + kError, [](Rng& rng) { return ndcg_differences(rng, 2000); });
}

TEST(FalsePositivesAtLength, Hits) {
  // 200 users: some ten differ, whose sum moves in steps of two. A p of exactly .05 does not exist, and the
  // rate lies below it.
  expect_rates("hits 200", 0.015, kLevel + kError, [](Rng& rng) { return hit_differences(rng, 200); });
  expect_rates("hits 2000", 0.035, kLevel + kError, [](Rng& rng) { return hit_differences(rng, 2000); });
}

TEST(FalsePositivesAtLength, UsersOfSeveralSplits) {
  expect_rates("clusters 200", kLevel - kError, kLevel + kError, [](Rng& rng) { return clustered_rows(rng, 200); });
  expect_rates("clusters 2000", kLevel - kError, kLevel + kError, [](Rng& rng) { return clustered_rows(rng, 2000); });
}

TEST(FalsePositivesAtLength, SkewedDifferences) {
  // Equal means, but no user's difference could as well have the other sign, so that the randomisation
  // test's hypothesis is false; with 2000 users it holds its level all the same. With 200 some four users
  // decide (2 % at -.8), and the mean and its error go together: only the bootstrap, which sees that, holds.
  expect_rates("skewed 2000", kLevel - kError, 0.07, [](Rng& rng) { return skewed_differences(rng, 2000); });
  const auto few = [](Rng& rng) { return skewed_differences(rng, 200); };
  expect_rates("skewed 200", 0.03, 0.11, few);
  EXPECT_LE(false_positives(PairedTest::kBootstrap, kTrials, "skewed 200", few), kLevel + kError);
}

TEST(FalsePositivesAtLength, HolmOverTenCorrelatedRivals) {
  std::size_t any_holm = 0, any_raw = 0;
  for (std::size_t trial = 0; trial < kTrials; ++trial) {
    Rng rng(12, "family", trial);
    constexpr std::size_t kUsers = 300, kRivals = 10;
    std::vector<double> reference(kUsers), p;
    for (double& x : reference) x = ndcg_value(rng);
    for (std::size_t rival = 0; rival < kRivals; ++rival) {
      std::vector<double> d = reference;
      for (double& x : d) x -= ndcg_value(rng);
      p.push_back(paired_test(d).p);
    }
    const std::vector<double> adjusted = holm(p);
    any_holm += *std::min_element(adjusted.begin(), adjusted.end()) <= kLevel;
    any_raw += *std::min_element(p.begin(), p.end()) <= kLevel;
  }
  const double holm_rate = static_cast<double>(any_holm) / kTrials, raw_rate = static_cast<double>(any_raw) / kTrials;
  testing::Test::RecordProperty("holm", std::to_string(holm_rate));
  testing::Test::RecordProperty("uncorrected", std::to_string(raw_rate));
  EXPECT_LE(holm_rate, kLevel + kError);
  EXPECT_GE(holm_rate, 0.02);  // correlated: below the level, but not idle
  EXPECT_GE(raw_rate, 0.2);
}

}  // namespace
}  // namespace motive
