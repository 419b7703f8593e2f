#include "models/m_llm3rec/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/features/test_model.h"
#include "models/m_llm3rec/traits.h"

namespace motive {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string profile_json(const std::string& dimension, const std::string& keyword, int strength = 4) {
  return Json{{"motivations", {{{"dimension", dimension}, {"motivation", "wants " + keyword}, {"keywords", {keyword}}, {"strength", strength}}}}}.dump();
}

Profile profile_of(std::vector<Motive> motives) { return {.motives = std::move(motives), .prior = false}; }

/// Two items, a user with a history of both, and what extract() needs.
struct World {
  World() : data({{0, 1}, {}}, 3, {"steel kettle", "paper lantern", "hidden truth"}) {
    view = data.view();
    query = {.row = 0, .user = user_id(0), .user_in_training = true, .history = history, .times = {}, .ratings = ratings, .candidates = {}};
    source = {.query = &query, .items = view.items, .users = view.users, .traits = nullptr, .best_rating = 5, .llm_seed = 1};
  }
  testing::Data data;
  TrainingView view;
  std::vector<ItemId> history{item_id(0), item_id(1)};
  std::vector<float> ratings{5, 2};
  Query query;
  ProfileSource source;
};

Result<ProfileExtractor::Extracted> extract(const MLlm3RecParams& params, const test::Scripted& scripted, const ProfileSource& source) {
  auto extractor = ProfileExtractor::make(params);
  if (!extractor) return extractor.error();
  return extractor->extract(*scripted.client, source);
}

TEST(Profile, IsReadStrongestFirstAndFitsItsSchema) {
  const Json answer = {{"motivations", {{{"dimension", "aesthetic"}, {"motivation", "a"}, {"keywords", Json::array()}, {"strength", 1}},
                                        {{"dimension", "functionality"}, {"motivation", "b"}, {"keywords", {"x", "y"}}, {"strength", 5}}}}};
  EXPECT_EQ(llm::schema_fault(answer, profile_schema(default_schema())), "");
  EXPECT_EQ(profile_from(answer).text(), "- functionality (strength 5): b; keywords: x, y\n- aesthetic (strength 1): a");
  Json strange = answer;
  strange["motivations"][0]["dimension"] = "greed";
  EXPECT_NE(llm::schema_fault(strange, profile_schema(default_schema())), "");
  EXPECT_EQ(llm::schema_fault(strange, profile_schema({})), "") << "without a schema dimensions are free";
}

TEST(Profile, SimilarityIsJaccard) {
  const Profile a = profile_of({{"aesthetic", "pretty things", {"bright"}, 3}, {"functionality", "", {}, 2}});
  const Profile b = profile_of({{"aesthetic", "bright colours", {}, 3}});
  EXPECT_DOUBLE_EQ(similarity(a, b, Coherence::kSchema), 0.5);
  EXPECT_DOUBLE_EQ(similarity(a, b, Coherence::kKeywords), 1.0 / 4);  // bright of pretty, things, bright, colours
  EXPECT_DOUBLE_EQ(similarity(a, a, Coherence::kKeywords), 1);
}

TEST(ProfileExtractor, ShowsHistoryWithRatingsAndReflects) {
  World world;
  test::Scripted scripted([](const std::string& task, const std::string&) {
    return task == "profile_review" ? profile_json("aesthetic", "glow") : profile_json("functionality", "boiling");
  });
  const auto out = extract({}, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->profile.motives.at(0).dimension, "aesthetic") << "the reflection has the last word";
  ASSERT_EQ(scripted.log->size(), 2U);
  EXPECT_THAT(scripted.log->at(0), HasSubstr("1. Title: steel kettle\n   Rating: 5 of 5\n2. Title: paper lantern\n   Rating: 2 of 5"));
  EXPECT_THAT(scripted.log->at(1), HasSubstr("- functionality (strength 4): wants boiling"));
  EXPECT_THAT(out->evidence, HasSubstr("steel kettle"));
}

TEST(ProfileExtractor, SwitchesOfTheYaml) {
  World world;
  MLlm3RecParams params;
  params.mope.ratings = params.mope.exemplars = params.mope.schema = false;
  params.mope.reflection = 0;
  params.mope.history = 1;
  test::Scripted scripted([](const std::string&, const std::string&) { return profile_json("anything", "x"); });
  const auto out = extract(params, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->profile.motives.at(0).dimension, "anything");
  EXPECT_EQ(scripted.log->size(), 1U);
  EXPECT_THAT(scripted.log->at(0), Not(HasSubstr("kettle")));
  EXPECT_THAT(scripted.log->at(0), Not(HasSubstr("Rating")));
  EXPECT_THAT(scripted.log->at(0), Not(HasSubstr("<schema>")));
}

TEST(ProfileExtractor, NothingKnownGivesThePriorWithoutACall) {
  World world;
  world.query.history = {};
  world.query.ratings = {};
  test::Scripted scripted([](const std::string&, const std::string&) { return "?"; });
  const auto out = extract({}, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_TRUE(out->profile.prior);
  EXPECT_EQ(out->profile.motives.size(), default_schema().size());
  EXPECT_TRUE(scripted.log->empty());
}

TEST(ProfileExtractor, WrongAnswersGiveThePriorAndAreCounted) {
  World world;
  test::Scripted scripted([](const std::string&, const std::string&) { return "no idea"; });
  const auto out = extract({}, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_TRUE(out->profile.prior);
  EXPECT_EQ(out->counts.at("profiles wrong format"), 1U);
  EXPECT_EQ(scripted.log->size(), 2U) << "asked again once";
}

TEST(ProfileExtractor, CoherenceIsTheMeanOverAllPairs) {
  World world;
  MLlm3RecParams params;
  params.mope.coherence = {Coherence::kSchema};
  params.mope.reflection = 0;
  test::Scripted scripted([](const std::string&, const std::string& user) {
    return profile_json(user.find("kettle") != std::string::npos ? "functionality" : "aesthetic", "x");
  });
  const auto out = extract(params, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_DOUBLE_EQ(out->observed.at("coherence (schema)"), 0.5);  // two of four pairs are a profile with itself
  EXPECT_DOUBLE_EQ(out->observed.at("coherence (schema, other events)"), 0);
  EXPECT_EQ(scripted.log->size(), 3U);
}

TEST(ProfileExtractor, MergesProfilesOfSingleEvents) {
  World world;
  MLlm3RecParams params;
  params.mope.per_item = true;
  params.mope.reflection = 0;
  test::Scripted scripted([](const std::string& task, const std::string&) {
    return task == "merged_profile" ? profile_json("social_gift", "both") : profile_json("aesthetic", "one");
  });
  const auto out = extract(params, scripted, world.source);
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->profile.motives.at(0).dimension, "social_gift");
  EXPECT_THAT(scripted.log->back(), HasSubstr("Profile 2:\n- aesthetic"));
}

}  // namespace
}  // namespace motive
