#include "framework/experiment/plan.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <map>

namespace motive {
namespace {

struct PlanTest : testing::Test {
  Path folder = Path(testing::TempDir()) / fmt::format("plan-{}", ::getpid());
  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  Result<LoadedExperiment> load(const std::string& more) const {
    std::ofstream(folder / "e.yaml") << "experiment: e\ndataset: {name: w, world: {users: 80, items: 120, seed: 5}}\n" << more;
    return load_experiment((folder / "e.yaml").string(), {});
  }
  Store store() const { return *Store::open(folder / "store"); }
};

// This program holds no methods of the project, so the experiments here have one of their own.
struct NoParams {
  static const config::Table<NoParams>& table() {
    static const auto kTable = config::Table<NoParams>("plan_test_method");
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
MethodInfo describe(const NoParams&) {
  MethodInfo info;
  info.code_version = "1";
  info.selects = true;
  info.fit_estimate = [](const Shape&) { return Estimate{1, 4'000'000'000}; };
  return info;
}
const RegisterMethod<NoParams, Nothing> kRegister{"plan_test_method", "for this test", "", describe};

const std::string kOneModel = "models: [plan_test_method]\n";

TEST_F(PlanTest, RefusesWhatWillNotFitAndSaysWhatToDo) {
  const auto experiment = load(kOneModel);
  ASSERT_TRUE(experiment) << experiment.error().message;
  EXPECT_TRUE(make_plan(experiment->config, store(), {.memory_bytes = 8'000'000'000}));
  const auto refused = make_plan(experiment->config, store(), {.memory_bytes = 1'000'000'000});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("4.0 GB"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("smaller"), std::string::npos);
}

TEST_F(PlanTest, SharesWhatTwoCellsHaveInCommon) {
  const auto experiment = load(kOneModel + "seeds: {init: [1, 2]}\nevaluation: {candidates: [{name: full}, {name: few, negatives: 5}]}\n");
  ASSERT_TRUE(experiment) << experiment.error().message;
  const auto plan = make_plan(experiment->config, store(), {});
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->cells.size(), 4u);
  std::map<std::string, int> kinds;
  for (const Task& task : plan->tasks) ++kinds[task.node.kind];
  // Two fits a seed: one selects, one is refitted.
  EXPECT_EQ(kinds, (std::map<std::string, int>{{"prepared", 1}, {"splits", 1}, {"candidates", 2}, {"fits", 4}, {"ranks", 4}}));
  for (std::size_t i = 0; i < plan->tasks.size(); ++i) {
    for (const std::size_t input : plan->tasks[i].inputs) EXPECT_LT(input, i);
  }
}

TEST_F(PlanTest, RefitPolicyIsPartOfTheKey) {
  const auto refitted = make_plan(load(kOneModel)->config, store(), {});
  const auto plain = make_plan(load(kOneModel + "refit: none\n")->config, store(), {});
  ASSERT_TRUE(refitted && plain);
  EXPECT_NE(refitted->cells[0].result.cell, plain->cells[0].result.cell);
  EXPECT_NE(plain->cells[0].result.cell,
            make_plan(load(kOneModel + "refit: none\ntest_history: train_valid\n")->config, store(), {})->cells[0].result.cell);
}

TEST_F(PlanTest, NothingIsWritten) {
  ASSERT_TRUE(make_plan(load(kOneModel)->config, store(), {}));
  EXPECT_FALSE(std::filesystem::exists(folder / "store"));
}

}  // namespace
}  // namespace motive
