#pragma once
// Purpose: the gradient steps of LightFM.
//   r_u = s_u sum_f x_uf e_f      r_i = s_i sum_f x_if e_f      (biases likewise: b_u, b_i)
//   score = r_u . r_i + b_u + b_i
// A pair (u, i, j) with slope l = dLoss/d(s_uj - s_ui): gradients of r_i, r_j, r_u are -l r_u, l r_u,
// l (r_j - r_i), those of b_i, b_j -l, l; b_u gets l where `user_bias` is set, which is not its
// gradient (that is 0) but what the authors' code does. A point (u, i) with l = dLoss/dscore: l r_i,
// l r_u, l, l. A feature's gradient is g = x_f times that of its sum; all representations are those
// from before the step.
//   Adagrad    lr = eta / sqrt(G)                       e -= lr g        G += g^2
//   Adadelta   G = rho G + (1-rho) g^2;  lr = sqrt((M+eps) / (G+eps));  e -= lr g;
//              M = rho M + (1-rho) (lr g)^2
// each a component, G starting at 1 (Adagrad) or 0. L2 (alpha, of users and of items):
//   lazy       after its step e *= 1 + alpha lr, and the scale s *= 1 + alpha mean(lr) after each
//              example; the trainer divides all parameters by s now and then. As in the authors'
//              code s also multiplies representations, and the mean runs over all components and
//              biases of all features of the example.
//   decoupled  e *= 1 - eta alpha before its step, of what the example touches
// Source: Kula, Metadata embeddings for user and item cold-start recommendations, 2015; lightfm 1.17
// (MIT); Duchi et al. 2011; Zeiler 2012; Loshchilov & Hutter 2019.
// Shapes: rows of `blocks` blocks of 64 bytes, aligned to 64; beyond the dimension e and M are 0
// and stay 0, G is 1. A template over the number type: training uses float, tests double.

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace motive::lightfm {

inline constexpr std::size_t kAlign = 64;

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
using V = typename Vector<Real>::type;
template <class Real>
inline constexpr std::size_t kLanes = kAlign / sizeof(Real);

/// Halves on halves, so that an addition does not wait for all those before it.
inline float sum_of(V<float> v) {
  const auto a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                 __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  const auto b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
  const auto c = b + __builtin_shufflevector(b, b, 2, 3, 0, 1);
  return c[0] + c[1];
}
inline double sum_of(V<double> v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

template <class Real>
inline Real dot(const Real* a, const Real* b, std::size_t blocks) {
  const auto* const x = reinterpret_cast<const V<Real>*>(a);
  const auto* const y = reinterpret_cast<const V<Real>*>(b);
  V<Real> sum = x[0] * y[0];
  for (std::size_t k = 1; k < blocks; ++k) sum += x[k] * y[k];
  return sum_of(sum);
}

/// 1/sqrt(x), x > 0. Within 2e-7 of it, relative, in float.
inline float inverse_root(float x) { return 1 / std::sqrt(x); }
inline double inverse_root(double x) { return 1 / std::sqrt(x); }
inline V<float> inverse_root(V<float> x) {
#ifdef __AVX512F__
  // 14 bits of the processor and a step of Newton's: a third of the time of root and quotient.
  const auto y = reinterpret_cast<V<float>>(_mm512_maskz_rsqrt14_ps(0xffff, reinterpret_cast<__m512>(x)));
  return y * (1.5f - 0.5f * x * y * y);
#else
  V<float> y{};
  for (std::size_t k = 0; k < kLanes<float>; ++k) y[k] = inverse_root(x[k]);
  return y;
#endif
}
inline V<double> inverse_root(V<double> x) {
  V<double> y{};
  for (std::size_t k = 0; k < kLanes<double>; ++k) y[k] = inverse_root(x[k]);
  return y;
}

/// Slopes: d/dscore of the loss of a point, -d/dx of the loss ln(1 + e^-x) of a pair.
template <class Real>
inline Real logistic_slope(Real score, Real y) {
  return 1 / (1 + std::exp(-score)) - y;
}
template <class Real>
inline Real bpr_slope(Real x) {
  return 1 - 1 / (1 + std::exp(-x));
}

/// The step of one component, or of the lanes of a vector.
template <class Real, bool kAdadelta, bool kLazy>
struct Rule {
  static constexpr bool kMoments = kAdadelta, kScales = kLazy;
  Real eta, rho, epsilon;

  /// decay: alpha of the parameter's side. used: local learning rates are added (lazy).
  template <class T>
  T operator()(T value, T gradient, T& sum, [[maybe_unused]] T& moment, Real decay,
               [[maybe_unused]] T& used) const {
    if constexpr (!kLazy) value = value * (1 - eta * decay);
    T local;
    if constexpr (kAdadelta) {
      sum = rho * sum + (1 - rho) * gradient * gradient;
      const T m = moment + epsilon;
      local = m * inverse_root(m) * inverse_root(sum + epsilon);
      const T step = local * gradient;
      moment = rho * moment + (1 - rho) * step * step;
      value = value - step;
    } else {
      local = eta * inverse_root(sum);
      value = value - local * gradient;
      sum = sum + gradient * gradient;
    }
    if constexpr (kLazy) {
      value = value * (1 + decay * local);
      used = used + local;
    }
    return value;
  }
};

/// What is learnt of one feature. moment: null with Adagrad.
template <class Real>
struct Row {
  Real *vector, *sum, *moment;
  Real *bias, *bias_sum, *bias_moment;
};

/// What all steps share.
template <class Real, class R>
struct Steps {
  R rule;
  Real decay_user, decay_item;
  std::size_t blocks;
  const Real* mask;  // [block] 1 for the lanes of the last block that are used, else 0
  bool bias, user_bias;

  Real total(V<Real> used, V<Real> last) const {
    return sum_of(used + last * *reinterpret_cast<const V<Real>*>(mask));
  }
};

template <class Real>
struct VectorOf {
  V<Real>*vector, *sum, *moment;
  explicit VectorOf(const Row<Real>& row)
      : vector(reinterpret_cast<V<Real>*>(row.vector)),
        sum(reinterpret_cast<V<Real>*>(row.sum)),
        moment(reinterpret_cast<V<Real>*>(row.moment)) {}
};

/// One block of one row. Returns nothing; local rates go to `used`.
template <class Real, class R>
inline void step_block(const R& rule, const VectorOf<Real>& row, std::size_t k, V<Real> value,
                       V<Real> gradient, Real decay, V<Real>& used) {
  V<Real> sum = row.sum[k], moment{};
  if constexpr (R::kMoments) moment = row.moment[k];
  row.vector[k] = rule(value, gradient, sum, moment, decay, used);
  row.sum[k] = sum;
  if constexpr (R::kMoments) row.moment[k] = moment;
}

/// Returns the local rate (lazy), else 0.
template <class Real, class R>
inline Real step_bias(const R& rule, const Row<Real>& row, Real gradient, Real decay) {
  Real used = 0, unused = 0;
  Real& moment = R::kMoments ? *row.bias_moment : unused;
  *row.bias = rule(*row.bias, gradient, *row.bias_sum, moment, decay, used);
  return used;
}

/// A pair whose users and items are their own only feature, with value 1: one pass over the three
/// rows. su, si: the scales. Returns the sum of the local rates (lazy).
template <class Real, class R>
inline Real pair_step(const Steps<Real, R>& steps, const Row<Real>& user, const Row<Real>& positive,
                      const Row<Real>& negative, Real slope, Real su, Real si) {
  const VectorOf<Real> p(user), i(positive), j(negative);
  const Real to_item = slope * su, to_user = slope * si;
  const std::size_t last = steps.blocks - 1;
  V<Real> used{}, used_last{};
  for (std::size_t k = 0; k <= last; ++k) {
    V<Real>& sum = k == last ? used_last : used;
    const V<Real> pk = p.vector[k], ik = i.vector[k], jk = j.vector[k], gradient = to_item * pk;
    step_block(steps.rule, i, k, ik, -gradient, steps.decay_item, sum);
    step_block(steps.rule, j, k, jk, gradient, steps.decay_item, sum);
    step_block(steps.rule, p, k, pk, to_user * (jk - ik), steps.decay_user, sum);
  }
  Real total = R::kScales ? steps.total(used, used_last) : 0;
  if (steps.bias) {
    total += step_bias(steps.rule, positive, -slope, steps.decay_item);
    total += step_bias(steps.rule, negative, slope, steps.decay_item);
  }
  if (steps.user_bias) total += step_bias(steps.rule, user, slope, steps.decay_user);
  return total;
}

/// The same for a point.
template <class Real, class R>
inline Real point_step(const Steps<Real, R>& steps, const Row<Real>& user, const Row<Real>& item,
                       Real slope, Real su, Real si) {
  const VectorOf<Real> p(user), i(item);
  const Real to_item = slope * su, to_user = slope * si;
  const std::size_t last = steps.blocks - 1;
  V<Real> used{}, used_last{};
  for (std::size_t k = 0; k <= last; ++k) {
    V<Real>& sum = k == last ? used_last : used;
    const V<Real> pk = p.vector[k], ik = i.vector[k];
    step_block(steps.rule, i, k, ik, to_item * pk, steps.decay_item, sum);
    step_block(steps.rule, p, k, pk, to_user * ik, steps.decay_user, sum);
  }
  Real total = R::kScales ? steps.total(used, used_last) : 0;
  if (steps.bias) total += step_bias(steps.rule, item, slope, steps.decay_item);
  if (steps.user_bias) total += step_bias(steps.rule, user, slope, steps.decay_user);
  return total;
}

/// One feature with value x, where the representation it is part of has the gradient
/// slope * direction, and the bias slope.
template <class Real, class R>
inline Real feature_step(const Steps<Real, R>& steps, const Row<Real>& feature, Real x, Real slope,
                         const Real* direction, Real decay, bool bias) {
  const VectorOf<Real> row(feature);
  const auto* const d = reinterpret_cast<const V<Real>*>(direction);
  const Real factor = slope * x;
  const std::size_t last = steps.blocks - 1;
  V<Real> used{}, used_last{};
  for (std::size_t k = 0; k <= last; ++k) {
    V<Real>& sum = k == last ? used_last : used;
    step_block(steps.rule, row, k, row.vector[k], factor * d[k], decay, sum);
  }
  Real total = R::kScales ? steps.total(used, used_last) : 0;
  if (bias) total += step_bias(steps.rule, feature, factor, decay);
  return total;
}

}  // namespace motive::lightfm
