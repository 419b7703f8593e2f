#include "framework/report/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "framework/report/results.h"
#include "framework/report/test_grid.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGoldenText = R"(beauty · warm · full ranking

             hr@5             hr@10            ndcg@5           ndcg@10
───────────────────────────────────────────────────────────────────────────────
random       0.2500  ±0.0000  0.3750  ±0.1768  0.1022  ±0.0077  0.1383  ±0.0434
popularity   0.5000*          0.7500*          0.2764           0.3553
item_knn     failed [1]
bpr [2]      0.5000* ±0.0000  0.7500* ±0.0000  0.3914* ±0.0231  0.4735* ±0.0329
content_knn  n/a [3]
sasrec       not available

[1]         item_knn: score of item B00|X for user u1 is not a number
[2]         bpr: only 2 of 3 seeds; the others failed: ran out of memory
[3]         beauty has no item text
Data        beauty: 22,363 users, 12,101 items, 198,502 events
Split       warm: leave one out; target: the last event; validation: the one before it
Protocol    full: target among all 12,101 items but the user's history
Ties        expected value over all orders of tied items; tied targets: popularity 50.0 %
Refit       train_valid: every method is refitted on training and validation events
Seeds       split 1; init 1, 2, 3
Users       4 test users; every number is a mean over them
±           standard deviation over a method's seeds; without it: one run
*           best of its column; not a statement about significance
Tests       significantly above every rival: nobody (paired t-test over users, Holm over the rivals
            of a column, 5 %)
Detectable  0.8687 in hr@10, 0.6345 in ndcg@10 (smallest true difference that a paired t-test of the
            two best would find: 5 %, power 80 %)
Warning     no simple baseline of this table was tuned on validation
Warning     popularity, queries without an answer: 1
Config      test 0123456789ab
)";

constexpr const char* kGoldenMarkdown = R"(### beauty · warm · full ranking

| model            | hr@5                | hr@10               | ndcg@5              | ndcg@10             |
|:-----------------|:--------------------|:--------------------|:--------------------|:--------------------|
| random           | 0.2500 ±0.0000      | 0.3750 ±0.1768      | 0.1022 ±0.0077      | 0.1383 ±0.0434      |
| popularity       | 0.5000\*            | 0.7500\*            | 0.2764              | 0.3553              |
| item_knn         | failed <sup>1</sup> | failed <sup>1</sup> | failed <sup>1</sup> | failed <sup>1</sup> |
| bpr <sup>2</sup> | 0.5000\* ±0.0000    | 0.7500\* ±0.0000    | 0.3914\* ±0.0231    | 0.4735\* ±0.0329    |
| content_knn      | n/a <sup>3</sup>    | n/a <sup>3</sup>    | n/a <sup>3</sup>    | n/a <sup>3</sup>    |
| sasrec           | not available       | not available       | not available       | not available       |

<sup>1</sup> item_knn: score of item B00\|X for user u1 is not a number<br>
<sup>2</sup> bpr: only 2 of 3 seeds; the others failed: ran out of memory<br>
<sup>3</sup> beauty has no item text<br>

- Data: beauty: 22,363 users, 12,101 items, 198,502 events
- Split: warm: leave one out; target: the last event; validation: the one before it
- Protocol: full: target among all 12,101 items but the user's history
- Ties: expected value over all orders of tied items; tied targets: popularity 50.0 %
- Refit: train_valid: every method is refitted on training and validation events
- Seeds: split 1; init 1, 2, 3
- Users: 4 test users; every number is a mean over them
- ±: standard deviation over a method's seeds; without it: one run
- \*: best of its column; not a statement about significance
- Tests: significantly above every rival: nobody (paired t-test over users, Holm over the rivals of a column, 5 %)
- Detectable: 0.8687 in hr@10, 0.6345 in ndcg@10 (smallest true difference that a paired t-test of the two best would find: 5 %, power 80 %)
- Warning: no simple baseline of this table was tuned on validation
- Warning: popularity, queries without an answer: 1
- Config: test 0123456789ab
)";

constexpr const char* kGoldenCsv =
    R"(table,dataset,split,protocol,slice,model,label,variant,state,hr@5,hr@5_sd,hr@5_mark,hr@10,hr@10_sd,hr@10_mark,ndcg@5,ndcg@5_sd,ndcg@5_mark,ndcg@10,ndcg@10_sd,ndcg@10_mark
