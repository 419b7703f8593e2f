#include "framework/evaluate/factor_kernel.h"

#include <bit>
#include <cmath>

namespace motive {
namespace {

/// Largest absolute value; `finite` becomes false where a value is NaN or infinite.
double largest(std::span<const float> values, bool& finite) {
  float most = 0, zero = 0;
  for (const float x : values) {
    most = std::max(most, std::abs(x));
    zero += x * 0.0f;  // NaN for NaN and infinity, and NaN it stays
  }
  finite = finite && zero == 0;
  return most;
}

std::vector<ItemId> by_norm(const ItemFactors& factors, std::vector<ItemId> items) {
  std::vector<std::pair<float, ItemId>> order;
  order.reserve(items.size());
  for (const ItemId item : items) {
    float norm = 0;
    for (const float x : factors.vectors.subspan(index(item) * factors.dim, factors.dim))
      norm += x * x;
    const float bias = factors.bias.empty() ? 0.0f : factors.bias[index(item)];
    const float value = -std::sqrt(norm) - bias;
    order.emplace_back(std::isfinite(value) ? value : 0.0f, item);  // NaN has no order
  }
  std::sort(order.begin(), order.end());
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = order[i].second;
  return items;
}

/// Vectors of a block of users beside each other: [D][kBlockUsers]. Missing users are zero.
void pack_block(std::span<const TileUser> users, std::size_t dim, float* out) {
  for (std::size_t d = 0; d < dim; ++d) {
    for (std::size_t r = 0; r < kBlockUsers; ++r)
      out[d * kBlockUsers + r] = r < users.size() ? users[r].vector[d] : 0;
  }
}

struct Tile {
  Lanes sum[kBlockUsers][kPanelLanes];
};

[[gnu::always_inline]] inline void multiply(const float* panel, const float* bias,
                                            const float* block, std::size_t dim, Tile& tile) {
  Lanes sum[kBlockUsers][kPanelLanes];
#pragma GCC unroll 8
  for (int r = 0; r < kBlockUsers; ++r) {
#pragma GCC unroll 4
    for (int l = 0; l < kPanelLanes; ++l) sum[r][l] = Lanes::load(bias + l * Lanes::kWidth);
  }
  for (std::size_t d = 0; d < dim; ++d) {
    Lanes item[kPanelLanes];
#pragma GCC unroll 4
    for (int l = 0; l < kPanelLanes; ++l) item[l] = Lanes::load(panel + l * Lanes::kWidth);
#pragma GCC unroll 8
    for (int r = 0; r < kBlockUsers; ++r) {
      const Lanes user = Lanes::broadcast(block[r]);
#pragma GCC unroll 4
      for (int l = 0; l < kPanelLanes; ++l) sum[r][l] = multiply_add(user, item[l], sum[r][l]);
    }
    panel += kPanelWidth;
    block += kBlockUsers;
  }
#pragma GCC unroll 8
  for (int r = 0; r < kBlockUsers; ++r) {
#pragma GCC unroll 4
    for (int l = 0; l < kPanelLanes; ++l) tile.sum[r][l] = sum[r][l];
  }
}

std::uint32_t count_bits(std::uint32_t mask) {
  return static_cast<std::uint32_t>(std::popcount(mask));
}

/// Some of the panel's scores reach the threshold of the user's top list.
[[gnu::noinline]] void offer(const PackedItems& items, std::size_t first,
                             const Lanes (&sum)[kPanelLanes], TopList& top) {
  float values[kPanelWidth];
  std::uint64_t good = 0;
  const Lanes threshold = Lanes::broadcast(top.threshold());
  for (int l = 0; l < kPanelLanes; ++l) {
    sum[l].store(values + l * Lanes::kWidth);
    good |= std::uint64_t{sum[l].at_least(threshold)} << (l * Lanes::kWidth);
  }
  for (; good != 0; good &= good - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(good));
    if (values[lane] >= top.threshold()) top.offer(items.item(first + lane), values[lane]);
  }
}

void count(const PackedItems& items, std::size_t first, const Lanes (&sum)[kPanelLanes],
           TileUser& user) {
  for (std::size_t j = 0; j < user.positives.size(); ++j) {
    const Lanes positive = Lanes::broadcast(user.positives[j]);
    std::uint32_t above = 0, tied = 0;
#pragma GCC unroll 4
    for (int l = 0; l < kPanelLanes; ++l) {
      above += count_bits(sum[l].above(positive));
      tied += count_bits(sum[l].equal(positive));
    }
    user.above[j] += above;
    user.tied[j] += tied;
  }
  if (!user.top) return;
  Lanes best = sum[0];
#pragma GCC unroll 4
  for (int l = 1; l < kPanelLanes; ++l) best = larger(best, sum[l]);
  if (best.at_least(Lanes::broadcast(user.top->threshold())) != 0) {
    offer(items, first, sum, *user.top);
  }
}

}  // namespace

