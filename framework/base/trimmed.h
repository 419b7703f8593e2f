#pragma once
// Purpose: a text without blanks at its ends. Which characters are blank is the caller's to say: formats differ.

#include <string_view>

namespace motive {

inline std::string_view trimmed(std::string_view text, std::string_view blank) {
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

}  // namespace motive
