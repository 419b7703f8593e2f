#include "framework/experiment/tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "framework/experiment/plan.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

// This program holds no methods of the project, so the searches here are of one of their own.
struct TunedParams {
  int dim = 8, epochs = 27;
  double lr = 0.1;
  int patience = 0;
  static const config::Table<TunedParams>& table() {
    static const auto kTable = config::Table<TunedParams>("tuning_test_method")
                                   .field("dim", &TunedParams::dim, "length", config::range(1, 100))
                                   .field("epochs", &TunedParams::epochs, "passes", config::range(1, 100))
                                   .field("lr", &TunedParams::lr, "step", config::above(0).up_to(1))
                                   .field("patience", &TunedParams::patience, "0: never stops", config::range(0, 9))
                                   .check([](const TunedParams& p) { return p.dim == 13 ? "13 is unlucky" : ""; });
    return kTable;
  }
};
class Nothing final : public Recommender {
 public:
  explicit Nothing(const TunedParams&) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status rank(QuerySource&, RankSink&, RankContext&) const override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
};
MethodInfo describe(const TunedParams& params) {
  MethodInfo info;
  info.code_version = "1";
  info.selects = params.patience > 0;
  info.label = params.epochs == 27 ? "" : "other";
  info.fit_estimate = [params](const Shape&) { return Estimate{static_cast<double>(params.epochs), 1000}; };
  return info;
}
const RegisterMethod<TunedParams, Nothing> kRegister{"tuning_test_method", "for this test", "", describe,
                                                     {{"slow", "for this test", {{"lr", 0.5}, {"dim", 4}}}}};

struct Tuning : testing::Test {
  Path folder = Path(testing::TempDir()) / fmt::format("tuning-{}", ::getpid());
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  /// params: what stands in the braces of the model.
  Result<LoadedExperiment> load(const std::string& params, const std::string& tuning = "trials: 6", const std::string& more = "") const {
    std::ofstream(folder / "e.yaml") << "experiment: e\ndataset: {name: w, world: {users: 80, items: 120, seed: 5}}\n"
                                     << "models: [{tuning_test_method: {" << params << "}}]\n"
                                     << (tuning.empty() ? "" : "tuning: {" + tuning + "}\n") << more;
    return load_experiment((folder / "e.yaml").string(), {});
  }
  std::string error(const std::string& params, const std::string& tuning = "trials: 6") const {
    const auto loaded = load(params, tuning);
    return loaded ? "" : loaded.error().message;
  }
  Settings settings(const std::string& params, const std::string& tuning = "trials: 6") const {
    const auto loaded = load(params, tuning);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? draw_settings(loaded->config.models[0], *loaded->config.tuning) : Settings{};
  }
  Result<Plan> plan(const std::string& params, const std::string& tuning = "trials: 6", const std::string& more = "") const {
    const auto loaded = load(params, tuning, more);
    if (!loaded) return loaded.error();
    return make_plan(loaded->config, *Store::open(folder / "store"), {});
  }
};

std::map<std::string, int> kinds_of(const Plan& plan) {
  std::map<std::string, int> kinds;
  for (const Task& task : plan.tasks) ++kinds[task.node.kind];
  return kinds;
}

const std::string kRate = "lr: {search: loguniform, low: 0.001, high: 0.2}";

