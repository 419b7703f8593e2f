#include "baselines/bpr/triples.h"

namespace motive::bpr {
namespace {

constexpr auto kNone = static_cast<std::uint32_t>(index(kNoItem));

/// Uniform in 0..n-1 without bias from 32 random bits, and more of the stream where needed
/// (Lemire 2019). One number of 64 bits thus serves an event and a negative.
inline std::uint32_t below(std::uint32_t bits, std::uint32_t n, Rng& rng) {
  const std::uint64_t product = std::uint64_t{bits} * n;
  const auto low = static_cast<std::uint32_t>(product);
  if (low < n && low < -n % n) [[unlikely]] return rng.below(n);
  return static_cast<std::uint32_t>(product >> 32);
}

}  // namespace

template <class Negative>
void TripleDraws::first_pass(const Pool& pool, std::size_t n, Rng& rng, std::vector<Triple>& batch,
                             Negative negative) {
  batch.resize(n);
  doubtful_.resize(n);
  const Unseen& unseen = *unseen_;
  const Event* const positives = pool.positives.data();
  const auto n_positives = static_cast<std::uint32_t>(pool.positives.size());
  Triple* const out = batch.data();
  std::uint32_t* const doubtful = doubtful_.data();
  std::size_t doubts = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const std::uint64_t bits = rng.next();
    const auto [user, positive] =
        positives[below(static_cast<std::uint32_t>(bits >> 32), n_positives, rng)];
    const std::uint32_t item = negative(static_cast<std::uint32_t>(bits));
    out[k] = {user, positive, item};
    doubtful[doubts] = static_cast<std::uint32_t>(k);
    doubts += unseen.maybe_seen(user, item);
  }
  n_doubtful_ = doubts;
}

void TripleDraws::second_pass(const Pool& pool, Rng& rng, std::vector<Triple>& batch) {
  bool any_without = false;
  for (std::size_t d = 0; d < n_doubtful_; ++d) {
    Triple& triple = batch[doubtful_[d]];
    const UserId user = user_id(triple.user);
    if (unseen_->contains(user, item_id(triple.negative))) continue;
    const ItemId item = kind_ == BprNegatives::kPopularity
                            ? unseen_->popular(user, pool.popular, pool.items, rng)
                            : unseen_->uniform(user, pool.items, rng);
    triple.negative = static_cast<std::uint32_t>(index(item));
    any_without = any_without || item == kNoItem;
  }
  if (any_without) std::erase_if(batch, [](const Triple& t) { return t.negative == kNone; });
}

void TripleDraws::draw(const Pool& pool, std::size_t n, Rng& rng, std::vector<Triple>& batch) {
  const ItemSet items = pool.items;
  const std::span<const Event> popular = pool.popular;
  const auto n_popular = static_cast<std::uint32_t>(popular.size());
  if (kind_ == BprNegatives::kAdaptive) {
    first_pass(pool, n, rng, batch, [](std::uint32_t) { return std::uint32_t{0}; });
    if (!unseen_->any_full()) return;
    std::erase_if(batch, [&](const Triple& t) { return unseen_->count(user_id(t.user)) == 0; });
    return;
  }
  if (kind_ == BprNegatives::kPopularity) {
    first_pass(pool, n, rng, batch, [&](std::uint32_t bits) {
      return popular[below(bits, n_popular, rng)].item;
    });
  } else if (items.numbers) {
    first_pass(pool, n, rng, batch,
               [&](std::uint32_t bits) { return items.numbers[below(bits, items.n, rng)]; });
  } else {
    first_pass(pool, n, rng, batch,
               [&](std::uint32_t bits) { return below(bits, items.n, rng); });
  }
  second_pass(pool, rng, batch);
}

}  // namespace motive::bpr
