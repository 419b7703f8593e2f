#pragma once
// Purpose: what a method that selects on validation may ask while it is fitted
// (recommend/recommender.h). Full ranking, pool catalogue, NDCG@10 with expected ties over at most
// `users` seeded validation users; the user's training history is masked. The same users at every
// call and for every method. Complexity: one ranking of `users` queries a call. Determinism: as
// rank_with.

#include <memory>

#include "framework/evaluate/ranking.h"
#include "framework/recommend/registry.h"

namespace motive {

/// `train` and `valid` must be of the same split of `data`; nothing of them needs to stay alive but
/// the columns that `train` and `data` map. info: of the method that is fitted.
std::unique_ptr<Validation> make_validation(const PreparedData& data, const TrainingView& train,
                                            const QuerySet& valid, const MethodInfo& info,
                                            std::size_t users, int threads);

/// The same from the events alone.
std::unique_ptr<Validation> make_validation(const EventsView& events, std::size_t n_items,
                                            const EventsView& train, const QuerySet& valid,
                                            bool unseen_items, std::size_t users, int threads);

}  // namespace motive
