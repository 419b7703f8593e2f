#include "framework/evaluate/negatives.h"

#include <algorithm>

namespace motive {
namespace {

/// So many draws in a row that hit what is taken: then what is left is listed. The same however many
/// negatives are asked for, so that protocols nest.
constexpr int kMisses = 1000;

}  // namespace

NegativeSampler::NegativeSampler(const EventsView& events, std::vector<ItemId> pool, std::size_t n_items,
                                 std::uint64_t seed, std::span<const std::uint32_t> weights)
    : events_(events), weights_(weights), seed_(seed), in_pool_(n_items, false), taken_by_(n_items, 0) {
  for (const ItemId item : pool) {
    if (!weights_.empty() && weights_[index(item)] == 0) continue;
    pool_.push_back(item);
    in_pool_[index(item)] = true;
    if (!weights_.empty()) {
      cumulative_.push_back((cumulative_.empty() ? 0 : cumulative_.back()) + weights_[index(item)]);
    }
  }
}

bool NegativeSampler::take(ItemId item) {
  const bool fresh = taken_by_[index(item)] != turn_;
  taken_by_[index(item)] = turn_;
  taken_ += fresh && in_pool_[index(item)];
  return fresh;
}

ItemId NegativeSampler::pick(Rng& rng) const {
  if (weights_.empty()) return pool_[rng.below(static_cast<std::uint32_t>(pool_.size()))];
  // Training events are fewer than 2^32: a split counts them with 32 bits.
  const std::uint64_t at = rng.below(static_cast<std::uint32_t>(cumulative_.back()));
  return pool_[static_cast<std::size_t>(std::upper_bound(cumulative_.begin(), cumulative_.end(), at) - cumulative_.begin())];
}

void NegativeSampler::draw(UserId user, std::size_t n, std::vector<ItemId>& out) {
  ++turn_;
  taken_ = 0;
  for (const ItemId item : events_.items_of(user)) take(item);
  Rng rng(seed_, "negatives", index(user));
  int misses = 0;
  const auto goes_on = [&] { return weights_.empty() ? 2 * taken_ < pool_.size() : taken_ < pool_.size() && misses < kMisses; };
  while (n > 0 && goes_on()) {
    const ItemId item = pick(rng);
    if (!take(item)) {
      ++misses;
      continue;
    }
    misses = 0;
    out.push_back(item);
    --n;
  }
  if (n > 0) weights_.empty() ? draw_from_rest(rng, n, out) : draw_weighted_rest(rng, n, out);
}

/// Where more than half of the pool is taken, drawing again and again would not end soon: shuffle the rest.
void NegativeSampler::draw_from_rest(Rng& rng, std::size_t n, std::vector<ItemId>& out) {
  rest_.clear();
  for (const ItemId item : pool_) {
    if (taken_by_[index(item)] != turn_) rest_.push_back(item);
  }
  for (std::size_t i = 0; i < std::min(n, rest_.size()); ++i) {
    std::swap(rest_[i], rest_[i + rng.below(static_cast<std::uint32_t>(rest_.size() - i))]);
    out.push_back(rest_[i]);
  }
}

void NegativeSampler::draw_weighted_rest(Rng& rng, std::size_t n, std::vector<ItemId>& out) {
  rest_.clear();
  std::uint64_t total = 0;
  for (const ItemId item : pool_) {
    if (taken_by_[index(item)] == turn_) continue;
    rest_.push_back(item);
    total += weights_[index(item)];
  }
  for (; n > 0 && !rest_.empty(); --n) {
    std::uint64_t at = rng.below(static_cast<std::uint32_t>(total));
    std::size_t i = 0;
    for (; at >= weights_[index(rest_[i])]; ++i) at -= weights_[index(rest_[i])];
    out.push_back(rest_[i]);
    total -= weights_[index(rest_[i])];
    rest_.erase(rest_.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace motive
