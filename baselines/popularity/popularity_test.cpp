#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

TEST(PopularityTest, ScoresAreTrainingEvents) {
  const Method* popularity = Registry::instance().find("popularity");
  ASSERT_NE(popularity, nullptr);
  config::Errors errors;
  const auto method = popularity->make(popularity->parameters->parse(config::Node{}, errors));
  ASSERT_TRUE(errors.empty());
  const testing::Data data({{2, 0, 2}, {}, {2, 1}}, 4);  // a repeated event counts again
  testing::Contexts contexts;
  ASSERT_TRUE(method->fit(data.view(), contexts.fit));
  testing::Queries queries(CandidateKind::kAll, 4);
  queries.add(0, true, {}).add(9, false, {});
  const auto found = testing::scores_of(*method, queries);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), ::testing::ElementsAre(1, 1, 3, 0));
  EXPECT_EQ(found->at(0), found->at(1));
}

TEST(PopularityTest, RefusesAnotherCatalogue) {
  const Method* popularity = Registry::instance().find("popularity");
  config::Errors errors;
  const auto method = popularity->make(popularity->parameters->parse(config::Node{}, errors));
  const testing::Data data({{2, 0}}, 4);
  testing::Contexts contexts;
  ASSERT_TRUE(method->fit(data.view(), contexts.fit));
  testing::Queries all(CandidateKind::kAll, 5), some(CandidateKind::kRagged, 5);
  all.add(0, true, {});
  some.add(0, true, {}, {4});
  EXPECT_FALSE(testing::scores_of(*method, all));
  EXPECT_FALSE(testing::scores_of(*method, some));
}

}  // namespace
}  // namespace motive
