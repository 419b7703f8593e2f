#pragma once
// Purpose: for methods that spend their time waiting (for a language model): a few threads each take a query and see it
// through. Queries are taken as they are needed, so memory does not grow with their number.
// Determinism: which thread takes a query must not matter to what it delivers. Errors: the first one ends the loop; what
// is under way is seen through.

#include <functional>

#include "framework/recommend/recommender.h"

namespace motive {

/// width: how many queries are under way at a time.
Status each_query(QuerySource& queries, int width, const RankContext& context, const std::function<Status(const Query&)>& body);

}  // namespace motive
