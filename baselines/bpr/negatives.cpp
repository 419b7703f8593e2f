#include "baselines/bpr/negatives.h"

#include <algorithm>
#include <cmath>

#include "framework/base/parallel.h"

namespace motive::bpr {
namespace {

// After so many rejected draws the user has seen nearly everything: then count instead.
constexpr int kTries = 64;

}  // namespace

Unseen::Unseen(const TrainingView& train, const std::vector<std::uint32_t>& item_events)
    : seen_(seen_items(train)), filter_(train.n_users(), 0), item_events_(item_events) {
  for (std::size_t u = 0; u < filter_.size(); ++u) {
    for (const ItemId i : seen_.of(user_id(u))) filter_[u] |= std::uint64_t{1} << (index(i) & 63);
  }
}

ItemId Unseen::uniform(UserId u, Rng& rng) const {
  const auto n = static_cast<std::uint32_t>(n_items());
  for (int i = 0; i < kTries; ++i) {
    const ItemId item = item_id(rng.below(n));
    if (contains(u, item)) return item;
  }
  std::uint32_t left = rng.below(static_cast<std::uint32_t>(count(u)));
  for (std::uint32_t i = 0; i < n; ++i) {
    if (contains(u, item_id(i)) && left-- == 0) return item_id(i);
  }
  return kNoItem;
}

ItemId Unseen::popular(UserId u, std::span<const ItemId> events, Rng& rng) const {
  const auto n = static_cast<std::uint32_t>(events.size());
  for (int i = 0; i < kTries; ++i) {
    const ItemId item = events[rng.below(n)];
    if (contains(u, item)) return item;
  }
  std::uint32_t total = n;
  for (const ItemId item : seen_by(u)) total -= item_events_[index(item)];
  if (total == 0) return uniform(u, rng);
  std::uint32_t left = rng.below(total);
  for (std::size_t i = 0; i < n_items(); ++i) {
    if (!contains(u, item_id(i))) continue;
    if (left < item_events_[i]) return item_id(i);
    left -= item_events_[i];
  }
  return kNoItem;
}

AdaptiveNegatives::AdaptiveNegatives(const Unseen& unseen, std::size_t dim, double rho)
    : unseen_(unseen), dim_(dim), rho_(rho), deviation_(dim) {
  const auto n = static_cast<double>(unseen.n_items());
  interval_ = static_cast<std::size_t>(std::max(1.0, n * std::log(std::max(n, 2.0))));
  order_.resize(dim * unseen.n_items());
  place_.resize(dim * unseen.n_items());
}

void AdaptiveNegatives::refresh(std::span<const float> items, std::size_t stride, int threads) {
  const std::size_t n_items = unseen_.n_items();
  parallel_for(dim_, threads, [&](std::size_t f) {
    std::vector<std::pair<float, std::uint32_t>> column;
    column.reserve(n_items);
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < n_items; ++i) {
      const float value = items[i * stride + f];
      column.emplace_back(-value, static_cast<std::uint32_t>(i));
      sum += value;
      squares += static_cast<double>(value) * value;
    }
    std::sort(column.begin(), column.end());
    for (std::size_t r = 0; r < column.size(); ++r) {
      order_[f * n_items + r] = column[r].second;
      place_[f * n_items + column[r].second] = static_cast<std::uint32_t>(r);
    }
    const auto n = static_cast<double>(n_items);
    deviation_[f] = static_cast<float>(std::sqrt(std::max(0.0, squares / n - sum * sum / n / n)));
  });
}

std::size_t AdaptiveNegatives::draw_factor(std::span<const float> user_vector, Rng& rng) const {
  double total = 0;
  for (std::size_t f = 0; f < dim_; ++f) total += std::abs(user_vector[f]) * deviation_[f];
  if (!(total > 0)) return rng.below(static_cast<std::uint32_t>(dim_));
  double left = rng.uniform() * total;
  for (std::size_t f = 0; f + 1 < dim_; ++f) {
    left -= std::abs(user_vector[f]) * deviation_[f];
    if (left < 0) return f;
  }
  return dim_ - 1;
}

std::size_t AdaptiveNegatives::truncated_geometric(double rho, std::size_t n, double uniform) {
  const double log_keep = std::log1p(-rho);
  const double mass = -std::expm1(static_cast<double>(n) * log_keep);
  const double rank = std::floor(std::log1p(-uniform * mass) / log_keep);
  return std::min(n - 1, static_cast<std::size_t>(std::max(0.0, rank)));
}

ItemId AdaptiveNegatives::draw(UserId u, std::span<const float> user_vector, Rng& rng) const {
  const std::size_t f = draw_factor(user_vector, rng);
  const bool from_top = user_vector[f] > 0;
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
