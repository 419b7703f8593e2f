// table.tex under pdflatex, where one is installed: it compiles as it stands, whatever the labels, and nothing stands out of
// the page. Needed beside pdflatex (texlive-latex-base): booktabs and xcolor (texlive-latex-recommended). pdflatex is looked
// for in PATH, or named in MOTIVE_PDFLATEX.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <regex>

#include "framework/base/temporary_folder.h"
#include "framework/report/latex.h"
#include "framework/report/table.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using test::TemporaryFolder;

constexpr double kOverfull = 20;  // points

/// The status of a command, and what it wrote.
std::pair<int, std::string> run(const std::string& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return {-1, ""};
  std::string output;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) output.append(buffer, n);
  return {::pclose(pipe), output};
}

std::string program() {
  if (const char* named = std::getenv("MOTIVE_PDFLATEX")) return named;
  const std::string path = run("command -v pdflatex 2>/dev/null").second;
  return path.substr(0, path.find('\n'));
}

/// What no label should be, but some are.
const std::vector<std::string>& hostile() {
  static const std::vector<std::string> kLabels = {
      "[2pt] bracket", "* star", "50 % & more #1 $x$", "a_b^c~d\\e{f}g", "\\end{document}", "\\input{/etc/hostname}", "}{", "%",
      "\"quoted\" 'single' `tick` <tag> |bar|", "--- -- ,, '' <<>> ?` !`", "^^41 ^^M", "", " ", "\n\n", std::string("\0x", 2),
      "\xFF\xFE broken", "Größe Ærøskøbing Łódź Žižek", "混合 中文 한국어", "עברית عربى \u202Eesrever", "😀👩‍👩‍👧",
      "e\u0301\u0302 a\u0308",
      std::string(300, 'x'), std::string(200, '_'),
      "a_very_long_label_with_underscores_and_no_blank_at_all_in_it(99,uniform,catalogue)",
      std::string(80, '\\'), std::string(40, '{'), std::string("混") + std::string(60, 'W'),
  };
  return kLabels;
}

Table table_of(std::vector<std::string> labels, std::vector<std::string> datasets, int cutoffs) {
  Table table;
  table.name = table.title = table.split = labels.front();
  table.protocol = table.stamp = "sampled(99,uniform)";
  table.datasets = std::move(datasets);
  for (int k = 1; k <= cutoffs; ++k) {
    table.columns.push_back({k % 2 == 1 ? MetricKind::kHr : MetricKind::kNdcg, 5 * ((k + 1) / 2)});
  }
  table.published = "paper";
  int n = 0;
  for (std::string& label : labels) {
    TableRow row;
    row.model = row.label = label;
    row.variant = n % 3 == 0 ? label : "";
    table.footnotes.push_back(label);
    table.notes.push_back({n % 5 == 0 ? label : "Note", label, n % 2 == 0});
    row.footnotes = {n + 1};
    for (std::size_t d = 0; d < table.datasets.size(); ++d) {
      TableEntry entry;
      entry.state = static_cast<CellState>(n % 5);
      entry.footnote = n % 4;
      if (entry.state == CellState::kDone) {
        for (int c = 0; c < cutoffs; ++c) {
          TableValue value{c == 3 ? std::nan("") : 0.1 * c, {}, false};
          if (n % 2 == 0) value.sd = 0.01;
          if (c % 3 == 0) value.published = 0.1234;
          value.best = n % 3 == 0;
          value.significant = value.best && c % 2 == 0;
          value.second = n % 3 == 1;
          entry.values.push_back(value);
        }
      } else if (n % 2 == 0) {
        entry.published.assign(table.columns.size(), 0.2);
      }
      row.datasets.push_back(entry);
    }
    table.rows.push_back(row);
    ++n;
  }
  return table;
}

class Latex : public ::testing::Test {
 protected:
  void SetUp() override {
    program_ = program();
    if (program_.empty()) GTEST_SKIP() << "no pdflatex in PATH; MOTIVE_PDFLATEX may name one";
  }

