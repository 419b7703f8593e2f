#include "framework/report/summary.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>

#include "framework/report/test_grid.h"

namespace motive {
namespace {

using ::testing::DoubleNear;
using ::testing::HasSubstr;

constexpr double kT1 = 12.706204736174705, kT2 = 4.302652729749462,
                 kT3 = 3.182446305283710;  // t(.975; df)

CellSeeds seeds(std::uint64_t split, std::optional<std::uint64_t> init) {
  CellSeeds s;
  s.split = split;
  s.init = init;
  return s;
}

Grid hr_grid(const std::vector<std::string>& models) {
  Grid grid = test::empty_grid({"beauty"}, models);
  grid.metrics = {MetricKind::kHr};
  grid.topk = {5};
  return grid;
}

Summary summary_of(const Grid& grid) {
  auto summary = summarise(grid);
  EXPECT_TRUE(summary.has_value()) << summary.error().message;
  return summary ? *summary : Summary{};
}

/// Ranks that make hr@5 of user i the i-th value.
std::vector<test::UserRanks> hits(const std::vector<std::pair<std::string, bool>>& users) {
  std::vector<test::UserRanks> ranks;
  for (const auto& [user, hit] : users) ranks.push_back({user, {{hit ? 0u : 50u, 0, 100}}});
  return ranks;
}

TEST(Summarise, FoldsArePooledPerUser) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)), hits({{"a", true}, {"b", false}}));
  const Path fold = folder.path() / "fold";
  std::filesystem::create_directories(fold);
  test::write_ranks(fold, "", hits({{"b", true}, {"c", false}}));
  grid.cells[0].more_ranks = {fold};
  const Summary summary = summary_of(grid);
  ASSERT_EQ(summary.rows.size(), 1u);
  EXPECT_EQ(summary.rows[0].users, 3u);
  EXPECT_EQ(summary.cells[0].positives, 4u);
  // a 1, b the mean of 0 and 1, c 0
  EXPECT_DOUBLE_EQ(summary.cells[0].values[0], 0.5);
}

TEST(Summarise, AveragesUsersOverSeedsBeforeTheInterval) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)),
            hits({{"a", true}, {"b", true}, {"c", false}, {"d", false}}));
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 2)),
            hits({{"a", true}, {"b", false}, {"c", false}, {"d", false}}));
  const Summary summary = summary_of(grid);
  ASSERT_EQ(summary.rows.size(), 1u);
  EXPECT_EQ(summary.cells[0].values[0], 0.5);
  EXPECT_EQ(summary.cells[1].values[0], 0.25);
  const SummaryStat& stat = summary.rows[0].stats[0];
  EXPECT_EQ(summary.rows[0].users, 4u);
  EXPECT_EQ(stat.mean, 0.375);
  // Users: 1, .5, 0, 0; sd = sqrt(.6875 / 3).
  const double half = kT3 * std::sqrt(0.6875 / 3) / 2;
  EXPECT_NEAR(stat.users->low, 0.375 - half, 1e-8);
  EXPECT_NEAR(stat.users->high, 0.375 + half, 1e-8);
  // Seeds: .5, .25.
  EXPECT_NEAR(*stat.sd_seeds, 0.25 / std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(stat.seeds->low, 0.375 - kT1 * 0.125, 1e-7);
  EXPECT_NEAR(stat.seeds->high, 0.375 + kT1 * 0.125, 1e-7);
}

TEST(Summarise, TakesAUserOfSeveralSplitSeedsAsOneCluster) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)), hits({{"a", true}, {"b", true}}));
  make.done(test::cell("beauty", "bpr", "full", seeds(2, 1)), hits({{"b", true}, {"c", false}}));
  const Summary summary = summary_of(grid);
  const SummaryStat& stat = summary.rows[0].stats[0];
  EXPECT_EQ(summary.rows[0].users, 3u);
  EXPECT_EQ(stat.mean, 0.75);
  // C n_c = 4; residuals a: .25, b: .25 + .25, c: -.75; z = .75 + 3/4 * residual.
  const double z[] = {0.75 + 0.75 * 0.25, 0.75 + 0.75 * 0.5, 0.75 - 0.75 * 0.75};
  double sum = 0;
  for (double value : z) sum += (value - 0.75) * (value - 0.75);
  const double half = kT2 * std::sqrt(sum / 2) / std::sqrt(3.0);
  EXPECT_NEAR(stat.users->low, 0.75 - half, 1e-8);
  EXPECT_NEAR(stat.users->high, 0.75 + half, 1e-8);
}

TEST(Summarise, HasNoIntervalFromOne) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)), hits({{"a", true}}));
  const SummaryStat stat = summary_of(grid).rows[0].stats[0];
  EXPECT_FALSE(stat.users.has_value());
  EXPECT_FALSE(stat.sd_seeds.has_value());
  EXPECT_FALSE(stat.seeds.has_value());
}

TEST(Summarise, TakesTheTiesOfTheExperiment) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)),
            {{"a", {{3, 3, 100}}}});  // ranks 4 to 7, k = 5
  EXPECT_DOUBLE_EQ(summary_of(grid).cells[0].values[0], 0.5);
  grid.ties = Ties::kPessimistic;
  EXPECT_EQ(summary_of(grid).cells[0].values[0], 0.0);
  grid.ties = Ties::kOptimistic;
  EXPECT_EQ(summary_of(grid).cells[0].values[0], 1.0);
}

