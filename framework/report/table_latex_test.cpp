#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/report/latex.h"
#include "framework/report/table.h"
#include "framework/report/test_grid.h"

namespace motive {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kGolden = R"GOLDEN(% Tables of Motive; this file compiles as it stands: pdflatex table.tex
% To lift a table into a paper, copy what stands between its two comment lines. The paper needs in its preamble
%   \usepackage[T1]{fontenc}
%   \usepackage{textcomp}  % with LaTeX before 2020
%   \usepackage{booktabs}
%   \usepackage{xcolor}
% The float holds the numbers and what their marks mean; the notes that follow it are ordinary text and may stand elsewhere.
\documentclass[10pt]{article}
\usepackage[T1]{fontenc}
\usepackage{textcomp}
\usepackage{booktabs}
\usepackage{xcolor}
% Of this document only:
\usepackage[a4paper,margin=20mm]{geometry}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\setlength{\belowcaptionskip}{6pt}
\begin{document}
% ---- begin of table warm-full
\begin{table}[!htbp]
\centering\small
\setlength{\tabcolsep}{4.5pt}
\caption{beauty \textperiodcentered{} warm \textperiodcentered{} full ranking}
\label{tab:warm-full}
\begin{tabular}{@{}lr@{}lr@{}lr@{}lr@{}l@{}}
\toprule
Model & \multicolumn{2}{c}{hr@5} & \multicolumn{2}{c}{hr@10} & \multicolumn{2}{c}{ndcg@5} & \multicolumn{2}{c}{ndcg@10} \\
\midrule
random & \underline{0.2500} & \phantom{$^{*}$}\,{\scriptsize $\pm$.0000} & \underline{0.3750} & \phantom{$^{*}$}\,{\scriptsize $\pm$.1768} & 0.1022 & \phantom{$^{*}$}\,{\scriptsize $\pm$.0077} & 0.1383 & \phantom{$^{*}$}\,{\scriptsize $\pm$.0434} \\
popularity & 0.5000 & $^{*}$ & 0.7500 & $^{*}$ & \underline{0.2764} &  & \underline{0.3553} &  \\
item\_knn & \multicolumn{8}{c}{\textit{failed}\textsuperscript{1}} \\
bpr\textsuperscript{2} & 0.5000 & $^{*}$\,{\scriptsize $\pm$.0000} & 0.7500 & $^{*}$\,{\scriptsize $\pm$.0000} & 0.3914 & $^{*}$\,{\scriptsize $\pm$.0231} & 0.4735 & $^{*}$\,{\scriptsize $\pm$.0329} \\
content\_knn & \multicolumn{8}{c}{\textit{n/a}\textsuperscript{3}} \\
sasrec & \multicolumn{8}{c}{\textit{not available}} \\
\bottomrule
\end{tabular}
\par\smallskip
{\footnotesize\raggedright\setlength{\parindent}{0pt}%
\textsuperscript{1}\,item\_knn: score of item B00\textbar{}X for user u1 is not a number\par
\textsuperscript{2}\,bpr: only 2 of 3 seeds; the others failed: ran out of memory\par
\textsuperscript{3}\,beauty has no item text\par
$^{*}$: best of its column; not a statement about significance.
\underline{Underlined}: second best.
$\pm$: standard deviation over a method's seeds; without it: one run.\par}
\end{table}
% Notes:
\begingroup\footnotesize\raggedright
\providecommand{\motivenote}[2]{\par\noindent\hangindent=6em\makebox[6em][l]{#1}#2}
\motivenote{\textit{Data}}{beauty: 22,363 users, 12,101 items, 198,502 events}
\motivenote{\textit{Split}}{warm: leave one out; target: the last event; validation: the one before it}
\motivenote{\textit{Protocol}}{full: target among all 12,101 items but the user's history}
\motivenote{\textit{Ties}}{expected value over all orders of tied items; tied targets: popularity 50.0 \%}
\motivenote{\textit{Refit}}{train\_valid: every method is refitted on training and validation events}
\motivenote{\textit{Seeds}}{split 1; init 1, 2, 3}
\motivenote{\textit{Users}}{4 test users; every number is a mean over them}
\motivenote{\textit{Tests}}{significantly above every rival: nobody (paired t-test over users, Holm over the rivals of a column, 5 \%)}
\motivenote{\textit{Detectable}}{0.8687 in hr@10, 0.6345 in ndcg@10 (smallest true difference that a paired t-test of the two best would find: 5 \%, power 80 \%)}
\motivenote{\textbf{Warning}}{no simple baseline of this table was tuned on validation}
\motivenote{\textbf{Warning}}{popularity, queries without an answer: 1}
\motivenote{\textit{Config}}{test 0123456789ab}
\par\endgroup
% ---- end of table warm-full
\end{document}
)GOLDEN";

std::vector<Table> tables_of(const Grid& grid) {
  const auto summary = summarise(grid);
  EXPECT_TRUE(summary) << summary.error().message;
  auto tables = make_tables(grid, *summary);
  EXPECT_TRUE(tables) << tables.error().message;
  return tables ? *tables : std::vector<Table>();
}

/// A table by hand: two models, one metric.
Table small_table(const std::string& first = "BPR", const std::string& second = "ItemKNN") {
  Table table;
  table.name = "warm-full";
  table.title = "beauty · warm · full ranking";
  table.split = "warm";
  table.protocol = "full";
  table.datasets = {"beauty"};
  table.columns = {{MetricKind::kHr, 10}};
  for (const std::string& label : {first, second}) {
    TableRow row;
    row.model = row.label = label;
    row.datasets = {{CellState::kDone, {{0.25, {}, false}}, 0}};
    table.rows.push_back(row);
  }
  return table;
}

TableValue& value(Table& table, std::size_t row) { return table.rows[row].datasets[0].values[0]; }

std::size_t count(const std::string& text, const std::string& wanted) {
  std::size_t n = 0;
  for (std::size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + wanted.size())) ++n;
  return n;
}

TEST(TableLatex, LooksAsItShould) {
  test::TemporaryFolder folder;
  EXPECT_EQ(tables_latex(tables_of(test::golden_grid(folder.path()))), kGolden);
}

TEST(TableLatex, BoldOnlyWhereSignificantElseAStar) {
  Table table = small_table();
  value(table, 0).best = true;
  std::string tex = tables_latex({table});
  EXPECT_THAT(tex, HasSubstr("BPR & 0.2500 & $^{*}$ \\\\\n"));
  EXPECT_THAT(tex, HasSubstr("ItemKNN & 0.2500 &  \\\\\n"));
  EXPECT_THAT(tex, Not(HasSubstr("\\textbf{0.2500}")));
  EXPECT_THAT(tex, HasSubstr("$^{*}$: best of its column."));
  value(table, 0).significant = true;
  tex = tables_latex({table});
  EXPECT_THAT(tex, HasSubstr("BPR & \\textbf{0.2500} \\\\\n"));
  EXPECT_THAT(tex, Not(HasSubstr("$^{*}$")));
  EXPECT_THAT(tex, HasSubstr("\\textbf{Bold}: best of its column and significantly above each rival."));
}

TEST(TableLatex, UnderlinesTheSecondBest) {
  Table table = small_table();
  value(table, 1).second = true;
  EXPECT_THAT(tables_latex({table}), HasSubstr("ItemKNN & \\underline{0.2500} \\\\\n"));
  EXPECT_THAT(tables_latex({table}), HasSubstr("\\underline{Underlined}: second best."));
}

TEST(TableLatex, SetsSpreadsSmallAndStarsInTheirOwnRoom) {
  Table table = small_table();
  value(table, 0).sd = 0.0012;
  value(table, 0).best = true;
  value(table, 1).sd = 1.5;
  const std::string tex = tables_latex({table});
  EXPECT_THAT(tex, HasSubstr("BPR & 0.2500 & $^{*}$\\,{\\scriptsize $\\pm$.0012} \\\\\n"));
  EXPECT_THAT(tex, HasSubstr("ItemKNN & 0.2500 & \\phantom{$^{*}$}\\,{\\scriptsize $\\pm$1.5000} \\\\\n"));
}

TEST(TableLatex, ShowsWhatWasPrintedAndTheDifference) {
  Table table = small_table();
  value(table, 0).published = 0.2612;
  table.rows[1].datasets[0] = {CellState::kFailed, {}, 0};
  table.rows[1].datasets[0].published = {0.125};
  const std::string tex = tables_latex({table});
  EXPECT_THAT(tex, HasSubstr("& \\multicolumn{2}{l}{{\\scriptsize\\textcolor[gray]{0.4}{0.2612 ($-$.0112)}}} \\\\[1pt]\n"));
  EXPECT_THAT(tex, HasSubstr("ItemKNN & \\multicolumn{2}{c}{\\textit{failed}} \\\\[-1.5pt]\n"));
  EXPECT_THAT(tex, HasSubstr("{\\scriptsize\\textcolor[gray]{0.4}{0.1250}}"));
}

TEST(TableLatex, CutsWideTablesIntoPanelsAndLongOnesIntoPages) {
  Table table = small_table();
  table.columns.clear();
  table.datasets = {"beauty", "sports"};
  for (int k = 1; k <= 12; ++k) table.columns.push_back({MetricKind::kHr, k});
  const TableEntry entry{CellState::kDone, std::vector<TableValue>(12, TableValue{0.25, 0.1}), 0};
  for (TableRow& row : table.rows) row.datasets.assign(2, entry);
  std::string tex = tables_latex({table});
  EXPECT_GE(count(tex, "\\begin{tabular}"), 4U);
  EXPECT_EQ(count(tex, "\\multicolumn{2}{c}{hr@12}"), 2U) << "each column once";
  table = small_table();
  for (int i = 0; i < 150; ++i) table.rows.push_back(table.rows[0]);
  tex = tables_latex({table});
  EXPECT_EQ(count(tex, "BPR & 0.2500"), 151U) << "each row once";
  EXPECT_GE(count(tex, "\\begin{table}"), 3U);
  EXPECT_EQ(count(tex, " (continued)}"), count(tex, "\\begin{table}") - 1);
}

TEST(TableLatex, LabelsAreUnique) {
  const std::string tex = tables_latex({small_table(), small_table()});
  EXPECT_EQ(count(tex, "\\label{tab:warm-full}"), 1U);
  EXPECT_EQ(count(tex, "\\label{tab:warm-full-2}"), 1U);
}

TEST(TableLatex, NoTablesAreADocumentToo) { EXPECT_THAT(tables_latex({}), HasSubstr("There are no tables.\n\\end{document}\n")); }

TEST(LatexText, EscapesWhatLatexReads) {
  EXPECT_EQ(latex_text("a_b%&#$"), "a\\_b\\%\\&\\#\\$");
  EXPECT_EQ(latex_text("{~^\\}"), "\\{\\textasciitilde{}\\textasciicircum{}\\textbackslash{}\\}");
  EXPECT_EQ(latex_text("<\">|`"), "\\textless{}\\textquotedbl{}\\textgreater{}\\textbar{}\\textasciigrave{}");
  EXPECT_EQ(latex_text("[2pt] *x"), "{[}2pt{]} {*}x");  // behind \\ both would be read
  EXPECT_EQ(latex_text("a--b ''"), "a-{}-b '{}'");
  EXPECT_EQ(latex_text("a\nb\tc"), "a b c");
}

TEST(LatexText, MapsSignsAndAccentsAndNamesTheRest) {
  EXPECT_EQ(latex_text("± − · ≤ ≥"), "$\\pm$ $-$ \\textperiodcentered{} $\\leq$ $\\geq$");
  EXPECT_EQ(latex_text("é Größe ŝ"), "\\'{e} Gr\\\"{o}\\ss{}e \\^{s}");
  EXPECT_EQ(latex_text("e\xCC\x81"), "\\'{e}") << "composed first";
  EXPECT_EQ(latex_text("混"), "{[}U+6DF7{]}");
  EXPECT_EQ(latex_text("\xF0\x9F\x98\x80"), "{[}U+1F600{]}");
  EXPECT_EQ(latex_text("\xFF\x1B"), "{[}U+FFFD{]}{[}U+FFFD{]}");
}

TEST(LatexText, LongWordsMayBreak) {
  EXPECT_EQ(latex_text("negatives"), "negatives");
  EXPECT_THAT(latex_text(std::string(100, 'x')), HasSubstr("x\\allowbreak{}x"));
  EXPECT_EQ(latex_text("sampled(99,popularity,catalogue)"),
            "sampled(\\allowbreak{}99,\\allowbreak{}popularity,\\allowbreak{}catalogue)");
}

/// What is left when commands and escapes are taken out must have no character that LaTeX reads.
void expect_harmless(const std::string& tex) {
  int depth = 0;
  for (std::size_t i = 0; i < tex.size(); ++i) {
    const char c = tex[i];
    RC_ASSERT(static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F);
    if (c == '\\') {
      RC_ASSERT(i + 1 < tex.size());
      ++i;  // \% and the first letter of a command
      RC_ASSERT(tex[i] != '\\');
    } else {
      RC_ASSERT(std::string_view("%#&_^").find(c) == std::string_view::npos);
    }
    if (tex[i] == '{' && c != '\\') ++depth;
    if (tex[i] == '}' && c != '\\') RC_ASSERT(--depth >= 0);
  }
  RC_ASSERT(depth == 0);
}

RC_GTEST_PROP(LatexText, IsHarmlessWhateverTheBytes, (const std::string& bytes)) { expect_harmless(latex_text(bytes)); }

RC_GTEST_PROP(LatexText, IsHarmlessWhateverTheSigns, ()) {
  const auto picked = *rc::gen::container<std::string>(rc::gen::elementOf(std::string("\\{}$&#%_^~[]*`'\",-<>| a\n")));
  expect_harmless(latex_text(picked));
}

}  // namespace
}  // namespace motive
