#include "framework/report/results.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "framework/base/rng.h"
#include "framework/report/csv.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFiles[] = {"metrics.csv", "summary.csv", "table.txt", "table.md",
                                  "table.csv"};

std::map<std::string, std::string> written(const Grid& grid, const Path& folder) {
  const Status status = write_results(grid, folder);
  EXPECT_TRUE(status.has_value()) << status.error().message;
  std::map<std::string, std::string> files;
  for (const char* name : kFiles) files[name] = read_file(folder / name).value();
  return files;
}

/// The same without the disk.
std::map<std::string, std::string> printed(const Grid& grid) {
  const Summary summary = summarise(grid).value();
  return {{"metrics.csv", metrics_csv(summary)},
          {"summary.csv", summary_csv(summary)},
          {"table.txt", render(grid, summary, TableFormat::kText).value()},
          {"table.md", render(grid, summary, TableFormat::kMarkdown).value()},
          {"table.csv", render(grid, summary, TableFormat::kCsv).value()}};
}

/// RFC 4180, enough for what is written here.
std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted && c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      rows.back().back() += text[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back({""});
    } else {
      rows.back().back() += c;
    }
  }
  rows.pop_back();
  return rows;
}

/// A grid of random ranks: two models, up to three seeds, both protocols.
Grid random_grid(const Path& folder, std::uint64_t seed) {
  Rng rng(seed, "results_test");
  Grid grid = test::empty_grid({"beauty"}, {"random", "bpr"});
  test::GridMaker make(grid, folder);
  const auto users = 2 + rng.below(6);
  for (const auto& dataset : grid.datasets) {
    for (const auto& model : grid.models) {
      for (const auto& protocol : grid.protocols) {
        for (std::uint64_t init = 1; init <= 3; ++init) {
          CellSeeds seeds;
          seeds.split = 1;
          seeds.init = init;
          if (protocol.negatives > 0) seeds.candidates = 7;
          const CellResult cell = test::cell(dataset.name, model.label, protocol.protocol, seeds);
          std::vector<std::uint32_t> above;
          for (std::uint32_t u = 0; u < users; ++u) above.push_back(rng.below(20));
          if (init == 3 && rng.below(2) == 0) {
            make.not_done(cell, CellState::kFailed, "because of \"this\", and that\nfor good");
          } else {
            make.done(cell, test::ranks_above(above));
          }
        }
      }
    }
  }
  return grid;
}

TEST(WriteResults, WritesTheColumnsOfTheContract) {
  test::TemporaryFolder folder;
  const auto files = written(test::golden_grid(folder.path()), folder.path() / "run");
  EXPECT_THAT(
      files.at("metrics.csv"),
      ::testing::StartsWith(
          "dataset,split,model,label,variant,split_seed,order_seed,init_seed,candidate_seed,"
          "llm_seed,prompt_order_seed,protocol,slice,metric,k,value,users,state,cell\n"
          "beauty,warm,random,random,,1,,1,,,,full,all,hr,5,0.25,4,done,key0\n"));
  EXPECT_THAT(files.at("metrics.csv"),
              HasSubstr("\nbeauty,warm,item_knn,item_knn,,1,,,,,,full,all,hr,5,,,failed,\n"));
  EXPECT_THAT(files.at("metrics.csv"),
              HasSubstr("\nbeauty,warm,content_knn,content_knn,,1,,,,,,full,all,hr,5,,,n/a,\n"));
  EXPECT_THAT(
      files.at("summary.csv"),
      ::testing::StartsWith(
          "dataset,split,model,label,variant,protocol,slice,metric,k,mean,users,ci_users_low,"
          "ci_users_high,seeds,sd_seeds,ci_seeds_low,ci_seeds_high\n"));
  EXPECT_THAT(files.at("summary.csv"),
              HasSubstr("\nbeauty,warm,item_knn,item_knn,,full,all,hr,5,,,,,0,,,\n"));
  for (const auto& [name, text] : files)
    EXPECT_THAT(text, Not(HasSubstr(folder.path().string()))) << name;
}

