#include "baselines/scores_file/scores_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class ScoresFileTest : public ::testing::Test {
 protected:
  Status fit(ScoresFile& method) {
    testing::Contexts contexts;
    return method.fit(data_.view(), contexts.fit);
  }
  ScoresFile method(const std::string& text) {
    EXPECT_TRUE(write_file_synced(file_, text));
    return ScoresFile({.file = {file_.string()}});
  }
  std::string error(const std::string& text) {
    ScoresFile wrong = method(text);
    const Status status = fit(wrong);
    return status ? "" : status.error().message;
  }

  const testing::Data data_{{{2, 0}, {2}, {}}, 4};
  const testing::TemporaryFolder folder_;
  const Path file_ = folder_.path() / "lists.csv";
};

TEST_F(ScoresFileTest, ScoresAreThePlacesOfTheFile) {
  ScoresFile lists = method("u0,i3,9e300\nu2,i1,0.1\nu0,i0,-4\nu0,i1,9e300\n");
  ASSERT_TRUE(fit(lists));
  testing::Queries all(CandidateKind::kAll, 4), some(CandidateKind::kRagged, 4);
  all.add(0, true, {}).add(1, true, {}).add(2, false, {});
  some.add(0, true, {}, {2, 0}).add(0, true, {}, {2});
  testing::Sink every(all), listed(some);
  testing::Contexts contexts;
  ASSERT_TRUE(lists.rank(all, every, contexts.rank));
  ASSERT_TRUE(lists.rank(some, listed, contexts.rank));
  EXPECT_THAT(every.found, ElementsAre(Pair(0, ElementsAre(-1, 0, -4, 0)), Pair(2, ElementsAre(-2, 0, -2, -2))));
  EXPECT_THAT(listed.found, ElementsAre(Pair(0, ElementsAre(-4, -1))));  // a list without any candidate is no answer
  EXPECT_THAT(every.counts, ElementsAre(Pair("lists that leave items out", 2)));
}

TEST_F(ScoresFileTest, NumbersThatDifferLessThanFloatsCanAreNoTies) {
  ScoresFile lists = method("u0,i0,1.0000000001\nu0,i1,1.0000000002\n");
  ASSERT_TRUE(fit(lists));
  testing::Queries all(CandidateKind::kAll, 4);
  all.add(0, true, {});
  const auto found = testing::scores_of(lists, all);
  ASSERT_TRUE(found);
  EXPECT_THAT(found->at(0), ElementsAre(-1, 0, -3, -3));
}

TEST_F(ScoresFileTest, WhatTheDataLackIsCounted) {
  ScoresFile lists = method("u0 Q0 i0 1 2 run\nu0 Q0 new 2 1 run\nghost Q0 i0 1 2 run\nghost Q0 older 1 2 run\n");
  ASSERT_TRUE(fit(lists));
  testing::Queries all(CandidateKind::kAll, 4);
  all.add(0, true, {});
  testing::Sink sink(all);
  testing::Contexts contexts;
  ASSERT_TRUE(lists.rank(all, sink, contexts.rank));
  EXPECT_EQ(sink.counts["users of the file that the data lack"], 1u);
  EXPECT_EQ(sink.counts["items of the file that the data lack"], 2u);
}

TEST_F(ScoresFileTest, WrongFilesAreRefusedInWords) {
  EXPECT_THAT(error("u0,i0,1\nu1,i0,2\nu0,i0,3\n"), HasSubstr("lists.csv:3: item 'i0' of user 'u0' stands on line 1 as well"));
  EXPECT_THAT(error("0,i0,1\n1,i0,2\n"), HasSubstr("none of its 2 users is in the data, which have such as 'u0'"));
  EXPECT_THAT(error("u0,0,1\n"), HasSubstr("none of its 1 items is in the data, which have such as 'i0', the file '0'"));
  EXPECT_THAT(error("u0,i0,nan\n"), HasSubstr("lists.csv:1: the score `nan` is not a finite number"));
  EXPECT_THAT(error("user,item,score\n"), HasSubstr("it holds no scores"));
}

TEST_F(ScoresFileTest, ThePlaceChoosesTheFile) {
  const ScoresFileParams params{.file = {"runs/{dataset}-{split}-{split_seed}-{order_seed}-{fold}-{init_seed}.csv"}};
  EXPECT_EQ(scores_file_at(params, {"beauty", "warm", 3, 4, 2}, 7), Path("runs/beauty-warm-3-4-2-7.csv"));
  ScoresFile lists({.file = {(folder_.path() / "{split}.csv").string()}});
  ASSERT_TRUE(write_file_synced(folder_.path() / "cold.csv", "u0,i0,1\n"));
  testing::Contexts contexts;
  EXPECT_FALSE(lists.fit(data_.view(), contexts.fit));
  contexts.fit.place.split = "cold";
  EXPECT_TRUE(lists.fit(data_.view(), contexts.fit));
}

TEST_F(ScoresFileTest, ParametersAndKey) {
  const Method* method = Registry::instance().find("scores_file");
  const auto parse = [&](const std::string& yaml, const std::string& source, config::Errors& errors) {
    return method->parameters->parse(config::parse_yaml(yaml, source, errors), errors);
  };
  config::Errors errors;
  const std::any params = parse("file: lists-{init_seed}.csv", (folder_.path() / "e.yaml").string(), errors);
  ASSERT_TRUE(errors.empty()) << errors.error().message;
  EXPECT_EQ(std::any_cast<const ScoresFileParams&>(params).file.path, folder_.path() / "lists-{init_seed}.csv");
  const MethodInfo info = method->describe(params);
  EXPECT_TRUE(info.stochastic);
  EXPECT_THAT(info.input({}, 1).error().message, HasSubstr("relative to the experiment's file"));
  ASSERT_TRUE(write_file_synced(folder_.path() / "lists-1.csv", "u0,i0,1\n"));
  const std::string first = *info.input({}, 1);
  ASSERT_TRUE(write_file_synced(folder_.path() / "lists-1.csv", "u0,i0,12\n"));
  EXPECT_NE(first, *info.input({}, 1));

  config::Errors wrong;
  parse("file: lists-{splitt}.csv", "e.yaml", wrong);
  ASSERT_FALSE(wrong.empty());
  EXPECT_THAT(wrong.error().message, HasSubstr("did you mean `split`?"));
}

}  // namespace
}  // namespace motive
