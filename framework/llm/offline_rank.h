#pragma once
// Purpose: how `offline` compares a user with texts of items.
//   score(c) = motives(c) + words(c) [+ vectors(c), with a sentence encoder: cosine of profile and c]
//   motives: the profile's strengths (to a power, length 1) times the shares of c's words that speak for each dimension,
//            both divided by the root of what the candidates have on average: what all of them have tells nothing
//   words:   cosine of the profile's keywords, the first of each list counting most, and c's words, weighted by idf over
//            these candidates
// Invariance: what stands where among the candidates has no influence; equal scores are ordered by a hash of the text.
// Complexity: linear in the text. Determinism: sums run in the order of the texts, not of the places.

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/base/status.h"
#include "framework/llm/offline_profile.h"
#include "framework/llm/offline_tasks.h"

namespace motive::llm::offline {

/// A user, as a ranking sees them.
struct Taste {
  std::vector<Dimension> dimensions;
  std::vector<double> strength;                   // by dimension
  std::unordered_map<std::string, double> terms;  // stems of keywords
  std::string text;                               // for the encoder
};
/// Of <profile>, or, where there is none, of <history>.
Taste taste_of(const Task& task);

struct Candidate {
  std::string id;
  std::string text;
};
/// Lines "[c07] text".
std::vector<Candidate> read_candidates(std::string_view text);

struct Match {
  double score = 0;                    // about 0..1
  std::vector<std::string> shared;     // words, the most telling first
  std::size_t dimension = 0;           // that speaks most for it
  bool motive = false;                 // some dimension does
};
/// By candidate.
Result<std::vector<Match>> match(const Taste& taste, const std::vector<Candidate>& candidates, bool sentence_vectors);
/// Places of the candidates, best first.
std::vector<std::size_t> best_first(const std::vector<Candidate>& candidates, const std::vector<Match>& matches);

}  // namespace motive::llm::offline
