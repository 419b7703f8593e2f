#include "framework/report/published_numbers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace motive {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// BPR has a number and a printed one, ItemKNN a printed one alone, of the first of two metrics.
Table table_with_published() {
  Table table;
  table.name = "warm-full";
  table.title = "beauty · warm · full ranking";
  table.split = "warm";
  table.protocol = "full";
  table.datasets = {"beauty"};
  table.columns = {{MetricKind::kHr, 10}, {MetricKind::kNdcg, 10}};
  table.published = "paper/table2";
  table.published_sources = {"Someone 2020"};
  for (const char* label : {"BPR", "ItemKNN"}) {
    TableRow row;
    row.model = row.label = label;
    row.datasets = {{CellState::kDone, {{0.25, {}, true}, {0.125, {}, false}}, 0}};
    table.rows.push_back(row);
  }
  TableValue& value = table.rows[0].datasets[0].values[0];
  value.significant = true;
  value.published = 0.2612;
  table.rows[1].datasets[0] = {CellState::kMissing, {}, 0};
  table.rows[1].datasets[0].published = {0.3, std::nullopt};
  return table;
}

TEST(PublishedNumbers, DifferencesHaveASignUnlessTheyRoundToZero) {
  EXPECT_EQ(signed_number(0.0012), "+0.0012");
  EXPECT_EQ(signed_number(-0.0012), "-0.0012");
  EXPECT_EQ(signed_number(-0.00001), "0.0000");
  EXPECT_EQ(signed_number(0), "0.0000");
}

TEST(PublishedNumbers, AreOfCellsWithAndWithoutValues) {
  const Table table = table_with_published();
  const TableEntry &bpr = table.rows[0].datasets[0], &knn = table.rows[1].datasets[0];
  EXPECT_EQ(published_text(bpr, 0), "0.2612 (-0.0112)");
  EXPECT_EQ(published_text(bpr, 1), "");
  EXPECT_EQ(published_text(knn, 0), "0.3000");
  EXPECT_EQ(published_text(knn, 1), "");
  EXPECT_TRUE(has_published(table, 0, 0));
  EXPECT_FALSE(has_published(table, 0, 1));
  TableEntry unknown = bpr;
  unknown.values[0].mean = std::nan("");
  EXPECT_EQ(published_text(unknown, 0), "0.2612") << "nothing to compare";
}

TEST(PublishedNumbers, StandBelowOursInText) {
  EXPECT_EQ(table_text(table_with_published(), false, 100), R"(beauty · warm · full ranking

             hr@10             ndcg@10
──────────────────────────────────────
BPR          0.2500*           0.1250
  published  0.2612 (-0.0112)
ItemKNN      missing
  published  0.3000

)");
}

TEST(PublishedNumbers, TerminalsShowSignificantOnesBold) {
  EXPECT_THAT(table_text(table_with_published(), true, 100), HasSubstr("\033[1;32m0.2500*\033[0m"));
  EXPECT_THAT(table_text(table_with_published(), true, 100), HasSubstr("\033[2m  published  0.2612 (-0.0112)\033[0m\n"));
}

TEST(PublishedNumbers, StandBelowOursInMarkdown) {
  const std::string markdown = table_markdown(table_with_published());
  EXPECT_THAT(markdown, HasSubstr("| **0.2500**\\*<br><sub>published 0.2612 (-0.0112)</sub> |"));
  EXPECT_THAT(markdown, HasSubstr("<br><sub>published 0.3000</sub> "));
}

TEST(PublishedNumbers, HaveColumnsInCsvWhereThereAreAny) {
  const std::string csv = tables_csv({table_with_published()});
  EXPECT_THAT(csv, HasSubstr(",hr@10,hr@10_sd,hr@10_mark,hr@10_published,hr@10_difference,ndcg@10,ndcg@10_sd,ndcg@10_mark\n"));
  EXPECT_THAT(csv, HasSubstr(",0.2500,,*,0.2612,-0.0112,0.1250,,\n"));
  EXPECT_THAT(csv, HasSubstr(",,,,0.3000,,,,\n"));
  Table plain = table_with_published();
  for (TableRow& row : plain.rows) {
    row.datasets[0].published.clear();
    for (TableValue& value : row.datasets[0].values) value.published.reset();
  }
  EXPECT_THAT(tables_csv({plain}), Not(HasSubstr("published")));
}

}  // namespace
}  // namespace motive