TEST(Summarise, CountsUnansweredQueriesAndTies) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)),
            {{"a", {{3, 0, 100}, {3, 2, 100}}}, {"b", {{100, 0, 100}}}});
  const Summary summary = summary_of(grid);
  EXPECT_EQ(summary.cells[0].users, 2u);
  EXPECT_EQ(summary.cells[0].unanswered, 1u);
  EXPECT_EQ(summary.cells[0].positives, 3u);
  EXPECT_EQ(summary.cells[0].tied, 1u);
}

TEST(Summarise, FindsVariantsAndMakesThemRows) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"llm"});
  test::GridMaker make(grid, folder.path());
  const CellResult& done =
      make.done(test::cell("beauty", "llm", "full", seeds(1, 1)), hits({{"a", true}, {"b", true}}));
  test::write_ranks(done.ranks, "strict", hits({{"a", false}, {"b", true}}));
  const Summary summary = summary_of(grid);
  ASSERT_EQ(summary.rows.size(), 2u);
  EXPECT_EQ(summary.of(summary.rows[1]).variant, "strict");
  EXPECT_EQ(summary.rows[0].stats[0].mean, 1.0);
  EXPECT_EQ(summary.rows[1].stats[0].mean, 0.5);
}

TEST(Summarise, StatesTheSmallestDetectableDifference) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr", "random", "popularity"});
  test::GridMaker make(grid, folder.path());
  std::vector<std::pair<std::string, bool>> best, second, third;
  for (int u = 0; u < 400; ++u) {
    best.emplace_back(fmt::format("u{}", u), u % 2 == 0);
    second.emplace_back(fmt::format("u{}", u), u % 4 == 0);
    third.emplace_back(fmt::format("u{}", u), false);
  }
  make.done(test::cell("beauty", "random", "full", seeds(1, 1)), hits(third));
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)), hits(best));
  make.done(test::cell("beauty", "popularity", "full", seeds(1, {})), hits(second));
  const Summary summary = summary_of(grid);
  ASSERT_EQ(summary.detectable.size(), 1u);
  // Differences: 1 for a quarter of the users; sd .4336; (1.966 + .843) sd / sqrt(n).
  EXPECT_THAT(summary.detectable[0].difference, DoubleNear(2.809 * 0.43355 / 20, 2e-4));
  EXPECT_EQ(summary.detectable[0].users, 400u);
}

TEST(Summarise, RefusesCellsItCannotPlaceAndCellsGivenTwice) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.not_done(test::cell("beauty", "sasrec", "full", seeds(1, 1)), CellState::kMissing, "");
  EXPECT_THAT(summarise(grid).error().message, HasSubstr("\"sasrec\""));
  grid.cells[0].label = "bpr";
  grid.cells.push_back(grid.cells[0]);
  EXPECT_THAT(summarise(grid).error().message, HasSubstr("twice"));
}

TEST(Summarise, SaysWhichRanksItCannotRead) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "bpr", "full", seeds(1, 1)),
            hits({{"a", true}, {"b", true}, {"a", true}}));
  EXPECT_THAT(summarise(grid).error().message, HasSubstr("user \"a\" stands in two places"));
  std::filesystem::remove(grid.cells[0].ranks / "ranks.csv.zst");
  EXPECT_FALSE(summarise(grid).has_value());
}

RC_GTEST_PROP(Summarise, EqualsAPlainComputation, ()) {
  test::TemporaryFolder folder;
  Grid grid = hr_grid({"bpr"});
  grid.metrics = {MetricKind::kNdcg};
  test::GridMaker make(grid, folder.path());
  const auto users = *rc::gen::inRange<std::size_t>(2, 12);
  const auto n_seeds = *rc::gen::inRange<std::size_t>(1, 5);
  std::vector<double> per_user(users, 0.0), per_seed(n_seeds, 0.0);
  for (std::size_t s = 0; s < n_seeds; ++s) {
    const auto above = *rc::gen::container<std::vector<std::uint32_t>>(
        users, rc::gen::inRange<std::uint32_t>(0, 10));
    for (std::size_t u = 0; u < users; ++u) {
      const double value = above[u] < 5 ? 1 / std::log2(above[u] + 2.0) : 0;
      per_user[u] += value / static_cast<double>(n_seeds);
      per_seed[s] += value / static_cast<double>(users);
    }
    make.done(test::cell("beauty", "bpr", "full", seeds(1, s)), test::ranks_above(above));
  }
  const auto summary = summarise(grid);
  RC_ASSERT(summary.has_value());
  const SummaryStat& stat = summary->rows[0].stats[0];
  const auto sd = [](const std::vector<double>& x, double mean) {
    double sum = 0;
    for (double v : x) sum += (v - mean) * (v - mean);
    return std::sqrt(sum / static_cast<double>(x.size() - 1));
  };
  double mean = 0;
  for (double value : per_seed) mean += value / static_cast<double>(n_seeds);
  RC_ASSERT(std::abs(stat.mean - mean) < 1e-12);
  RC_ASSERT(std::abs((stat.users->low + stat.users->high) / 2 - mean) < 1e-9);
  if (users == 4) {
    RC_ASSERT(std::abs((stat.users->high - mean) - kT3 * sd(per_user, mean) / 2) < 1e-7);
  }
  RC_ASSERT(stat.sd_seeds.has_value() == (n_seeds > 1));
  if (n_seeds > 1) RC_ASSERT(std::abs(*stat.sd_seeds - sd(per_seed, mean)) < 1e-12);
}

}  // namespace
}  // namespace motive
