#pragma once
// Purpose: draws a user's negatives for a ledger: distinct items of a pool that he never touched, uniform or
// in proportion to weights. Which items come first depends on the seed and the user alone, never on how many
// are asked for: protocols nest.
// Complexity: O(n) expected a user, with weights O(n log I); O(I) where nearly all of the pool is taken.

#include <vector>

#include "framework/base/rng.h"
#include "framework/data/interactions.h"

namespace motive {

class NegativeSampler {
 public:
  /// weights [I]: in proportion to these, items with weight 0 never; empty: uniform.
  NegativeSampler(const EventsView& events, std::vector<ItemId> pool, std::size_t n_items, std::uint64_t seed,
                  std::span<const std::uint32_t> weights = {});

  /// Appends n items to `out`, or as many as the user has not touched.
  void draw(UserId user, std::size_t n, std::vector<ItemId>& out);

 private:
  bool take(ItemId item);
  ItemId pick(Rng& rng) const;
  void draw_from_rest(Rng& rng, std::size_t n, std::vector<ItemId>& out);
  void draw_weighted_rest(Rng& rng, std::size_t n, std::vector<ItemId>& out);

  const EventsView& events_;
  std::vector<ItemId> pool_, rest_;
  std::span<const std::uint32_t> weights_;
  std::vector<std::uint64_t> cumulative_;  // [pool] of weights
  std::uint64_t seed_;
  std::vector<bool> in_pool_;
  std::vector<std::uint32_t> taken_by_;  // [I] the last turn that took the item
  std::uint32_t turn_ = 0;
  std::size_t taken_ = 0;  // of the pool, in this turn
};

}  // namespace motive
