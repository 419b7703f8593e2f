#include <gtest/gtest.h>

#include <algorithm>

#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

std::vector<float> scores(std::uint64_t seed, std::size_t user, std::size_t n_items) {
  const Method* random = Registry::instance().find("random");
  config::Errors errors;
  const auto method = random->make(random->parameters->parse(config::Node{}, errors));
  const testing::Data data({{0}}, n_items);
  testing::Contexts contexts;
  contexts.fit.init_seed = seed;
  EXPECT_TRUE(method->fit(data.view(), contexts.fit));
  testing::Queries queries(CandidateKind::kAll, n_items);
  queries.add(user, true, {});
  return testing::scores_of(*method, queries)->at(0);
}

TEST(RandomTest, UniformAndDifferentByUserAndSeed) {
  const std::size_t n = 20000;
  std::vector<float> values = scores(1, 5, n);
  EXPECT_EQ(values, scores(1, 5, n));
  EXPECT_NE(values, scores(1, 6, n));
  EXPECT_NE(values, scores(2, 5, n));
  double sum = 0;
  for (const float v : values) sum += v;
  EXPECT_NEAR(sum / static_cast<double>(n), 0.5, 4 * std::sqrt(1.0 / 12 / static_cast<double>(n)));
  std::sort(values.begin(), values.end());
  double distance = 0;  // Kolmogorov-Smirnov
  for (std::size_t i = 0; i < n; ++i) {
    distance = std::max(distance, std::abs(values[i] - (static_cast<double>(i) + 0.5) / n));
  }
  EXPECT_LT(distance * std::sqrt(static_cast<double>(n)), 1.95);  // p = 0.001
}

/// The mean position of a fixed item over users is that of chance.
TEST(RandomTest, NoItemIsFavoured) {
  double above = 0;
  const int users = 2000;
  for (int u = 0; u < users; ++u) {
    const auto values = scores(3, static_cast<std::size_t>(u), 10);
    above += static_cast<double>(
        std::count_if(values.begin(), values.end(), [&](float v) { return v > values[0]; }));
  }
  EXPECT_NEAR(above / users, 4.5, 4 * std::sqrt(8.25 / users));
}

}  // namespace
}  // namespace motive
