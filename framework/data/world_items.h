#pragma once
// Purpose: the items of the synthetic world: what they are like and what they say of themselves.
// An item's kind, traits, appeal, day of release, brand and id are drawn independently of each
// other, and its place in the catalogue says nothing: only its text knows its traits.

#include <array>
#include <span>
#include <string>
#include <vector>

#include "framework/data/world.h"
#include "framework/data/world_fixed.h"
#include "framework/data/world_words.h"

namespace motive::world {

/// A part of a whole of 1000.
struct Share {
  std::uint8_t which = 0;
  std::uint16_t permille = 0;  // 0: nothing
};

inline constexpr std::size_t kItemTraits = 3;

struct Item {
  std::array<Share, kItemTraits> traits;  // largest first; they sum to 1000
  std::uint16_t kind = 0;
  std::uint8_t category = 0;
  std::int32_t release = 0;  // day from 0
  std::int32_t appeal = 0;   // -popularity * ln(rank + 3), a Fixed
};

/// Shares of `count` parts in 1000, largest first, from exponential draws.
std::array<Share, kItemTraits> draw_shares(Rng& rng, std::size_t count, std::uint8_t main,
                                           std::size_t kinds_of_part);

/// The items [options.items]. Every trait leads, and every day of release and rank of appeal falls
/// to, as many items as chance-free division allows.
std::vector<Item> make_items(const WorldOptions& options, const Words& words);

/// values 0..n-1 in an order of the stream (seed, purpose).
std::vector<std::uint32_t> permutation(std::size_t n, std::uint64_t seed, std::string_view purpose);

/// A raw id: `prefix` and ten letters and digits, without order. Different for different numbers
/// below 2^50.
std::string raw_id(char prefix, std::uint64_t seed, std::uint64_t number);

}  // namespace motive::world
