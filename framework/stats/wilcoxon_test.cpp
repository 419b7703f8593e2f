#include "framework/stats/wilcoxon.h"

#include <gtest/gtest.h>

#include <vector>

namespace motive {
namespace {

// Expected values: scipy.stats.wilcoxon of SciPy 1.17, zero_method="wilcox", correction=True.

std::vector<double> scattered(int n) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(((7 * i * i + 3 * i) % 101 - 45) / 40.0 + 0.0001 * i);
  return values;
}

TEST(Wilcoxon, ExactWithoutTies) {
  EXPECT_NEAR(wilcoxon_p(std::vector<double>{0.12, -0.05, 0.3, 0.07, -0.11, 0.21, 0.02, 0.4, -0.03}), 0.1640625, 1e-15);
  EXPECT_NEAR(wilcoxon_p(scattered(50)), 0.916185835362695, 1e-12);
}

TEST(Wilcoxon, NormalForMany) { EXPECT_NEAR(wilcoxon_p(scattered(60)), 0.6720821044723287, 1e-12); }

TEST(Wilcoxon, TiesAndZeros) {
  const std::vector<double> hits = {1, 1, -1, 0, 0, 1, 0, 1, 1, 1, -1, 0, 1, 0, 1};
  EXPECT_NEAR(wilcoxon_p(hits), 0.06578723158845518, 1e-12);  // zero_method="pratt" would say .0619
  const std::vector<double> mixed = {0.5, 0.25, -0.25, 0, 0, 1, 0.63, 0.3, 0.2, -0.7, 0.1, 0.05, 0.9, 0.33, 0.5};
  EXPECT_NEAR(wilcoxon_p(mixed), 0.03912340128593419, 1e-12);
}

TEST(Wilcoxon, NothingLeft) {
  EXPECT_EQ(wilcoxon_p({}), 1);
  EXPECT_EQ(wilcoxon_p(std::vector<double>(4, 0.0)), 1);
  EXPECT_EQ(wilcoxon_p(std::vector<double>{1, -1}), 1);
}

}  // namespace
}  // namespace motive
