#pragma once
// Purpose: foreign text (labels, causes, names of data sets) made fit for pdfLaTeX with T1 fonts. Output is ASCII. What LaTeX
// reads as markup is escaped, brackets and stars behind \\ as well; accents and common signs become commands; what pdfLaTeX
// cannot set becomes [U+4E2D], control and direction characters and broken UTF-8 [U+FFFD]. Words too long for a line get
// places to break. Determinism: pure functions. Errors: none.

#include <string>
#include <string_view>

namespace motive {

/// One line.
std::string latex_text(std::string_view foreign);
/// Letters, digits and single hyphens, for labels; as html_slug.
std::string latex_label(std::string_view foreign);
/// Some points more than the text takes in Computer Modern of 9 points; not escaped by the caller.
double latex_width(std::string_view foreign);

}  // namespace motive
