#include "framework/report/spread.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/rng.h"
#include "framework/report/table.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

/// hr@5 of a cell is a share of 1000 users that depends on its seeds alone.
Grid grid_of(const Path& folder, double by_split, double by_init) {
  Grid grid = test::empty_grid({"beauty"}, {"bpr"});
  test::GridMaker make(grid, folder);
  for (std::uint64_t split = 1; split <= 4; ++split) {
    for (std::uint64_t init = 1; init <= 4; ++init) {
      const double share = 0.5 + by_split * (static_cast<double>(split) - 2.5) + by_init * (static_cast<double>(init) - 2.5);
      std::vector<std::uint32_t> above;
      for (std::size_t u = 0; u < 1000; ++u) above.push_back(static_cast<double>(u) < 1000 * share ? 0u : 50u);
      CellSeeds seeds;
      seeds.split = split;
      seeds.init = init;
      make.done(test::cell("beauty", "bpr", "full", seeds), test::ranks_above(above));
    }
  }
  return grid;
}

TEST(Spread, IsToldByKindOfSeed) {
  test::TemporaryFolder folder;
  const auto summary = summarise(grid_of(folder.path(), 0.05, 0.01));
  ASSERT_TRUE(summary.has_value());
  const auto parts = spread_of(*summary, summary->rows[0], 0);
  ASSERT_TRUE(parts.has_value());
  EXPECT_GT(parts->find("split")->share, 0.9);
  EXPECT_LT(parts->find("init")->share, 0.1);
  EXPECT_NEAR(parts->find("split")->variance / parts->find("init")->variance, 25, 1);
  EXPECT_THAT(variance_csv(*summary), ::testing::HasSubstr("beauty,warm,full,bpr,,hr,5,split,4,"));
}

TEST(Spread, TheNotesTellItWhereTwoKindsVary) {
  test::TemporaryFolder folder;
  Grid grid = grid_of(folder.path(), 0.05, 0.01);
  const auto told = [&] {
    const auto summary = summarise(grid);
    const auto tables = make_tables(grid, *summary);
    std::string text;
    for (const TableNote& note : tables->front().notes) text += note.heading == "Spread" ? note.text : "";
    return text;
  };
  EXPECT_THAT(told(), ::testing::HasSubstr("of ndcg@10 over seeds: bpr: split 9"));
  std::erase_if(grid.cells, [](const CellResult& cell) { return cell.seeds.split != 1u; });
  EXPECT_EQ(told(), "");
}

}  // namespace
}  // namespace motive
