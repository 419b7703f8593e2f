#include "framework/report/figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "framework/report/figure_parts.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using test::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<FigureGroup> figures_of(const Grid& grid, const RunRecord& record = {}) {
  const auto summary = summarise(grid);
  EXPECT_TRUE(summary.has_value()) << summary.error().message;
  return make_figures(grid, *summary, record);
}

const FigureGroup* group_of(const std::vector<FigureGroup>& groups, const std::string& id) {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const FigureGroup& g) { return g.id == id; });
  return found == groups.end() ? nullptr : &*found;
}

// Without the theme ("config"), which is one for all figures.
constexpr const char* kGoldenMetric =
    R"({"$schema":"https://vega.github.io/schema/vega-lite/v5.20.json","usermeta":{"made_by":"motive"},)"
    R"("width":358,"height":106,"autosize":{"type":"fit","contains":"padding"},"padding":{"left":2,"right":10,)"
    R"("top":4,"bottom":2},"data":{"values":[{"series":"popularity","mean":0.5,"low":0.0,"high":1.0,)"
    R"("text":"0.5000","colour":"#1f6fb4"},{"series":"a long name\nof a model","mean":0.75,"low":0.5,"high":1.0,)"
    R"("text":"0.7500","colour":"#c4470f"}]},"layer":[{"mark":{"type":"rule","strokeWidth":2.5},"encoding":{)"
    R"("y":Y,"x":{"field":"low","type":"quantitative","title":"hr@5","scale":{"zero":true,"nice":true},"axis":{)"
    R"("tickCount":4}},"x2":{"field":"high"},"color":{"field":"colour","type":"nominal","scale":null}}},{)"
    R"("data":{"values":[{"series":"a long name\nof a model","value":0.5},{"series":"a long name\nof a model",)"
    R"("value":1.0}]},"mark":{"type":"tick","size":10,"thickness":1,"color":"#1b2330"},"encoding":{"y":Y,"x":{)"
    R"("field":"value","type":"quantitative","title":"hr@5","scale":{"zero":true,"nice":true},"axis":{)"
    R"("tickCount":4}}}},{"mark":{"type":"point","filled":true,"size":64,"opacity":1},"encoding":{"y":Y,"x":{)"
    R"("field":"mean","type":"quantitative","title":"hr@5","scale":{"zero":true,"nice":true},"axis":{)"
    R"("tickCount":4}},"color":{"field":"colour","type":"nominal","scale":null}}},{"mark":{"type":"text",)"
    R"("dy":-11},"encoding":{"y":Y,"x":{"field":"mean","type":"quantitative","title":"hr@5","scale":{)"
    R"("zero":true,"nice":true},"axis":{"tickCount":4}},"text":{"field":"text","type":"nominal"}}}]})";

TEST(Figures, MetricSpecIsGolden) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"popularity", "a long name of a model"});
  grid.metrics = {MetricKind::kHr};
  grid.topk = {5};
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "popularity", "full", {}), test::ranks_above({0, 9}));
  for (std::uint64_t seed : {1, 2}) {
    CellSeeds seeds;
    seeds.init = seed;
    make.done(test::cell("beauty", "a long name of a model", "full", seeds), test::ranks_above({0, seed == 1 ? 9u : 1u}));
  }
  const auto groups = figures_of(grid);
  Figure figure = group_of(groups, "metric")->figures.at(0);
  EXPECT_EQ(figure.name, "metric-beauty-warm-full-ranking");
  EXPECT_THAT(figure.alt, HasSubstr("popularity 0.5000 ("));
  EXPECT_THAT(figure.data.rows.at(1), ElementsAre("a long name of a model", "0.7500", testing::_, testing::_, "0.3536", "2"));
  figure.spec.erase("config");
  // Intervals over two users are wide; their ends are summary_test's affair.
  for (auto& row : figure.spec["data"]["values"]) {
    row["low"] = row["series"] == "popularity" ? 0.0 : 0.5;
    row["high"] = 1.0;
  }
  const OrderedJson y = figure.spec["layer"][0]["encoding"]["y"];
  EXPECT_EQ(y["scale"]["domain"], OrderedJson({"popularity", "a long name\nof a model"}));
  std::string text = figure.spec.dump();
  for (std::size_t at = 0; (at = text.find(y.dump())) != std::string::npos;) text.replace(at, y.dump().size(), "Y");
  std::string golden = kGoldenMetric;
  EXPECT_EQ(text, golden);
}

TEST(Figures, TheMetricIsNdcgAtTheLargestCutoff) {
  Summary summary;
  EXPECT_EQ(report_metric(summary), nullptr);
  summary.specs = {{MetricKind::kTied, 0}};
  EXPECT_EQ(report_metric(summary), nullptr);
  summary.specs = {{MetricKind::kTied, 0}, {MetricKind::kHr, 5}, {MetricKind::kHr, 10}};
  EXPECT_EQ(*report_metric(summary), (MetricSpec{MetricKind::kHr, 5}));
  summary.specs.push_back({MetricKind::kNdcg, 20});
  summary.specs.push_back({MetricKind::kNdcg, 10});
  EXPECT_EQ(*report_metric(summary), (MetricSpec{MetricKind::kNdcg, 20}));
}

