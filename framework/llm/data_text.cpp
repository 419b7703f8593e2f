// Text of items and users as data in a prompt (prompt.h).

#include <algorithm>

#include "framework/config/utf8.h"
#include "framework/llm/prompt.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

/// White space and line ends of all kinds, and control characters.
bool is_blank(char32_t c) {
  return c <= U' ' || (c >= 0x7f && c <= 0xa0) || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 ||
         c == 0x202f || c == 0x205f || c == 0x3000;
}

/// Characters that people do not see and models read: letters of tags, changes of direction, zero-width signs that join
/// nothing. (The joiners U+200C and U+200D are part of scripts and of emoji.)
bool is_hidden(char32_t c) {
  return c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

}  // namespace

std::string data_text(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  bool gap = false;
  for (std::size_t at = 0; at < text.size();) {
    const config::Utf8 character = config::decode_utf8(text, at);
    const std::size_t size = std::max<std::size_t>(character.size, 1);
    const std::string_view bytes = text.substr(at, size);
    at += size;
    if (character.size != 0 && is_hidden(character.code)) continue;
    if (character.size != 0 && is_blank(character.code)) {
      gap = true;
      continue;
    }
    if (gap && !kept.empty()) kept += ' ';
    gap = false;
    if (character.size == 0) {
      kept += "\xef\xbf\xbd";  // U+FFFD: bytes that are no UTF-8
    } else if (character.code == U'<') {
      kept += "\xe2\x80\xb9";  // U+2039
    } else if (character.code == U'>') {
      kept += "\xe2\x80\xba";  // U+203A
    } else {
      kept += bytes;
    }
  }
  return kept;
}

std::string first_tokens(std::string_view text, std::int64_t tokens, bool* cut) {
  // Words are counted one by one, each with the space before it: their sum is the whole's estimate, or a little more.
  std::size_t kept = 0;
  std::int64_t used = 0;
  while (kept < text.size()) {
    const std::size_t begin = std::min(text.find_first_not_of(' ', kept), text.size());
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    used += estimate_tokens(text.substr(kept, end - kept));
    if (used > tokens) break;
    kept = end;
  }
  const bool whole = kept == text.size();
  if (cut != nullptr && !whole) *cut = true;
  return std::string(text.substr(0, kept));
}

}  // namespace motive::llm
