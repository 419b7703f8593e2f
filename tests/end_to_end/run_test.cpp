// From a YAML file to a table, as a person would do it.

#include <signal.h>

#include <thread>

#include "tests/end_to_end/program.h"

namespace motive {
namespace {

struct Run : testing::Test {
  Workplace place;
  Path file = place.write("small.yaml", small_experiment());
  Path out = place.folder / "out";
  ProgramResult run(std::vector<std::string> more = {}, const ProgramOptions& options = {}) {
    std::vector<std::string> words{"run", file.string(), "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_motive(words, options);
  }
};

TEST_F(Run, WritesEverythingAndPrintsTheTable) {
  const auto result = run();
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* name : {"experiment.yaml", "resolved.yaml", "manifest.json", "cells.jsonl", "metrics.csv", "summary.csv",
                           "table.txt", "table.md", "table.csv", "splits/tiny-world-warm-1.json"}) {
    EXPECT_TRUE(std::filesystem::exists(out / name)) << name;
  }
  for (const char* label : {"Random", "Popularity", "ItemKNN", "BPR"}) {
    EXPECT_NE(result.out.find(label), std::string::npos) << label;
  }
}

TEST_F(Run, SecondRunComputesNothingAndPrintsTheSame) {
  const auto first = run();
  const auto second = run();
  EXPECT_GT(nodes_computed(first), 0);
  EXPECT_EQ(nodes_computed(second), 0) << second.err;
  EXPECT_EQ(first.out, second.out);
}

TEST_F(Run, TablesComeAgainFromStoredFiles) {
  const auto first = run();
  std::filesystem::remove(out / "table.txt");
  const auto table = run_motive({"table", out.string()});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_EQ(table.out, first.out);
  EXPECT_TRUE(std::filesystem::exists(out / "table.txt"));
}

TEST_F(Run, ThreadsChangeNothing) {
  run({"--threads", "1"});
  const auto one = printed_files(out);
  out = place.folder / "again";
  run({"--threads", "3"});
  EXPECT_EQ(printed_files(out), one);
}

TEST_F(Run, NewMetricCutoffAndSeedRefitNothing) {
  run();
  EXPECT_EQ(nodes_computed(run({"--set", "evaluation.metrics=[hr, ndcg, recall]"})), 0);
  EXPECT_EQ(nodes_computed(run({"--set", "evaluation.topk=[1, 3, 20]"})), 0);
  // A third seed: random and bpr are fitted (bpr selects and refits) and ranked under two protocols; the rest is kept.
  const auto seeded = run({"--set", "seeds.init=[1, 2, 3]"});
  EXPECT_EQ(nodes_computed(seeded), 2 + 4) << seeded.err;
  EXPECT_NE(seeded.err.find("cells kept"), std::string::npos) << seeded.err;
}

TEST_F(Run, SlicesAndMetricsOfListsComeFromWhatIsStored) {
  run();
  const std::vector<std::string> more = {
      "--set", "evaluation.metrics=[ndcg, map, auc, tied, coverage, gini, novelty, diversity]",
      "--set", "evaluation.slices=[history, popularity, item, user, {by: category, top: 2}]"};
  const auto result = run(more);
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(nodes_computed(result), 0);
  const std::string summary = *read_file(out / "summary.csv");
  for (const char* part : {",popularity:head,ndcg,10,", ",history:3-5,auc,,", ",user:warm,novelty,5,", ",category:", ",all,diversity,10,",
                           ",all,coverage,10,", ",all,gini,5,", ",all,tied,,"}) {
    EXPECT_NE(summary.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(summary.find("nan"), std::string::npos);
  EXPECT_NE(result.out.find("by popularity"), std::string::npos);
  EXPECT_EQ(run_motive({"table", out.string()}).out, result.out);

  std::vector<std::string> longer = more;
  longer.insert(longer.end(), {"--set", "evaluation.topk=[10, 50]"});
  const auto refused = run(longer);
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.err.find("coverage@50 needs longer lists than the 20 items"), std::string::npos) << refused.err;
}

TEST_F(Run, NewModelRefitsNoOther) {
  run();
  const auto result = run({"--set", "models=[random, popularity, item_knn, {bpr: {dim: 8, epochs: 3}}, {bpr: {dim: 4, epochs: 3, label: four}}]"});
  EXPECT_EQ(nodes_computed(result), 2 + 4) << result.err;  // two seeds: fit; two protocols: rank
}

TEST_F(Run, SeveralExperimentsHaveFoldersOfTheirOwnAndOneStore) {
  std::string other = small_experiment();
  const Path second = place.write("other.yaml", other.replace(other.find("small"), 5, "other"));
  const auto result = run({second.string()});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_FALSE(std::filesystem::exists(out / "table.txt"));
  EXPECT_TRUE(std::filesystem::exists(out / "small/table.txt"));
  EXPECT_EQ(read_file(out / "small/summary.csv").value(), read_file(out / "other/summary.csv").value());
  EXPECT_EQ(run_motive({"table", (out / "other").string()}).status, 0);
  EXPECT_TRUE(std::filesystem::exists(out / "store/ranks"));
}

TEST_F(Run, WrongFileWritesNothing) {
  place.write("small.yaml", small_experiment() + "refti: none\nseeds: {init: [x]}\n");
  const auto result = run();
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("did you mean `refit`"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("small.yaml:"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Run, OneProtocolTwiceIsRefused) {
  const auto result = run({"--set", "evaluation.candidates=[{name: a, negatives: 9}, {name: b, negatives: 9}]"});
  EXPECT_EQ(result.status, 2);
  EXPECT_NE(result.err.find("same protocol"), std::string::npos) << result.err;
}

TEST_F(Run, ClaimsAreDecidedAndCompareTellsMore) {
  const auto result = run({"--set", "claims=[\"bpr beats random on warm, ndcg@10\"]"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("Claim"), std::string::npos) << result.out;
  const auto compared = run_motive({"compare", out.string(), "bpr", "random"});
  EXPECT_EQ(compared.status, 0) << compared.err;
  EXPECT_NE(compared.out.find("won"), std::string::npos) << compared.out;
  const auto same = run_motive({"compare", out.string(), "bpr", "bpr"});
  EXPECT_EQ(same.status, 2);
}

TEST_F(Run, FailingCellShowsItsCauseAndTheOthersGoOn) {
  const auto result = run({"--set", "models.bpr.lr=1e30"});  // out of range: refused before anything runs
  EXPECT_EQ(result.status, 2) << result.err;
  // The largest step that is allowed diverges.
  const auto diverges = run({"--set", "models.bpr.lr=10", "--set", "models.bpr.epochs=200"});
  EXPECT_EQ(diverges.status, 1) << diverges.err;
  EXPECT_NE(diverges.out.find("failed"), std::string::npos) << diverges.out;
  EXPECT_NE(diverges.out.find("Popularity"), std::string::npos);
}

TEST_F(Run, InterruptEndsCleanlyAndTheSameCommandContinues) {
  run();
  const auto whole = printed_files(out);
  out = place.folder / "cut";
  const auto cut = run({}, {.signal_after = 0.25, .signal = SIGINT});
  EXPECT_TRUE(cut.status == 130 || cut.status == 0) << cut.err;  // 0 where it was faster than the interrupt
  EXPECT_EQ(run().status, 0);
  EXPECT_EQ(printed_files(out), whole);
}

TEST_F(Run, TwoRunsShareAStore) {
  const std::string store = (place.folder / "store").string();
  std::vector<ProgramResult> results(2);
  const auto start = [&](int i) {
    results[static_cast<std::size_t>(i)] =
        run_motive({"run", file.string(), "--out", (place.folder / std::to_string(i)).string(), "--store", store});
  };
  std::thread other(start, 1);
  start(0);
  other.join();
  EXPECT_EQ(results[0].status, 0) << results[0].err;
  EXPECT_EQ(results[1].status, 0) << results[1].err;
  EXPECT_EQ(printed_files(place.folder / "0"), printed_files(place.folder / "1"));
  // Every node was made once: together they computed what one run computes.
  EXPECT_EQ(nodes_computed(results[0]) + nodes_computed(results[1]), nodes_computed(run()));
}

TEST_F(Run, DamagedNodesAreNoticedAndMadeAgain) {
  run();
  const auto whole = printed_files(out);
  int damaged = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out / "store" / "prepared")) {
    if (entry.path().filename() == "events.item.u32") {
      std::filesystem::resize_file(entry.path(), 8);
      ++damaged;
    }
  }
  ASSERT_EQ(damaged, 1);
  const auto result = run();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(nodes_computed(result), 1) << result.err;
  EXPECT_EQ(printed_files(out), whole);
}

TEST_F(Run, PlanSplitPredictAndDescribeWork) {
  run();
  const auto plan = run_motive({"plan", file.string(), "--out", out.string()});
  EXPECT_NE(plan.out.find(", 0 to do"), std::string::npos) << plan.out << plan.err;
  const auto split = run_motive({"split", file.string(), "--out", out.string(), "--export", (place.folder / "x").string()});
  EXPECT_EQ(split.status, 0) << split.err;
  EXPECT_NE(split.out.find("0 held out events in training"), std::string::npos) << split.out;
  const auto train = read_file(place.folder / "x" / "tiny-world-warm-1" / "train.csv");
  ASSERT_TRUE(train);
  EXPECT_TRUE(train->starts_with("user,item,rating,timestamp\n"));
  const std::string user = train->substr(27, train->find(',', 27) - 27);
  const auto predicted = run_motive({"predict", out.string(), "item_knn", "--user", user, "--top", "3"});
  EXPECT_EQ(predicted.status, 0) << predicted.err;
  EXPECT_NE(predicted.out.find("recommended:"), std::string::npos);
  const auto unknown = run_motive({"predict", out.string(), "itemknn", "--user", user});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_NE(unknown.err.find("did you mean `ItemKNN`"), std::string::npos) << unknown.err;
  EXPECT_NE(run_motive({"describe", "bpr"}).out.find("dim"), std::string::npos);
  EXPECT_EQ(run_motive({"describe", "bpp"}).status, 2);
  EXPECT_EQ(run_motive({"schema"}).status, 0);
  EXPECT_EQ(run_motive({"version"}).status, 0);
  EXPECT_NE(run_motive({"help"}).out.find("bundle"), std::string::npos);  // every command
  EXPECT_EQ(run_motive({"frobnicate"}).status, 2);
}

}  // namespace
}  // namespace motive
