#pragma once
// Purpose: typed dense ids. Users and items are numbered 0..n-1 inside one prepared data set; item
// numbers are a seeded permutation of the source's order, so that no method can profit from it.
// The raw ids of the source are strings, kept in the catalogue and the user table.

#include <cstddef>
#include <cstdint>
#include <limits>

namespace motive {

enum class UserId : std::uint32_t {};
enum class ItemId : std::uint32_t {};

constexpr std::size_t index(UserId id) { return static_cast<std::size_t>(id); }
constexpr std::size_t index(ItemId id) { return static_cast<std::size_t>(id); }
constexpr UserId user_id(std::size_t i) { return static_cast<UserId>(i); }
constexpr ItemId item_id(std::size_t i) { return static_cast<ItemId>(i); }

inline constexpr ItemId kNoItem{std::numeric_limits<std::uint32_t>::max()};

}  // namespace motive
