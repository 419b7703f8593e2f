#pragma once
// Purpose: the items that BPR takes for not liked. All draws leave out the items the user has
// training events with; all others can be drawn.
//   uniform     each with the same chance
//   popularity  in proportion to its training events
//   adaptive    a factor f with chance ~ |p_uf| sd_f, a rank r ~ Geometric(rho), and the item at
//               rank r of column f among those the user has not seen: from the top if p_uf > 0,
//               else from the bottom
// Source: Rendle & Freudenthaler, Improving pairwise learning for item recommendation from implicit
// feedback, WSDM 2014, sections 4 and 5 (sd and order of a column are refreshed now and then).
// Determinism: the draws depend on the arguments and the stream alone. Memory: 2 to 4 bytes an event
// for the filter; adaptive: 8 bytes a number of the item vectors.

#include <span>
#include <vector>

#include "framework/base/aligned_rows.h"
#include "framework/base/rng.h"
#include "framework/recommend/training_view.h"

namespace motive::bpr {

/// A training event.
struct Event {
  std::uint32_t user, item;
};

/// Some items: numbers[0..n-1], or 0..n-1 where `numbers` is null.
struct ItemSet {
  const std::uint32_t* numbers = nullptr;
  std::uint32_t n = 0;
  std::uint32_t operator[](std::uint32_t k) const { return numbers ? numbers[k] : k; }
};

/// What each user has seen, with a filter that answers most questions without a look at the list.
class Unseen {
 public:
  Unseen(const TrainingView& train, const std::vector<std::uint32_t>& item_events);

  std::size_t n_items() const { return item_events_.size(); }
  std::span<const ItemId> seen_by(UserId u) const { return seen_.of(u); }
  std::size_t count(UserId u) const { return n_items() - seen_by(u).size(); }
  /// Whether there are users who have seen every item.
  bool any_full() const { return any_full_; }
  /// False: not seen. True: seen, or (about one pair in sixty) not. One access to memory, no branch.
  bool maybe_seen(std::uint32_t user, std::uint32_t item) const {
    const std::uint64_t h = hash(user, item), bits = filter_bits(h);
    return (filter_[h & filter_mask_] & bits) == bits;
  }
  bool contains(UserId u, ItemId i) const {
    return !maybe_seen(static_cast<std::uint32_t>(index(u)), static_cast<std::uint32_t>(index(i))) ||
           !seen_.contains(u, i);
  }
  /// One of `items`, exact whatever share of them the user has seen. kNoItem: he has seen all.
  ItemId uniform(UserId u, ItemSet items, Rng& rng) const;
  /// `events`: all training events of `items`. Where the user has seen all that has events: uniform.
  ItemId popular(UserId u, std::span<const Event> events, ItemSet items, Rng& rng) const;

 private:
  // A Bloom filter of (user, item) pairs: both bits of a pair in one word.
  static std::uint64_t hash(std::uint32_t user, std::uint32_t item) {
    const std::uint64_t h =
        (user * std::uint64_t{0x9e3779b97f4a7c15}) ^ (item * std::uint64_t{0xd6e8feb86659fd93});
    return h ^ (h >> 32);
  }
  static std::uint64_t filter_bits(std::uint64_t h) {
    return (std::uint64_t{1} << (h >> 58)) | (std::uint64_t{1} << ((h >> 52) & 63));
  }

  SeenItems seen_;
  std::vector<std::uint64_t> filter_;
  std::uint64_t filter_mask_ = 0;
  bool any_full_ = false;
  const std::vector<std::uint32_t>& item_events_;
};

class AdaptiveNegatives {
 public:
  AdaptiveNegatives(const Unseen& unseen, std::size_t dim, double rho);

  /// Sorts each column of the item vectors and takes its standard deviation.
  void refresh(const AlignedRows& items, int threads);
  /// Steps between two refreshes: |I| ln |I|.
  std::size_t refresh_interval() const { return interval_; }
  /// user: a row of AlignedRows, with its filling of zeros. count(u) > 0.
  ItemId draw(UserId u, const float* user, Rng& rng) const;
  /// Rank from 0, with chance (1-rho)^r rho, cut off at n ranks and scaled to sum to 1.
  static std::size_t truncated_geometric(double rho, std::size_t n, double uniform);

 private:
  void refresh_column(const AlignedRows& items, std::size_t f);
  std::size_t draw_factor(const float* user, Rng& rng) const;

  const Unseen& unseen_;
  std::size_t dim_, interval_;
  double rho_;
  AlignedRows deviation_;             // one row [D]
  std::vector<std::uint32_t> order_;  // [D×I] item numbers, highest value first
  std::vector<std::uint32_t> place_;  // [D×I] where an item stands in order_
};

}  // namespace motive::bpr