TEST(Figures, SharesWithinARankCountTiesAsTheMetricsDo) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"a"});
  test::GridMaker make(grid, folder.path());
  // One at rank 1, one among ranks 1 to 4, one at rank 7, one without an answer.
  make.done(test::cell("beauty", "a", "full", {}),
            {{"u0", {{0, 0, 100}}}, {"u1", {{0, 3, 100}}}, {"u2", {{6, 0, 100}}}, {"u3", {{100, 0, 100}}}});
  const auto shares = [&](Ties ties) {
    grid.ties = ties;
    return group_of(figures_of(grid), "ranks")->figures.at(0).data.rows.at(0);
  };
  EXPECT_THAT(shares(Ties::kExpected), ElementsAre("a", "31.2 %", "50.0 %", "75.0 %", "75.0 %", "75.0 %", "75.0 %"));
  EXPECT_THAT(shares(Ties::kPessimistic), ElementsAre("a", "25.0 %", "50.0 %", "75.0 %", "75.0 %", "75.0 %", "75.0 %"));
  EXPECT_THAT(shares(Ties::kOptimistic), ElementsAre("a", "50.0 %", "50.0 %", "75.0 %", "75.0 %", "75.0 %", "75.0 %"));
}

TEST(Figures, AVariantLikeItsModelHasNoLine) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"a"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "a", "full", {}), test::ranks_above({0, 3}));
  for (const char* variant : {"same", "other"}) {
    CellResult cell = test::cell("beauty", "a", "full", {});
    cell.variant = variant;
    make.done(cell, test::ranks_above({0, variant[0] == 's' ? 3u : 30u}));
  }
  const Figure figure = group_of(figures_of(grid), "ranks")->figures.at(0);
  EXPECT_EQ(figure.data.rows.size(), 3U);
  EXPECT_EQ(figure.spec["encoding"]["color"]["scale"]["domain"], OrderedJson({"a", "a (other)"}));
}

TEST(Figures, LostRanksAreNamedAndTheRestIsDrawn) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"a", "b"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell("beauty", "a", "full", {}), test::ranks_above({0, 3}));
  make.done(test::cell("beauty", "b", "full", {}), test::ranks_above({0, 3}));
  const auto summary = summarise(grid);
  std::filesystem::remove_all(grid.cells[0].ranks);
  const auto groups = make_figures(grid, *summary, {});
  EXPECT_EQ(group_of(groups, "ranks")->figures.at(0).data.rows.size(), 1U);
  EXPECT_THAT(group_of(groups, "ranks")->faults.at(0), HasSubstr("beauty · warm · full ranking, a"));
}

CellCost cost_of(const CellResult& cell, double seconds) {
  CellCost cost{.cell = cell};
  cost.fit_seconds = seconds;
  cost.rank_seconds = 0;
  return cost;
}

TEST(Figures, CostIsTheMeanOverSeedsAndTheFrontIsNamed) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"beauty"}, {"cheap", "slow", "best"});
  test::GridMaker make(grid, folder.path());
  RunRecord record;
  record.cells.push_back(cost_of(make.done(test::cell("beauty", "cheap", "full", {}), test::ranks_above({3, 4})), 0.25));
  record.cells.push_back(cost_of(make.done(test::cell("beauty", "slow", "full", {}), test::ranks_above({4, 4})), 100));
  for (std::uint64_t seed : {1, 2}) {
    CellSeeds seeds;
    seeds.init = seed;
    record.cells.push_back(cost_of(make.done(test::cell("beauty", "best", "full", seeds), test::ranks_above({0, 0})),
                                   10.0 * static_cast<double>(seed)));
  }
  const auto groups = figures_of(grid, record);
  const Figure& figure = group_of(groups, "cost")->figures.at(0);
  EXPECT_EQ(figure.data.rows.at(0).at(1), "250 ms");
  EXPECT_EQ(figure.data.rows.at(2).at(1), "15 s");
  EXPECT_THAT(figure.alt, HasSubstr("cheaper and better than: cheap, best."));
  record.cells[0].rank_seconds.reset();
  EXPECT_EQ(group_of(figures_of(grid, record), "cost")->figures.at(0).data.rows.size(), 2U);
  record.cells.clear();
  EXPECT_EQ(group_of(figures_of(grid, record), "cost"), nullptr);
}

