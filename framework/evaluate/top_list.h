#pragma once
// Purpose: the k best items of one query, from scores that come in any order.
// Ties are broken by a hash of (stream, item): it knows nothing of the item but its number, which
// is a permutation already, and differs between users. The hash is one to one for a stream, so the
// order is total and the result does not depend on the order of offers. Complexity: a comparison an
// item that is not good enough; for the others an insertion into a short list, or O(1) amortised (a
// buffer of 4k is cut back to k when it is full) for a long one.

#include <algorithm>
#include <bit>
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
    entries_.reserve(k > kShort ? 4 * k : k);
  }

  /// Scores below it need not be offered.
  float threshold() const { return threshold_; }

  /// score must be finite.
  void offer(ItemId item, float score) {
    if (k_ == 0 || score < threshold_) return;
    const Entry entry{key(item, score), item};
    if ((full_ && entry.key < entries_[k_ - 1].key) || is_excluded(item)) return;
    if (k_ > kShort) {
      entries_.push_back(entry);
      if (entries_.size() == 4 * k_) cut();
    } else {
      insert(entry);
    }
  }

  /// Best first.
  std::vector<TopItem> finish() {
    std::sort(entries_.begin(), entries_.end());
    entries_.resize(std::min(k_, entries_.size()));
    std::vector<TopItem> items;
    items.reserve(entries_.size());
    for (const Entry& entry : entries_) items.push_back({entry.item, score_of(entry.key)});
    return items;
  }

 private:
  struct Entry {
    std::uint64_t key = 0;  // the score's order above the hash: one comparison orders all
    ItemId item{};
    bool operator<(const Entry& other) const { return key > other.key; }  // best first
  };

  std::uint64_t key(ItemId item, float score) const {
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(score + 0.0f);  // -0 becomes 0
    const std::uint32_t order = bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
    std::uint32_t x = static_cast<std::uint32_t>(item) ^ static_cast<std::uint32_t>(stream_ >> 32);
    x = (x ^ (x >> 16)) * 0x7feb352du;  // a mixer that is one to one (Wellons' lowbias32)
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    x = (x ^ (x >> 16)) ^ static_cast<std::uint32_t>(stream_);
    return std::uint64_t{order} << 32 | x;
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

  /// Short lists are kept in order.
  void insert(const Entry& entry) {
    std::size_t place = 0;
    for (const Entry& other : entries_) place += other.key > entry.key;
    if (full_) entries_.pop_back();
    entries_.insert(entries_.begin() + static_cast<std::ptrdiff_t>(place), entry);
    full_ = entries_.size() == k_;
    if (full_) threshold_ = score_of(entries_.back().key);
  }

  /// Keeps the best k; the worst of them stands at k-1 and is the new threshold.
  void cut() {
    std::nth_element(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(k_ - 1),
                     entries_.end());
    entries_.resize(k_);
    threshold_ = score_of(entries_[k_ - 1].key);
    full_ = true;
  }

  static constexpr std::size_t kShort = 32;
  std::size_t k_ = 0;
  std::uint64_t stream_ = 0;
  std::span<const ItemId> excluded_;
  bool full_ = false;
  float threshold_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace motive
