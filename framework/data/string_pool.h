#pragma once
// Purpose: distinct strings, numbered 0..n-1 in the order in which they first came, in one block of
// bytes with a flat hash table of numbers beside it: no allocation per string.
// Complexity: add and find O(length) expected. Memory: bytes + 30 to 51 bytes a string.
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
  /// Equal for equal strings; for those of at most 11 bytes also only for equal ones, so that a
  /// look-up of a short id touches one cache line. Longer ones: their hash.
  struct Key {
    std::uint64_t low = 0;
    std::uint32_t high = 0;  // upper byte: length, or 255
    bool operator==(const Key&) const = default;
    bool is_whole() const { return high >> 24 != 255; }
  };
  struct Slot {
    std::uint64_t low = 0;
    std::uint32_t high = 0;
    std::uint32_t number = kAbsent;
  };
  static Key key_of(std::string_view text);
  static std::uint64_t hash_of(const Key& key);
  std::size_t slot_of(std::string_view text, const Key& key) const;
  void grow();

  std::string bytes_;
  std::vector<std::uint64_t> offsets_{0};
  std::vector<Slot> slots_;
};

}  // namespace motive