warm-full,beauty,warm,full,all,random,random,,done,0.2500,0.0000,,0.3750,0.1768,,0.1022,0.0077,,0.1383,0.0434,
warm-full,beauty,warm,full,all,popularity,popularity,,done,0.5000,,*,0.7500,,*,0.2764,,,0.3553,,
warm-full,beauty,warm,full,all,item_knn,item_knn,,failed,,,,,,,,,,,,
warm-full,beauty,warm,full,all,bpr,bpr,,done,0.5000,0.0000,*,0.7500,0.0000,*,0.3914,0.0231,*,0.4735,0.0329,*
warm-full,beauty,warm,full,all,content_knn,content_knn,,n/a,,,,,,,,,,,,
warm-full,beauty,warm,full,all,sasrec,sasrec,,not available,,,,,,,,,,,,
)";

std::string text_of(const Grid& grid, int width = kTextWidth, bool colour = false) {
  auto text = render_text(grid, colour, width);
  EXPECT_TRUE(text.has_value()) << text.error().message;
  return text ? *text : "";
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// Three metrics, two data sets, two protocols, three seeds; one method that cannot do the second
/// data set.
Grid wide_grid(const Path& folder) {
  Grid grid =
      test::empty_grid({"amazon-beauty", "amazon-sports"}, {"popularity", "ItemKNN 混合", "Größe"});
  grid.metrics.push_back(MetricKind::kMrr);
  grid.warnings = {{"amazon-beauty", "warm", "full", "index order beats chance: item ids leak"}};
  test::GridMaker make(grid, folder);
  for (const auto& dataset : grid.datasets) {
    for (const auto& model : grid.models) {
      for (const auto& protocol : grid.protocols) {
        for (std::uint32_t seed = 1; seed <= 3; ++seed) {
          CellSeeds seeds;
          seeds.split = 1;
          if (model.label != "popularity") seeds.init = seed;
          if (model.label == "popularity" && seed > 1) continue;
          if (protocol.negatives > 0) seeds.candidates = 1;
          const CellResult cell = test::cell(dataset.name, model.label, protocol.protocol, seeds);
          if (model.label == "Größe" && dataset.name == "amazon-sports") {
            make.not_done(cell, CellState::kNotApplicable, "amazon-sports has no item text");
          } else {
            make.done(cell, test::ranks_above({seed, 2 * seed + 1, 4, 9 - seed}));
          }
        }
      }
    }
  }
  return grid;
}

TEST(TableText, LooksAsItShould) {
  test::TemporaryFolder folder;
  EXPECT_EQ(text_of(test::golden_grid(folder.path())), kGoldenText);
}

TEST(TableMarkdown, LooksAsItShould) {
  test::TemporaryFolder folder;
  EXPECT_EQ(render(test::golden_grid(folder.path()), TableFormat::kMarkdown).value(),
            kGoldenMarkdown);
}

TEST(TableCsv, LooksAsItShould) {
  test::TemporaryFolder folder;
  EXPECT_EQ(render(test::golden_grid(folder.path()), TableFormat::kCsv).value(), kGoldenCsv);
}

TEST(TableText, ColoursTheBestAndUsesNoBold) {
  test::TemporaryFolder folder;
  const std::string text = text_of(test::golden_grid(folder.path()), kTextWidth, true);
  EXPECT_THAT(text, HasSubstr("\033[32m0.3914* ±0.0231\033[0m"));
  EXPECT_THAT(text, HasSubstr("\033[31mfailed [1]\033[0m"));
  EXPECT_THAT(text, Not(HasSubstr("\033[1m")));
}

TEST(TableText, NeverMixesProtocolsAndStampsSampledOnes) {
  test::TemporaryFolder folder;
  const Grid grid = wide_grid(folder.path());
  const auto tables = make_tables(grid, summarise(grid).value()).value();
  ASSERT_EQ(tables.size(), 2u);
  EXPECT_EQ(tables[0].title, "warm · full ranking");
  EXPECT_EQ(tables[1].title, "warm · sampled(99,uniform)");
  EXPECT_THAT(table_text(tables[0], false, 100), Not(HasSubstr("sampled")));
  EXPECT_THAT(table_text(tables[1], false, 100), HasSubstr("amazon-beauty · sampled(99,uniform)"));
  EXPECT_THAT(table_markdown(tables[1]),
              HasSubstr("amazon-beauty<br>ndcg@10<br>sampled(99,uniform)"));
}

TEST(TableText, KeepsToItsWidthAndShowsEveryColumn) {
  test::TemporaryFolder folder;
  const Grid grid = wide_grid(folder.path());
  for (int width : {60, 80, 100, 160, 400}) {
    std::size_t titles = 0, widest = 0;
    for (const std::string& line : lines_of(text_of(grid, width))) {
      EXPECT_LE(display_width(line), static_cast<std::size_t>(width)) << line;
      widest = std::max(widest, display_width(line));
      if (line.starts_with("   ") && line.find('@') != std::string::npos &&
          line.find("paired") == std::string::npos) {
        for (std::size_t at = line.find('@'); at != std::string::npos; at = line.find('@', at + 1))
          ++titles;
      }
    }
    EXPECT_GE(titles, 2u * 2u * 6u) << width;
  }
}

TEST(TableText, HasRoomForLargeNumbers) {
  test::TemporaryFolder folder;
  const Grid grid = test::golden_grid(folder.path());
  auto tables = make_tables(grid, *summarise(grid));
  TableValue& value = tables->front().rows[1].datasets[0].values[0];
  value.mean = 12345.6789;
  value.sd = 10.25;
  value.best = true;
  EXPECT_NE(table_text(tables->front(), false, 100).find("12345.6789* ±10.2500  "), std::string::npos);
}

TEST(TableText, LinesUpUnderWideLetters) {
  test::TemporaryFolder folder;
  std::vector<std::size_t> points;
  for (const std::string& line : lines_of(text_of(wide_grid(folder.path()), 400))) {
    const bool row = line.starts_with("popularity ") || line.starts_with("ItemKNN 混合 ") ||
                     line.starts_with("Größe ");
    if (row && line.find("0.") != std::string::npos && line.find(':') == std::string::npos) {
      points.push_back(display_width(line.substr(0, line.find("0."))));
    }
  }
  ASSERT_EQ(points.size(), 6u);
  EXPECT_THAT(points, ::testing::Each(points[0]));
}

TEST(MakeTables, TakesTheExperimentsChoice) {
  test::TemporaryFolder folder;
  Grid grid = wide_grid(folder.path());
  grid.tables = {{"table2", "warm", "paper", {MetricKind::kNdcg}, {10}}};
  const Summary summary = summarise(grid).value();
  const auto tables = make_tables(grid, summary).value();
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_EQ(tables[0].title, "table2 · warm · sampled(99,uniform)");
  ASSERT_EQ(tables[0].columns.size(), 1u);
  EXPECT_EQ(metric_title(tables[0].columns[0]), "ndcg@10");
  grid.tables = {{"t", "cold", "paper", {}, {}}};
  EXPECT_EQ(make_tables(grid, summary).error().kind, ErrorKind::kInvalid);
  grid.tables = {{"t", "warm", "other", {}, {}}};
  EXPECT_THAT(make_tables(grid, summary).error().message, HasSubstr("\"other\""));
}

TEST(MakeTables, MarksEqualBestValuesAndNoLoneOnes) {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"random", "popularity"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "random", "full", {}), test::ranks_above({1, 2}));
  const auto alone = make_tables(grid, summarise(grid).value()).value();
  EXPECT_FALSE(alone[0].rows[0].datasets[0].values[0].best);
  make.done(test::cell("beauty", "popularity", "full", {}), test::ranks_above({2, 1}));
  const auto both = make_tables(grid, summarise(grid).value()).value();
  for (const TableRow& row : both[0].rows) EXPECT_TRUE(row.datasets[0].values[2].best) << row.label;
}

