#pragma once
// Purpose: products of a few rows with a strip of columns, the shape that cross-entropy over many items is made of;
// LibTorch's library is far from the processor's limit there.
//   C[M×N] (+)= A[M×K] B[K×N],   A(m, k) = a[m row_step + k k_step],   N a multiple of 16
// Complexity: O(M N K) with 6 rows and 64 columns of C in registers (16 without AVX-512). Determinism: sums run along k in order, one thread.

#include <cstddef>

namespace motive::nn {

inline constexpr std::size_t kLanes = 16;    // what N is a multiple of
inline constexpr std::size_t kColumns = 64;  // of a packed strip

struct ProductShape {
  std::size_t m = 0, n = 0, k = 0;
  std::size_t row_step = 0, k_step = 0;  // of A
  std::size_t b_step = 0, c_step = 0;    // from row to row
  bool add = true;                       // to what stands in C; else C is written over
};

void panel_product(const ProductShape& shape, const float* a, const float* b, float* c);

}  // namespace motive::nn
