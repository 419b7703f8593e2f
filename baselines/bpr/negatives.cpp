#include "baselines/bpr/negatives.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "baselines/bpr/bpr_step.h"
#include "framework/base/parallel.h"

namespace motive::bpr {
namespace {

// After so many rejected draws the user has seen nearly everything: then count instead.
constexpr int kTries = 64;

constexpr std::size_t kFilterBitsPerPair = 16;

struct Keyed {
  std::uint32_t key, item;
};

/// Order of unsigned keys = descending order of the values; -0 is 0.
std::uint32_t descending_key(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value + 0.0f);
  return bits >> 31 ? bits : bits ^ 0x7fffffffu;
}

/// By key, equal keys in the order they came in: three passes over 11, 11 and 10 bits.
void radix_sort(std::vector<Keyed>& values, std::vector<Keyed>& space) {
  constexpr std::uint32_t kBuckets = 1u << 11;
  for (const int shift : {0, 11, 22}) {
    std::array<std::uint32_t, kBuckets> begin{};
    for (const Keyed& v : values) ++begin[(v.key >> shift) % kBuckets];
    std::uint32_t sum = 0;
    for (std::uint32_t& b : begin) sum += std::exchange(b, sum);
    for (const Keyed& v : values) space[begin[(v.key >> shift) % kBuckets]++] = v;
    values.swap(space);
  }
}

}  // namespace

Unseen::Unseen(const TrainingView& train, const std::vector<std::uint32_t>& item_events)
    : seen_(seen_items(train)), item_events_(item_events) {
  const std::size_t words = std::bit_ceil(seen_.items.size() * kFilterBitsPerPair / 64 + 1);
  filter_.assign(words, 0);
  filter_mask_ = words - 1;
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (const ItemId i : seen_by(user_id(u))) {
      const auto h = hash(static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(index(i)));
      filter_[h & filter_mask_] |= filter_bits(h);
    }
    any_full_ = any_full_ || count(user_id(u)) == 0;
  }
}

ItemId Unseen::uniform(UserId u, ItemSet items, Rng& rng) const {
  if (items.n == 0 || count(u) == 0) return kNoItem;
  for (int i = 0; i < kTries; ++i) {
    const ItemId item = item_id(items[rng.below(items.n)]);
    if (contains(u, item)) return item;
  }
  std::vector<ItemId> left;
  for (std::uint32_t k = 0; k < items.n; ++k) {
    if (contains(u, item_id(items[k]))) left.push_back(item_id(items[k]));
  }
  return left.empty() ? kNoItem : left[rng.below(static_cast<std::uint32_t>(left.size()))];
}

ItemId Unseen::popular(UserId u, std::span<const Event> events, ItemSet items, Rng& rng) const {
  if (count(u) == 0) return kNoItem;
  const auto n = static_cast<std::uint32_t>(events.size());
  for (int i = 0; n > 0 && i < kTries; ++i) {
    const ItemId item = item_id(events[rng.below(n)].item);
    if (contains(u, item)) return item;
  }
  std::uint32_t total = 0;
  for (std::uint32_t k = 0; k < items.n; ++k) {
    if (contains(u, item_id(items[k]))) total += item_events_[items[k]];
  }
  if (total == 0) return uniform(u, items, rng);
  std::uint32_t left = rng.below(total);
  for (std::uint32_t k = 0; k < items.n; ++k) {
    if (!contains(u, item_id(items[k]))) continue;
    if (left < item_events_[items[k]]) return item_id(items[k]);
    left -= item_events_[items[k]];
  }
  return kNoItem;
}

AdaptiveNegatives::AdaptiveNegatives(const Unseen& unseen, std::size_t dim, double rho)
    : unseen_(unseen), dim_(dim), rho_(rho), deviation_(1, dim) {
  const auto n = static_cast<double>(unseen.n_items());
  interval_ = static_cast<std::size_t>(std::max(1.0, n * std::log(std::max(n, 2.0))));
  order_.resize(dim * unseen.n_items());
  place_.resize(dim * unseen.n_items());
}

