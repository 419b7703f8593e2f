#include "framework/report/significance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/rng.h"
#include "framework/report/table.h"
#include "framework/report/test_grid.h"
#include "framework/stats/corrections.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

/// Ranks of users of whom each is hit with this chance, drawn from a stream of his own.
std::vector<test::UserRanks> drawn(double chance, std::size_t users, const std::string& stream) {
  std::vector<std::uint32_t> above;
  for (std::size_t u = 0; u < users; ++u) above.push_back(Rng(u, stream).uniform() < chance ? 0u : 50u);
  return test::ranks_above(above);
}

struct Fixture {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty", "toys"}, {"good", "fair", "bad"});
  Fixture() {
    test::GridMaker make(grid, folder.path());
    for (const std::string data : {"beauty", "toys"}) {
      make.done(test::cell(data, "good", "full", {}), drawn(0.5, 400, "good"));
      make.done(test::cell(data, "fair", "full", {}), drawn(data == "beauty" ? 0.5 : 0.2, 400, "fair"));
      make.done(test::cell(data, "bad", "full", {}), drawn(0.1, 400, "bad"));
    }
  }
  Summary summary() const {
    auto made = summarise(grid);
    EXPECT_TRUE(made.has_value()) << made.error().message;
    return made ? *made : Summary{};
  }
  Table table() const {
    const Summary made = summary();
    auto tables = make_tables(grid, made);
    EXPECT_TRUE(tables.has_value()) << tables.error().message;
    return tables->front();
  }
};

std::string note(const Table& table, const std::string& heading) {
  std::string all;
  for (const TableNote& n : table.notes) all += n.heading == heading ? n.text + "\n" : "";
  return all;
}

TEST(Significance, TheBestIsTestedAgainstEachRivalAndBoldWhereItBeatsThemAll) {
  const Fixture f;
  const Table table = f.table();
  const auto& beauty = table.rows[0].datasets[0].values;
  const auto& toys = table.rows[0].datasets[1].values;
  for (std::size_t c = 0; c < toys.size(); ++c) {
    EXPECT_TRUE(toys[c].significant) << c;
    EXPECT_TRUE(toys[c].best) << c;
    EXPECT_FALSE(beauty[c].significant) << c;
    EXPECT_TRUE(table.rows[1].datasets[1].values[c].second) << c;
  }
  EXPECT_THAT(note(table, "Tests"), HasSubstr("good in hr@5 on toys"));
  EXPECT_THAT(note(table, "Tests"), HasSubstr("paired t-test over users, Holm over the rivals of a column, 5 %"));
}

TEST(Significance, FamiliesAreCorrectedTogether) {
  Fixture f;
  for (const TestFamily family : {TestFamily::kColumn, TestFamily::kTable, TestFamily::kExperiment}) {
    f.grid.significance.family = family;
    const Summary summary = f.summary();
    for (std::size_t m = 0; m < summary.specs.size(); ++m) {
      for (const std::string data : {"beauty", "toys"}) {
        std::vector<double> raw, own;
        std::vector<const Comparison*> members;
        for (const Comparison& c : summary.comparisons) {
          if (c.reason != TestedAs::kBest || c.spec != m) continue;
          const bool here = summary.of(summary.rows[c.first]).dataset == data;
          if (family == TestFamily::kColumn && !here) continue;
          raw.push_back(c.result.p);
          members.push_back(&c);
        }
        EXPECT_EQ(raw.size(), family == TestFamily::kColumn ? 2u : 4u);
        const std::vector<double> corrected = holm(raw);
        for (std::size_t i = 0; i < members.size(); ++i) EXPECT_EQ(members[i]->p_adjusted, corrected[i]);
      }
    }
  }
}

TEST(Significance, TheReferenceMeetsEveryOther) {
  Fixture f;
  f.grid.significance.reference = "fair";
  f.grid.significance.primary = MetricSpec{MetricKind::kHr, 5};
  const std::string text = note(f.table(), "Reference");
  EXPECT_THAT(text, HasSubstr("fair in hr@5: above bad on beauty +"));
  EXPECT_THAT(text, HasSubstr("below good on toys -"));
  EXPECT_THAT(text, HasSubstr("undecided against good on beauty"));
}

