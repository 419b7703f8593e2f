#pragma once
// Purpose: how wide a text is in a terminal's columns, so that tables with any script line up, and
// how a foreign text (labels, causes) is made fit for one line. Widths follow UAX #11 (wide and
// fullwidth: 2) and general categories Mn/Me and format characters (0).

#include <string>
#include <string_view>
#include <vector>

namespace motive {

/// Columns of UTF-8 text. Bytes that are not UTF-8 count 1 each.
std::size_t display_width(std::string_view text);

/// One line of valid UTF-8: line breaks and tabs become spaces; control, escape and direction
/// characters and broken bytes become U+FFFD.
std::string printable(std::string_view text);

/// `text` and spaces behind it, up to `width` columns.
std::string pad_right(std::string_view text, std::size_t width);

/// Breaks at spaces so that no line is wider than `width` where a word allows it. Never empty.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

}  // namespace motive
