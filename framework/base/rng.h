#pragma once
// Purpose: explicit random streams. A stream is derived from (seed, purpose, index), never from time
// or from a global generator, so that who draws first cannot change what another one gets.
// Generator: xoshiro256++ (Blackman & Vigna 2019), seeded by SplitMix64. The same numbers on every
// platform; the distributions are our own for that reason.

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace motive {

class Rng {
 public:
  /// index: a further part of the name of the stream, such as a user or an epoch.
  Rng(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  /// Uniform in 0..n-1 without bias (Lemire 2019). n > 0.
  std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = (next() >> 32) * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t threshold = -n % n;
      while (static_cast<std::uint32_t>(product) < threshold) product = (next() >> 32) * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Standard normal (Box-Muller, one value a call).
  double normal();

  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[below(static_cast<std::uint32_t>(i))]);
    }
  }

 private:
  static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }
  std::uint64_t state_[4];
};

}  // namespace motive
