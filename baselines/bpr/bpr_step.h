#pragma once
// Purpose: one stochastic gradient step of BPR on a triple (user u, positive i, negative j).
//   x = p.(q_i - q_j) + b_i - b_j,   z = sigma(-x)
//   loss = -ln sigma(x) + (l_u |p|^2 + l_i |q_i|^2 + l_j |q_j|^2 + l_b (b_i^2 + b_j^2)) / 2
//   p   += eta (z (q_i - q_j) - l_u p)      q_i += eta (z p - l_i q_i)     q_j += eta (-z p - l_j
//   q_j) b_i += eta (z - l_b b_i)                b_j += eta (-z - l_b b_j)
// All right-hand sides take the values from before the step.
// Source: Rendle et al., BPR: Bayesian personalized ranking from implicit feedback, UAI 2009,
// section 4. Shapes: rows of `lanes` blocks of 64 bytes, aligned to 64; what lies beyond the
// dimension is 0 and stays 0. A template over the number type: training uses float, the test of the
// gradient double. Determinism: sums are taken in blocks of 64 bytes, on every processor in the
// same order.

#include <cmath>
#include <cstddef>

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

template <class Real>
struct StepSizes {
  Real learning_rate, user, positive, negative, bias;  // the last four: regularisers
};

/// Returns x, from before the step. bias_i and bias_j may be null: no biases.
template <class Real>
inline Real step(Real* user, Real* positive, Real* negative, Real* bias_i, Real* bias_j,
                 std::size_t blocks, const StepSizes<Real>& sizes) {
  using V = typename Vector<Real>::type;
  V* const p = reinterpret_cast<V*>(user);
  V* const qi = reinterpret_cast<V*>(positive);
  V* const qj = reinterpret_cast<V*>(negative);
  V sum = p[0] * (qi[0] - qj[0]);
  for (std::size_t k = 1; k < blocks; ++k) sum += p[k] * (qi[k] - qj[k]);
  Real x = 0;
  for (std::size_t lane = 0; lane < kLanes<Real>; ++lane) x += sum[lane];
  if (bias_i) x += *bias_i - *bias_j;

  const Real eta = sizes.learning_rate;
  const Real z = 1 / (1 + std::exp(x));
  const Real g = eta * z;
  const Real keep_u = 1 - eta * sizes.user, keep_i = 1 - eta * sizes.positive,
             keep_j = 1 - eta * sizes.negative;
  for (std::size_t k = 0; k < blocks; ++k) {
    const V pk = p[k], ik = qi[k], jk = qj[k];
    p[k] = keep_u * pk + g * (ik - jk);
    qi[k] = keep_i * ik + g * pk;
    qj[k] = keep_j * jk - g * pk;
  }
  if (bias_i) {
    const Real keep_b = 1 - eta * sizes.bias;
    *bias_i = keep_b * *bias_i + g;
    *bias_j = keep_b * *bias_j - g;
  }
  return x;
}

}  // namespace motive::bpr