TEST(Notes, WarnOfMissingCompanyAndOfDifferentUsers) {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"random", "sasrec"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "random", "full", {}), test::ranks_above({1, 2}));
  make.done(test::cell("beauty", "sasrec", "full", {}), test::ranks_above({1, 2, 3})).counts = {
      {"items without a score", 1234}};
  const std::string text = text_of(grid);
  EXPECT_THAT(text, HasSubstr("this table lacks popularity and a tuned simple baseline"));
  EXPECT_THAT(text, HasSubstr("random and sasrec were judged on different users of beauty"));
  EXPECT_THAT(text, HasSubstr("sasrec, items without a score: 1,234"));
  EXPECT_THAT(text, HasSubstr("Seeds       none"));
}

TEST(Notes, GoWithTheTableTheyBelongTo) {
  test::TemporaryFolder folder;
  const Grid grid = wide_grid(folder.path());
  const auto tables = make_tables(grid, summarise(grid).value()).value();
  EXPECT_THAT(table_text(tables[0], false, 100),
              HasSubstr("amazon-beauty: index order beats chance"));
  EXPECT_THAT(table_text(tables[1], false, 100), Not(HasSubstr("index order")));
}

TEST(TableMarkdown, EscapesForeignText) {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"a|b <img src=x> *_\033[0m"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", grid.models[0].label, "full", {}), test::ranks_above({1, 2}));
  const std::string markdown = render(grid, TableFormat::kMarkdown).value();
  EXPECT_THAT(markdown, HasSubstr("| a\\|b &lt;img src=x\\> \\*\\_\uFFFD\\[0m |"));
}

