#pragma once
// Purpose: one line of Python's literals (what repr() writes: dicts, lists, tuples, strings,
// numbers, True, False, None) rewritten as JSON. Nothing is evaluated: whatever is not such a
// literal is refused. Strings: '...' and "...", with the prefixes u and b, and Python's escapes.
// \xHH is a byte where the string's bytes then are UTF-8 (as Python 2 wrote them), else the
// character U+00HH. Complexity: O(length). Nesting: at most 64.

#include <string>
#include <string_view>

namespace motive {

/// Whether a line that begins with `{` is a dict of Python's rather than a JSON object: its first
/// key is not in double quotes.
bool is_python_dict(std::string_view line);

/// Replaces `json`. Returns "" or what is wrong and where.
std::string python_to_json(std::string_view literal, std::string& json);

}  // namespace motive
