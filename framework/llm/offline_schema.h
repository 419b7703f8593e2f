#pragma once
// Purpose: the dimensions that a profile may have, as the request's <schema> lists them, and what in a text speaks for each.
//   A dimension whose name is or contains one of the lexicon's motivations ("price/value", "Quality & durability"), or a
//   word that the lexicon gives to a motivation ("comfort"), is read by the lexicon; any other one by its own words: those
//   of its name weigh 3, those of its description 2.
// Complexity: linear in the text. Determinism: no state.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/llm/offline_text.h"

namespace motive::llm::offline {

struct Dimension {
  std::string name;
  std::vector<Motivation> ours;
  std::unordered_map<std::string, double> own;  // stems; empty where the lexicon reads it
};
Dimension dimension_of(std::string_view name, std::string_view description);
/// Lines "- name: description"; without any, the lexicon's eight.
std::vector<Dimension> read_schema(std::string_view text);

/// A place of a text that speaks for a dimension, with the weight 0..2 that its word has.
struct Mention {
  std::uint32_t dimension = 0, begin = 0, end = 0;
  double weight = 1;
};
std::vector<Mention> mentions(const std::vector<Dimension>& dimensions, const Text& text);
/// sums / (1 + all sums): how much of what a text says speaks for each dimension.
void as_shares(std::vector<double>& sums);
/// The mentions' weights by dimension, as shares.
std::vector<double> evidence(const std::vector<Dimension>& dimensions, const Text& text);

}  // namespace motive::llm::offline
