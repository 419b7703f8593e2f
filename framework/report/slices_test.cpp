// Slices from stored ranks to the tables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/evaluate/cell_facts.h"
#include "framework/report/csv.h"
#include "framework/report/results.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Four users with 1, 1, 8 and 30 visible events; targets item0 (often trained on) and item1
/// (never).
std::shared_ptr<const CellFacts> facts() {
  auto facts = std::make_shared<CellFacts>();
  for (const char* id : {"item0", "item1"}) {
    facts->items.add(id);
    facts->category_offsets.push_back(0);
  }
  facts->item_events = {9, 0};
  for (const auto& [user, events] : {std::pair{"u0", 1u}, {"u1", 1u}, {"u2", 8u}, {"u3", 30u}}) {
    facts->users.add(user);
    facts->history.push_back(events);
    facts->user_known.push_back(true);
  }
  return facts;
}

struct Sliced : testing::Test {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"random", "bpr", "content_knn"});
  test::GridMaker make{grid, folder.path()};
  void SetUp() override {
    grid.metrics = {MetricKind::kHr, MetricKind::kAuc};
    grid.topk = {5};
    grid.slices = {{SliceKind::kHistory}, {SliceKind::kItem}};
    const auto seed = [](std::uint64_t init) {
      CellSeeds seeds;
      seeds.init = init;
      return seeds;
    };
    make.done(test::cell("beauty", "random", "full", seed(1)), test::ranks_above({0, 50, 50, 50}));
    // Two targets a user: the second, item1, is cold.
    make.done(test::cell("beauty", "bpr", "full", seed(1)), {{"u0", {{0, 0, 100}, {80, 0, 100}}},
                                                             {"u1", {{60, 0, 100}, {3, 0, 100}}},
                                                             {"u2", {{9, 0, 100}}},
                                                             {"u3", {{1, 0, 100}}}});
    make.done(test::cell("beauty", "bpr", "full", seed(2)), test::ranks_above({0, 0, 0, 0}));
    make.not_done(test::cell("beauty", "content_knn", "full", {}), CellState::kNotApplicable,
                  "no text");
  }
  Summary summary() {
    auto found = summarise(
        grid,
        [](const CellResult&) -> Result<std::shared_ptr<const CellFacts>> { return facts(); });
    EXPECT_TRUE(found) << found.error().message;
    return found ? *found : Summary{};
  }
};

TEST_F(Sliced, EachSliceIsAMeanOverItsUsers) {
  const Summary all = summary();
  const SummaryRow& random = all.rows[0];
  std::vector<std::string> names;
  double weighted = 0;
  for (const SummarySlice& slice : random.slices) {
    names.push_back(slice.name);
    if (slice_kind_of(slice.name) == "history")
      weighted += static_cast<double>(slice.users) * slice.stats[0].mean;
  }
  EXPECT_THAT(names, ElementsAre("history:1-2", "history:6-10", "history:21+", "item:warm"));
  EXPECT_NEAR(weighted, static_cast<double>(random.users) * random.stats[0].mean, 1e-12);
  EXPECT_EQ(random.slices[0].users, 2u);
  EXPECT_EQ(random.slices[0].stats[0].mean, 0.5);
  EXPECT_TRUE(random.slices[0].stats[0].users);
  EXPECT_FALSE(random.slices[1].stats[0].users) << "one user has no interval";
}

TEST_F(Sliced, ASliceOfTargetsHoldsThoseOfItsTargets) {
  const Summary all = summary();
  const SummaryRow& bpr = all.rows[1];
  ASSERT_EQ(bpr.slices.size(), 5u);
  const SummarySlice &warm = bpr.slices[3], &cold = bpr.slices[4];
  EXPECT_EQ(warm.name, "item:warm");
  EXPECT_EQ(cold.name, "item:cold");
  EXPECT_EQ(warm.users, 4u);
  EXPECT_EQ(cold.users, 2u);
  EXPECT_EQ(cold.done, 1u);  // the second seed has no cold target
  EXPECT_EQ(cold.stats[0].mean, 0.5);
  EXPECT_NEAR(warm.stats[0].mean, (0.5 + 1) / 2, 1e-12);
  ASSERT_TRUE(warm.stats[0].sd_seeds);
  EXPECT_FALSE(cold.stats[0].sd_seeds);
  // Over users around the mean over the cells that have the slice: values 0 and 1, t(.975; 1)
  // = 12.7062.
  ASSERT_TRUE(cold.stats[0].users);
  EXPECT_NEAR(cold.stats[0].users->high, 0.5 + 12.706204736174705 * 0.5, 1e-9);
}

TEST_F(Sliced, FilesAndTablesNameThem) {
  const Summary all = summary();
  EXPECT_THAT(
      metrics_csv(all),
      HasSubstr("beauty,warm,random,random,,,,1,,,,full,history:1-2,hr,5,0.5,2,done,key0\n"));
  EXPECT_THAT(metrics_csv(all), HasSubstr("full,all,auc,,"));
  EXPECT_THAT(summary_csv(all), HasSubstr("beauty,warm,bpr,bpr,,full,item:cold,hr,5,0.5,2,"));
  const std::string text = render(grid, all, TableFormat::kText).value();
  for (const char* part :
       {"beauty · warm · full ranking\n", "· by history\n", "· by item\n", "item:cold · bpr",
        "history:21+ · random", "item:warm 4, item:cold 2 test users", "within the slice"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  const std::string csv = render(grid, all, TableFormat::kCsv).value();
  EXPECT_THAT(csv, HasSubstr("warm-full-item,beauty,warm,full,item:cold,bpr,bpr,,done,0.5000,"));
  EXPECT_THAT(csv, HasSubstr("warm-full,beauty,warm,full,all,bpr,bpr,,done,"));
}

TEST_F(Sliced, TablesMayAskForOneKindOrOneSlice) {
  grid.tables = {{"cold", "warm", "full", {}, {}, "item:cold"},
                 {"items", "warm", "full", {}, {}, "item"}};
  const auto tables = make_tables(grid, summary());
  ASSERT_TRUE(tables) << tables.error().message;
  std::vector<std::string> names;
  for (const TableRow& row : tables->at(0).rows) names.push_back(row.name());
  EXPECT_THAT(names,
              ElementsAre("item:cold · random", "item:cold · bpr", "item:cold · content_knn"));
  EXPECT_EQ(tables->at(0).rows[0].datasets[0].state,
            CellState::kNotApplicable);  // random has no cold target here
  EXPECT_EQ(tables->at(1).rows.size(), 6u);
  grid.tables = {{"t", "warm", "full", {}, {}, "item:lukewarm"}};
  const auto none = make_tables(grid, summary());
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, HasSubstr("item:lukewarm"));
}

TEST_F(Sliced, WithoutAStoreTheErrorSaysWhatToDo) {
  const auto found = summarise(grid);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("run the experiment again"));
  grid.slices.clear();
  EXPECT_TRUE(summarise(grid));
}

}  // namespace
}  // namespace motive
