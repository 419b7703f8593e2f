#include "framework/data/encoding.h"

#include <cstdint>
#include <cstring>

namespace motive {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool in(unsigned char byte, unsigned char low, unsigned char high) {
  return low <= byte && byte <= high;
}

/// Length of the valid sequence that begins at i; 0 where it is not valid (table 3-7 of Unicode).
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned char a = byte_at(text, i);
  const unsigned char b = byte_at(text, i + 1);
  if (a < 0x80) return 1;
  if (in(a, 0xc2, 0xdf)) return in(b, 0x80, 0xbf) ? 2 : 0;
  const bool c = in(byte_at(text, i + 2), 0x80, 0xbf);
  if (in(a, 0xe0, 0xef)) {
    const unsigned char low = a == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = a == 0xed ? 0x9f : 0xbf;
    return in(b, low, high) && c ? 3 : 0;
  }
  if (in(a, 0xf0, 0xf4)) {
    const unsigned char low = a == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = a == 0xf4 ? 0x8f : 0xbf;
    return in(b, low, high) && c && in(byte_at(text, i + 3), 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t first_invalid_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t length = sequence_length(text, i);
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

bool has_unusual_bytes(std::string_view text) {
  // No branch inside, so that the compiler vectorises the loop.
  unsigned char all = 0;
  unsigned char zero = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    all |= byte;
    zero |= static_cast<unsigned char>(byte == 0);
  }
  return (all & 0x80) != 0 || zero != 0;
}

void append_latin1(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += static_cast<char>(0xc0 | (byte >> 6));
      out += static_cast<char>(0x80 | (byte & 0x3f));
    }
  }
}

void append_utf8(char32_t character, std::string& out) {
  const auto code = static_cast<std::uint32_t>(character);
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xc0 | code >> 6);
    put(0x80 | (code & 0x3f));
  } else if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
    out += "\xef\xbf\xbd";
  } else if (code < 0x10000) {
    put(0xe0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  } else {
    put(0xf0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3f));
    put(0x80 | (code >> 6 & 0x3f));
    put(0x80 | (code & 0x3f));
  }
}

}  // namespace motive
