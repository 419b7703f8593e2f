// What the schema and the planner make of splits and candidates, and what they refuse.

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "framework/experiment/plan.h"
#include "framework/experiment/split_spec.h"

namespace motive {
namespace {

struct NoParams {
  static const config::Table<NoParams>& table() {
    static const auto kTable = config::Table<NoParams>("split_plan_method");
    return kTable;
  }
};
class Nothing final : public Recommender {
 public:
  explicit Nothing(const NoParams&) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status rank(QuerySource&, RankSink&, RankContext&) const override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
};
template <bool kNewUsers, bool kNewItems>
MethodInfo describe(const NoParams&) {
  MethodInfo info;
  info.code_version = "1";
  info.stochastic = false;
  info.unseen_users = kNewUsers;
  info.unseen_items = kNewItems;
  return info;
}
const RegisterMethod<NoParams, Nothing> kIds{"split_plan_ids", "for this test", "", describe<false, false>};
const RegisterMethod<NoParams, Nothing> kUsers{"split_plan_users", "for this test", "", describe<true, false>};
const RegisterMethod<NoParams, Nothing> kAll{"split_plan_all", "for this test", "", describe<true, true>};

struct SplitPlan : testing::Test {
  Path folder = Path(testing::TempDir()) / fmt::format("split-plan-{}", ::getpid());
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Result<LoadedExperiment> load(const std::string& more, const std::string& dataset = "{name: w, world: {users: 80, items: 120, seed: 5}}") const {
    std::ofstream(folder / "e.yaml") << "experiment: e\ndataset: " << dataset
                                     << "\nmodels: [split_plan_ids, split_plan_users, split_plan_all]\n" << more;
    return load_experiment((folder / "e.yaml").string(), {});
  }
  Result<Plan> plan(const std::string& more) const {
    MOTIVE_ASSIGN(const LoadedExperiment experiment, load(more));
    return make_plan(experiment.config, *Store::open(folder / "store"), {});
  }
  /// The error of loading or planning.
  std::string refusal(const std::string& more) const {
    const auto made = plan(more);
    return made ? "" : made.error().message;
  }
  std::string split_refusal(const std::string& split) const { return refusal("splits: [" + split + "]\n"); }
};

bool says(const std::string& error, const std::string& what) { return error.find(what) != std::string::npos; }

TEST_F(SplitPlan, KeysOfAnotherTypeAreRefusedByName) {
  const std::pair<const char*, const char*> cases[] = {
      {"{type: warm, select: random}", "`select` belongs to `type: user_cold`, `type: item_cold`"},
      {"{type: warm, fraction: 0.2}", "`fraction` belongs to"},
      {"{type: warm, folds: 5}", "`folds` belongs to"},
      {"{type: warm, max_history: 2}", "`max_history` belongs to `type: warm_truncated`, `type: user_cold`"},
      {"{type: warm, ratio: [0.8, 0.1, 0.1]}", "`ratio` belongs to `holdout: ratio`"},
      {"{type: warm, holdout: ratio, target: last}", "`target` belongs to"},
      {"{type: warm, quantiles: [0.8, 0.9]}", "`quantiles` belongs to `holdout: temporal`"},
      {"{type: warm, train_until: 2014-01-01}", "`train_until` belongs to `holdout: temporal`"},
      {"{type: user_cold, holdout: ratio}", "`holdout` belongs to"},
      {"{type: user_cold, users: keep}", "`users` belongs to `type: item_cold`"},
      {"{type: item_cold, max_history: 1}", "`max_history` belongs to"},
      {"{type: item_cold, path: x}", "`path` belongs to `type: imported`"},
      {"{type: imported}", "needs `path`"},
      {"{type: imported, path: x, fraction: 0.1}", "`fraction` belongs to"}};
  for (const auto& [split, message] : cases) {
    const std::string error = split_refusal(split);
    EXPECT_TRUE(says(error, message)) << split << "\n" << error;
    EXPECT_TRUE(says(error, "e.yaml:")) << error;
  }
}

TEST_F(SplitPlan, ValuesThatMakeNoSenseAreRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"{type: user_cold, target: last}", "`next`"},
      {"{type: warm, target: next}", "`type: user_cold`"},
      {"{type: item_cold, select: paper}", "`select: paper` belongs to"},
      {"{type: user_cold, select: fewest}", "`select: fewest` belongs to"},
      {"{type: user_cold, select: paper, fraction: 0.1}", "leave `fraction` out"},
      {"{type: user_cold, select: paper, max_history: 2}", "max_history can be 0 or 1"},
      {"{type: user_cold, folds: 5, fraction: 0.1}", "`folds` or `fraction`"},
      {"{type: item_cold, folds: 5, select: newest}", "leave `select` out"},
      {"{type: warm, holdout: ratio, ratio: [0.8, 0.1]}", "three shares"},
      {"{type: warm, holdout: ratio, ratio: [0.8, 0.1, 0.2]}", "sum to 1"},
      {"{type: warm, holdout: temporal, quantiles: [0.9, 0.8]}", "two rising numbers"},
      {"{type: warm, holdout: temporal, train_until: 2014-01-01}", "go together"},
      {"{type: warm, holdout: temporal, train_until: 2014-01-01, valid_until: 2013-01-01}", "must be before"},
      {"{type: warm, holdout: temporal, train_until: soon, valid_until: 2013-01-01}", "`train_until`:"}};
  for (const auto& [split, message] : cases) {
    const std::string error = split_refusal(split);
    EXPECT_TRUE(says(error, message)) << split << "\n" << error;
  }
}

