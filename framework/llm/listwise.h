#pragma once
// Purpose: a list of candidates put into an order by asking for it, as every method with a language model does it: shown
// in seeded orders, one call a permutation (or a window), lists read and repaired, permutations joined by Borda counts.
//   strict: every answer was a valid list; methods deliver the order as the variant "strict" only then (else: a miss).
// An answer that stays wrong after re-asks counts as an empty list: all places in the seeded order.
// Determinism: of the client's answers and the seeds.

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "framework/llm/client.h"
#include "framework/llm/ranking.h"

namespace motive::llm {

struct ListwiseOptions {
  std::string endpoint, module;
  std::size_t top = 10;          // how many the model is asked for
  bool reasons = false;          // a few words beside each
  std::uint32_t permutations = 1;
  std::size_t window = 0, stride = 10;  // 0: all candidates in one call
  double temperature = 0.9, top_p = 0.9;
  int max_tokens = 1024;
  std::uint64_t llm_seed = 1, prompt_seed = 1;
};

/// The messages that show these candidates, by their place 0..n-1, with these ids, and ask for `wanted` of them.
using ShowCandidates =
    std::function<std::vector<Message>(std::span<const std::uint32_t> places, std::span<const std::string> ids, std::size_t wanted)>;

struct ListwiseResult {
  std::vector<std::uint32_t> order;    // places of the candidates, best first, all of them
  std::size_t listed = 0;              // of these, so many came from the model (of the first permutation)
  bool strict = true;
  std::vector<std::uint32_t> shown;    // of the first permutation
  std::vector<std::string> reasons;    // by place; "" where none was given
  std::map<std::string, std::uint64_t> counts;  // "lists with a repeated item", "refused", ...: what was not as asked
  std::vector<double> taus;            // between permutations
};

/// n candidates; row: of the query, for the seeded orders.
Result<ListwiseResult> rank_listwise(Client& client, const ListwiseOptions& options, std::size_t n, std::uint32_t row,
                                     const ShowCandidates& show);

}  // namespace motive::llm
