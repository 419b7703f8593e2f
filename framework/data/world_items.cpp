#include "framework/data/world_items.h"

#include <algorithm>
#include <numeric>

namespace motive::world {
namespace {

/// 30 % of items have one trait, 45 % two, 25 % three.
std::size_t draw_trait_count(Rng& rng, std::size_t traits) {
  const std::uint32_t draw = rng.below(100);
  return std::min(traits, std::size_t{1} + (draw >= 30) + (draw >= 75));
}

}  // namespace

std::vector<std::uint32_t> permutation(std::size_t n, std::uint64_t seed,
                                       std::string_view purpose) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0u);
  Rng(seed, purpose).shuffle(std::span(order));
  return order;
}

std::array<Share, kItemTraits> draw_shares(Rng& rng, std::size_t count, std::uint8_t main,
                                           std::size_t kinds_of_part) {
  std::array<Fixed, kItemTraits> sizes{};
  Fixed sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += sizes[i] = exponential(rng) + kOne / 4;
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  std::array<Share, kItemTraits> shares;
  shares[0] = {main, 1000};
  for (std::size_t i = 1; i < count; ++i) {
    std::uint8_t which = main;
    const auto taken = [&](const Share& share) { return share.which == which; };
    while (std::any_of(shares.begin(), shares.begin() + static_cast<std::ptrdiff_t>(i), taken)) {
      which = static_cast<std::uint8_t>(rng.below(static_cast<std::uint32_t>(kinds_of_part)));
    }
    shares[i] = {which, static_cast<std::uint16_t>(1000 * sizes[i] / sum)};
    shares[0].permille = static_cast<std::uint16_t>(shares[0].permille - shares[i].permille);
  }
  return shares;
}

std::vector<Item> make_items(const WorldOptions& options, const Words& words) {
  const auto n = static_cast<std::size_t>(options.items);
  const auto kind_deck = permutation(n, options.seed, "world item kind");
  const auto trait_deck = permutation(n, options.seed, "world item trait");
  const auto rank_deck = permutation(n, options.seed, "world item appeal");
  const auto release_deck = permutation(n, options.seed, "world item release");
  const auto at_start =
      static_cast<std::size_t>(options.released_at_start * static_cast<double>(n));
  std::vector<Item> items(n);
  for (std::size_t i = 0; i < n; ++i) {
    Rng rng(options.seed, "world item", i);
    Item& item = items[i];
    item.kind = static_cast<std::uint16_t>(kind_deck[i] % words.kinds.size());
    item.category = static_cast<std::uint8_t>(words.kinds[item.kind].category);
    const auto main = static_cast<std::uint8_t>(trait_deck[i] % words.traits.size());
    item.traits =
        draw_shares(rng, draw_trait_count(rng, words.traits.size()), main, words.traits.size());
    item.appeal = static_cast<std::int32_t>(scaled_minus_log(options.popularity, rank_deck[i] + 3));
    // The last tenth of the time sees no release, so that the newest items are bought a few times.
    const auto last = static_cast<std::uint32_t>(std::max<std::int64_t>(1, options.days * 9 / 10));
    if (release_deck[i] >= at_start) item.release = static_cast<std::int32_t>(rng.below(last));
  }
  return items;
}

std::string raw_id(char prefix, std::uint64_t seed, std::uint64_t number) {
  static constexpr std::string_view kLetters = "0123456789ABCDEFGHJKLMNPQRSTVWXY";
  static_assert(kLetters.size() == 32);
  constexpr std::uint64_t kMask = (std::uint64_t{1} << 50) - 1;
  const std::uint64_t key = Rng(seed, "world id", static_cast<unsigned char>(prefix)).next();
  // Each step can be undone modulo 2^50, so that no two numbers meet.
  std::uint64_t mixed = (number ^ key) & kMask;
  for (int round = 0; round < 3; ++round) {
    mixed = (mixed * 0x9e3779b97f4a7c15u) & kMask;
    mixed ^= mixed >> 25;
  }
  std::string id(1, prefix);
  for (int i = 0; i < 10; ++i) id += kLetters[(mixed >> (5 * i)) & 31];
  return id;
}

}  // namespace motive::world