TEST(Numbers, ArePrintedAlike) {
  EXPECT_EQ(table_number(0.043), "0.0430");
  EXPECT_EQ(table_number(1), "1.0000");
  EXPECT_EQ(with_thousands(7), "7");
  EXPECT_EQ(with_thousands(999), "999");
  EXPECT_EQ(with_thousands(1000), "1,000");
  EXPECT_EQ(with_thousands(25000095), "25,000,095");
}

// ---- tuning budgets

/// Which rows are marked, by label; item_knn is best, bpr second.
std::string marked(Grid& grid) {
  test::TemporaryFolder folder;
  test::GridMaker make(grid, folder.path());
  CellSeeds none;
  for (const ModelInfo& model : std::vector<ModelInfo>(grid.models)) {
    const std::uint32_t above = model.label == "item_knn" ? 0 : model.label == "bpr" ? 1 : 5;
    make.done(test::cell("beauty", model.label, "full", none), test::ranks_above({above, above}));
  }
  const auto summary = summarise(grid);
  EXPECT_TRUE(summary) << summary.error().message;
  const auto tables = make_tables(grid, *summary);
  EXPECT_TRUE(tables) << tables.error().message;
  std::string labels;
  const Table& table = tables->front();
  for (const TableRow& row : table.rows) {
    const bool best = row.datasets[0].values.back().best;
    labels += row.label + (best ? "*" : "") + (row.larger_budget ? "(larger)" : "") + " ";
  }
  return labels;
}

Grid tuned_grid(int item_knn, int bpr) {
  Grid grid = test::empty_grid({"beauty"}, {"popularity", "item_knn", "bpr"});
  grid.tuning = "random search on validation ndcg@10";
  grid.models[0].tunable = false;
  grid.models[1].trials = item_knn;
  grid.models[2].trials = bpr;
  for (ModelInfo& model : grid.models) model.tuned = model.trials > 0;
  return grid;
}

TEST(TableTuning, EqualBudgetsAreMarkedAsEver) {
  Grid equal = tuned_grid(20, 20), none = tuned_grid(0, 0);
  EXPECT_EQ(marked(equal), "popularity item_knn* bpr ");
  EXPECT_EQ(marked(none), "popularity item_knn* bpr ");
}

TEST(TableTuning, MoreTrialsThanARivalLoseTheMark) {
  Grid more = tuned_grid(20, 5), less = tuned_grid(5, 20), untuned = tuned_grid(20, 0);
  EXPECT_EQ(marked(more), "popularity item_knn(larger) bpr ");
  EXPECT_EQ(marked(less), "popularity item_knn* bpr(larger) ");
  EXPECT_EQ(marked(untuned), "popularity item_knn(larger) bpr ");
}

TEST(TableTuning, WhoTriedAllThereIsCouldNotTryMore) {
  Grid grid = tuned_grid(20, 4);
  grid.models[2].exhausted = true;
  EXPECT_EQ(marked(grid), "popularity item_knn* bpr ");
}

}  // namespace
}  // namespace motive
