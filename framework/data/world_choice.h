#pragma once
// Purpose: draws items for a user with probability proportional to exp(utility / noise) (world.h),
// among those released and not yet bought, without scoring the catalogue. Method: items stand in
// buckets by main trait and category. A bucket is drawn in proportion to its appeal times an upper
// bound of exp(fit and interest) in it, an item in the bucket in proportion to its appeal, and the
// item is kept with probability exp(its fit and interest - bound): rejection sampling, so the
// distribution is the exact one (up to the rounding of world_fixed.h). After kMaxTries refusals the
// whole catalogue is weighed once instead, which gives the same distribution.
// Complexity: a user O(buckets), an event O(log items) times a few tries; O(items) after kMaxTries.
// Memory: 20 bytes an item.

#include <vector>

#include "framework/data/world_items.h"

namespace motive::world {

struct User {
  std::vector<std::uint16_t> motivation;  // [traits] sums to 1000
  std::vector<std::uint16_t> interest;    // [categories] sums to 1000
};

class ItemChoice {
 public:
  ItemChoice(const WorldOptions& options, const Words& words, std::span<const Item> items);

  /// Begins a user: nothing is bought yet.
  void start(const User& user);
  /// An item for the day `day`; it is bought then. There must be one: released, not yet bought.
  std::uint32_t draw(Rng& rng, std::int32_t day);
  /// sum_m w_m t_m in millionths.
  std::int64_t fit(const User& user, const Item& item) const;

 private:
  struct Bucket {
    std::size_t begin = 0, end = 0;  // of order_
    std::size_t trait = 0, category = 0;
    std::uint16_t least = 0, most = 0;  // strength of the main trait
  };
  static constexpr int kMaxTries = 2000;

  bool available(std::uint32_t item, std::int32_t day) const {
    return items_[item].release <= day && bought_[item] != customer_;
  }
  Fixed taste(const Item& item) const;  // (fit and interest) / noise
  Fixed bound(const Bucket& bucket) const;
  std::uint32_t weigh_all(Rng& rng, std::int32_t day) const;

  std::span<const Item> items_;
  Fixed fit_, interest_;               // per unit, divided by the noise
  std::vector<Fixed> appeal_;          // [I] divided by the noise
  std::vector<std::uint32_t> order_;   // [I] items by bucket
  std::vector<std::uint64_t> summed_;  // [I+1] appeals before each place of order_
  int mass_shift_ = 0;
  std::vector<Bucket> buckets_;
  std::vector<Fixed> bounds_;           // [buckets] of the user
  std::vector<std::uint64_t> weights_;  // [buckets] summed, of the user
  std::vector<std::uint32_t> bought_;   // [I] the last customer, from 1
  std::uint32_t customer_ = 0;
  const User* user_ = nullptr;
};

}  // namespace motive::world
