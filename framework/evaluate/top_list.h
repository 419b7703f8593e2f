#pragma once
// Purpose: the k best items of one query, from scores that come in any order.
// An entry is one number: the score's order above a hash of the item. Ties are so broken by the
// hash, which knows nothing of the item but its number (a permutation already) and differs between
// streams. For one stream it is one to one: the order is total, the result does not depend on the
// order of offers, and the item can be had back from it. Complexity: a comparison an item that is
// not good enough; for the others an insertion without branches into a short list, or O(1)
// amortised (a buffer of 4k is cut back to k when it is full) for a long one.

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
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
    least_ = 0;
    threshold_ =
        k == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::lowest();
    short_.fill(0);
    short_[0] = std::numeric_limits<std::uint64_t>::max();
    long_.clear();
    if (k > kShort) long_.reserve(4 * k);
  }

  /// Scores below it need not be offered.
  float threshold() const { return threshold_; }

  /// score must be finite.
  void offer(ItemId item, float score) {
    if (score < threshold_) return;
    const std::uint64_t key = key_of(item, score);
    if (key < least_ || is_excluded(item)) return;
    if (k_ > kShort) {
      long_.push_back(key);
      if (long_.size() == 4 * k_) cut();
    } else {
      insert(key);
    }
  }

  /// Best first.
  std::vector<TopItem> finish() {
    if (k_ <= kShort)
      long_.assign(short_.begin() + 1, short_.begin() + 1 + static_cast<std::ptrdiff_t>(k_));
    std::sort(long_.begin(), long_.end(), std::greater<>());
    std::vector<TopItem> items;
    items.reserve(std::min(k_, long_.size()));
    for (std::size_t i = 0; i < std::min(k_, long_.size()) && long_[i] != 0; ++i) {
      items.push_back({item_of(long_[i]), score_of(long_[i])});
    }
    return items;
  }

 private:
  static constexpr std::size_t kShort = 32;

  /// Never 0, which stands for no entry: that would be the key of a NaN.
  std::uint64_t key_of(ItemId item, float score) const {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(score + 0.0f);  // -0 becomes 0
    const std::uint32_t order = bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
    std::uint32_t x = static_cast<std::uint32_t>(item) ^ static_cast<std::uint32_t>(stream_ >> 32);
    x = (x ^ (x >> 16)) * 0x7feb352du;  // Wellons' lowbias32, which is one to one
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    x = (x ^ (x >> 16)) ^ static_cast<std::uint32_t>(stream_);
    return std::uint64_t{order} << 32 | x;
  }
  ItemId item_of(std::uint64_t key) const {
    std::uint32_t x = static_cast<std::uint32_t>(key) ^ static_cast<std::uint32_t>(stream_);
    x = (x ^ (x >> 16)) * 0x43021123u;  // the inverse of the above
    x = (x ^ (x >> 15) ^ (x >> 30)) * 0x1d69e2a5u;
    x = (x ^ (x >> 16)) ^ static_cast<std::uint32_t>(stream_ >> 32);
    return static_cast<ItemId>(x);
  }
  static float score_of(std::uint64_t key) {
    const auto order = static_cast<std::uint32_t>(key >> 32);
    return std::bit_cast<float>(order ^ ((order >> 31) != 0 ? 0x80000000u : 0xffffffffu));
  }

  bool is_excluded(ItemId item) const {
    constexpr std::size_t kFew = 64;
    if (excluded_.size() > kFew)
      return std::binary_search(excluded_.begin(), excluded_.end(), item);
    bool found = false;
    for (const ItemId other : excluded_) found |= other == item;  // no branch to mispredict
    return found;
  }

  /// Of a descending list e, with `key` put in its place: max(e[i], min(e[i-1], key)).
  void insert(std::uint64_t key) {
    std::array<std::uint64_t, kShort> next;
    for (std::size_t i = 0; i < kShort; ++i) {  // values, not std::max: g++ makes gathers of references
      const std::uint64_t before = short_[i], here = short_[i + 1];
      const std::uint64_t low = before < key ? before : key;
      next[i] = here > low ? here : low;
    }
    std::copy(next.begin(), next.end(), short_.begin() + 1);
    if (short_[k_] != 0) raise(short_[k_]);
  }

  /// Keeps the best k; the worst of them stands at k-1.
  void cut() {
    const auto last = long_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
    std::nth_element(long_.begin(), last, long_.end(), std::greater<>());
    long_.resize(k_);
    raise(long_.back());
  }
  void raise(std::uint64_t least) {
    least_ = least;
    threshold_ = score_of(least);
  }

  std::size_t k_ = 0;
  std::uint64_t stream_ = 0;
  std::span<const ItemId> excluded_;
  std::uint64_t least_ = 0;                      // the k-th best so far, 0 where there are fewer
  float threshold_ = 0;                          // its score
  std::array<std::uint64_t, kShort + 1> short_;  // descending behind a sentinel; 0: no entry
  std::vector<std::uint64_t> long_;
};

}  // namespace motive