TEST_F(SplitPlan, CandidatesThatMeanNothingUnderASplitAreRefused) {
  const auto error = [&](const std::string& split, const std::string& candidates) {
    return refusal("splits: [" + split + "]\nevaluation: {candidates: [" + candidates + "]}\n");
  };
  const std::string cold = "{type: item_cold}";
  EXPECT_TRUE(says(error(cold, "{name: a, negatives: 9, pool: train}"), "finds every target"));
  EXPECT_TRUE(says(error(cold, "{name: a, negatives: 9, pool: warm}"), "finds every target"));
  EXPECT_TRUE(says(error(cold, "{name: a, negatives: 9, distribution: popularity, pool: catalogue}"), "popularity draws no others"));
  EXPECT_TRUE(says(error("{type: warm}", "{name: a, pool: cold}"), "splits with cold items"));
  EXPECT_TRUE(says(error("{type: warm}", "{name: a, distribution: popularity}"), "give `negatives`"));
  EXPECT_TRUE(says(error("{type: warm}", "{name: a, file: x.csv, negatives: 3}"), "leave negatives"));
  EXPECT_TRUE(says(error("{type: warm}", "{name: a, file: nowhere.csv}"), "nowhere.csv"));
  EXPECT_EQ(error(cold, "{name: a, negatives: 9, pool: cold}, {name: b, pool: catalogue}"), "");
  EXPECT_EQ(error("{type: warm}, {type: item_cold}", "{name: a, negatives: 9}, {name: b, pool: train, splits: [warm]}"), "");
}

TEST_F(SplitPlan, WhatTheDataLackIsRefusedWithAlternatives) {
  KnownData bare{.dataset = "d", .ratings = false, .times = TimeKind::kNone};
  KnownData relative{.dataset = "d", .ratings = true, .times = TimeKind::kRelative};
  KnownData dense{.dataset = "d", .ratings = true, .times = TimeKind::kAbsolute, .fewest_user_events = 5, .most_user_events = 9};
  const auto error = [](SplitConfig split, const KnownData& data) {
    fill_split_defaults(split);
    const Status status = check_split(split, data);
    return status ? "" : status.error().message;
  };
  const SplitConfig rated{.target = TargetConfig{TargetRule::kHighestRated, 0}};
  EXPECT_TRUE(says(error(rated, bare), "needs ratings"));
  EXPECT_EQ(error(rated, relative), "");
  const SplitConfig temporal{.holdout = Holdout::kTemporal};
  EXPECT_TRUE(says(error(temporal, bare), "no timestamps"));
  EXPECT_TRUE(says(error(temporal, relative), "only relative times"));
  EXPECT_EQ(error(temporal, dense), "");
  EXPECT_TRUE(says(error({.type = SplitType::kItemCold}, bare), "select: fewest"));
  EXPECT_TRUE(says(error({.type = SplitType::kUserCold, .select = Select::kNewest}, relative), "use `select: random`"));
  EXPECT_TRUE(says(error({.type = SplitType::kUserCold, .select = Select::kPaper}, dense), "5-core"));
  EXPECT_TRUE(says(error({.type = SplitType::kUserCold, .max_history = 9}, dense), "smaller max_history"));
  EXPECT_EQ(error({.type = SplitType::kUserCold, .max_history = 8}, dense), "");
}

