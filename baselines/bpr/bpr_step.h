#pragma once
// Purpose: one stochastic gradient step of BPR on a triple (user u, positive i, negative j).
//   x = p.(q_i - q_j) + b_i - b_j,   z = sigma(-x)
//   loss = -ln sigma(x) + (l_u |p|^2 + l_i |q_i|^2 + l_j |q_j|^2 + l_b (b_i^2 + b_j^2)) / 2
//   p   += eta (z (q_i - q_j) - l_u p)
//   q_i += eta (z p - l_i q_i)               b_i += eta (z - l_b b_i)
//   q_j += eta (-z p - l_j q_j)              b_j += eta (-z - l_b b_j)
// All right-hand sides take the values from before the step.
// Source: Rendle et al., BPR: Bayesian personalized ranking from implicit feedback, UAI 2009,
// section 4. Shapes: rows of `blocks` blocks of 64 bytes, aligned to 64; what lies beyond the
// dimension is 0 and stays 0. A template over the number type: training uses float, the test of the
// gradient double. Determinism: sums are taken in a fixed tree, on every processor the same.
// The two halves, x and the update, are apart so that the training loop can begin the next triple's
// x before this triple's update: the processor then works on both.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace motive::bpr {

inline constexpr std::size_t kAlign = 64;

template <class Real>
inline constexpr std::size_t kLanes = kAlign / sizeof(Real);

/// A GCC vector: +, - and * act on all lanes. May alias the rows it is read from.
template <class Real>
struct Vector;
template <>
struct Vector<float> {
  using type = float __attribute__((vector_size(kAlign), may_alias));
};
template <>
struct Vector<double> {
  using type = double __attribute__((vector_size(kAlign), may_alias));
};

/// Folded in halves: 16, 8, 4 lanes; then (0+2) + (1+3).
inline float sum_of_lanes(Vector<float>::type v) {
  const auto eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
                    __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}
inline double sum_of_lanes(Vector<double>::type v) {
  const auto four =
      __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// sigma(-x) = 1 / (1 + e^x). Not a number stays so.
inline double sigmoid_of_minus(double x) { return 1 / (1 + std::exp(x)); }

/// The same without a call: e^x as 2^n 2^f with a polynomial of degree 5 for 2^f, |f| <= 1/2.
/// Within 2e-6 of the true value, relative, for |x| <= 30, and within 2e-7 absolute everywhere.
inline float sigmoid_of_minus(float x) {
  constexpr float kLimit = 87, kLog2E = 1.44269504f;
  constexpr float kRound = 12582912;  // 1.5 * 2^23: adding it rounds to an integer
  x = x > kLimit ? kLimit : x;
  x = x < -kLimit ? -kLimit : x;
  const float t = x * kLog2E;
  const float shifted = t + kRound;
  const float f = t - (shifted - kRound);
  float p = 0.00133908634f;
  p = p * f + 0.00967603192f;
  p = p * f + 0.0555035711f;
  p = p * f + 0.240221075f;
  p = p * f + 0.693147188f;
  p = p * f + 1.00000008f;
  const std::uint32_t exponent = std::bit_cast<std::uint32_t>(shifted) << 23;
  return 1 / (1 + std::bit_cast<float>(std::bit_cast<std::uint32_t>(p) + exponent));
}

template <class Real>
struct StepSizes {
  Real learning_rate, user, positive, negative, bias;  // the last four: regularisers
};

/// Where a triple's parameters are. The biases may be null: none.
template <class Real>
struct Rows {
  Real *user, *positive, *negative;
  Real *bias_i, *bias_j;
};

/// x.
template <class Real>
inline Real preference(const Rows<Real>& rows, std::size_t blocks) {
  using V = typename Vector<Real>::type;
  const V* const p = reinterpret_cast<const V*>(rows.user);
  const V* const qi = reinterpret_cast<const V*>(rows.positive);
  const V* const qj = reinterpret_cast<const V*>(rows.negative);
  V sum = p[0] * (qi[0] - qj[0]);
  for (std::size_t k = 1; k < blocks; ++k) sum += p[k] * (qi[k] - qj[k]);
  const Real x = sum_of_lanes(sum);
  return rows.bias_i ? x + (*rows.bias_i - *rows.bias_j) : x;
}

/// The step, given x.
template <class Real>
inline void update(const Rows<Real>& rows, Real x, std::size_t blocks,
                   const StepSizes<Real>& sizes) {
  using V = typename Vector<Real>::type;
  V* const p = reinterpret_cast<V*>(rows.user);
  V* const qi = reinterpret_cast<V*>(rows.positive);
  V* const qj = reinterpret_cast<V*>(rows.negative);
  const Real eta = sizes.learning_rate;
  const Real g = eta * sigmoid_of_minus(x);
  const Real keep_u = 1 - eta * sizes.user, keep_i = 1 - eta * sizes.positive,
             keep_j = 1 - eta * sizes.negative;
  for (std::size_t k = 0; k < blocks; ++k) {
    const V pk = p[k], ik = qi[k], jk = qj[k];
    p[k] = keep_u * pk + g * (ik - jk);
    qi[k] = keep_i * ik + g * pk;
    qj[k] = keep_j * jk - g * pk;
  }
  if (rows.bias_i) {
    const Real keep_b = 1 - eta * sizes.bias;
    *rows.bias_i = keep_b * *rows.bias_i + g;
    *rows.bias_j = keep_b * *rows.bias_j - g;
  }
}

/// Both. Returns x, from before the step.
template <class Real>
inline Real step(const Rows<Real>& rows, std::size_t blocks, const StepSizes<Real>& sizes) {
  const Real x = preference(rows, blocks);
  update(rows, x, blocks, sizes);
  return x;
}

}  // namespace motive::bpr
