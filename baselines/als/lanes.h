#pragma once
// Purpose: the few operations on padded rows of floats that ALS is made of, 16 lanes at a time.
// Rows are those of AlignedRows: `blocks` vectors of 64 bytes, zero beyond the dimension.
// Determinism: sums are taken in blocks of 16 lanes, in the same order on every processor.

#include <cstddef>

namespace motive::als {

inline constexpr std::size_t kLanes = 16;
using Vec = float __attribute__((vector_size(64), may_alias));

inline Vec* vectors(float* row) { return reinterpret_cast<Vec*>(row); }
inline const Vec* vectors(const float* row) { return reinterpret_cast<const Vec*>(row); }

inline float sum_of(const Vec& v) {
  using Half = float __attribute__((vector_size(32)));
  using Quarter = float __attribute__((vector_size(16)));
  const Half h = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                 __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const Quarter q = __builtin_shufflevector(h, h, 0, 1, 2, 3) + __builtin_shufflevector(h, h, 4, 5, 6, 7);
  return (q[0] + q[2]) + (q[1] + q[3]);
}

inline float dot(const float* a, const float* b, std::size_t blocks) {
  Vec sum = vectors(a)[0] * vectors(b)[0];
  for (std::size_t k = 1; k < blocks; ++k) sum += vectors(a)[k] * vectors(b)[k];
  return sum_of(sum);
}

/// out += factor * in
inline void add(float factor, const float* in, float* out, std::size_t blocks) {
  for (std::size_t k = 0; k < blocks; ++k) vectors(out)[k] += factor * vectors(in)[k];
}

}  // namespace motive::als
