#include "framework/nn/panels.h"

#include <algorithm>
#include <cstring>

namespace motive::nn {
namespace {

// As wide as the processor's registers, and as many sums as these hold: 6 rows with 4 vectors each of 32 registers, or
// with 2 each of 16. Vectors are never passed by value: how that is done depends on the processor.
#ifdef __AVX512F__
constexpr std::size_t kWidth = 16, kVectors = 4;
#else
constexpr std::size_t kWidth = 8, kVectors = 2;
#endif
using Vec = float __attribute__((vector_size(kWidth * sizeof(float))));
constexpr std::size_t kRows = 6;

void load(const float* p, Vec& v) { std::memcpy(&v, p, sizeof(v)); }
void store(float* p, const Vec& v) { std::memcpy(p, &v, sizeof(v)); }

template <std::size_t R, std::size_t V>
void block(const ProductShape& s, const float* a, const float* b, float* c) {
  Vec sums[R][V];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t v = 0; v < V; ++v) {
      if (s.add) load(c + r * s.c_step + v * kWidth, sums[r][v]);
      else sums[r][v] = Vec{};
    }
  }
  for (std::size_t k = 0; k < s.k; ++k) {
    Vec row[V];
    for (std::size_t v = 0; v < V; ++v) load(b + k * s.b_step + v * kWidth, row[v]);
    for (std::size_t r = 0; r < R; ++r) {
      const float x = a[r * s.row_step + k * s.k_step];
      for (std::size_t v = 0; v < V; ++v) sums[r][v] += x * row[v];
    }
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t v = 0; v < V; ++v) store(c + r * s.c_step + v * kWidth, sums[r][v]);
  }
}

template <std::size_t V>
void strip(const ProductShape& s, const float* a, const float* b, float* c) {
  std::size_t m = 0;
  for (; m + kRows <= s.m; m += kRows) block<kRows, V>(s, a + m * s.row_step, b, c + m * s.c_step);
  for (; m < s.m; ++m) block<1, V>(s, a + m * s.row_step, b, c + m * s.c_step);
}

}  // namespace

void panel_product(const ProductShape& s, const float* a, const float* b, float* c) {
  std::size_t n = 0;
  for (constexpr std::size_t kStep = kVectors * kWidth; n + kStep <= s.n; n += kStep) strip<kVectors>(s, a, b + n, c + n);
  for (; n < s.n; n += kWidth) strip<1>(s, a, b + n, c + n);
}

}  // namespace motive::nn