TEST(WriteResults, PrintsNumbersThatReadBackExactly) {
  for (const double value : {0.1, 1.0 / 3, 0.0, 1.0, 1e-300, 0.043000000000000003, 5e-324}) {
    EXPECT_EQ(std::strtod(csv_number(value).c_str(), nullptr), value);
  }
}

TEST(WriteResults, QuotesWhatCsvNeedsQuoted) {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"a,b"}, {"say \"hi\""});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("a,b", "say \"hi\"", "sampled(99,uniform,catalogue)", {}),
            test::ranks_above({1, 2}));
  const auto files = written(grid, folder.path() / "run");
  for (const char* name : {"metrics.csv", "summary.csv", "table.csv"}) {
    const auto rows = parse_csv(files.at(name));
    ASSERT_GT(rows.size(), 1u);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size()) << name;
    EXPECT_THAT(rows[1], ::testing::Contains("a,b"));
    EXPECT_THAT(rows[1], ::testing::Contains("say \"hi\""));
    EXPECT_THAT(rows[1], ::testing::Contains("sampled(99,uniform,catalogue)"));
  }
}

TEST(Render, KnowsWhichFormatsThereAre) {
  EXPECT_TRUE(table_format("md").has_value());
  EXPECT_EQ(table_format("pdf").error().kind, ErrorKind::kInvalid);
}

TEST(WriteResults, WritesNothingWhereATableCannotBeMade) {
  test::TemporaryFolder folder;
  Grid grid = test::golden_grid(folder.path());
  grid.tables = {{"table1", "warm", "full", {MetricKind::kMrr}, {}}};
  EXPECT_THAT(write_results(grid, folder.path() / "run").error().message, HasSubstr("mrr@5"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "run"));
}

RC_GTEST_PROP(WriteResults, GivesTheSameBytesForAnyOrderOfCells, ()) {
  test::TemporaryFolder folder;
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Grid grid = random_grid(folder.path(), seed);
  const auto first = printed(grid);
  Rng(seed, "shuffle").shuffle(std::span(grid.cells));
  RC_ASSERT(printed(grid) == first);
}

TEST(WriteResults, WritesWhatIsPrintedAndTheSameAgain) {
  test::TemporaryFolder folder;
  Grid grid = random_grid(folder.path(), 5);
  const auto first = written(grid, folder.path() / "run");
  std::reverse(grid.cells.begin(), grid.cells.end());
  EXPECT_EQ(written(grid, folder.path() / "run"), first);
  EXPECT_EQ(printed(grid), first);
}

RC_GTEST_PROP(WriteResults, SummarisesItsOwnMetrics, ()) {
  test::TemporaryFolder folder;
  const auto files = printed(random_grid(folder.path(), *rc::gen::arbitrary<std::uint64_t>()));
  std::map<std::vector<std::string>, std::vector<double>> values;
  for (const auto& row : parse_csv(files.at("metrics.csv"))) {
    if (row[17] == "done")
      values[{row[0], row[3], row[11], row[13], row[14]}].push_back(std::stod(row[15]));
  }
  std::size_t compared = 0;
  for (const auto& row : parse_csv(files.at("summary.csv"))) {
    if (row[0] == "dataset") continue;
    const auto& of_row = values[{row[0], row[3], row[5], row[7], row[8]}];
    double mean = 0;
    for (double value : of_row) mean += value / static_cast<double>(of_row.size());
    RC_ASSERT(std::abs(std::stod(row[9]) - mean) < 1e-12);
    RC_ASSERT(std::stoul(row[13]) == of_row.size());
    ++compared;
  }
  RC_ASSERT(compared == 2u * 2u * 4u);
}

}  // namespace
}  // namespace motive