  void expect_sets(const std::string& tex) {
    ASSERT_TRUE(write_file_atomic(folder_.path() / "table.tex", tex));
    const auto [status, output] = run(fmt::format("cd '{}' && '{}' -interaction=nonstopmode -halt-on-error table.tex 2>&1",
                                                  folder_.path().string(), program_));
    EXPECT_EQ(status, 0) << output.substr(output.size() > 3000 ? output.size() - 3000 : 0);
    static const std::regex kWide("Overfull \\\\[hv]box \\(([0-9.]+)pt[^\n]*");
    for (std::sregex_iterator at(output.begin(), output.end(), kWide), end; at != end; ++at) {
      EXPECT_LE(std::stod((*at)[1]), kOverfull) << at->str();
    }
    EXPECT_THAT(output, ::testing::Not(::testing::HasSubstr("Float too large")));
    EXPECT_THAT(output, ::testing::Not(::testing::HasSubstr("undefined on input line")));  // glyphs that fonts lack
    const auto pdf = read_file(folder_.path() / "table.pdf");
    EXPECT_TRUE(pdf && pdf->size() > 5000);
  }

  void expect_sets(const Grid& grid) {
    const auto summary = summarise(grid);
    ASSERT_TRUE(summary) << summary.error().message;
    const auto tables = make_tables(grid, *summary);
    ASSERT_TRUE(tables) << tables.error().message;
    expect_sets(tables_latex(*tables));
  }

  TemporaryFolder folder_;
  std::string program_;
};

TEST_F(Latex, SetsTheGoldenTable) { expect_sets(test::golden_grid(folder_.path() / "ranks")); }

TEST_F(Latex, SetsWideTablesOfSeveralDataSetsAndProtocols) {
  Grid grid = test::empty_grid({"amazon-beauty", "amazon-sports", "movielens-1m"}, {"popularity", "ItemKNN 混合", "Größe"});
  grid.metrics.push_back(MetricKind::kMrr);
  grid.topk = {1, 5, 10, 20};
  grid.warnings = {{"amazon-beauty", "warm", "full", std::string(20000, 'w') + " " + std::string(3000, '&')}};
  test::GridMaker make(grid, folder_.path() / "ranks");
  for (const auto& dataset : grid.datasets) {
    for (const auto& model : grid.models) {
      for (const auto& protocol : grid.protocols) {
        for (std::uint32_t seed = 1; seed <= 2; ++seed) {
          CellSeeds seeds;
          seeds.init = seed;
          make.done(test::cell(dataset.name, model.label, protocol.protocol, seeds), test::ranks_above({seed, 3, 4, 9 - seed}));
        }
      }
    }
  }
  expect_sets(grid);
}

TEST_F(Latex, SetsHostileLabels) {
  for (const std::size_t datasets : {1U, 2U}) {
    std::vector<std::string> names(hostile().begin() + 3, hostile().begin() + 3 + static_cast<std::ptrdiff_t>(datasets));
    expect_sets(tables_latex({table_of(hostile(), names, 2), table_of(hostile(), names, 6)}));
  }
  for (const std::string& label : hostile()) {
    SCOPED_TRACE(label);
    expect_sets(tables_latex({table_of({label, "b"}, {label, "plain"}, 3)}));
  }
}

TEST_F(Latex, SetsTablesOfSlicesLongerThanAPage) {
  Table table = table_of({"popularity", "BPR", "ItemKNN"}, {"beauty"}, 4);
  const std::vector<TableRow> models = table.rows;
  table.rows.clear();
  for (int i = 0; i < 60; ++i) {
    for (TableRow row : models) {
      row.slice = i == 7 ? std::string(200, 's') : fmt::format("history:{}-{}", i, i + 1);
      table.rows.push_back(row);
    }
  }
  table.footnotes.assign(90, "a cause that was long: " + std::string(300, 'c'));
  expect_sets(tables_latex({table}));
}

TEST_F(Latex, SetsEveryCharacterBelow3000) {
  std::string all = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{textcomp}\\begin{document}\\raggedright\n";
  for (char32_t c = 0; c < 0x3000; ++c) {
    std::string utf8;
    if (c < 0x80) {
      utf8 = static_cast<char>(c);
    } else if (c < 0x800) {
      utf8 = {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    } else {
      utf8 = {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 0x3F)),
              static_cast<char>(0x80 | (c & 0x3F))};
    }
    all += latex_text(utf8) + "\n";
  }
  expect_sets(all + "\\end{document}\n");
}

}  // namespace
}  // namespace motive
