#pragma once
// Purpose: how much of the spread of a number comes from each kind of seed, and from users.
//
// N observations, usually the means of one row's cells, and f = 1..F factors (split, order, init, ...)
// with L_f levels. Model: main effects of random factors and a rest,
//   y_i = mu + sum_f a_f(level of i) + e_i,   var a_f = s2_f,  var e = s2_e.
// Designs may be crossed, incomplete and unbalanced. Estimates: Henderson's method 1. With n_l the
// observations at level l of f, n_lm those at l of f and m of g, y~ = y - mean(y):
//   T_f   = sum_l (sum of y~ at l)^2 / n_l,   T = sum y~^2
//   E T_f = sum_g s2_g (sum_l sum_m n_lm^2 / n_l - sum_m n_m^2 / N) + s2_e (L_f - 1)
//   E T   = sum_g s2_g (N - sum_m n_m^2 / N)                        + s2_e (N - 1)
// solved for s2 as F + 1 linear equations. Unbiased; in balanced designs the classical ANOVA estimates.
// An estimate can come out below 0, which says that the component is small against its error: it
// is cut to 0 and marked. Few levels give rough numbers: with L levels a component has L - 1 degrees.
// Sources: Henderson 1953, Biometrics 9:226-252; Searle, Casella & McCulloch, Variance Components
// (1992), 5.3.
//
// What the parts mean:
// - rest: interactions and all else. A training begun from one init seed on two splits is two trainings,
//   so that in a grid with several splits much of what init does stands in the rest. Where a seed is to
//   count within a split, give it another level under every split.
// - Factors that change together throughout are one part ("order+init"). A factor with its own level
//   for every observation cannot be told from the rest and holds it (with_rest).
// - A factor with one level is absent.
// - users: what a mean over n users moves by with other users, sd_u^2 / n, averaged over the
//   observations. It stands beside the seeds: cells that test the same users do not show it, and where
//   split seeds draw the users it is in `split` as well.
//
// Shapes: a value, a level of each factor, a variance an observation. Units: variances in the square of
// the metric; shares of their sum. Complexity: O(N log N) for each pair of factors. Determinism: no
// random numbers. Errors: kInvalid for lengths that differ, no observations, a value that is not
// finite, or combinations too few to tell the factors apart.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/base/status.h"

namespace motive {

struct VarianceFactor {
  std::string name;
  std::vector<std::uint64_t> levels;  // of each observation; any numbers
};

inline constexpr const char* kRestPart = "rest";
inline constexpr const char* kUsersPart = "users";

struct VariancePart {
  std::string name;        // of the factor, "a+b" of two that change together, kRestPart or kUsersPart
  std::size_t levels = 0;  // of a factor
  double variance = 0;
  double share = 0;       // of the sum over all parts; 0 where nothing varies
  double estimate = 0;    // before it was cut to 0
  bool cut = false;       // the estimate was below 0
  bool with_rest = false;  // cannot be told from the rest
};

struct VarianceParts {
  double mean = 0;
  std::size_t observations = 0;
  std::vector<VariancePart> parts;  // factors in the order given, rest, users; those that exist
  /// Null where there is no such part.
  const VariancePart* find(const std::string& name) const;
};

/// user_variances: sd_u^2 / n of each observation, the square of its standard error over users; or
/// nothing, and there is no part of the users.
Result<VarianceParts> variance_parts(std::span<const double> values, std::span<const VarianceFactor> factors,
                                     std::span<const double> user_variances = {});

}  // namespace motive
