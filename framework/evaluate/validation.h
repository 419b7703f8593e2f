#pragma once
// Purpose: what a method that selects on validation may ask while it is fitted
// (recommend/recommender.h). Full ranking over `pool` (catalogue; under item-cold splits the items that
// are cold in validation), NDCG@10 with expected ties over at most `users` seeded validation users; the
// user's training history is masked. The same users at every
// call and for every method. Complexity: one ranking of `users` queries a call. Determinism: as
// rank_with.

#include <memory>

#include "framework/evaluate/metrics.h"
#include "framework/evaluate/ranking.h"
#include "framework/recommend/registry.h"

namespace motive {

/// The same for who compares settings: another metric, and whether there is anything to compare on.
class RankingValidation : public Validation {
 public:
  virtual Result<double> value(const Recommender& method, const MetricSpec& metric) = 0;
  virtual std::size_t users() const = 0;
};

/// The columns that `train` maps must stay alive. pool [I]. unseen_items: of the method that is fitted.
std::unique_ptr<RankingValidation> make_validation(std::vector<bool> pool, const EventsView& train,
                                                   const QuerySet& valid, bool unseen_items,
                                                   std::size_t users, int threads);

/// Items with at least one event.
std::vector<bool> catalogue_pool(const EventsView& events, std::size_t n_items);

}  // namespace motive
