// That the tests of means find what is not there as often as they say: the short version. The long one
// is false_positives_slow_test.cpp.

#include <gtest/gtest.h>

#include "framework/stats/null_data.h"

namespace motive {
namespace {

using namespace test;

constexpr std::size_t kTrials = 1500;
constexpr PairedTest kOfMeans[] = {PairedTest::kPairedT, PairedTest::kBootstrap, PairedTest::kRandomisation};

TEST(FalsePositives, NdcgOf200Users) {
  for (const PairedTest test : kOfMeans) {
    EXPECT_NEAR(false_positives(test, kTrials, "ndcg", [](Rng& rng) { return ndcg_differences(rng, 200); }), 0.05,
                binomial_error(kTrials))
        << paired_test_name(test);
  }
}

TEST(FalsePositives, UsersOfSeveralSplits) {
  for (const PairedTest test : kOfMeans) {
    EXPECT_NEAR(false_positives(test, kTrials, "clusters", [](Rng& rng) { return clustered_rows(rng, 100); }), 0.05,
                binomial_error(kTrials))
        << paired_test_name(test);
  }
  // The same rows as if each were another user.
  const double naive = false_positives(PairedTest::kPairedT, kTrials, "clusters", [](Rng& rng) {
    std::vector<double> d;
    for (const PairedRow& row : clustered_rows(rng, 100)) d.push_back(row.difference);
    return d;
  });
  EXPECT_GT(naive, 0.15);
}

TEST(FalsePositives, WilcoxonFindsTooMuch) {
  EXPECT_GT(false_positives(PairedTest::kWilcoxon, 300, "skewed", [](Rng& rng) { return skewed_differences(rng, 2000); }), 0.9);
}

}  // namespace
}  // namespace motive
