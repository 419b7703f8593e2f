#include "models/m_llm3rec/traits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/features/test_model.h"

namespace motive {
namespace {

class TraitsTest : public ::testing::Test {
 protected:
  Status make(const MoteParams& params, const test::Says& says) {
    scripted_ = std::make_unique<test::Scripted>(says);
    const FeatureRequest request = item_traits(params);
    const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
    FeatureContext context{.input = *kind->input(request.params), .progress = &progress_, .cancel = &cancel_, .llm = scripted_->client.get()};
    return kind->make(request.params, *data_.view().items, context, folder_.path());
  }
  Result<Traits> read() const { return Traits::read(folder_.path(), 3); }

  NoProgress progress_;
  CancelFlag cancel_;
  testing::Data data_{{{0, 1, 2}}, 3, {"steel kettle", " ", "paper lantern"}};
  test::TemporaryFolder folder_;
  std::unique_ptr<test::Scripted> scripted_;
};

TEST_F(TraitsTest, EachItemIsOneQuestionAndItemsWithoutTextAreNone) {
  ASSERT_TRUE(make({}, [](const std::string&, const std::string& user) {
    return user.find("kettle") != std::string::npos ? R"({"traits":["boils fast","lasts","easy to clean"]})"
                                                    : R"({"traits":["soft light","festive","folds flat"]})";
  }));
  const auto traits = read();
  ASSERT_TRUE(traits) << traits.error().message;
  EXPECT_EQ(traits->of_item, (std::vector<std::vector<std::string>>{{"boils fast", "lasts", "easy to clean"}, {}, {"soft light", "festive", "folds flat"}}));
  EXPECT_EQ(traits->counts.at("items without text"), 1U);
  EXPECT_EQ(scripted_->log->size(), 2U);
}

TEST_F(TraitsTest, AnswersThatStayWrongLeaveTheText) {
  ASSERT_TRUE(make({}, [](const std::string&, const std::string&) { return R"({"traits":["only one"]})"; }));
  const auto traits = read();
  ASSERT_TRUE(traits) << traits.error().message;
  EXPECT_EQ(traits->of_item[0], std::vector<std::string>{"steel kettle"});
  EXPECT_EQ(traits->counts.at("items wrong format: their text stands in for traits"), 2U);
}

TEST_F(TraitsTest, AClosedVocabularyIsPartOfTheQuestion) {
  MoteParams params;
  params.vocabulary = {"durable", "pretty", "cheap"};
  ASSERT_TRUE(make(params, [](const std::string&, const std::string&) { return R"({"traits":["durable","pretty","cheap"]})"; }));
  EXPECT_THAT(scripted_->log->at(0), ::testing::HasSubstr("<vocabulary>\ndurable\npretty\ncheap\n</vocabulary>"));
}

TEST_F(TraitsTest, DamageIsNoticed) {
  ASSERT_TRUE(make({}, [](const std::string&, const std::string&) { return R"({"traits":["a","b","c"]})"; }));
  ASSERT_TRUE(write_file_synced(folder_.path() / "traits.jsonl", "{}\n"));
  EXPECT_FALSE(read());
}

TEST_F(TraitsTest, RequestsOfTheSameTraitsAreEqual) {
  MoteParams a, b;
  b.enabled = false;  // a switch of the ranking, not of the traits
  EXPECT_EQ(item_traits(a), item_traits(b));
  b.temperature = 0.5;
  EXPECT_NE(item_traits(a), item_traits(b));
}

}  // namespace
}  // namespace motive
