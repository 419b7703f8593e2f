#pragma once
// Purpose: lets threads train at the same time without writing to the same vectors, so that the
// result depends on the seed and the number of parts, never on who is faster.
//   Users are cut into T ranges of about as many events, for good; items into T random parts, anew
//   in every epoch. An epoch has T rounds. In round r thread t trains on the events of user part t
//   with items of part (t + r) mod T, and draws items from that part alone.
// So a positive meets a given item in one epoch of T. Source: distributed SGD, Gemulla et al., KDD
// 2011, with a partition that changes. Only where users and items are their own only features: others
// share vectors. Complexity of a regrouping: O(N + I). Memory: 4 N + 5 I bytes. parts: 1..255.

#include "baselines/lightfm/examples.h"

namespace motive::lightfm {

class Partition {
 public:
  Partition(const Examples& examples, std::size_t n_users, std::size_t n_items, std::size_t parts);

  /// New item parts, and `order` sorted into blocks, each in its old order.
  void regroup(Rng& rng, std::vector<std::uint32_t>& order);
  std::size_t parts() const { return parts_; }
  /// Where a block stands in the order.
  std::pair<std::size_t, std::size_t> block(std::size_t user_part, std::size_t item_part) const {
    const std::size_t b = user_part * parts_ + item_part;
    return {begin_[b], begin_[b + 1]};
  }
  /// What is drawn from beside the events of an item part.
  Pool pool(std::size_t item_part) const;

 private:
  std::size_t items_begin(std::size_t part) const { return items_.size() * part / parts_; }

  const Examples& examples_;
  std::size_t parts_;
  std::vector<std::uint8_t> user_part_, item_part_;
  std::vector<std::uint32_t> items_;    // drawable ones, by part
  std::vector<std::uint32_t> grouped_;  // room for an order
  std::vector<std::size_t> begin_;      // [T·T+1]
};

}  // namespace motive::lightfm