/// Coverage at 5 and 10 in front of what was measured, as if lists were stored.
Summary with_coverage(Summary summary) {
  for (const int k : {10, 5}) summary.specs.insert(summary.specs.begin(), MetricSpec{MetricKind::kCoverage, k});
  for (MeasuredCell& cell : summary.cells) cell.values.insert(cell.values.begin(), 2, 0.5);
  for (SummaryRow& row : summary.rows) row.stats.insert(row.stats.begin(), 2, SummaryStat{.mean = 0.5});
  for (Comparison& comparison : summary.comparisons) comparison.spec += 2;
  return summary;
}

TEST(Significance, TheReferenceIsShownInAMetricThatIsTestedWhereTheReportsOwnIsNot) {
  Fixture f;
  f.grid.significance.reference = "fair";
  f.grid.metrics = {MetricKind::kHr};
  const Summary summary = with_coverage(f.summary());
  f.grid.metrics = {MetricKind::kCoverage, MetricKind::kHr};
  const auto tables = make_tables(f.grid, summary);
  ASSERT_TRUE(tables) << tables.error().message;
  EXPECT_THAT(note(tables->front(), "Reference"), HasSubstr("fair in hr@5: above bad on beauty +"));
}

TEST(Significance, ClaimsAreTrueFalseOrUndecided) {
  Fixture f;
  const MetricSpec hr{MetricKind::kHr, 5};
  f.grid.models.push_back({"absent", "absent", false});
  test::GridMaker(f.grid, f.folder.path()).not_done(test::cell("toys", "absent", "full", {}), CellState::kNotApplicable, "no text");
  f.grid.claims = {{"one", "good", "bad", "warm", "", "", hr},
                   {"two", "bad", "good", "warm", "full", "toys", hr},
                   {"three", "good", "fair", "warm", "", "beauty", hr},
                   {"four", "absent", "fair", "warm", "", "", hr}};
  const std::string text = note(f.table(), "Claim");
  EXPECT_THAT(text, HasSubstr("\"one\" on beauty: true"));
  EXPECT_THAT(text, HasSubstr("\"one\" on toys: true"));
  EXPECT_THAT(text, HasSubstr("\"two\" on toys: false"));
  EXPECT_THAT(text, HasSubstr("\"three\" on beauty: undecided"));
  EXPECT_THAT(text, HasSubstr("\"four\": undecided: one of the two has no numbers here"));
  EXPECT_THAT(text, HasSubstr("users won"));
}

TEST(Significance, VariantsOfOneMethodAreNoRivals) {
  test::TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"llm"});
  test::GridMaker make(grid, folder.path());
  CellResult& own = make.done(test::cell("beauty", "llm", "full", {}), drawn(0.5, 50, "a"));
  test::write_ranks(own.ranks, "strict", drawn(0.4, 50, "a"));
  const auto summary = summarise(grid);
  ASSERT_TRUE(summary.has_value());
  EXPECT_TRUE(summary->comparisons.empty());
}

TEST(Significance, TheFileHoldsEveryComparison) {
  const Fixture f;
  const Summary summary = f.summary();
  const std::string csv = comparisons_csv(summary);
  EXPECT_EQ(static_cast<std::size_t>(std::count(csv.begin(), csv.end(), '\n')), summary.comparisons.size() + 1);
  EXPECT_THAT(csv, HasSubstr("toys,warm,full,hr,5,best,good,,bad,,0."));
}

TEST(Published, StandsBesideOursAndIsToldWithItsProtocol) {
  Fixture f;
  f.grid.tables = {{.name = "t", .split = "warm", .candidates = "full", .metrics = {}, .topk = {}, .published = "paper/table2"}};
  f.grid.tables[0].numbers = {{"arXiv", "toys", "warm", "good", "sampled(29,uniform,catalogue)", {MetricKind::kHr, 5}, 0.25},
                              {"arXiv", "toys", "item-cold", "bad", "full", {MetricKind::kHr, 5}, 0.75}};
  const Table table = f.table();
  EXPECT_EQ(table.rows[0].datasets[1].values[0].published, 0.25);
  EXPECT_FALSE(table.rows[0].datasets[0].values[0].published.has_value());
  EXPECT_FALSE(table.rows[2].datasets[1].values[0].published.has_value());
  EXPECT_THAT(note(table, "Published"), HasSubstr("their protocol: sampled(29,uniform,catalogue), so the two are not comparable"));
}

}  // namespace
}  // namespace motive