RC_GTEST_PROP(Figures, NamesOfPointsStayInThePlot, ()) {
  const TemporaryFolder folder;
  const auto places =
      *rc::gen::container<std::vector<std::pair<int, int>>>(rc::gen::pair(rc::gen::inRange(0, 20), rc::gen::inRange(0, 12)));
  RC_PRE(places.size() > 1 && places.size() < 12);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < places.size(); ++i) names.push_back(fmt::format("a model with number {}", i));
  Grid grid = test::empty_grid({"beauty"}, names);
  test::GridMaker make(grid, folder.path());
  RunRecord record;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto above = static_cast<std::uint32_t>(places[i].second);
    record.cells.push_back(cost_of(make.done(test::cell("beauty", names[i], "full", {}), test::ranks_above({above, 0})),
                                   std::pow(1.5, places[i].first)));
  }
  const auto groups = figures_of(grid, record);
  const OrderedJson& spec = group_of(groups, "cost")->figures.at(0).spec;
  const OrderedJson& encoding = spec["layer"][2]["encoding"];
  for (const OrderedJson& point : spec["data"]["values"]) {
    const double x = point["label_cost"], y = point["label_value"];
    RC_ASSERT(x >= 0.999 * encoding["x"]["scale"]["domain"][0].get<double>());
    RC_ASSERT(x <= encoding["x"]["scale"]["domain"][1].get<double>());
    RC_ASSERT(y >= 0 && y <= encoding["y"]["scale"]["domain"][1].get<double>());
  }
}

TEST(Figures, CurvesKeepFitsApartAndThinLongOnes) {
  RunRecord record;
  for (const char* stage : {"select", "fit"}) {
    Curve curve{"a", "beauty", "warm", "1", "1", stage, {}};
    for (int epoch = 1; epoch <= 1000; ++epoch) {
      curve.points.push_back(
          {epoch, 1.0 / epoch, stage[0] == 's' && epoch % 100 == 0 ? std::optional(epoch / 1000.0) : std::nullopt});
    }
    record.curves.push_back(curve);
  }
  const FigureGroup group = figures::curve_figures(test::empty_grid({"beauty"}, {"a"}), record);
  ASSERT_EQ(group.figures.size(), 2U);
  EXPECT_THAT(group.figures[0].data.rows.at(0), ElementsAre("a", "1.0000", "1000", "1000", "1"));
  EXPECT_EQ(group.figures[1].data.rows.size(), 2U);
  const OrderedJson& values = group.figures[1].spec["data"]["values"];
  EXPECT_EQ(values.size(), 300U);
  EXPECT_EQ(values[149]["epoch"], 1000);
  EXPECT_THAT(group.figures[1].alt, HasSubstr("from 1 in the first to 0.001 in the last epoch"));
}

TEST(Figures, ModelsBeyondTheColoursAreDashed) {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back(fmt::format("m{}", i));
  const Grid grid = test::empty_grid({"beauty"}, names);
  EXPECT_EQ(figures::style_of(grid, "m0", "").colour, figures::style_of(grid, "m8", "").colour);
  EXPECT_NE(figures::style_of(grid, "m0", "").dash, figures::style_of(grid, "m8", "").dash);
  EXPECT_NE(figures::style_of(grid, "m0", "").dash, figures::style_of(grid, "m0", "strict").dash);
}

TEST(Figures, LabelsAreDataAndNeverExpressions) {
  const TemporaryFolder folder;
  const std::string hostile = "']; alert(1); //";
  Grid grid = test::empty_grid({hostile}, {hostile, "b"});
  test::GridMaker make(grid, folder.path());
  make.done(test::cell(hostile, hostile, "full", {}), test::ranks_above({1, 2}));
  make.done(test::cell(hostile, "b", "full", {}), test::ranks_above({1, 5}));
  for (const FigureGroup& group : figures_of(grid)) {
    for (const Figure& figure : group.figures) {
      const OrderedJson flat = figure.spec.flatten();
      for (const auto& [path, value] : flat.items()) {
        if (!value.is_string() || value.get<std::string>().find("alert") == std::string::npos) continue;
        EXPECT_TRUE(path.find("/values/") != std::string::npos || path.find("/domain/") != std::string::npos ||
                    path.find("/sort/") != std::string::npos)
            << path;
      }
    }
  }
}

TEST(Figures, FilesDoNotShareAName) {
  const TemporaryFolder folder;
  Grid grid = test::empty_grid({"a b", "a-b"}, {"m"});
  test::GridMaker make(grid, folder.path());
  for (const char* dataset : {"a b", "a-b"}) make.done(test::cell(dataset, "m", "full", {}), test::ranks_above({1, 2}));
  const FigureGroup group = *group_of(figures_of(grid), "metric");
  ASSERT_EQ(group.figures.size(), 2U);
  EXPECT_NE(group.figures[0].name, group.figures[1].name);
}

TEST(Figures, LongNamesBreakIntoLinesOfLikeLength) {
  EXPECT_EQ(figures::wrapped("LightFM warp <=150 ep"), "LightFM warp\n<=150 ep");
  EXPECT_EQ(figures::wrapped("ItemKNN"), "ItemKNN");
}

}  // namespace
}  // namespace motive
