#pragma once
// Purpose: the tasks of `offline` (offline.h), each from the request's data to the JSON that is its answer.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "framework/llm/offline.h"

namespace motive::llm::offline {

struct Task {
  std::string name;
  std::string_view message;  // the last of the user's
  const Json* schema = nullptr;  // of the answer
  bool sentence_vectors = false;
};

/// A number that the schema sets for a list of the answer ("maxItems"), or `otherwise`.
std::size_t list_bound(const Task& task, const char* list, const char* bound, std::size_t otherwise);

Json motivation_profile(const Task& task);
Json profile_review(const Task& task);
Json merged_profile(const Task& task);
Json item_traits(const Task& task);
Result<Json> ranking(const Task& task);
Result<Json> preference(const Task& task);
Json rationale_check(const Task& task);

/// 0..100, not rounded.
Result<double> relevance(const Task& task);

/// The sentence encoder's vectors, or why there are none.
Result<std::vector<std::vector<float>>> encode(std::span<const std::string> texts);
/// Hashed words: 256 numbers of length 1 together.
std::vector<float> hashed_words(std::string_view text);

}  // namespace motive::llm::offline
