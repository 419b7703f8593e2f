#pragma once
// Purpose: a vector of floats of the width the compiler was told of (AVX-512: 16, AVX2 with FMA: 8,
// else a plain array of 8), with just what ranking needs: load, multiply-add, comparisons to bit
// masks. Determinism: fma() is one rounding wherever the target has FMA, in the vector and in the
// scalar form, so a score is the same bit for bit in whatever lane, tile or loop it is computed.

#include <cstdint>

#if defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__))
#include <immintrin.h>
#endif

namespace motive {

/// a*b+c, rounded once where the target can.
inline float multiply_add(float a, float b, float c) {
#ifdef __FP_FAST_FMAF
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;  // no FMA on this target: the compiler has nothing to contract to
#endif
}

#if defined(__AVX512F__)

struct Lanes {
  static constexpr int kWidth = 16;
  __m512 v;
  static Lanes load(const float* p) { return {_mm512_loadu_ps(p)}; }
  static Lanes broadcast(float x) { return {_mm512_set1_ps(x)}; }
  void store(float* p) const { _mm512_storeu_ps(p, v); }
  /// Bit i: the comparison holds in lane i. False for NaN.
  std::uint32_t above(Lanes o) const { return _mm512_cmp_ps_mask(v, o.v, _CMP_GT_OQ); }
  std::uint32_t equal(Lanes o) const { return _mm512_cmp_ps_mask(v, o.v, _CMP_EQ_OQ); }
  std::uint32_t at_least(Lanes o) const { return _mm512_cmp_ps_mask(v, o.v, _CMP_GE_OQ); }
};
inline Lanes operator+(Lanes a, Lanes b) { return {_mm512_add_ps(a.v, b.v)}; }
inline Lanes larger(Lanes a, Lanes b) { return {_mm512_maskz_max_ps(0xffff, a.v, b.v)}; }
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }

#elif defined(__AVX2__) && defined(__FMA__)

struct Lanes {
  static constexpr int kWidth = 8;
  __m256 v;
  static Lanes load(const float* p) { return {_mm256_loadu_ps(p)}; }
  static Lanes broadcast(float x) { return {_mm256_set1_ps(x)}; }
  void store(float* p) const { _mm256_storeu_ps(p, v); }
  std::uint32_t above(Lanes o) const { return bits(_mm256_cmp_ps(v, o.v, _CMP_GT_OQ)); }
  std::uint32_t equal(Lanes o) const { return bits(_mm256_cmp_ps(v, o.v, _CMP_EQ_OQ)); }
  std::uint32_t at_least(Lanes o) const { return bits(_mm256_cmp_ps(v, o.v, _CMP_GE_OQ)); }
  static std::uint32_t bits(__m256 mask) {
    return static_cast<std::uint32_t>(_mm256_movemask_ps(mask));
  }
};
inline Lanes operator+(Lanes a, Lanes b) { return {_mm256_add_ps(a.v, b.v)}; }
inline Lanes larger(Lanes a, Lanes b) { return {_mm256_max_ps(a.v, b.v)}; }
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }

#else

struct Lanes {
  static constexpr int kWidth = 8;
  float v[kWidth];
  static Lanes load(const float* p) {
    return make([&](int i) { return p[i]; });
  }
  static Lanes broadcast(float x) {
    return make([&](int) { return x; });
  }
  void store(float* p) const {
    for (int i = 0; i < kWidth; ++i) p[i] = v[i];
  }
  std::uint32_t above(Lanes o) const {
    return bits([&](int i) { return v[i] > o.v[i]; });
  }
  std::uint32_t equal(Lanes o) const {
    return bits([&](int i) { return v[i] == o.v[i]; });
  }
  std::uint32_t at_least(Lanes o) const {
    return bits([&](int i) { return v[i] >= o.v[i]; });
  }
  template <class F>
  static Lanes make(const F& value) {
    Lanes lanes;
    for (int i = 0; i < kWidth; ++i) lanes.v[i] = value(i);
    return lanes;
  }
  template <class F>
  static std::uint32_t bits(const F& test) {
    std::uint32_t mask = 0;
    for (int i = 0; i < kWidth; ++i) mask |= static_cast<std::uint32_t>(test(i)) << i;
    return mask;
  }
};
inline Lanes operator+(Lanes a, Lanes b) {
  return Lanes::make([&](int i) { return a.v[i] + b.v[i]; });
}
inline Lanes larger(Lanes a, Lanes b) {
  return Lanes::make([&](int i) { return a.v[i] > b.v[i] ? a.v[i] : b.v[i]; });
}
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
  return Lanes::make([&](int i) { return multiply_add(a.v[i], b.v[i], c.v[i]); });
}

#endif

}  // namespace motive
