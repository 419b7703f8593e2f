#pragma once
// Purpose: how `offline` reads: the data between tags of a message, items with their fields, and texts as words, stems and
// hits of the lexicon. Reading never fails: what is missing is empty.
// Complexity: linear. Determinism: no state. Thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/llm/lexicon.h"

namespace motive::llm::offline {

/// What stands between <tag> and </tag>, without space around it; the last such pair. Nothing where there is no such pair.
std::optional<std::string_view> block(std::string_view message, std::string_view tag);
/// Lines without space around them, empty ones left out.
std::vector<std::string_view> lines(std::string_view text);
std::string_view trimmed(std::string_view text);
/// Pieces between any of these characters, trimmed, empty ones left out.
std::vector<std::string_view> pieces(std::string_view text, std::string_view separators);
/// Rest after "Label:" at the start of a line, whatever the case.
std::optional<std::string_view> labelled(std::string_view line, std::string_view label);

struct Text {
  std::vector<std::string> words, stems;  // lower case, place by place; "mother's" is one word
  std::vector<LexiconHit> hits;           // negated ones left out
};
Text read_text(std::string_view text);
/// The words of a hit, as they stand.
std::string shown(const Text& text, std::uint32_t begin, std::uint32_t end);
/// A word that may say what something is about: no function word, no filler of product texts, no number.
bool is_content(std::string_view word);

struct Item {
  std::string title, description, categories;
  double liking = 1;  // of the rating: 1 for the best or none, 0 for one or two of five
};
Item read_item(std::string_view text);
/// Items that each begin with "1. ", in order; the last is the most recent.
std::vector<Item> read_history(std::string_view text);

/// FNV-1a: for orders that have to be arbitrary and fixed.
std::uint64_t hash_of(std::string_view text);

}  // namespace motive::llm::offline
