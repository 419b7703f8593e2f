#pragma once
// Purpose: the items that BPR takes for not liked. All draws leave out the items the user has
// training events with; all others of the catalogue can be drawn.
//   uniform     each with the same chance
//   popularity  in proportion to its training events
//   adaptive    a factor f with chance ~ |p_uf| sd_f, a rank r ~ Geometric(rho), and the item at
//   rank r of
//               column f among those the user has not seen: from the top if p_uf > 0, else from the
//               bottom
// Source: Rendle & Freudenthaler, Improving pairwise learning for item recommendation from implicit
// feedback, WSDM 2014, sections 4 and 5 (sd and order of a column are refreshed now and then).

#include <span>
#include <vector>

#include "framework/base/rng.h"
#include "framework/recommend/training_view.h"

namespace motive::bpr {

/// What each user has seen, with a filter that answers most questions without a look at the list.
class Unseen {
 public:
  Unseen(const TrainingView& train, const std::vector<std::uint32_t>& item_events);

  std::size_t n_items() const { return item_events_.size(); }
  std::span<const ItemId> seen_by(UserId u) const { return seen_.of(u); }
  std::size_t count(UserId u) const { return n_items() - seen_by(u).size(); }
  bool contains(UserId u, ItemId i) const {
    const bool maybe = (filter_[index(u)] >> (index(i) & 63)) & 1;
    return !maybe || !seen_.contains(u, i);
  }
  /// Exact, whatever share of the catalogue the user has seen. count(u) > 0.
  ItemId uniform(UserId u, Rng& rng) const;
  /// `events`: the training events. Where the user has seen all that has events: uniform.
  ItemId popular(UserId u, std::span<const ItemId> events, Rng& rng) const;

 private:
  SeenItems seen_;
  std::vector<std::uint64_t> filter_;  // [U] one bit an item number modulo 64
  const std::vector<std::uint32_t>& item_events_;
};

class AdaptiveNegatives {
 public:
  AdaptiveNegatives(const Unseen& unseen, std::size_t dim, double rho);

  /// Sorts each column of the item vectors and takes its standard deviation. items [I×stride].
  void refresh(std::span<const float> items, std::size_t stride, int threads);
  /// Steps between two refreshes: |I| ln |I|.
  std::size_t refresh_interval() const { return interval_; }
  ItemId draw(UserId u, std::span<const float> user_vector, Rng& rng) const;
  /// Rank from 0, with chance (1-rho)^r rho, cut off at n ranks and scaled to sum to 1.
  static std::size_t truncated_geometric(double rho, std::size_t n, double uniform);

 private:
  std::size_t draw_factor(std::span<const float> user_vector, Rng& rng) const;

  const Unseen& unseen_;
  std::size_t dim_, interval_;
  double rho_;
  std::vector<float> deviation_;      // [D]
  std::vector<std::uint32_t> order_;  // [D×I] item numbers, highest value first
  std::vector<std::uint32_t> place_;  // [D×I] where an item stands in order_
};

}  // namespace motive::bpr
