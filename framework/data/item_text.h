#pragma once
// Purpose: texts of items as people read them, so that a title is the same string whoever exported
// it. Applied to every field of a table of items when a data set is prepared; ids are left as they
// are. In order: tags of HTML taken out (formats that hold HTML only), character references decoded
// (once:
// `&amp;lt;` becomes `&lt;`), tags that were hidden in them taken out, Unicode NFC (utf8proc), runs
// of white space and control characters made one blank, invisible characters (zero-width space,
// soft hyphen, byte order mark) dropped, ends trimmed. A tag is `<`, a name of HTML's, and all up
// to `>`: `a < b` and `<3` stay. Tags that end a line or a cell become a blank, others (b, i, span,
// a, ...) nothing; script and style go with what they hold. Complexity: O(length). Determinism: the
// same text for the same bytes.

#include <cstdint>
#include <string>
#include <string_view>

namespace motive {

/// The text, or `buffer`, which then holds the cleaned text. UTF-8; what is none stays as it is.
std::string_view clean_text(std::string_view text, bool html, std::string& buffer);

/// The character that `amp`, `#38` or `#x26` stands for; 0 where it is none.
char32_t html_entity(std::string_view name);

}  // namespace motive
