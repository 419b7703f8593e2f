#pragma once
// Purpose: reading UTF-8 one character at a time, strictly (no overlong forms, no surrogates).

#include <cstddef>
#include <string_view>

namespace motive::config {

struct Utf8 {
  char32_t code = 0;
  std::size_t size = 0;  // bytes; 0 where they are not UTF-8
};

/// The character of text that begins at `at` < text.size().
Utf8 decode_utf8(std::string_view text, std::size_t at);

/// Characters in text (bytes that continue none).
std::size_t utf8_length(std::string_view text);

}  // namespace motive::config
