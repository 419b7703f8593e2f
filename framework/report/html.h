#pragma once
// Purpose: foreign text (labels, causes, file names, YAML) made fit for a page. Escapes what HTML and
// XML read as markup, in text and in quoted attribute values alike; control, escape and direction
// characters and broken UTF-8 become U+FFFD (unicode.h), so that the page is well-formed XML, too.
// Determinism: pure functions. Errors: none.

#include <string>
#include <string_view>
#include <vector>

namespace motive {

/// One line.
std::string html_text(std::string_view foreign);
/// One line of prose: what stands between backticks becomes <code>; a backtick without a second stays.
std::string html_prose(std::string_view foreign);
/// Several lines, for <pre>: line breaks stay.
std::string html_lines(std::string_view foreign);
/// Letters, digits and single hyphens, for file names, ids and addresses in the page. Never empty.
std::string html_slug(std::string_view foreign);

/// A plain table: names of columns, rows of text, escaped here. Columns whose every value reads as a
/// number, or is empty or "n/a", stand at the right and sort as numbers.
struct HtmlTable {
  std::string caption;  // for those who do not see it; not escaped by the caller
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
/// 14 ms, 0.4 s, 3:05.
std::string shown_seconds(double seconds);
std::string html_table(const HtmlTable& table);

/// The value that a shown number sorts by: "12,101", "37.8 %", "0.4 s" and "3.1 MB" by their size; "" for
/// what is no number.
std::string sort_value(const std::string& shown);

}  // namespace motive