TEST_F(Tuning, MistakesAreNamedWithTheirPlace) {
  const std::string at = "e.yaml:3:";
  EXPECT_THAT(error("lr: {search: logunifrom, low: 0.1, high: 0.2}"), HasSubstr("did you mean `loguniform`?"));
  EXPECT_THAT(error("lr: {search: loguniform, low: 0.1, high: 2}"), HasSubstr("`lr` in tuning_test_method must be above 0, up to 1, found `2`"));
  EXPECT_THAT(error("lr: {search: uniform, low: -1, high: 1}"), HasSubstr("above 0, up to 1, found `-1`"));
  EXPECT_THAT(error("lr: {search: loguniform, low: 0, high: 1}"), HasSubstr("`low` must be above 0"));
  EXPECT_THAT(error("lr: {search: uniform, low: 0.2, high: 0.1}"), HasSubstr("`low` must be below `high`"));
  EXPECT_THAT(error("lr: {search: uniform, high: 0.1}"), HasSubstr("`low` and `high` are needed"));
  EXPECT_THAT(error("dim: {search: uniform, low: 1, high: 9}"), HasSubstr("use `search: int`"));
  EXPECT_THAT(error("dim: {search: int, low: 1.5, high: 9}"), HasSubstr("must be whole numbers"));
  EXPECT_THAT(error("dim: {search: choice, values: [1, big]}"), HasSubstr("expected an integer, found `big`"));
  EXPECT_THAT(error("dim: {search: choice, low: 1, high: 2}"), HasSubstr("`values`"));
  EXPECT_THAT(error("dmi: {search: int, low: 1, high: 2}"), HasSubstr("did you mean `dim`?"));
  EXPECT_THAT(error("lr: {search: uniform, low: 0.1, hgih: 1}"), HasSubstr("unknown key `hgih`"));
  EXPECT_THAT(error(kRate, "trails: 3"), HasSubstr("did you mean `trials`?"));
  EXPECT_THAT(error(kRate, "trials: 3, metric: ndcg@5"), HasSubstr("must be one of ndcg@10, hr@10"));
  EXPECT_THAT(error(kRate, ""), HasSubstr("add `tuning: {trials: 20}`"));
  EXPECT_THAT(error("lr: 0.1"), HasSubstr("no model searches anything"));
  EXPECT_THAT(error("trials: 3"), HasSubstr("the model searches nothing"));
  EXPECT_THAT(error("epochs: {search: int, low: 1, high: 9}", "method: halving"), HasSubstr("hands out the epochs itself"));
  EXPECT_THAT(error("patience: {search: choice, values: [0, 1]}"), HasSubstr("whether it stops early"));
  EXPECT_THAT(error(kRate, "rungs: 2"), HasSubstr("method: halving"));
  EXPECT_THAT(error("lr: {search: loguniform, low: 0.1, high: 2}"), HasSubstr(at));
}

TEST_F(Tuning, DrawsAreInBoundsAndAlwaysTheSame) {
  const std::string all = kRate + ", dim: {search: loguniform_int, low: 2, high: 64}, epochs: {search: int, low: 3, high: 5}";
  const Settings once = settings(all, "trials: 50"), again = settings(all, "trials: 50");
  ASSERT_EQ(once.params.size(), 50u);
  EXPECT_FALSE(once.all);
  EXPECT_EQ(once.params, again.params);
  std::set<int> epochs;
  double log_rate = 0;
  for (const Json& params : once.params) {
    EXPECT_GE(params["lr"], 0.001);
    EXPECT_LE(params["lr"], 0.2);
    EXPECT_GE(params["dim"], 2);
    EXPECT_LE(params["dim"], 64);
    EXPECT_NE(params["dim"], 13);  // the method's own rule
    epochs.insert(params["epochs"].get<int>());
    log_rate += std::log(params["lr"].get<double>()) / 50;
  }
  EXPECT_EQ(epochs, (std::set<int>{3, 4, 5}));
  EXPECT_NEAR(log_rate, 0.5 * (std::log(0.001) + std::log(0.2)), 0.7);  // sd of the mean: .22
  EXPECT_NE(once.params, settings(all, "trials: 50, seed: 2").params);
}

TEST_F(Tuning, MoreTrialsOrParametersKeepWhatWasDrawn) {
  const Settings few = settings(kRate, "trials: 5"), many = settings(kRate, "trials: 9");
  EXPECT_TRUE(std::equal(few.params.begin(), few.params.end(), many.params.begin()));
  const Settings wider = settings(kRate + ", dim: {search: int, low: 1, high: 99}", "trials: 5");
  for (std::size_t t = 0; t < 5; ++t) EXPECT_EQ(wider.params[t]["lr"], few.params[t]["lr"]);
}

