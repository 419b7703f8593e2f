#pragma once
// Purpose: lists of numbers, one after the other (CSR without values): who has an item, which items a user has.
// Shapes: list i stands at offsets[i] .. offsets[i+1]. Memory: 4 bytes a number and 8 a list.
// Complexity: transposed O(lists + numbers). Determinism: no threads.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace motive {

struct Lists {
  std::vector<std::uint64_t> offsets{0};  // [lists+1]
  std::vector<std::uint32_t> values;
  std::size_t size() const { return offsets.size() - 1; }
  std::span<const std::uint32_t> of(std::size_t i) const {
    return std::span(values).subspan(offsets[i], offsets[i + 1] - offsets[i]);
  }
};

/// For each of n numbers the lists that hold it, ascending.
Lists transposed(const Lists& lists, std::size_t n);

}  // namespace motive
