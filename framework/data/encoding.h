#pragma once
// Purpose: what the bytes of a text file mean. Everything inside the framework is UTF-8.

#include <cstddef>
#include <string>
#include <string_view>

namespace motive {

enum class Encoding { kUtf8, kLatin1 };

/// Position of the first byte that is not part of valid UTF-8 (RFC 3629: no overlong forms, no
/// surrogates), or npos where all is valid.
std::size_t first_invalid_utf8(std::string_view text);

/// True where a byte is above 127 or zero. Fast: what most text never is.
bool has_unusual_bytes(std::string_view text);

/// Appends latin-1 (ISO 8859-1) text as UTF-8.
void append_latin1(std::string_view text, std::string& out);

/// Appends a character; U+FFFD for what is none (surrogates, above U+10FFFF).
void append_utf8(char32_t character, std::string& out);

}  // namespace motive
