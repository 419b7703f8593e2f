#include "framework/evaluate/list_metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace motive {
namespace {

CellFacts shop() {
  CellFacts facts;
  for (const char* id : {"i0", "i1", "i2", "i3"}) facts.items.add(id);
  facts.item_events = {6, 2, 0, 0};
  facts.categories.add("a");
  facts.categories.add("b");
  facts.item_categories = {0, 0, 1, 1};  // i0: a; i1: a, b; i2: b; i3: none
  facts.category_offsets = {0, 1, 3, 4, 4};
  return facts;
}

const std::vector<MetricSpec> kSpecs = {{MetricKind::kNovelty, 2},
                                        {MetricKind::kDiversity, 3},
                                        {MetricKind::kCoverage, 2},
                                        {MetricKind::kGini, 2},
                                        {MetricKind::kNdcg, 2}};

TEST(ListMetrics, AgreeWithPencilAndPaper) {
  const CellFacts facts = shop();
  ListMetrics metrics(kSpecs, facts);
  std::vector<double> values(kSpecs.size(), -1);
  metrics.add(std::vector<std::uint32_t>{0, 1, 2, 3}, values);
  // n = 6 and 2 of N = 8, I = 4.
  EXPECT_NEAR(values[0], (-std::log2(7.0 / 12) - std::log2(3.0 / 12)) / 2, 1e-12);
  EXPECT_NEAR(values[1], (0.5 + 1 + 0.5) / 3, 1e-12);
  EXPECT_EQ(values[2], 0);
  EXPECT_EQ(values[4], -1);  // not a metric of lists
  metrics.add(std::vector<std::uint32_t>{0, 2}, values);
  EXPECT_EQ(values[1], 1);
  metrics.add(std::vector<std::uint32_t>{3}, values);
  EXPECT_NEAR(values[0], std::log2(12.0), 1e-12);  // no events, and still finite
  EXPECT_EQ(values[1], 0);
  metrics.add({}, values);
  EXPECT_EQ(values[0], 0);
  metrics.finish(values);
  EXPECT_EQ(values[2], 1);  // 0, 1, 2, 3 stood in some list
  EXPECT_NEAR(values[3], (-3.0 * 1 - 1 * 1 + 1 * 1 + 3 * 2) / (4 * 5),
              1e-12);  // lists that have them: 1, 1, 1, 2
}

TEST(ListMetrics, CoverAndSpreadOverThePool) {
  CellFacts facts = shop();
  facts.in_pool = {true, true, true, false};
  ListMetrics metrics(kSpecs, facts);
  std::vector<double> values(kSpecs.size());
  metrics.add(std::vector<std::uint32_t>{0, 1}, values);
  metrics.add(std::vector<std::uint32_t>{1, 0}, values);
  metrics.finish(values);
  EXPECT_NEAR(values[2], 2.0 / 3, 1e-12);
  EXPECT_NEAR(values[3], (0.0 * -2 + 0 * 2 + 2 * 2) / (3 * 4), 1e-12);
}

TEST(ListMetrics, DiversityReadsTextWhereThereAreNoCategories) {
  CellFacts facts = shop();
  facts.item_categories.clear();
  facts.category_offsets = {0, 0, 0, 0, 0};
  std::vector<double> values(kSpecs.size());
  ListMetrics(kSpecs, facts).add(std::vector<std::uint32_t>{0, 1}, values);
  EXPECT_TRUE(std::isnan(values[1]));
  TfidfBuilder builder(TfidfOptions{});
  for (const char* text : {"red train", "red train", "blue boat", ""}) {
    builder.add(text);
    builder.end_text();
  }
  facts.text = builder.finish().rows;
  ListMetrics metrics(kSpecs, facts);
  metrics.add(std::vector<std::uint32_t>{0, 1}, values);
  EXPECT_NEAR(values[1], 0, 1e-6);
  metrics.add(std::vector<std::uint32_t>{0, 2}, values);
  EXPECT_EQ(values[1], 1);
}

RC_GTEST_PROP(Gini, IsHalfTheMeanDifferenceOverTheMean, ()) {
  auto counts =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0u, 20u)));
  double differences = 0, sum = 0;
  for (const std::uint32_t a : counts) {
    sum += a;
    for (const std::uint32_t b : counts)
      differences += std::abs(static_cast<double>(a) - static_cast<double>(b));
  }
  const auto n = static_cast<double>(counts.size());
  const double expected = sum == 0 ? 0 : differences / (2 * n * sum);
  RC_ASSERT(std::abs(gini(counts) - expected) < 1e-12);
}

}  // namespace
}  // namespace motive
