#pragma once
// Purpose: the tabulars of table_latex.cpp: a table cut into panels that fit on a line of the page, as booktabs sets them.
// Units: points of TeX. Determinism: everything follows from the table. Errors: none.

#include <string>
#include <vector>

#include "framework/report/table.h"

namespace motive::tex {

inline constexpr double kLine = 483;   // A4 with margins of 20 mm
inline constexpr double kPage = 690;   // of the 731 that there are
inline constexpr double kNote = 9.5;   // a line of \footnotesize

/// One tabular, and how high it is about.
struct Tabular {
  std::string text;
  double height = 0;
};

/// The table in as many tabulars as it needs, none higher than a page.
struct Body {
  bool small = true;  // \small; else \footnotesize, where that saves a cut
  std::vector<Tabular> tabulars;
};
Body make_body(const Table& table);

/// What the marks of the table mean, as it shows them; empty where there are none.
std::vector<std::string> legend(const Table& table);
/// Whether legend() says it, or would if the table had such a mark, so that it need not stand among the notes.
bool in_legend(const Table& table, const TableNote& note);

}  // namespace motive::tex
