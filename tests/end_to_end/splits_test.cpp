// Splits and candidates from a YAML file to files and tables.

#include <algorithm>
#include <set>
#include <sstream>

#include "framework/base/json.h"
#include "tests/end_to_end/program.h"

namespace motive {
namespace {

struct Splits : testing::Test {
  Workplace place;
  Path out = place.folder / "out";

  Path experiment(const std::string& more) const {
    return place.write("e.yaml", "experiment: e\ndataset: {name: w, world: {users: 200, items: 80, seed: 4, events_per_user: 9}}\n"
                                 "models: [random, popularity, item_knn, {bpr: {epochs: 3}}]\n" + more);
  }
  ProgramResult run(const std::string& more) const { return run_motive({"run", experiment(more).string(), "--out", out.string()}); }

  /// split/protocol/model: state, from cells.jsonl.
  std::map<std::string, std::string> states() const {
    std::map<std::string, std::string> found;
    std::istringstream lines(*read_file(out / "cells.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      const Json cell = Json::parse(line);
      found[fmt::format("{}/{}/{}", cell["split"].get<std::string>(), cell["protocol"].get<std::string>(), cell["model"].get<std::string>())] =
          cell["state"].get<std::string>() + (cell["cause"] == "" ? "" : ": " + cell["cause"].get<std::string>());
    }
    return found;
  }
};

TEST_F(Splits, NewItemsAreRankedByThoseWhoCan) {
  const auto result = run("splits: [{name: cold, type: item_cold, fraction: 0.2}]\n"
                          "evaluation: {candidates: [{name: head}, {name: mixed, pool: catalogue}], topk: [10]}\n");
  ASSERT_EQ(result.status, 0) << result.err;
  auto found = states();
  EXPECT_EQ(found["cold/full(cold)/random"], "done");
  EXPECT_TRUE(found["cold/full(cold)/bpr"].starts_with("n/a: cannot score items")) << found["cold/full(cold)/bpr"];
  EXPECT_TRUE(found["cold/full(catalogue,cold targets)/item_knn"].starts_with("n/a"));
  EXPECT_EQ(found["cold/full(catalogue,warm targets)/bpr"], "done");
  const Json certificate = Json::parse(*read_file(out / "splits" / "w-cold-1.json"));
  EXPECT_EQ(certificate["proof"]["training_events_of_cold_items"], 0);
  EXPECT_NE(result.out.find("full(catalogue,warm targets)"), std::string::npos);
  EXPECT_NE(result.out.find("item-cold: the newest 20"), std::string::npos) << result.out;
  // The tables come again from stored files.
  const auto table = run_motive({"table", out.string()});
  EXPECT_EQ(table.out, result.out) << table.err;
}

// The users and targets behind slices and lists are those that were ranked: sampled, of folds, cold or warm.
TEST_F(Splits, SlicesAndListsAreOfTheUsersThatWereRanked) {
  const auto result = run("users: {sample: 40}\n"
                          "splits: [{name: cold, type: item_cold, fraction: 0.2}, {name: folds, type: user_cold, folds: 3}]\n"
                          "evaluation:\n"
                          "  candidates: [{name: head}, {name: mixed, pool: catalogue, splits: [cold]}]\n"
                          "  metrics: [ndcg, coverage, diversity]\n"
                          "  topk: [10]\n"
                          "  slices: [item, user, history]\n");
  ASSERT_EQ(result.status, 0) << result.err;
  const std::string summary = *read_file(out / "summary.csv");
  for (const char* part : {"cold,random,Random,,full(cold),all,coverage,10,", "cold,random,Random,,full(cold),item:cold,ndcg,10,",
                           ",\"full(catalogue,cold targets)\",item:cold,ndcg,10,", ",\"full(catalogue,warm targets)\",item:warm,ndcg,10,",
                           ",\"full(catalogue,warm targets)\",all,coverage,10,", "folds,random,Random,,full,user:cold,ndcg,10,"}) {
    EXPECT_NE(summary.find(part), std::string::npos) << part << "\n" << summary;
  }
  EXPECT_NE(summary.find("warm targets)\",history:"), std::string::npos) << summary;
  EXPECT_EQ(summary.find("folds,random,Random,,full,user:warm"), std::string::npos);
}

TEST_F(Splits, NewUsersAndFoldsArePooled) {
  const auto result = run("users: {sample: 60}\nseeds: {split: [1, 2]}\n"
                          "splits: [{name: new, type: user_cold, max_history: 2}, {name: folds, type: user_cold, folds: 3}]\n"
                          "evaluation: {candidates: [{name: full}, {name: few, negatives: 5, distribution: popularity}], topk: [10]}\n");
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* name : {"w-new-1.json", "w-new-2.json", "w-folds-1-fold1.json", "w-folds-2-fold3.json"}) {
    EXPECT_TRUE(std::filesystem::exists(out / "splits" / name)) << name;
  }
  // A fifth of the users a fold: sample / folds of each are tested, and each user once.
  std::istringstream rows(*read_file(out / "metrics.csv"));
  std::set<std::string> users;
  for (std::string line; std::getline(rows, line);) {
    if (line.find(",folds,popularity,") == std::string::npos || line.find(",full,") == std::string::npos) continue;
    std::vector<std::string> fields;
    std::istringstream row(line);
    for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
    users.insert(fields.at(16));
  }
  EXPECT_EQ(users, std::set<std::string>{"60"});
  EXPECT_EQ(run_motive({"table", out.string()}).out, result.out);
}

TEST_F(Splits, ExportedSplitIsImportedAgainWithTheSameNumbers) {
  const auto warm = run("splits: [{name: s, type: warm}]\n");
  ASSERT_EQ(warm.status, 0) << warm.err;
  const auto metrics = *read_file(out / "metrics.csv");
  const auto shown = run_motive({"split", (place.folder / "e.yaml").string(), "--out", out.string(), "--export", (place.folder / "x").string()});
  ASSERT_EQ(shown.status, 0) << shown.err;
  EXPECT_NE(shown.out.find("recounted from the files"), std::string::npos);
  const auto again = run("splits: [{name: s, type: imported, path: x/w-s-1}]\n");
  ASSERT_EQ(again.status, 0) << again.err;
  const auto values = [](const std::string& csv) {  // without the last column: the cell's key
    std::string text;
    std::istringstream lines(csv);
    for (std::string line; std::getline(lines, line);) text += line.substr(0, line.rfind(',')) + "\n";
    return text;
  };
  EXPECT_EQ(values(*read_file(out / "metrics.csv")), values(metrics));
}

TEST_F(Splits, WhatCannotBeIsRefusedBeforeAnythingRuns) {
  const auto refused = run("splits: [{type: user_cold, select: paper}]\n");
  // A world's users have at least five events: known once it is prepared; before that the split itself fails.
  EXPECT_NE(refused.status, 0);
  const auto second = run("splits: [{type: user_cold, select: paper}]\n");
  EXPECT_EQ(second.status, 2) << second.err;
  EXPECT_NE(second.err.find("5-core"), std::string::npos) << second.err;
}

}  // namespace
}  // namespace motive