PackedItems::PackedItems(const ItemFactors& factors, std::vector<ItemId> items)
    : dim_(factors.dim), items_(by_norm(factors, std::move(items))) {
  const std::size_t n_panels = (items_.size() + kPanelWidth - 1) / kPanelWidth;
  vectors_.assign(n_panels * kPanelWidth * dim_, 0.0f);
  bias_.assign(n_panels * kPanelWidth, -std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto vector = factors.vectors.subspan(index(items_[i]) * dim_, dim_);
    float* out = vectors_.data() + i / kPanelWidth * kPanelWidth * dim_ + i % kPanelWidth;
    for (std::size_t d = 0; d < dim_; ++d) out[d * kPanelWidth] = vector[d];
    bias_.data()[i] = factors.bias.empty() ? 0.0f : factors.bias[index(items_[i])];
  }
  largest_ = largest({vectors_.data(), vectors_.size()}, finite_);
  largest_bias_ = largest({bias_.data(), items_.size()}, finite_);
}

bool PackedItems::surely_finite(std::span<const float> user) const {
  bool finite = finite_;
  const double most = largest(user, finite);
  // Far below the largest float (3.4e38): rounding along the chain cannot close the gap.
  return finite && largest_bias_ + static_cast<double>(dim_) * most * largest_ < 1e37;
}

void rank_tile(const PackedItems& items, std::span<TileUser> users) {
  const std::size_t n_blocks = (users.size() + kBlockUsers - 1) / kBlockUsers;
  const std::size_t dim = items.dim();
  std::vector<float> packed(n_blocks * kBlockUsers * dim);
  for (std::size_t b = 0; b < n_blocks; ++b) {
    const auto block = users.subspan(
        b * kBlockUsers, std::min<std::size_t>(kBlockUsers, users.size() - b * kBlockUsers));
    pack_block(block, dim, packed.data() + b * kBlockUsers * dim);
  }
  Tile tile;
  for (std::size_t p = 0; p < items.panels(); ++p) {
    for (std::size_t b = 0; b < n_blocks; ++b) {
      multiply(items.panel(p), items.bias(p), packed.data() + b * kBlockUsers * dim, dim, tile);
      const std::size_t end = std::min(users.size(), (b + 1) * kBlockUsers);
      for (std::size_t u = b * kBlockUsers; u < end; ++u) {
        count(items, p * kPanelWidth, tile.sum[u - b * kBlockUsers], users[u]);
      }
    }
  }
}

void score_items(const ItemFactors& factors, std::span<const float> user,
                 std::span<const ItemId> items, std::span<float> out) {
  constexpr std::size_t kChains = 8;  // independent sums hide the latency of each
  const std::size_t dim = factors.dim;
  for (std::size_t first = 0; first < items.size(); first += kChains) {
    const std::size_t n = std::min(kChains, items.size() - first);
    const float* vectors[kChains];
    float sum[kChains] = {};
    for (std::size_t c = 0; c < kChains; ++c) {
      const std::size_t item = index(items[first + std::min(c, n - 1)]);
      vectors[c] = factors.vectors.data() + item * dim;
      sum[c] = factors.bias.empty() ? 0.0f : factors.bias[item];
    }
    for (std::size_t d = 0; d < dim; ++d) {
#pragma GCC unroll 8
      for (std::size_t c = 0; c < kChains; ++c)
        sum[c] = multiply_add(user[d], vectors[c][d], sum[c]);
    }
    std::copy_n(sum, n, out.begin() + static_cast<std::ptrdiff_t>(first));
  }
}

}  // namespace motive
