#pragma once
// Purpose: scores of dot-product methods, counted while they are in registers.
//   score(user, item) = fma(u_D, v_D, ... fma(u_1, v_1, bias)): one chain over the dimension,
//   always in
// this order, so that a score depends on nothing but its two vectors. Identical vectors tie
// exactly, and full and sampled rankings see the same scores. Shapes: items packed in panels
// [panels][D][W], W = kPanelWidth items beside each other; users in blocks of kBlockUsers. A panel
// stays in the first-level cache while all users of a tile pass over it. Complexity: O(B I D) time,
// O(B D) memory beside the packed items. Nothing of size users x items.

#include <span>
#include <vector>

#include "framework/evaluate/lanes.h"
#include "framework/evaluate/top_list.h"
#include "framework/recommend/query.h"

namespace motive {

#if defined(__AVX512F__)
inline constexpr int kPanelLanes = 3,
                     kBlockUsers = 8;  // 24 sums, 3 item vectors, 1 user value: 32 registers
#else
inline constexpr int kPanelLanes = 2,
                     kBlockUsers = 6;  // 12 sums, 2 item vectors, 1 user value: 16 registers
#endif
inline constexpr std::size_t kPanelWidth = static_cast<std::size_t>(kPanelLanes) * Lanes::kWidth;

/// Floats from a multiple of 64 bytes on: no vector of lanes lies across two cache lines.
class AlignedFloats {
 public:
  void assign(std::size_t n, float value) {
    data_.assign(n + kSlack, value);
    const auto address = reinterpret_cast<std::uintptr_t>(data_.data());
    first_ = (64 - address % 64) % 64 / sizeof(float);
    size_ = n;
  }
  float* data() { return data_.data() + first_; }
  const float* data() const { return data_.data() + first_; }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kSlack = 64 / sizeof(float);
  std::vector<float> data_;
  std::size_t first_ = 0, size_ = 0;
};

/// Some items' vectors, laid out for the kernel, those of large norm first: they are the likelier
/// ones to enter a top list, and the sooner its threshold is high, the fewer enter it. Copies them.
class PackedItems {
 public:
  PackedItems() = default;
  PackedItems(const ItemFactors& factors, std::vector<ItemId> items);
  PackedItems(const PackedItems&) = delete;  // a copy would lie elsewhere
  PackedItems& operator=(const PackedItems&) = delete;

  std::size_t size() const { return items_.size(); }
  std::size_t dim() const { return dim_; }
  std::size_t panels() const { return bias_.size() / kPanelWidth; }
  const float* panel(std::size_t p) const { return vectors_.data() + p * kPanelWidth * dim_; }
  const float* bias(std::size_t p) const { return bias_.data() + p * kPanelWidth; }
  ItemId item(std::size_t i) const { return items_[i]; }
  /// True if no score of a user vector can be NaN or infinite (sufficient, not necessary).
  bool surely_finite(std::span<const float> user) const;

 private:
  std::size_t dim_ = 0;
  std::vector<ItemId> items_;
  std::vector<float> vectors_, bias_;      // padded with items of bias -infinity
  double largest_ = 0, largest_bias_ = 0;  // in absolute value
  bool finite_ = true;
};

/// One query of a tile.
struct TileUser {
  std::span<const float> vector;     // [D]; surely_finite
  std::span<const float> positives;  // scores of the positives
  std::uint32_t* above = nullptr;    // [positives] counts are added here
  std::uint32_t* tied = nullptr;     // [positives] itself included, if it is a packed item
  TopList* top = nullptr;
};

/// Compares all packed items with the positives of each user, and offers them to the top lists.
void rank_tile(const PackedItems& items, std::span<TileUser> users);

/// Scores of a few items for one user: out[i] = score(user, items[i]).
void score_items(const ItemFactors& factors, std::span<const float> user,
                 std::span<const ItemId> items, std::span<float> out);

}  // namespace motive
