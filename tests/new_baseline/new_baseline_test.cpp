// A new method from each template: it builds, runs and passes the contract suite as it is, and nothing outside its folder
// changes. Here with the objects of this build; new_baseline_slow_test.cpp builds the copy from scratch.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/new_baseline/workshop.h"

namespace motive {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct NewBaseline : testing::Test {
  void SetUp() override {
    if (!shop.lacks().empty()) GTEST_SKIP() << shop.lacks();
  }
  /// The contract suite for one method, and the tests of its own.
  void expect_passes(const std::string& program, const std::string& name, const std::string& own) {
    const Outcome tests = shop.run(program + " --gtest_filter='*/" + name + ":" + own + "Test.*'");
    EXPECT_EQ(tests.status, 0) << tests.output;
    EXPECT_THAT(tests.output, AllOf(HasSubstr("LearnsACheckerboard/" + name), Not(HasSubstr("0 tests from 0")))) << tests.output;
  }
  void expect_builds_and_passes(const std::string& name, const std::string& own, const std::string& options) {
    const Outcome made = shop.motive("new baseline " + name + options);
    ASSERT_EQ(made.status, 0) << made.output;
    EXPECT_THAT(made.output, AllOf(HasSubstr("./motive run baselines/" + name + "/experiment.yaml"), HasSubstr("CHANGE")));
    const Outcome built = shop.build(name);
    ASSERT_EQ(built.status, 0) << built.output;
    expect_passes(shop.contract().string(), name, own);
    EXPECT_THAT(shop.run(shop.contract().string() + " --gtest_list_tests").output, HasSubstr(own + "Test.\n"));
    EXPECT_THAT(shop.changes(), ElementsAre("?? baselines/" + name + "/"));
  }

  const Workshop shop;
};

TEST_F(NewBaseline, BlocksOfScores) { expect_builds_and_passes("my_walk_2", "MyWalk2", ""); }

TEST_F(NewBaseline, Vectors) { expect_builds_and_passes("my_vectors", "MyVectors", " --kind factor"); }

TEST_F(NewBaseline, PythonNeedsNoBuild) {
  const Outcome made = shop.motive("new baseline my_script --external python");
  ASSERT_EQ(made.status, 0) << made.output;
  const std::string contract = (Path(MOTIVE_PROGRAM).parent_path() / "test_tests_contract").string();
  expect_passes(contract, "my_script", "MyScript");
  const Outcome own = shop.run("python3 -B baselines/my_script/my_script_test.py");
  EXPECT_EQ(own.status, 0) << own.output;
  EXPECT_THAT(shop.motive("list models").output, HasSubstr("my_script"));
  EXPECT_THAT(shop.motive("describe my_script").output, AllOf(HasSubstr("shrinkage"), HasSubstr("0 to 1e+06"), HasSubstr("unseen users: yes")));
  const Outcome run = shop.run(std::string(MOTIVE_PROGRAM) +
                               " run baselines/my_script/experiment.yaml --set dataset='{name: tiny, world: {users: 80, items: 120}}'"
                               " --set models.my_script='{shrinkage: 5, label: Mine}'");
  EXPECT_EQ(run.status, 0) << run.output;
  EXPECT_THAT(run.output, HasSubstr("Mine"));
  EXPECT_THAT(shop.changes(), ElementsAre("?? baselines/my_script/"));
  const Outcome wrong = shop.motive("run baselines/my_script/experiment.yaml --set models.my_script='{shrinkages: 5}'");
  EXPECT_EQ(wrong.status, 2);
  EXPECT_THAT(wrong.output, HasSubstr("did you mean `shrinkage`?"));
}

TEST_F(NewBaseline, NamesAreChecked) {
  const std::pair<const char*, const char*> cases[] = {
      {"MyMethod", "such as `my_method`"},       {"my-method", "such as `my_method`"}, {"2nd", "such as `nd`"},
      {"../evil", "such as `evil`"},             {"a__b", "such as `a_b`"},            {"class", "a word of C++ or Python"},
      {"popularity", "already"},                 {"template", "a word of C++ or Python"}, {"''", "cannot name a method"},
      {"a_name_that_goes_on_and_on_and_on_and_on", "at most 40"},
      {"x --kind neither", "neither not in {batch,factor}"}, {"x --kind factor --external python", "excludes"}};
  for (const auto& [name, message] : cases) {
    const Outcome made = shop.motive(std::string("new baseline ") + name);
    if (std::string(message) == "at most 40") {
      EXPECT_EQ(made.status, 0) << "exactly 40 letters are allowed\n" << made.output;
      const Outcome longer = shop.motive(std::string("new baseline ") + name + "x");
      EXPECT_THAT(longer.output, HasSubstr(message));
      shop.run(std::string("rm -r baselines/") + name);
      continue;
    }
    EXPECT_EQ(made.status, 2) << name;
    EXPECT_THAT(made.output, HasSubstr(message)) << name;
  }
  EXPECT_THAT(shop.changes(), IsEmpty());
}

TEST_F(NewBaseline, AFolderThatExistsIsNotTouched) {
  shop.run("mkdir baselines/mine && echo precious > baselines/mine/notes.txt");
  const Outcome made = shop.motive("new baseline mine");
  EXPECT_EQ(made.status, 2);
  EXPECT_THAT(made.output, HasSubstr("baselines/mine is there already"));
  EXPECT_EQ(shop.run("ls -A baselines/mine; cat baselines/mine/notes.txt").output, "notes.txt\nprecious\n");
  EXPECT_THAT(shop.changes(), ElementsAre("?? baselines/mine/"));
}

TEST_F(NewBaseline, ADescriptionThatCannotBeReadIsNamed) {
  ASSERT_EQ(shop.motive("new baseline my_script --external python").status, 0);
  shop.run("sed -i 's/^summary/sumary/' baselines/my_script/method.yaml");
  const Outcome list = shop.motive("list models");
  EXPECT_EQ(list.status, 0);
  EXPECT_THAT(list.output, HasSubstr("cannot be used"));
  const Outcome run = shop.motive("run baselines/my_script/experiment.yaml");
  EXPECT_EQ(run.status, 2);
  EXPECT_THAT(run.output, AllOf(HasSubstr("my_script/method.yaml:"), HasSubstr("did you mean `summary`?")));
}

}  // namespace
}  // namespace motive
