#pragma once
// Purpose: what LightFM trains on: examples in a new random order each epoch, and the draws that go
// with them, made a batch ahead so that rows can be fetched before they are needed.
//   logistic  the event, y = 1, or 0 where its rating is below `positive_from`; then `negatives`
//             items the user has no event with, y = 0
//   bpr       a positive event and an item from a random event (so popular ones are frequent) the
//             user has no event with
//   warp      a positive event and max_sampled uniform items; the trainer looks which are known
//   warp_kos  the user of a positive event, n of his positive items (with repeats; fewer where he
//             has fewer) and max_sampled uniform items
// Items are drawn among those with training events: the others would only be taught to be disliked.

#include <span>
#include <vector>

#include "baselines/lightfm/params.h"
#include "framework/base/rng.h"
#include "framework/recommend/training_view.h"

namespace motive::lightfm {

struct Example {
  std::uint32_t user, item;  // warp_kos: item is not used
  float weight;              // of the event
  float y;                   // logistic
  std::uint32_t n_positives;  // warp_kos: how many were drawn
};

/// Examples with `width` draws each; warp_kos: positives first, from `n` places.
struct Batch {
  std::vector<Example> examples;
  std::vector<std::uint32_t> draws;
  std::size_t width = 0;
  std::uint64_t skipped = 0;  // users who have seen every item
  std::span<const std::uint32_t> draws_of(std::size_t e) const {
    return std::span(draws).subspan(e * width, width);
  }
};

/// Which items may be drawn.
struct Pool {
  std::span<const std::uint32_t> items;  // empty: all of the catalogue
  std::span<const std::uint8_t> parts;   // [I] empty: one part
  std::uint8_t part = 0;                 // of the items
};

class Examples {
 public:
  struct Event {
    std::uint32_t user, item;
    float weight, y;
  };
  /// Errors: weights that are no finite numbers >= 0, ratings that the data set lacks, no positive.
  static Result<Examples> make(const LightFmParams& params, const TrainingView& train);

  /// Places in the order that an epoch goes through; shuffle them.
  std::vector<std::uint32_t> order() const;
  /// The examples of a few events, with draws from the pool.
  void fill(std::span<const std::uint32_t> events, const Pool& pool, Rng& rng, Batch& batch) const;
  /// All items with training events.
  Pool all() const { return {all_drawable_ ? std::span<const std::uint32_t>() : drawable_, {}, 0}; }
  std::span<const std::uint32_t> drawable() const { return drawable_; }
  std::span<const Event> events() const { return events_; }

  /// Whether the user has an event with the item.
  bool known(std::uint32_t user, std::uint32_t item) const {
    // The filter answers most questions without a look at the list.
    const bool maybe = (filter_[user] >> (item & 63)) & 1;
    return maybe && seen_.contains(user_id(user), item_id(item));
  }
  void fetch(std::uint32_t user) const { __builtin_prefetch(&filter_[user]); }
  std::size_t n_drawable() const { return drawable_.size(); }

 private:
  Examples(const LightFmParams& params, const TrainingView& train);
  Status weigh(const TrainingView& train);
  void draw_uniform(const Pool& pool, Rng& rng, std::span<std::uint32_t> out) const;
  bool draw_popular(std::uint32_t user, const Pool& pool, Rng& rng, std::uint32_t& item) const;
  bool draw_unseen(std::uint32_t user, const Pool& pool, Rng& rng, std::uint32_t& item) const;
  static std::span<std::uint32_t> more_draws(Batch& batch);
  std::size_t width() const;
  void add_logistic(const Event& event, const Pool& pool, Rng& rng, Batch& batch) const;
  void add_bpr(const Event& event, const Pool& pool, Rng& rng, Batch& batch) const;
  void add_kos(const Event& event, const Pool& pool, Rng& rng, Batch& batch) const;

  const LightFmParams& params_;
  std::vector<Event> events_;
  bool all_drawable_ = false;
  std::vector<std::uint64_t> offsets_;      // of the users' positive items below
  std::vector<std::uint32_t> positives_;
  SeenItems seen_;
  std::vector<std::uint64_t> filter_;    // [U] one bit an item number modulo 64
  std::vector<std::uint32_t> drawable_;  // items with training events
};

}  // namespace motive::lightfm
