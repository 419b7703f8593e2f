#include "framework/report/report_html.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <regex>

#include "framework/experiment/grid_json.h"
#include "framework/report/figure_parts.h"
#include "framework/report/report_style.h"
#include "framework/report/test_grid.h"
#include "framework/report/test_html.h"

namespace motive {
namespace {

using test::TemporaryFolder;
using test::XmlCheck;
using ::testing::HasSubstr;
using ::testing::Not;

/// Nothing draws: pages have the numbers of figures as tables.
const FigureRenderer kNone;

std::string page_of(const Grid& grid, const Path& folder) {
  const auto summary = summarise(grid);
  EXPECT_TRUE(summary.has_value()) << summary.error().message;
  const auto tables = make_tables(grid, *summary);
  EXPECT_TRUE(tables.has_value()) << tables.error().message;
  return *report_html(grid, *summary, *tables, folder, kNone);
}

constexpr const char* kCertificate = R"({"definition": "leave one out", "targets": 4, "tied_targets": 2,
  "later_training_share": 0.25, "targets_already_in_history": 0, "targets_without_training_events": 0,
  "users": {"all": 5, "tested": 4, "cold": 0}, "items": {"training": 9, "cold": 0}, "events": {"all": 30, "train": 20},
  "proof": {"held_out_events_in_training": 0, "events_twice_in_training": 0}, "untested": {"fewer than three events": 1},
  "funnel": [{"step": "source", "events": 40, "users": 7, "items": 12}, {"step": "min_user_events 3", "events": 30, "users": 5, "items": 9}]})";

