#pragma once
// Purpose: for methods that ask a language model, and spend their time waiting: a few threads each take a query and see it
// through; what came of a list of candidates is delivered in the same way by all. Queries are taken as they are needed, so memory does not grow with their number.
// Determinism: which thread takes a query must not matter to what it delivers. Errors: the first one ends the loop; what
// is under way is seen through.

#include <cstdint>
#include <functional>
#include <span>

#include "framework/recommend/recommender.h"

namespace motive {

/// width: how many queries are under way at a time.
Status each_query(QuerySource& queries, int width, const RankContext& context, const std::function<Status(const Query&)>& body);

/// All queries at once, for work that goes over them more than once.
std::vector<Query> all_queries(QuerySource& queries);

/// An answer that put candidates into an order, by their places among the query's candidates.
struct AnsweredList {
  std::span<const std::uint32_t> order;  // best first, all of them
  std::span<const std::uint32_t> shown;  // as the first prompt showed them
  bool strict = true;                    // nothing had to be repaired
  std::span<const double> taus;          // between permutations
};
/// The variants "" and, where nothing was repaired, "strict"; the order shown; the agreement of permutations.
Status deliver_list(const Query& query, const AnsweredList& list, RankSink& sink);

}  // namespace motive
