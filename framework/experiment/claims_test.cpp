#include "framework/experiment/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "framework/base/temporary_folder.h"
#include "framework/experiment/published.h"
#include "framework/experiment/schema.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

Result<LoadedExperiment> load(const std::string& more) {
  test::TemporaryFolder folder;
  const Path file = folder.path() / "e.yaml";
  std::ofstream(file) << "experiment: e\ndataset: synthetic-small\nmodels: [random, popularity, bpr: {label: Mine}]\n"
                         "splits: [{type: warm}, {name: cold, type: item_cold, select: random}]\n"
                         "evaluation: {metrics: [hr, ndcg, coverage], topk: [5, 10]}\n" << more;
  return load_experiment(file.string(), {});
}

std::string refusal(const std::string& more) {
  const auto loaded = load(more);
  return loaded ? "" : loaded.error().message;
}

TEST(Claims, AreReadIntoWhatTheyMean) {
  const auto loaded = load("");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto claim = read_claim("bpr beats popularity on cold with full of synthetic-small, ndcg@10", loaded->config);
  ASSERT_TRUE(claim.has_value()) << claim.error().message;
  EXPECT_EQ(claim->better, "Mine");
  EXPECT_EQ(claim->worse, "Popularity");
  EXPECT_EQ(claim->split, "cold");
  EXPECT_EQ(claim->candidates, "full");
  EXPECT_EQ(claim->dataset, "synthetic-small");
  EXPECT_TRUE((claim->metric == MetricSpec{MetricKind::kNdcg, 10}));
}

TEST(Claims, WhatCannotBeDecidedIsRefusedWithTheRemedy) {
  const std::pair<const char*, const char*> cases[] = {
      {"bpr is good", "A beats B on SPLIT, METRIC@K"},
      {"bpr beats popularity on warm, ndcg@7", "does not measure `ndcg@7`"},
      {"bpr beats popularity on warm, coverage@10", "cannot be tested"},
      {"bpr beats sasrec on warm, ndcg@10", "`sasrec` is not the label of one model"},
      {"bpr beats Mine on warm, ndcg@10", "nobody beats himself"},
      {"bpr beats random on hot, ndcg@10", "there is no split `hot`; there are warm, cold"},
      {"bpr beats random on warm with paper, ndcg@10", "no entry of evaluation.candidates `paper`"},
      {"bpr beats random on warm of beauty, ndcg@10", "no data set `beauty`"}};
  for (const auto& [claim, why] : cases) EXPECT_THAT(refusal(fmt::format("claims: [\"{}\"]\n", claim)), HasSubstr(why)) << claim;
  EXPECT_THAT(refusal("significance: {reference: sasrec}\n"), HasSubstr("`sasrec` is not the label"));
  EXPECT_THAT(refusal("significance: {primary: mrr@10}\n"), HasSubstr("does not measure `mrr@10`"));
}

TEST(Claims, AnExperimentWithoutTestsKeepsItsHash) {
  const auto loaded = load("");
  EXPECT_FALSE(loaded->resolved.contains("significance"));
  EXPECT_FALSE(loaded->resolved.contains("claims"));
}

TEST(Retriever, IsOneOfTheModelsAndRanksAWholeCatalogue) {
  const auto with = [&](const std::string& candidates) {
    test::TemporaryFolder folder;
    const Path file = folder.path() / "e.yaml";
    std::ofstream(file) << "experiment: e\ndataset: synthetic-small\nmodels: [popularity, item_knn, llm_only]\nevaluation: {topk: [10], candidates: ["
                        << candidates << "]}\n";
    return load_experiment(file.string(), {});
  };
  const auto good = with("{name: two, retriever: item_knn}");
  ASSERT_TRUE(good.has_value()) << good.error().message;
  EXPECT_EQ(good->config.evaluation.candidates[0].retriever, "ItemKNN");
  EXPECT_EQ(good->config.evaluation.candidates[0].keep, kDefaultKeep);
  EXPECT_THAT(with("{name: two, retriever: bpr}").error().message, HasSubstr("add `- bpr` to `models`"));
  EXPECT_THAT(with("{name: two, retriever: llm_only}").error().message, HasSubstr("cannot rank a whole catalogue"));
  EXPECT_THAT(with("{name: two, retriever: item_knn, keep: 5}").error().message, HasSubstr("numbers are wanted up to @10"));
  EXPECT_THAT(with("{name: two, retriever: item_knn, negatives: 9}").error().message, HasSubstr("leave file, negatives"));
  EXPECT_THAT(with("{name: two, keep: 9}").error().message, HasSubstr("goes with a `retriever`"));
}

TEST(Published, FilesAreReadAndFaultsNamedByLine) {
  test::TemporaryFolder folder;
  const Path file = folder.path() / "t.csv";
  const std::string header = "source,table,dataset,split,model,protocol,metric,k,value\n";
  std::ofstream(file) << header << "X,2,beauty,warm,bpr,\"sampled(29,uniform,catalogue)\",ndcg,5,0.1084\nX,1,beauty,,,,users,,22363\n";
  const auto numbers = read_published(file);
  ASSERT_TRUE(numbers.has_value()) << numbers.error().message;
  ASSERT_EQ(numbers->size(), 1u);
  EXPECT_EQ(numbers->front().protocol, "sampled(29,uniform,catalogue)");
  EXPECT_EQ(numbers->front().value, 0.1084);
  std::ofstream(file) << header << "X,2,beauty,warm,bpr,full,ndcg,5,lots\n";
  EXPECT_THAT(read_published(file).error().message, HasSubstr("value is `lots`"));
  EXPECT_THAT(read_published(file).error().message, HasSubstr("2"));
  std::ofstream(file) << "source,model\n";
  EXPECT_THAT(read_published(file).error().message, HasSubstr("`dataset` is missing"));
  EXPECT_FALSE(read_published(folder.path() / "none.csv").has_value());
  EXPECT_EQ(published_file("m_llm3rec/table2", "/x").filename(), "table2.csv");
}

}  // namespace
}  // namespace motive
