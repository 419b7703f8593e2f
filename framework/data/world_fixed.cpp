#include "framework/data/world_fixed.h"

#include <bit>
#include <numbers>

namespace motive::world {
namespace {

constexpr std::size_t kEntries = 4096;
constexpr Fixed kLn2 = 45426;  // ln 2 in units of 2^-16

/// e^(-ln 2 * i / kEntries) in units of 2^-30.
const std::array<std::uint32_t, kEntries>& exp_table() {
  static const auto kTable = [] {
    std::array<std::uint32_t, kEntries> table;
    for (std::size_t i = 0; i < kEntries; ++i) {
      // 24 bits are computed: the library's error in the 53rd cannot turn the rounding.
      const double x = std::exp(-std::numbers::ln2 * static_cast<double>(i) / kEntries);
      table[i] = static_cast<std::uint32_t>(std::llround(x * 0x1.0p24)) << 6;
    }
    return table;
  }();
  return kTable;
}

/// -ln(1 - u / 2) for the middles u of kEntries equal parts: an exponential that is below ln 2.
const std::array<std::uint32_t, kEntries>& log_table() {
  static const auto kTable = [] {
    std::array<std::uint32_t, kEntries> table;
    for (std::size_t i = 0; i < kEntries; ++i) {
      const double u = (static_cast<double>(i) + 0.5) / kEntries;
      table[i] = static_cast<std::uint32_t>(to_fixed(-std::log(1.0 - u / 2)));
    }
    return table;
  }();
  return kTable;
}

}  // namespace

Fixed scaled_minus_log(double scale, std::uint64_t x) {
  // The logarithm is rounded before anything multiplies it.
  const Fixed log = to_fixed(std::log(static_cast<double>(x)));
  return -(log * to_fixed(scale)) / kOne;
}

std::uint64_t exp_minus(Fixed x) {
  const Fixed halvings = x / kLn2;
  if (halvings > 30) return 0;
  const auto entry = static_cast<std::size_t>((x % kLn2) * static_cast<Fixed>(kEntries) / kLn2);
  return std::uint64_t{exp_table()[entry]} >> halvings;
}

Fixed exponential(Rng& rng) {
  // Without memory: a geometric number of half-lives, and the rest inside one.
  const std::uint64_t word = rng.next();
  const auto halves = static_cast<Fixed>(std::countr_zero(word | (std::uint64_t{1} << 51)));
  return halves * kLn2 + log_table()[word >> 52];
}

Fixed gaussian(Rng& rng) {
  Fixed sum = 0;
  for (int i = 0; i < 3; ++i) {
    const std::uint64_t word = rng.next();
    for (int shift = 0; shift < 64; shift += 16)
      sum += static_cast<Fixed>((word >> shift) & 0xffff);
  }
  return sum - 6 * (kOne - 1);
}

std::uint64_t below(Rng& rng, std::uint64_t n) {
  const std::uint64_t mask = n <= 1 ? 0 : ~std::uint64_t{0} >> std::countl_zero(n - 1);
  for (;;) {
    const std::uint64_t draw = (rng.next() >> 1) & mask;
    if (draw < n) return draw;
  }
}

}  // namespace motive::world
