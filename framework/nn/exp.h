#pragma once
// Purpose: the exponential of a row of floats, vectorised whatever the compiler's mathematics flags are.
//   row[i] := exp(row[i] - shift), returns the sum
// exp by 2^k times a polynomial of degree 5 in [-ln2/2, ln2/2] (Cody & Waite's reduction): relative error below
// 3e-7; arguments below -87 give about 1e-38. Determinism: fixed lanes, one thread.

#include <bit>
#include <cstdint>

namespace motive::nn {

inline float exp_of(float x) {
  x = x < -87.0f ? -87.0f : (x > 88.0f ? 88.0f : x);
  // Rounds to whole numbers by adding 1.5·2^23.
  const float shifted = x * 1.44269504f + 12582912.0f;
  const float k = shifted - 12582912.0f;
  const float r = (x - k * 0.693359375f) + k * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const std::int32_t power = (std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(12582912.0f) + 127) << 23;
  return p * std::bit_cast<float>(power);
}

/// The largest of n > 0 numbers, none of them NaN.
inline float max_of(const float* row, std::int64_t n) {
  constexpr std::int64_t kSums = 32;
  float lanes[kSums];
  for (float& lane : lanes) lane = row[0];
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t l = 0; l < kSums; ++l) lanes[l] = row[i + l] > lanes[l] ? row[i + l] : lanes[l];
  }
  float most = lanes[0];
  for (const float lane : lanes) most = lane > most ? lane : most;
  for (; i < n; ++i) most = row[i] > most ? row[i] : most;
  return most;
}

inline float exp_in_place(float* row, std::int64_t n, float shift) {
  constexpr std::int64_t kSums = 32;
  float lanes[kSums] = {};
  std::int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (std::int64_t l = 0; l < kSums; ++l) {
      const float e = exp_of(row[i + l] - shift);
      row[i + l] = e;
      lanes[l] += e;
    }
  }
  float sum = 0;
  for (; i < n; ++i) sum += row[i] = exp_of(row[i] - shift);
  for (const float lane : lanes) sum += lane;
  return sum;
}

}  // namespace motive::nn
