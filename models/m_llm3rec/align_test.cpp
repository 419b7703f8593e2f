#include "models/m_llm3rec/align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/features/test_model.h"
#include "models/m_llm3rec/traits.h"

namespace motive {
namespace {

AlignSource source_of(std::vector<std::string> candidates) {
  return {.profile = "- aesthetic (strength 4): bright", .history = {}, .user = {}, .candidates = std::move(candidates), .traits = true,
          .row = 0, .llm_seed = 1, .prompt_seed = 1};
}

/// The id under which a candidate's text is shown.
std::string id_of(const std::string& user, const std::string& text) {
  const std::size_t at = user.find("] " + text);
  const std::size_t begin = user.rfind('[', at);
  return user.substr(begin + 1, at - begin - 1);
}

Result<Aligned> align(const MarParams& params, const test::Scripted& scripted, const AlignSource& source) {
  auto aligner = Aligner::make(params);
  if (!aligner) return aligner.error();
  return aligner->align(*scripted.client, source);
}

TEST(Aligner, UnfaithfulReasonsGoBehindTheOthersOfTheList) {
  MarParams params;
  params.top = 3;
  test::Scripted scripted([](const std::string& task, const std::string& user) {
    if (task == "ranking") {
      Json list = Json::array();
      for (const char* text : {"false friend", "bright lamp", "plain box"}) list.push_back({{"id", id_of(user, text)}, {"reason", text}});
      return Json{{"ranking", list}}.dump();
    }
    Json verdicts = Json::array();
    for (const char* text : {"false friend", "bright lamp", "plain box"}) {
      verdicts.push_back({{"id", id_of(user, text)}, {"faithful", std::string(text) != "false friend"}});
    }
    return Json{{"verdicts", verdicts}}.dump();
  });
  const auto aligned = align(params, scripted, source_of({"plain box", "unlisted thing", "false friend", "bright lamp"}));
  ASSERT_TRUE(aligned) << aligned.error().message;
  EXPECT_EQ(aligned->list->order, (std::vector<std::uint32_t>{3, 0, 2, 1}));
  EXPECT_EQ(aligned->counts.at("reasons found unfaithful"), 1U);
  EXPECT_TRUE(aligned->list->strict);
}

TEST(Aligner, RepairedListsAreNotStrict) {
  MarParams params;
  params.reasons = false;
  params.top = 2;
  test::Scripted scripted([](const std::string&, const std::string& user) {
    const std::string id = id_of(user, "b");
    return Json{{"ranking", {id, id}}}.dump();
  });
  const auto aligned = align(params, scripted, source_of({"a", "b", "c"}));
  ASSERT_TRUE(aligned) << aligned.error().message;
  EXPECT_EQ(aligned->list->order.at(0), 1U);
  EXPECT_EQ(aligned->list->order.size(), 3U);
  EXPECT_FALSE(aligned->list->strict);
  EXPECT_EQ(aligned->counts.at("lists repaired"), 1U);
}

TEST(Aligner, PointwiseScoresEachByItself) {
  MarParams params;
  params.how = How::kPointwise;
  test::Scripted scripted([](const std::string&, const std::string& user) {
    return user.find("bright") != std::string::npos && user.find("dull") == std::string::npos ? R"({"score": 90})" : R"({"score": 300})";
  });
  const auto aligned = align(params, scripted, source_of({"bright lamp", "dull lamp"}));
  ASSERT_TRUE(aligned) << aligned.error().message;
  EXPECT_EQ(aligned->scores, (std::vector<float>{90, -1})) << "a score beyond 100 is none, and stands last";
}

TEST(Aligner, PairwiseCountsWins) {
  MarParams params;
  params.how = How::kPairwise;
  test::Scripted scripted([](const std::string&, const std::string& user) {  // the longer text wins
    const std::size_t a = user.find("[a] ") + 4, end_a = user.find('\n', a), b = user.find("[b] ") + 4, end_b = user.find('\n', b);
    return end_a - a > end_b - b ? R"({"better": "a"})" : R"({"better": "b"})";
  });
  const auto aligned = align(params, scripted, source_of({"xx", "x", "xxx"}));
  ASSERT_TRUE(aligned) << aligned.error().message;
  EXPECT_EQ(aligned->scores, (std::vector<float>{1, 0, 2}));
}

TEST(YesProbability, ReadsTheFirstTokenThatDecides) {
  const Json logprobs = {{"content", {{{"token", " Yes"}, {"top_logprobs", {{{"token", " Yes"}, {"logprob", std::log(0.6)}},
                                                                            {{"token", "no"}, {"logprob", std::log(0.2)}},
                                                                            {{"token", "maybe"}, {"logprob", std::log(0.1)}}}}}}}};
  EXPECT_NEAR(*yes_probability(logprobs), 0.75, 1e-12);
  EXPECT_FALSE(yes_probability(Json()));
}

}  // namespace
}  // namespace motive
