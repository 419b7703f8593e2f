#pragma once
// Purpose: what work will need, told before anything runs: by methods and kinds of features, for plans, memory checks
// and budgets.

#include <cstdint>
#include <map>
#include <string>

namespace motive {

/// The size of a fit or ranking.
struct Shape {
  std::uint64_t users = 0, items = 0, events = 0, queries = 0, candidates = 0;  // candidates per query
  double item_tokens = 100;  // of a language model, in an item's title and description: mean; a guess before data is prepared
  double history = 10;       // events that a query shows: mean
};

/// What one endpoint is asked.
struct LlmLoad {
  std::uint64_t calls = 0;
  double prompt_tokens = 0, answer_tokens = 0;  // of all calls; answers as long as they are expected to be
};

struct Estimate {
  double seconds = 0;             // of one core; waiting for a language model is not in it
  std::uint64_t memory_bytes = 0;  // beside the mapped data
  std::map<std::string, LlmLoad> llm = {};  // by endpoint: at most, since what the cache has costs nothing
};

}  // namespace motive