TEST_F(Tuning, ASmallSpaceIsTriedAsAWhole) {
  const Settings all = settings("dim: {search: int, low: 12, high: 14}, lr: {search: choice, values: [0.1, 0.2]}", "trials: 6");
  EXPECT_TRUE(all.all);
  ASSERT_EQ(all.params.size(), 4u);  // 13 is refused
  EXPECT_EQ(all.params[3]["dim"], 14);
  EXPECT_EQ(all.params[3]["lr"], 0.2);
  // A space a little larger is drawn from, never the same twice.
  const Settings some = settings("dim: {search: int, low: 20, high: 26}", "trials: 6");
  EXPECT_FALSE(some.all);
  EXPECT_EQ(std::set<Json>(some.params.begin(), some.params.end()).size(), 6u);
}

TEST_F(Tuning, PresetsLabelsAndTheEchoCompose) {
  const auto loaded = load("preset: slow, trials: 3, " + kRate);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const OrderedJson echo = loaded->resolved["models"][0]["tuning_test_method"];
  EXPECT_EQ(echo["dim"], 4);
  EXPECT_EQ(echo["trials"], 3);
  EXPECT_EQ(echo["label"], "tuning_test_method");
  EXPECT_EQ(echo["lr"].dump(), R"({"search":"loguniform","low":0.001,"high":0.2})");
  EXPECT_EQ(loaded->resolved["tuning"]["metric"], "ndcg@10");
  EXPECT_EQ(draw_settings(loaded->config.models[0], *loaded->config.tuning).params.size(), 3u);
  // The preset's own value may be searched, and a name that the search would change names no setting.
  EXPECT_EQ(load("epochs: {search: choice, values: [5, 27]}")->config.models[0].label, "tuning_test_method tuned");
  // An experiment without tuning says nothing of it.
  EXPECT_FALSE(load("lr: 0.1", "")->resolved.contains("tuning"));
}

