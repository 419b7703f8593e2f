#pragma once
// Purpose: lets threads train at the same time without writing to the same vectors, so that the
// result depends on the seed and the number of parts, never on who is faster.
//   Users are cut into T ranges of about as many events, for good; items into T random parts of the
//   same size, anew in every epoch. An epoch has T rounds. In round r thread t trains on the events
//   of user part t with items of part (t + r) mod T, and draws negatives from that part alone.
// So a positive meets any given negative in one epoch of T, and any pair of items meets as often as
// any other. Source: distributed SGD, Gemulla et al., KDD 2011, with a partition that changes.
// Complexity of a regrouping: O(N / threads + I). Memory: 8 N + 5 I bytes. parts: 1..255.

#include <span>
#include <vector>

#include "baselines/bpr/triples.h"

namespace motive::bpr {

class Partition {
 public:
  /// events: by user, ascending; must outlive this.
  Partition(std::span<const Event> events, std::size_t n_items, std::size_t parts);

  /// New item parts. The same for any number of threads.
  void regroup(Rng& rng, int threads);
  std::size_t parts() const { return parts_; }
  /// positives may be empty.
  Pool block(std::size_t user_part, std::size_t item_part) const;

 private:
  std::size_t items_begin(std::size_t part) const { return items_.size() * part / parts_; }

  std::span<const Event> events_;
  std::size_t parts_;
  std::vector<std::size_t> users_begin_;  // [T+1] where a user part begins in events_
  std::vector<std::uint32_t> items_;      // [I] by part
  std::vector<std::uint8_t> part_;        // [I]
  std::vector<Event> grouped_;            // [N] by item part, then user part
  std::vector<std::size_t> begin_;        // [T·T+1] of a block in grouped_
};

}  // namespace motive::bpr
