// A search over parameters, as a person would run it.

#include <signal.h>

#include <sstream>

#include "framework/base/json.h"
#include "tests/end_to_end/program.h"

namespace motive {
namespace {

struct Tuned : testing::Test {
  Workplace place;
  Path out = place.folder / "out";
  std::string searches =
      "  - item_knn: {neighbours: {search: loguniform_int, low: 2, high: 60}}\n"
      "  - bpr: {dim: 8, epochs: 9, lr: {search: loguniform, low: 0.01, high: 0.2}}\n";

  ProgramResult run(const std::vector<std::string>& more = {}, const ProgramOptions& options = {}) const {
    const Path file = place.write("e.yaml", "experiment: e\ndataset: {name: w, world: {users: 80, items: 120, seed: 5}}\n"
                                            "models:\n  - random\n  - popularity\n" + searches + "tuning: {trials: 4}\n");
    std::vector<std::string> words{"run", file.string(), "--out", out.string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_motive(words, options);
  }
  std::map<std::string, Json> cells() const {  // by model
    std::map<std::string, Json> found;
    std::istringstream lines(*read_file(out / "cells.jsonl"));
    for (std::string line; std::getline(lines, line);) {
      Json cell = Json::parse(line);
      const std::string model = cell["model"];
      found[model] = std::move(cell);
    }
    return found;
  }
  /// value and parameters of the trials in the store of a method that has the parameter.
  std::vector<Json> trials(const std::string& parameter) const {
    std::vector<Json> found;
    for (const auto& entry : std::filesystem::directory_iterator(out / "store" / "trials")) {
      const auto text = read_file(entry.path() / "trial.json");
      if (text && Json::parse(*text)["params"].contains(parameter)) found.push_back(Json::parse(*text));
    }
    return found;
  }
};

TEST_F(Tuned, TheBestOnValidationIsFittedAndSaidSo) {
  const auto result = run();
  ASSERT_EQ(result.status, 0) << result.err;
  const auto found = cells();
  const Json& bpr = found.at("bpr");
  EXPECT_EQ(bpr["tuning"]["settings"], 4);
  EXPECT_EQ(bpr["tuning"]["fits"], 4);
  double best = 0, rate = 0;
  for (const Json& trial : trials("lr")) {
    if (trial["value"].get<double>() <= best) continue;
    best = trial["value"];
    rate = trial["params"]["lr"];
  }
  EXPECT_EQ(bpr["parameters"]["lr"], rate);
  EXPECT_EQ(bpr["tuning"]["chosen"][0]["value"], best);
  EXPECT_FALSE(found.at("random").contains("tuning"));
  EXPECT_NE(result.out.find("ItemKNN 4 settings (neighbours)"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("nothing to tune: Random, Popularity"), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("no simple baseline of this table was tuned"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find('*'), std::string::npos);
  // All of it again from stored files; and whoever asks for recommendations gets them from the chosen fit.
  EXPECT_EQ(run_motive({"table", out.string()}).out, result.out);
  EXPECT_EQ(nodes_computed(run()), 0);
}

TEST_F(Tuned, MoreTrialsComputeOnlyWhatIsNew) {
  ASSERT_EQ(run().status, 0);
  // Two more trials of each, a choice, a fit and ranks.
  const auto more = run({"--set", "tuning.trials=6"});
  EXPECT_LE(nodes_computed(more), 2 * (2 + 3)) << more.err;
  EXPECT_GE(nodes_computed(more), 2 * (2 + 1)) << more.err;
  // A further init seed is fitted with the setting that was chosen.
  EXPECT_EQ(nodes_computed(run({"--set", "tuning.trials=6", "--set", "seeds.init=[1, 2]"})), 2 * 2);
}

TEST_F(Tuned, HalvingGivesEpochsToTheBest) {
  const auto result = run({"--set", "tuning.method=halving", "--set", "tuning.trials=9"});
  ASSERT_EQ(result.status, 0) << result.err;
  std::map<int, int> epochs;
  for (const Json& trial : trials("epochs")) ++epochs[trial["params"]["epochs"].get<int>()];
  EXPECT_EQ(epochs, (std::map<int, int>{{1, 9}, {3, 3}, {9, 1}}));
  EXPECT_EQ(cells().at("bpr")["parameters"]["epochs"], 9);
  EXPECT_EQ(cells().at("bpr")["tuning"]["fits"], 13);
  EXPECT_NE(result.out.find("successive halving"), std::string::npos);
  EXPECT_NE(result.out.find("no epochs to halve"), std::string::npos) << result.out;
  EXPECT_EQ(nodes_computed(run({"--set", "tuning.method=halving", "--set", "tuning.trials=9"})), 0);
}

TEST_F(Tuned, UnequalBudgetsLoseTheirMark) {
  searches = "  - item_knn\n  - bpr: {dim: 8, epochs: 9, lr: {search: loguniform, low: 0.01, high: 0.2}}\n"
             "  - bpr: {label: longer, trials: 5, dim: 8, epochs: 9, lr: {search: loguniform, low: 0.01, high: 0.2}}\n";
  const auto result = run();
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("longer: 5 settings tried on validation, none of ItemKNN"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("not tuned, parameters as given: ItemKNN"), std::string::npos) << result.out;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line) && !line.starts_with("[1]");) {
    if (line.starts_with("BPR") || line.starts_with("longer")) {
      EXPECT_EQ(line.find('*'), std::string::npos) << line;
    }
  }
}

TEST_F(Tuned, ASettingThatDivergesIsNotTaken) {
  searches = "  - bpr: {dim: 8, epochs: 200, lr: {search: choice, values: [10, 0.05]}}\n";
  const auto result = run();
  ASSERT_EQ(result.status, 0) << result.err << result.out;
  EXPECT_EQ(cells().at("bpr")["parameters"]["lr"], 0.05);
  searches = "  - bpr: {dim: 8, epochs: 200, lr: {search: choice, values: [10, 9.9]}}\n";
  const auto none = run();
  EXPECT_EQ(none.status, 1);
  EXPECT_NE(none.out.find("none of the 2 settings"), std::string::npos) << none.out;
}

TEST_F(Tuned, EarlyStoppingComposes) {
  searches = "  - bpr: {dim: 8, epochs: 40, validate_every: 2, lr: {search: loguniform, low: 0.05, high: 0.2}}\n";
  const auto result = run({"--set", "seeds.init=[1, 2]"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json selected = cells().at("bpr")["tuning"]["chosen"][0]["selected"];
  ASSERT_TRUE(selected.is_object()) << selected;
  for (const auto& entry : std::filesystem::directory_iterator(out / "store" / "fits")) {
    const auto text = read_file(entry.path() / "fit.json");
    if (text && Json::parse(*text)["method"] == "bpr") {
      EXPECT_EQ(Json::parse(*text)["report"].value("selected", selected), selected);
    }
  }
}

TEST_F(Tuned, AnInterruptedSearchGoesOn) {
  ASSERT_EQ(run().status, 0);
  const auto whole = printed_files(out);
  out = place.folder / "cut";
  for (const double after : {0.1, 0.2, 0.3}) run({}, {.signal_after = after, .signal = SIGKILL});
  EXPECT_EQ(run().status, 0);
  EXPECT_EQ(printed_files(out), whole);
}

TEST_F(Tuned, AnImportedSplitWithoutValidationEventsIsNotSearched) {
  ASSERT_EQ(run().status, 0);
  const auto exported = run_motive({"split", (place.folder / "e.yaml").string(), "--out", out.string(), "--export", (place.folder / "x").string()});
  ASSERT_EQ(exported.status, 0) << exported.err;
  const std::vector<std::string> imported = {"--set", "splits=[{name: s, type: imported, path: x/w-warm-1}]"};
  // Events that do not validate are in no file; a file without events passes the plan and ends as n/a.
  place.write("x/w-warm-1/valid.csv", "user,item,rating,timestamp\n");
  std::filesystem::remove(place.folder / "x/w-warm-1/history.csv");
  const auto empty = run(imported);
  EXPECT_EQ(empty.status, 0) << empty.err;
  EXPECT_EQ(cells().at("bpr")["state"], "n/a") << empty.out;
  EXPECT_NE(empty.out.find("no validation events to choose on"), std::string::npos) << empty.out;
  std::filesystem::remove(place.folder / "x/w-warm-1/valid.csv");
  const auto absent = run(imported);
  EXPECT_EQ(absent.status, 2);
  EXPECT_NE(absent.err.find("has no valid.csv"), std::string::npos) << absent.err;
}

}  // namespace
}  // namespace motive
