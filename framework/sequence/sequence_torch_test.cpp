// Fits of networks over sequences, interrupted and not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/sequence/tiny_testing.h"

namespace motive::tiny {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(SequenceFitTest, TheSameSeedGivesTheSameBytesAndAnotherOneDoesNot) {
  EXPECT_EQ(whole({}).model, whole({}).model);
  EXPECT_NE(whole({}).model, whole({.seed = 2}).model);
}

TEST(SequenceFitTest, ThreadsThatAreLentDoNotCount) {
  const testing::Data data(walks(), kItems);
  std::vector<std::vector<float>> items;
  for (const int threads : {1, 2, 5}) {
    testing::Contexts contexts;
    contexts.fit.threads = threads;
    Tiny method;
    ASSERT_TRUE(method.fit(data.view(), contexts.fit));
    const ItemFactors factors = method.item_factors();
    items.emplace_back(factors.vectors.begin(), factors.vectors.end());
  }
  EXPECT_EQ(items[0], items[1]);
  EXPECT_EQ(items[0], items[2]);
}

TEST(SequenceFitTest, AFitThatGoesOnEndsInTheSameBytes) {
  const Fitted expected = whole({});
  ASSERT_EQ(expected.report["selected"]["epochs"], 5);
  for (const double stop : {0.1, 1.0, 2.4, 3.0, 4.5}) {
    SCOPED_TRACE(stop);
    const testing::TemporaryFolder folder;
    const Fitted first = fit({.checkpoints = folder.path(), .interrupt = stop});
    ASSERT_FALSE(first.status);
    EXPECT_EQ(first.status.error().kind, ErrorKind::kCancelled);
    const Fitted second = whole({.checkpoints = folder.path()});
    EXPECT_EQ(second.model, expected.model);
    EXPECT_EQ(second.report, expected.report);
    EXPECT_EQ(whole({.checkpoints = folder.path()}).model, expected.model) << "from the checkpoint of a fit that ended";
  }
}

TEST(SequenceFitTest, AFitThatGoesOnKeepsTheBestOfValidationAndItsPatience) {
  const std::vector<double> script = {.1, .3, .2, .25, .9};  // stops after 4, keeps 2
  Script once(script);
  const Fitted expected = whole({.validation = &once});
  ASSERT_EQ(expected.report["selected"]["epochs"], 2);
  ASSERT_EQ(once.at, 4u);
  for (const double stop : {0.5, 1.0, 2.0, 2.4, 3.0, 3.5}) {
    SCOPED_TRACE(stop);
    Script again(script);
    const testing::TemporaryFolder folder;
    ASSERT_FALSE(fit({.checkpoints = folder.path(), .validation = &again, .interrupt = stop}).status);
    const Fitted second = whole({.checkpoints = folder.path(), .validation = &again});
    EXPECT_EQ(second.model, expected.model);
    EXPECT_EQ(second.report, expected.report);
    EXPECT_EQ(whole({.checkpoints = folder.path(), .validation = &again}).model, expected.model);
    EXPECT_EQ(again.at, 4u) << "no look is repeated";
  }
}

TEST(SequenceFitTest, ASelectedNumberOfEpochsIsTrainedWithoutLooks) {
  const Json selected = {{"epochs", 2}};
  Script unused({});
  const Fitted told = whole({.validation = &unused, .selected = &selected});
  EXPECT_EQ(told.model, whole({.options = {.epochs = {2, 0, 1}}}).model);
  const testing::TemporaryFolder folder;
  ASSERT_FALSE(fit({.checkpoints = folder.path(), .interrupt = 1}).status);
  const Fitted other = whole({.checkpoints = folder.path(), .selected = &selected});
  EXPECT_THAT(other.report.value("checkpoint", ""), HasSubstr("epochs told"));
  EXPECT_EQ(other.model, told.model);
}

TEST(SequenceFitTest, EveryInterruptInTurnLosesNoMoreThanAnEpoch) {
  const Fitted expected = whole({});
  const testing::TemporaryFolder folder;
  for (int epoch = 1; epoch < 5; ++epoch) {
    ASSERT_FALSE(fit({.checkpoints = folder.path(), .interrupt = epoch + 0.4}).status);
  }
  EXPECT_EQ(whole({.checkpoints = folder.path()}).model, expected.model);
}

TEST(SequenceFitTest, ALossThatIsNotFiniteNamesEpochStepLearningRateAndNorm) {
  const Fitted fitted = fit({.options = {.lr = 1e38, .clip = 0}});
  ASSERT_FALSE(fitted.status);
  EXPECT_THAT(fitted.status.error().message,
              AllOf(HasSubstr("tiny: the loss is"), HasSubstr("in epoch 1, step 2, with learning rate 1e+38"),
                    HasSubstr("a gradient of norm"), HasSubstr("tenth of the learning rate")));
}

TEST(SequenceFitTest, HeadsThatDoNotDivideAreRefused) {
  const Fitted fitted = fit({.options = {.heads = 3}});
  ASSERT_FALSE(fitted.status);
  EXPECT_EQ(fitted.status.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(fitted.status.error().message, HasSubstr("`heads: 3` does not divide `dim: 4`"));
}

}  // namespace
}  // namespace motive::tiny