void AdaptiveNegatives::refresh(const AlignedRows& items, int threads) {
  parallel_for(dim_, threads, [&](std::size_t f) { refresh_column(items, f); });
}

void AdaptiveNegatives::refresh_column(const AlignedRows& items, std::size_t f) {
  const std::size_t n_items = unseen_.n_items();
  std::vector<Keyed> column(n_items), space(n_items);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < n_items; ++i) {
    const float value = items.row(i)[f];
    column[i] = {descending_key(value), static_cast<std::uint32_t>(i)};
    sum += value;
    squares += static_cast<double>(value) * value;
  }
  radix_sort(column, space);
  for (std::size_t r = 0; r < n_items; ++r) {
    order_[f * n_items + r] = column[r].item;
    place_[f * n_items + column[r].item] = static_cast<std::uint32_t>(r);
  }
  const auto n = static_cast<double>(n_items);
  deviation_.row(0)[f] =
      static_cast<float>(std::sqrt(std::max(0.0, squares / n - sum * sum / n / n)));
}

/// First the block of 16 factors by the blocks' sums, then the factor in it.
std::size_t AdaptiveNegatives::draw_factor(const float* user, Rng& rng) const {
  using V = Vector<float>::type;
  const V* const p = reinterpret_cast<const V*>(user);
  const V* const sd = reinterpret_cast<const V*>(deviation_.row(0));
  const auto weights = [&](std::size_t block) {
    const V product = p[block] * sd[block];
    return product < 0 ? -product : product;
  };
  float total = 0;
  for (std::size_t b = 0; b < deviation_.blocks(); ++b) total += sum_of_lanes(weights(b));
  if (!(total > 0)) return rng.below(static_cast<std::uint32_t>(dim_));
  float left = static_cast<float>(rng.uniform()) * total;
  std::size_t last = 0;  // rounding may leave a rest: then the last factor with a weight
  for (std::size_t b = 0; b < deviation_.blocks(); ++b) {
    const V w = weights(b);
    const float sum = sum_of_lanes(w);
    if (left >= sum && b + 1 < deviation_.blocks()) {
      left -= sum;
      continue;
    }
    for (std::size_t lane = 0; lane < kLanes<float>; ++lane) {
      if (w[lane] > 0) last = b * kLanes<float> + lane;
      left -= w[lane];
      if (left < 0 && w[lane] > 0) break;
    }
    break;
  }
  return last;
}

std::size_t AdaptiveNegatives::truncated_geometric(double rho, std::size_t n, double uniform) {
  const double log_keep = std::log1p(-rho);
  const double cut = static_cast<double>(n) * log_keep;
  const double mass = cut < -40 ? 1 : -std::expm1(cut);  // beyond 40: 1 in a double
  const double rank = std::floor(std::log1p(-uniform * mass) / log_keep);
  return std::min(n - 1, static_cast<std::size_t>(std::max(0.0, rank)));
}

ItemId AdaptiveNegatives::draw(UserId u, const float* user, Rng& rng) const {
  const std::size_t f = draw_factor(user, rng);
  const bool from_top = user[f] > 0;
  const std::size_t wanted = truncated_geometric(rho_, unseen_.count(u), rng.uniform());
  const std::size_t n = unseen_.n_items();
  const auto* const place = &place_[f * n];
  // The wanted-th unseen item stands `wanted` + (seen items before it) places down.
  std::size_t at = wanted;
  for (std::size_t before = n;;) {
    std::size_t seen = 0;
    for (const ItemId i : unseen_.seen_by(u)) {
      const std::size_t p = from_top ? place[index(i)] : n - 1 - place[index(i)];
      seen += p <= at;
    }
    if (seen == before) break;
    before = seen;
    at = wanted + seen;
  }
  return item_id(order_[f * n + (from_top ? at : n - 1 - at)]);
}

}  // namespace motive::bpr
