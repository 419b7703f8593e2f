#include "framework/recommend/each_query.h"

#include <algorithm>
#include <atomic>

#include "framework/base/parallel.h"

namespace motive {

Status each_query(QuerySource& queries, int width, const RankContext& context, const std::function<Status(const Query&)>& body) {
  std::atomic<std::size_t> done = 0;
  const auto one = [&]() -> Result<bool> {
    Query query;
    if (queries.next({&query, 1}) != 1) return false;
    MOTIVE_TRY(body(query));
    const std::size_t n = ++done;
    if (context.progress) context.progress->update(static_cast<double>(n), static_cast<double>(queries.size()), "users");
    return true;
  };
  return repeat_by_threads(static_cast<int>(std::min<std::size_t>(queries.size(), static_cast<std::size_t>(std::max(1, width)))), one);
}

std::vector<Query> all_queries(QuerySource& queries) {
  std::vector<Query> all(queries.size());
  std::size_t n = 0;
  while (const std::size_t more = queries.next(std::span(all).subspan(n))) n += more;
  all.resize(n);
  return all;
}

Status deliver_list(const Query& query, const AnsweredList& list, RankSink& sink) {
  std::vector<ItemId> shown, order;
  for (const std::uint32_t place : list.shown) shown.push_back(query.candidates[place]);
  for (const std::uint32_t place : list.order) order.push_back(query.candidates[place]);
  for (const double tau : list.taus) sink.observe("kendall tau between permutations", tau);
  sink.shown(query.row, shown);
  MOTIVE_TRY(sink.ranking(query.row, order, ""));
  sink.expect_variant("strict");
  if (!list.strict) return {};  // in the variant "strict" it is a miss
  return sink.ranking(query.row, order, "strict");
}

}  // namespace motive