/// A run folder as `motive run` leaves it, with a certificate, curves and costs.
void write_folder(const Grid& grid, const Path& folder) {
  std::string cells;
  for (const CellResult& cell : grid.cells) {
    OrderedJson line = cell_to_json(cell);
    line["fit_seconds"] = 0.25 * static_cast<double>(1 + cell.label.size());
    line["rank_seconds"] = 0.5;
    line["peak_memory_bytes"] = 24000000;
    cells += line.dump(-1, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  }
  ASSERT_TRUE(write_file_atomic(folder / "cells.jsonl", cells));
  ASSERT_TRUE(write_file_atomic(folder / "curves.csv",
                                "label,dataset,split,split_seed,init_seed,stage,epoch,loss,ndcg@10\n"
                                "bpr,beauty,warm,1,1,select,1,0.7,0.1\nbpr,beauty,warm,1,1,select,2,0.5,0.2\n"
                                "bpr,beauty,warm,1,1,fit,1,0.7,\nbpr,beauty,warm,1,1,fit,2,0.4,\n"));
  ASSERT_TRUE(write_file_atomic(folder / "splits" / "beauty-warm-1.json", kCertificate));
  ASSERT_TRUE(write_file_atomic(folder / "experiment.yaml",
                                "experiment: test\nendpoints: {a: {base_url: \"https://me:word@host/v1\"}}\n"));
  const OrderedJson manifest = {{"environment", {{"version", "0.1.0"}, {"processor", "a processor"}}},
                                {"data", {{"beauty", {{{"file", "beauty.txt"}, {"bytes", 1090094}, {"sha256", "226cce"}}}}}},
                                {"nodes", {{"fits", {"a", "b"}}}}};
  ASSERT_TRUE(write_file_atomic(folder / "manifest.json", manifest.dump()));
}

TEST(ReportHtml, HasEverySectionAndIsWellFormed) {
  const TemporaryFolder folder;
  const Grid grid = test::golden_grid(folder.path());
  write_folder(grid, folder.path());
  const std::string page = page_of(grid, folder.path());
  XmlCheck xml(page);
  EXPECT_EQ(xml.fault(), "");
  for (const char* id : {"summary", "warnings", "tables", "figures-metric", "figures-ranks", "figures-cost", "figures-curves",
                         "costs", "certificates", "funnels", "not-done", "environment"}) {
    EXPECT_TRUE(xml.ids().count(id)) << id;
  }
  for (const std::string& link : xml.links()) {
    EXPECT_TRUE(link == "data:," || (link.front() == '#' && xml.ids().count(link.substr(1)))) << link;
  }
  EXPECT_EQ(xml.count("script"), 1U);
  EXPECT_THAT(page, HasSubstr("<strong>bpr</strong> has the highest ndcg@10, 0.4735; next is popularity with 0.3553."));
  EXPECT_THAT(page, HasSubstr("ran out of memory"));
  EXPECT_THAT(page, HasSubstr("beauty · warm: 25.0 %"));                 // training events later than the test events
  EXPECT_THAT(page, HasSubstr("beauty · warm: 50.0 % of the targets"));  // tied in time
  EXPECT_THAT(page, HasSubstr("Proof holds."));
  EXPECT_THAT(page, HasSubstr("fewer than three events"));
  EXPECT_THAT(page, HasSubstr("min_user_events 3"));
  EXPECT_THAT(page, HasSubstr("a processor"));
  EXPECT_THAT(page, HasSubstr("226cce"));
  EXPECT_THAT(page, HasSubstr("motive setup --figures"));
  EXPECT_THAT(page, HasSubstr("https://***@host/v1"));
  EXPECT_THAT(page, Not(HasSubstr("me:word")));
  EXPECT_LT(page.size(), 100000U);
}

TEST(ReportHtml, TheSameFolderGivesTheSameBytes) {
  const TemporaryFolder folder;
  const Grid grid = test::golden_grid(folder.path());
  write_folder(grid, folder.path());
  EXPECT_EQ(page_of(grid, folder.path()), page_of(grid, folder.path()));
}

TEST(ReportHtml, MarksTheBestAndKeepsStates) {
  const TemporaryFolder folder;
  const std::string page = page_of(test::golden_grid(folder.path()), folder.path());
  EXPECT_THAT(page, HasSubstr("<td class=\"value best\" data-v=\"0.5\" style=\"--w:1.000\"><span class=\"v\">0.5000</span><span "
                              "class=\"star\">*</span>"
                              "<span class=\"sd\">±0.0000</span></td>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"state failed\">failed</span><sup><a href=\"#warm-full-f1\""));
  EXPECT_THAT(page, HasSubstr("<span class=\"state\">not available</span>"));
}

TEST(ReportHtml, SignificantIsBoldSecondUnderlinedPublishedBeside) {
  const TemporaryFolder folder;
  const Grid grid = test::golden_grid(folder.path());
  const auto summary = summarise(grid);
  auto tables = make_tables(grid, *summary);
  TableValue& value = (*tables)[0].rows[1].datasets[0].values[0];
  value.significant = true;
  value.published = 0.25;
  (*tables)[0].rows[0].datasets[0].values[0].second = true;
  const std::string page = *report_html(grid, *summary, *tables, folder.path(), kNone);
  EXPECT_THAT(page, HasSubstr("<strong class=\"v\">0.5000</strong>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"published\">published 0.2500 (+0.2500)</span>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"value second\""));
}

TEST(ReportHtml, MissingFilesAreSaidAndNoError) {
  const TemporaryFolder ranks, empty;
  const std::string page = page_of(test::golden_grid(ranks.path()), empty.path());
  EXPECT_EQ(XmlCheck(page).fault(), "");
  for (const char* what : {"cells.jsonl is not there", "splits/ holds no certificates", "manifest.json is missing or damaged",
                           "experiment.yaml is not there"}) {
    EXPECT_THAT(page, HasSubstr(what));
  }
}

TEST(ReportHtml, BrokenFilesAreSaidAndTheRestIsShown) {
  const TemporaryFolder folder;
  const Grid grid = test::golden_grid(folder.path());
  write_folder(grid, folder.path());
  const Path& run = folder.path();
  const std::string cells = *read_file(run / "cells.jsonl");
  ASSERT_TRUE(write_file_atomic(run / "cells.jsonl", "{\"dataset\": 3}\nnot json\n" + cells));
  ASSERT_TRUE(write_file_atomic(run / "curves.csv", *read_file(run / "curves.csv") + "bpr,beauty,warm,1,1,fit,many,0.4,\nx\n"));
  ASSERT_TRUE(write_file_atomic(run / "splits" / "beauty-warm-2.json", "[]"));
  ASSERT_TRUE(write_file_atomic(
      run / "splits" / "beauty-warm-3.json",
      R"({"definition": 7, "proof": {"a_b": 3, "c": "x"}, "funnel": [1, {"step": {}}], "users": [], "untested": {"x": "y"}})"));
  ASSERT_TRUE(write_file_atomic(run / "manifest.json", R"({"environment": [], "data": {"x": [3, {"file": null}]}, "nodes": 4})"));
  const std::string page = page_of(grid, run);
  EXPECT_EQ(XmlCheck(page).fault(), "");
  EXPECT_THAT(page, HasSubstr("cells.jsonl: 2 lines are damaged"));
  EXPECT_THAT(page, HasSubstr("curves.csv: 2 lines are damaged"));
  EXPECT_THAT(page, HasSubstr("splits/beauty-warm-2.json is damaged"));
  EXPECT_THAT(page, HasSubstr("the split broke its promise: 3 a b <span class=\"where\">(beauty · warm, seed 3)"));
  EXPECT_THAT(page, HasSubstr("Proof fails"));
  ASSERT_TRUE(write_file_atomic(run / "curves.csv", "nothing\n"));
  EXPECT_THAT(page_of(grid, run), HasSubstr("curves.csv cannot be read"));
}

TEST(ReportHtml, HostileTextStaysText) {
  const TemporaryFolder folder;
  const std::string hostile = "</script><img src=x onerror='alert(1)'>\"&amp;]]>\x1b[31m\xff";
  Grid grid = test::empty_grid({hostile}, {hostile, "b<b"});
  grid.experiment = hostile;
  grid.warnings.push_back({"", "", "", hostile});
  grid.answers.push_back({hostile, "", "", hostile});
  grid.splits[0].definition = hostile;
  test::GridMaker make(grid, folder.path());
  make.done(test::cell(hostile, hostile, "full", {}), test::ranks_above({1, 2, 3}));
  make.not_done(test::cell(hostile, "b<b", "full", {}), CellState::kFailed, hostile);
  const Path run = folder.path() / "run";
  write_folder(grid, run);
  std::string quoted;
  for (const char c : hostile) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  ASSERT_TRUE(write_file_atomic(run / "experiment.yaml", hostile));
  ASSERT_TRUE(write_file_atomic(run / "curves.csv", "label,dataset,split,split_seed,init_seed,stage,epoch,loss,ndcg@10\n\"" +
                                                        quoted + "\",\"" + quoted + "\",warm,1,1,fit,1,0.4,0.3\n"));
  const std::string page = page_of(grid, run);
  XmlCheck xml(page);
  EXPECT_EQ(xml.fault(), "");
  EXPECT_EQ(xml.count("img"), 0U);
  EXPECT_EQ(xml.count("script"), 1U);
  for (const std::string& attribute : xml.attributes()) EXPECT_FALSE(attribute.starts_with("on")) << attribute;
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
}

TEST(ReportHtml, ItsPolicyAllowsItsOwnScriptAlone) {
  const TemporaryFolder folder;
  const std::string page = page_of(test::golden_grid(folder.path()), folder.path());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  std::smatch policy;
  ASSERT_TRUE(std::regex_search(page, policy, std::regex("script-src 'sha256-([A-Za-z0-9+/]{43}=)'\"")));
  EXPECT_THAT(page, HasSubstr("<script>" + report_script() + "</script>"));
  EXPECT_EQ(report_script().find_first_of("<&"), std::string::npos);
  EXPECT_EQ(report_style().find_first_of("<&"), std::string::npos);
  EXPECT_THAT(report_style(), Not(HasSubstr("url(")));
}

// ---- colours

/// WCAG 2: relative luminance of "#rrggbb".
double luminance(const std::string& colour) {
  double sum = 0;
  const std::array<double, 3> weights = {0.2126, 0.7152, 0.0722};
  for (std::size_t i = 0; i < 3; ++i) {
    const double c = std::stoi(colour.substr(1 + 2 * i, 2), nullptr, 16) / 255.0;
    sum += weights[i] * (c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  return sum;
}

double contrast(const std::string& a, const std::string& b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

std::map<std::string, std::string> colours_of(std::string_view style) {
  std::map<std::string, std::string> found;
  static const std::regex kVariable("--([a-z0-9-]+):(#[0-9a-f]{6});");
  const std::string text(style);
  for (std::sregex_iterator it(text.begin(), text.end(), kVariable), end; it != end; ++it) found[(*it)[1]] = (*it)[2];
  return found;
}

TEST(ReportHtml, ColoursHaveContrastInLightAndDark) {
  const std::string& style = report_style();
  const std::size_t dark = style.find("prefers-color-scheme:dark");
  ASSERT_NE(dark, std::string::npos);
  for (auto colours : {colours_of(style.substr(0, dark)), colours_of(style.substr(dark))}) {
    ASSERT_TRUE(colours.count("page"));
    for (const char* text : {"ink", "muted", "accent", "bad", "good", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"}) {
      EXPECT_GE(contrast(colours[text], colours["page"]), 4.5) << text << " " << colours[text] << " on " << colours["page"];
    }
    for (const auto& [text, page] : {std::pair("ink", "panel"), std::pair("muted", "panel"), std::pair("accent", "panel"),
                                     std::pair("ink", "best"), std::pair("muted", "best"), std::pair("ink", "warn-page"),
                                     std::pair("muted", "warn-page"), std::pair("warn", "warn-page")}) {
      EXPECT_GE(contrast(colours[text], colours[page]), 4.5) << text << " on " << page;
    }
    EXPECT_GE(contrast(colours["axis"], colours["page"]), 3) << "axis";
  }
}

TEST(ReportHtml, ColoursOfFiguresAreApart) {
  std::set<std::string> light, dark;
  for (const figures::Colour& colour : figures::colours()) {
    EXPECT_TRUE(light.insert(colour.light).second) << colour.name;
    EXPECT_TRUE(dark.insert(colour.dark).second) << colour.name;
  }
}

TEST(Html, WhatStandsBetweenBackticksIsCode) {
  EXPECT_EQ(html_prose("`offline` answered <a>, `b&c`"), "<code>offline</code> answered &lt;a&gt;, <code>b&amp;c</code>");
  EXPECT_EQ(html_prose("one ` alone"), "one ` alone");
  EXPECT_EQ(html_prose(""), "");
}

TEST(Html, NumbersSortBySize) {
  EXPECT_EQ(sort_value("12,101"), "12101");
  EXPECT_EQ(sort_value("37.8 %"), "37.8");
  EXPECT_EQ(sort_value("14 ms"), "0.014");
  EXPECT_EQ(sort_value("3:05"), "185");
  EXPECT_EQ(sort_value("2:10:00"), "7800");
  EXPECT_EQ(sort_value("3.1 MB"), "3100000");
  for (const char* text : {"", "n/a", "not computable: no times", "1 apple", "warm"}) EXPECT_EQ(sort_value(text), "") << text;
}

TEST(Html, SlugsAreNamesOfFiles) {
  EXPECT_EQ(html_slug("SASRec <=60 ep · warm"), "sasrec-60-ep-warm");
  EXPECT_EQ(html_slug("../../etc"), "etc");
  EXPECT_EQ(html_slug("···"), "x");
  EXPECT_LE(html_slug(std::string(500, 'a')).size(), 80U);
}

}  // namespace
}  // namespace motive