TEST_F(Tuning, EditorsKnowSearches) {
  const OrderedJson schema = experiment_schema();
  EXPECT_TRUE(schema["$defs"].contains("search"));
  EXPECT_NE(schema.dump().find(R"({"$ref":"#/$defs/search"})"), std::string::npos);
  EXPECT_TRUE(schema["properties"].contains("tuning"));
}

TEST(TuningRungs, FollowTrialsAndEpochs) {
  const auto shown = [](const TuningConfig& config, int trials, int epochs) {
    std::string text;
    for (const Rung& rung : halving_rungs(config, trials, epochs)) text += fmt::format("{}x{} ", rung.trials, rung.epochs);
    return text;
  };
  const TuningConfig three;
  EXPECT_EQ(shown(three, 27, 27), "27x1 9x3 3x9 1x27 ");
  EXPECT_EQ(shown(three, 20, 200), "20x22 6x66 2x200 ");
  EXPECT_EQ(shown(three, 20, 5), "20x1 6x5 ");
  EXPECT_EQ(shown(three, 2, 100), "2x100 ");
  EXPECT_EQ(shown(three, 20, 1), "20x1 ");
  TuningConfig two;
  two.rungs = 2;
  two.eta = 2;
  EXPECT_EQ(shown(two, 8, 10), "8x5 4x10 ");
}

TEST_F(Tuning, TheGraphIsWholeBeforeAnythingRuns) {
  const auto made = plan(kRate, "trials: 6", "seeds: {init: [1, 2]}\nevaluation: {candidates: [{name: full}, {name: few, negatives: 5}]}\n");
  ASSERT_TRUE(made) << made.error().message;
  // One search for both seeds and protocols; a fit a seed.
  EXPECT_EQ(kinds_of(*made), (std::map<std::string, int>{{"prepared", 1}, {"splits", 1}, {"candidates", 2}, {"trials", 6},
                                                         {"chosen", 1}, {"fits", 2}, {"ranks", 4}}));
  for (std::size_t i = 0; i < made->tasks.size(); ++i) {
    for (const std::size_t input : made->tasks[i].inputs) EXPECT_LT(input, i);
  }
  for (const Task& task : made->tasks) {
    if (task.node.kind == "trials") {
      EXPECT_EQ(task.node.spec["events"], "train");  // the test events are not an input of the choice
    }
    if (task.node.kind == "fits") {
      EXPECT_FALSE(task.node.spec.contains("params"));
    }
  }
  EXPECT_EQ(made->cells[0].parameters["lr"]["search"], "loguniform");
}

TEST_F(Tuning, EverySplitSeedAndFoldChoosesForItself) {
  const auto made = plan(kRate, "trials: 4", "seeds: {split: [1, 2]}\nsplits: [{type: user_cold, folds: 3}]\n");
  ASSERT_TRUE(made) << made.error().message;
  // The method cannot rank for new users: nothing is tried in vain.
  EXPECT_EQ(kinds_of(*made).count("trials"), 0u);
  const auto items = plan(kRate, "trials: 4", "seeds: {split: [1, 2], order: [1, 2]}\nsplits: [{type: warm}]\n");
  ASSERT_TRUE(items) << items.error().message;
  EXPECT_EQ(kinds_of(*items)["chosen"], 2);  // an order seed
  EXPECT_EQ(kinds_of(*items)["trials"], 8);
}

TEST_F(Tuning, RungsTakeTheirParametersFromTheRungBefore) {
  const auto made = plan(kRate, "trials: 9, method: halving");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(kinds_of(*made)["trials"], 9 + 3 + 1);
  EXPECT_EQ(kinds_of(*made)["chosen"], 3);
  std::map<std::string, int> epochs;
  for (const Task& task : made->tasks) {
    const Json& spec = task.node.spec;
    if (task.node.kind == "trials") ++epochs[spec.contains("params") ? spec["params"]["epochs"].dump() : spec["set"]["epochs"].dump()];
  }
  EXPECT_EQ(epochs, (std::map<std::string, int>{{"3", 9}, {"9", 3}, {"27", 1}}));
}

TEST_F(Tuning, TrialsAreSharedAndOtherKeysStay) {
  const auto few = plan(kRate, "trials: 4"), many = plan(kRate, "trials: 7");
  ASSERT_TRUE(few && many);
  std::set<std::string> hashes;
  for (const Task& task : few->tasks) hashes.insert(task.node.hash);
  int shared = 0;
  for (const Task& task : many->tasks) shared += task.node.kind == "trials" && hashes.count(task.node.hash) > 0;
  EXPECT_EQ(shared, 4);
  EXPECT_NE(few->cells[0].result.cell, many->cells[0].result.cell);  // another search is another result
}

TEST_F(Tuning, ASplitWithoutValidationIsRefused) {
  const auto ratio = plan(kRate, "trials: 4", "splits: [{type: warm, holdout: ratio, ratio: [0.8, 0, 0.2]}]\n");
  ASSERT_FALSE(ratio);
  EXPECT_EQ(ratio.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(ratio.error().message, HasSubstr("no validation events"));
  std::filesystem::create_directories(folder / "x");
  for (const char* name : {"train.csv", "test.csv"}) std::ofstream(folder / "x" / name) << "user,item,rating,timestamp\n";
  const auto imported = plan(kRate, "trials: 4", "splits: [{type: imported, path: x}]\n");
  ASSERT_FALSE(imported);
  EXPECT_THAT(imported.error().message, HasSubstr("has no valid.csv"));
}

}  // namespace
}  // namespace motive
