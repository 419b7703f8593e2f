// The whole way: a copy of the checkout, a new method of each kind, configured and built there from scratch.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/new_baseline/workshop.h"

namespace motive {
namespace {

using testing::HasSubstr;

TEST(NewBaselineFromScratch, BuildsRunsAndPassesTheContract) {
  const Workshop shop;
  if (!shop.lacks().empty()) GTEST_SKIP() << shop.lacks();
  ASSERT_EQ(shop.motive("new baseline my_walk").status, 0);
  ASSERT_EQ(shop.motive("new baseline my_vectors --kind factor").status, 0);
  ASSERT_EQ(shop.motive("new baseline my_script --external python").status, 0);
  const std::vector<std::string> only_folders = {"?? baselines/my_script/", "?? baselines/my_vectors/", "?? baselines/my_walk/"};
  EXPECT_EQ(shop.changes(), only_folders);
  const Outcome built = shop.run(
      "cmake --preset release -DMOTIVE_TORCH=OFF && cmake --build build/release --target motive test_tests_contract "
      "test_baselines_my_walk test_baselines_my_vectors test_tests_structure");
  ASSERT_EQ(built.status, 0) << built.output;
  const Outcome tests = shop.run("ctest --test-dir build/release --output-on-failure -R '/my_|MyWalkTest|MyVectorsTest'");
  EXPECT_EQ(tests.status, 0) << tests.output;
  EXPECT_THAT(tests.output, testing::AllOf(HasSubstr("LearnsACheckerboard/my_walk"), HasSubstr("MyVectorsTest.TheStepIsTheGradient"),
                                           HasSubstr("LearnsACheckerboard/my_script")));
  EXPECT_EQ(shop.run("build/release/test_tests_structure").status, 0);
  for (const char* name : {"my_walk", "my_vectors", "my_script"}) {
    const Outcome run = shop.run(std::string("build/release/motive run baselines/") + name + "/experiment.yaml");
    EXPECT_EQ(run.status, 0) << run.output;
    EXPECT_THAT(run.output, HasSubstr("ItemKNN"));
  }
  EXPECT_EQ(shop.changes(), only_folders);
}

}  // namespace
}  // namespace motive
