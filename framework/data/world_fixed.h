#pragma once
// Purpose: the arithmetic of the synthetic world. A compiler may fuse a * b + c into one rounding
// on one processor and not on the next, and mathematical libraries differ in the last bit; a world
// must not. So utilities are integers in units of 2^-16, and logarithms and exponentials come from
// tables that are rounded to far fewer bits than a library's error could reach.

#include <array>
#include <cmath>
#include <cstdint>

#include "framework/base/rng.h"

namespace motive::world {

using Fixed = std::int64_t;  // units of 2^-16
inline constexpr Fixed kOne = Fixed{1} << 16;

/// Nearest multiple of 2^-16. Exact for any x below 2^36: the product only changes the exponent.
inline Fixed to_fixed(double x) { return std::llround(x * static_cast<double>(kOne)); }
/// -ln(x) * scale for x >= 1, as a Fixed.
Fixed scaled_minus_log(double scale, std::uint64_t x);

/// e^-x in units of 2^-30, x >= 0. Relative error below 2^-11, none of it random.
std::uint64_t exp_minus(Fixed x);
inline constexpr std::uint64_t kExpOne = std::uint64_t{1} << 30;

/// Exponential with mean 1.
Fixed exponential(Rng& rng);
/// Approximately standard normal: the sum of twelve uniform numbers (at most 6 away from 0).
Fixed gaussian(Rng& rng);
/// Uniform in 0..n-1, n > 0, also above 2^32.
std::uint64_t below(Rng& rng, std::uint64_t n);
/// True with probability p (a Fixed in 0..1).
inline bool chance(Rng& rng, Fixed p) { return static_cast<Fixed>(rng.next() >> 48) < p; }

}  // namespace motive::world
