#pragma once
// Purpose: the k best items of one query, from scores that come in any order.
// Ties are broken by a hash of (stream, item): it knows nothing of the item but its number, which
// is a permutation already, and differs between users. The result does not depend on the order of
// offers. Complexity: a comparison an item that is not good enough, O(1) amortised for the others
// (a buffer of at least 2k is cut back to k when it is full).

#include <algorithm>
#include <limits>
#include <span>
#include <vector>

#include "framework/evaluate/ranking.h"

namespace motive {

class TopList {
 public:
  /// excluded: items that are never listed, ascending; must stay alive.
  void start(std::size_t k, std::uint64_t stream, std::span<const ItemId> excluded) {
    k_ = k;
    stream_ = stream;
    excluded_ = excluded;
    full_ = false;
    threshold_ =
        k == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::lowest();
    entries_.clear();
    entries_.reserve(std::max<std::size_t>(4 * k, 64));
  }

  /// Scores below it need not be offered.
  float threshold() const { return threshold_; }

  void offer(ItemId item, float score) {
    if (k_ == 0 || score < threshold_) return;
    const TopItem entry{item, score};
    if (full_ && !better(entry, entries_[k_ - 1])) return;
    if (std::binary_search(excluded_.begin(), excluded_.end(), item)) return;
    entries_.push_back(entry);
    if (entries_.size() == entries_.capacity()) cut();
  }

  /// Best first.
  std::vector<TopItem> finish() {
    const std::size_t n = std::min(k_, entries_.size());
    std::partial_sort(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(n),
                      entries_.end(), Order{this});
    return {entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(n)};
  }

 private:
  struct Order {
    const TopList* list;
    bool operator()(const TopItem& a, const TopItem& b) const { return list->better(a, b); }
  };
  std::uint64_t key(ItemId item) const {
    std::uint64_t z = stream_ + 0x9e3779b97f4a7c15u * (index(item) + 1);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }
  bool better(const TopItem& a, const TopItem& b) const {
    return a.score != b.score ? a.score > b.score : key(a.item) < key(b.item);
  }
  /// Keeps the best k; the worst of them stands at k-1 and is the new threshold.
  void cut() {
    std::nth_element(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(k_ - 1),
                     entries_.end(), Order{this});
    entries_.resize(k_);
    threshold_ = entries_[k_ - 1].score;
    full_ = true;
  }

  std::size_t k_ = 0;
  std::uint64_t stream_ = 0;
  std::span<const ItemId> excluded_;
  bool full_ = false;
  float threshold_ = 0;
  std::vector<TopItem> entries_;
};

}  // namespace motive