TEST_F(SplitPlan, ADescriptorAlreadySaysWhatIsMissing) {
  std::ofstream(folder / "s.txt") << "1 2 3 4\n2 3 4 5\n";
  const std::string sequences = "{name: s, path: " + folder.string() + ", interactions: {file: s.txt, format: sequences}}";
  const auto experiment = load("splits: [{type: item_cold}]\n", sequences);
  ASSERT_TRUE(experiment) << experiment.error().message;
  const auto refused = make_plan(experiment->config, *Store::open(folder / "store"), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(says(refused.error().message, "select: newest")) << refused.error().message;
}

std::map<std::string, int> kinds(const Plan& plan) {
  std::map<std::string, int> counts;
  for (const Task& task : plan.tasks) ++counts[task.node.kind];
  return counts;
}

TEST_F(SplitPlan, OnlySplitsThatDrawRepeatPerSplitSeed) {
  const auto splits = [&](const std::string& split) {
    const auto made = plan("seeds: {split: [1, 2, 3]}\nsplits: [" + split + "]\n");
    EXPECT_TRUE(made) << made.error().message;
    return made ? kinds(*made)["splits"] : 0;
  };
  EXPECT_EQ(splits("{type: warm}"), 1);
  EXPECT_EQ(splits("{type: warm, holdout: temporal}"), 1);
  EXPECT_EQ(splits("{type: user_cold}"), 3);
  EXPECT_EQ(splits("{type: user_cold, select: newest}"), 1);
  EXPECT_EQ(splits("{type: item_cold}"), 1);
  EXPECT_EQ(splits("{type: item_cold, select: fewest}"), 3);
  EXPECT_EQ(splits("{type: item_cold, folds: 4}"), 12);
}

TEST_F(SplitPlan, FoldsArePooledInOneCell) {
  const auto made = plan("splits: [{type: user_cold, folds: 3}]\n");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->splits.size(), 3u);
  std::size_t done = 0;
  for (const PlannedCell& cell : made->cells) {
    if (cell.result.state == CellState::kNotApplicable) continue;
    ++done;
    EXPECT_EQ(cell.tasks.size(), 3u);
    EXPECT_EQ(cell.fits.size(), 3u);
    EXPECT_EQ(cell.result.more_ranks.size(), 2u);
    EXPECT_EQ(std::count(cell.result.cell.begin(), cell.result.cell.end(), '+'), 2);
  }
  EXPECT_EQ(done, 2u);  // the method that cannot rank for new users is n/a
  std::set<std::string> names;
  for (const auto& split : made->splits) names.insert(split_file_stem(split));
  EXPECT_EQ(names, (std::set<std::string>{"w-user_cold-1-fold1", "w-user_cold-1-fold2", "w-user_cold-1-fold3"}));
}

TEST_F(SplitPlan, WhatAMethodCannotDoIsNotFitted) {
  const auto states = [&](const std::string& split) {
    const auto made = plan("splits: [" + split + "]\n");
    EXPECT_TRUE(made) << made.error().message;
    std::map<std::string, CellState> found;
    if (made) {
      for (const PlannedCell& cell : made->cells) found[cell.result.model] = cell.result.state;
    }
    return found;
  };
  auto user = states("{type: user_cold}");
  EXPECT_EQ(user["split_plan_ids"], CellState::kNotApplicable);
  EXPECT_EQ(user["split_plan_users"], CellState::kMissing);
  auto blank = states("{type: user_cold, max_history: 0}");
  EXPECT_EQ(blank["split_plan_users"], CellState::kNotApplicable);  // nothing is known of anyone
  auto item = states("{type: item_cold}");
  EXPECT_EQ(item["split_plan_users"], CellState::kNotApplicable);
  EXPECT_EQ(item["split_plan_all"], CellState::kMissing);
}

TEST_F(SplitPlan, AMixedPoolHasTwoProtocols) {
  const auto made = plan("splits: [{type: item_cold}]\nevaluation: {candidates: [{name: head}, {name: mixed, pool: catalogue}]}\n");
  ASSERT_TRUE(made) << made.error().message;
  std::map<std::string, int> computed;
  for (const PlannedCell& cell : made->cells) computed[cell.result.protocol] += cell.result.state == CellState::kMissing;
  EXPECT_EQ(computed, (std::map<std::string, int>{{"full(cold)", 1}, {"full(catalogue,cold targets)", 1}, {"full(catalogue,warm targets)", 3}}));
}

TEST_F(SplitPlan, ASampleOfUsersChangesNoFit) {
  const auto fits = [&](const std::string& more) {
    std::set<std::string> hashes;
    const auto made = plan(more);
    if (made) {
      for (const Task& task : made->tasks) {
        if (task.node.kind == "fits") hashes.insert(task.node.hash);
      }
    }
    return hashes;
  };
  EXPECT_EQ(fits("users: {sample: 20}\n"), fits(""));
  EXPECT_FALSE(fits("").empty());
}

TEST_F(SplitPlan, DefaultsAreWrittenOutAndReadAgain) {
  const auto experiment = load("splits: [{type: user_cold}, {type: item_cold}, {type: warm, holdout: ratio}]\n");
  ASSERT_TRUE(experiment) << experiment.error().message;
  const OrderedJson splits = experiment->resolved["splits"];
  EXPECT_EQ(splits[0]["fraction"], 0.1);
  EXPECT_EQ(splits[0]["target"]["rule"], "next");
  EXPECT_EQ(splits[1]["select"], "newest");
  EXPECT_EQ(splits[1]["users"], "keep");
  EXPECT_FALSE(splits[1].contains("max_history"));
  EXPECT_FALSE(splits[2].contains("fraction"));
  EXPECT_EQ(splits[2]["ratio"], OrderedJson::array({0.8, 0.1, 0.1}));
  config::Errors errors;
  for (const OrderedJson& split : splits) {
    (void)config::parse<SplitConfig>(config::from_json(Json::parse(split.dump()), "again"), errors);
  }
  EXPECT_TRUE(errors.empty()) << errors.error().message;
}

}  // namespace
}  // namespace motive
