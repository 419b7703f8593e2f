#pragma once
// Purpose: distinct strings, numbered 0..n-1 in the order in which they first came, in one block of
// bytes with a flat hash table of numbers beside it: no allocation per string.
// Complexity: add and find O(length) expected. Memory: bytes + 20 to 28 bytes a string.
// Determinism: numbers depend on the order of insertion only.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace motive {

class StringPool {
 public:
  static constexpr std::uint32_t kAbsent = std::numeric_limits<std::uint32_t>::max();

  StringPool();
  /// The number of `text`, new where it was not there. At most 2^32 - 2 strings.
  std::uint32_t add(std::string_view text);
  /// kAbsent where it is not there.
  std::uint32_t find(std::string_view text) const;
  std::string_view operator[](std::size_t number) const {
    return std::string_view(bytes_).substr(offsets_[number],
                                           offsets_[number + 1] - offsets_[number]);
  }
  std::size_t size() const { return offsets_.size() - 1; }

 private:
  struct Slot {
    std::uint32_t tag = 0;  // upper half of the hash: most mismatches end here
    std::uint32_t number = kAbsent;
  };
  std::size_t slot_of(std::string_view text, std::uint64_t hash) const;
  void grow();

  std::string bytes_;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<Slot> slots_;
};

}  // namespace motive
