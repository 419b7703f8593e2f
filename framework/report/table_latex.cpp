#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/report/latex.h"
#include "framework/report/table.h"
#include "framework/report/table_latex_parts.h"

namespace motive {
namespace {

constexpr const char* kPreamble = R"(% Tables of Motive; this file compiles as it stands: pdflatex table.tex
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
)";

constexpr const char* kNoteCommand = R"(\providecommand{\motivenote}[2]{\par\noindent\hangindent=6em\makebox[6em][l]{#1}#2})";

/// How many lines of \footnotesize a text takes.
double lines_of(const std::string& escaped) {
  return std::ceil(4.4 * static_cast<double>(escaped.size()) / tex::kLine);
}

/// Marks and footnotes: what must stand with the numbers.
std::vector<std::string> below(const Table& table) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < table.footnotes.size(); ++i) {
    out.push_back(fmt::format("\\textsuperscript{{{}}}\\,{}", i + 1, latex_text(table.footnotes[i])));
  }
  const std::vector<std::string> marks = tex::legend(table);
  if (!marks.empty()) out.push_back(fmt::format("{}", fmt::join(marks, "\n")));
  return out;
}

std::string small_text(const std::vector<std::string>& paragraphs) {
  if (paragraphs.empty()) return "";
  return "{\\footnotesize\\raggedright\\setlength{\\parindent}{0pt}%\n" +
         fmt::format("{}", fmt::join(paragraphs, "\\par\n")) + "\\par}\n";
}

std::string caption(const Table& table, const std::string& label, bool continued) {
  const std::string title = latex_text(table.title);
  if (continued) return "\\addtocounter{table}{-1}\n\\caption{" + title + " (continued)}\n";
  return "\\caption{" + title + "}\n\\label{tab:" + label + "}\n";
}

/// One float a page at most: those that would not fit are cut between tabulars.
std::string floats(const Table& table, const std::string& label, bool* below_fits) {
  const tex::Body body = tex::make_body(table);
  const std::vector<std::string> paragraphs = below(table);
  double needed = 8;
  for (const std::string& text : paragraphs) needed += tex::kNote * lines_of(text);
  const double title = 30 + 12 * std::ceil(1.4 * latex_width(table.title) / tex::kLine);
  const std::string begin = fmt::format("\\begin{{table}}[!htbp]\n\\centering\\{}\n\\setlength{{\\tabcolsep}}{{4.5pt}}\n",
                                        body.small ? "small" : "footnotesize");
  std::string out = begin + caption(table, label, false);
  double used = title;
  for (std::size_t i = 0; i < body.tabulars.size(); ++i) {
    const tex::Tabular& tabular = body.tabulars[i];
    if (i > 0 && used + tabular.height > tex::kPage) {
      out += "\\end{table}\n\\clearpage\n" + begin + caption(table, label, true);
      used = title;
    } else if (i > 0) {
      out += "\\par\\medskip\n";
    }
    out += tabular.text + "\n";
    used += tabular.height + 8;
  }
  *below_fits = used + needed < tex::kPage;
  if (*below_fits && !paragraphs.empty()) out += "\\par\\smallskip\n" + small_text(paragraphs);
  return out + "\\end{table}\n";
}

std::string note_line(const TableNote& note) {
  const std::string heading = latex_text(note.heading);
  const std::string text = latex_text(note.text);
  if (latex_width(note.heading) > 58) return fmt::format("\\par\\noindent\\hangindent=6em\\textit{{{}}} {}\n", heading, text);
  return fmt::format("\\motivenote{{\\{}{{{}}}}}{{{}}}\n", note.warning ? "textbf" : "textit", heading, text);
}

std::string table_latex(const Table& table, const std::string& label) {
  bool below_fits = true;
  std::string out = floats(table, label, &below_fits);
  // Not in a box: it may break across pages, however long it is.
  if (!below_fits) {
    out += "% Footnotes and marks, too long for the float:\n\\clearpage\n" + small_text(below(table)) + "\\medskip\n";
  }
  out += "% Notes:\n\\begingroup\\footnotesize\\raggedright\n" + std::string(kNoteCommand) + "\n";
  for (const TableNote& note : table.notes) {
    if (!tex::in_legend(table, note)) out += note_line(note);
  }
  return out + "\\par\\endgroup\n";
}

}  // namespace

std::string tables_latex(const std::vector<Table>& tables) {
  std::string out = kPreamble;
  std::set<std::string> labels;
  for (const Table& table : tables) {
    const std::string slug = latex_label(table.name);
    std::string label = slug;
    for (int n = 2; !labels.insert(label).second; ++n) label = fmt::format("{}-{}", slug, n);
    if (labels.size() > 1) out += "\\clearpage\n";
    out += "% ---- begin of table " + label + "\n" + table_latex(table, label) + "% ---- end of table " + label + "\n";
  }
  if (tables.empty()) out += "There are no tables.\n";
  return out + "\\end{document}\n";
}

}  // namespace motive
