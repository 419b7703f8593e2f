#include "framework/nn/panels.h"

#include <algorithm>
#include <cstring>

namespace motive::nn {
namespace {

using Vec = float __attribute__((vector_size(64)));
constexpr std::size_t kRows = 6;  // with 4 vectors each: 24 registers of sums

Vec load(const float* p) {
  Vec v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
void store(float* p, const Vec& v) { std::memcpy(p, &v, sizeof(v)); }

template <std::size_t R, std::size_t V>
void block(const ProductShape& s, const float* a, const float* b, float* c) {
  Vec sums[R][V];
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t v = 0; v < V; ++v) sums[r][v] = s.add ? load(c + r * s.c_step + v * kLanes) : Vec{};
  }
  for (std::size_t k = 0; k < s.k; ++k) {
    Vec row[V];
    for (std::size_t v = 0; v < V; ++v) row[v] = load(b + k * s.b_step + v * kLanes);
    for (std::size_t r = 0; r < R; ++r) {
      const float x = a[r * s.row_step + k * s.k_step];
      for (std::size_t v = 0; v < V; ++v) sums[r][v] += x * row[v];
    }
  }
  for (std::size_t r = 0; r < R; ++r) {
    for (std::size_t v = 0; v < V; ++v) store(c + r * s.c_step + v * kLanes, sums[r][v]);
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
  for (; n + kColumns <= s.n; n += kColumns) strip<4>(s, a, b + n, c + n);
  for (; n < s.n; n += kLanes) strip<1>(s, a, b + n, c + n);
}

}  // namespace motive::nn
