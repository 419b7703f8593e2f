#pragma once
// Purpose: how sure a mean over users or seeds is, and how small a difference n users could show.
//   mean m = sum x / n, sample sd s = sqrt(sum (x-m)^2 / (n-1))
//   Student-t interval: m -+ t_{(1+level)/2, n-1} s / sqrt(n)
//   detectable difference: the d at which a two-sided paired t-test over n users at level alpha
//   finds a true mean difference of d with the given power (exact, by the noncentral t
//   distribution); the other two sides of the same relation stand in power.h
// Units: those of the values; sd: of the per-user differences of two methods, so that their
// correlation is in it already. Complexity: O(n). Determinism: two passes in the order given; no
// threads. Errors: fewer than 2 values have no spread: sd and the half-width are then 0, see each
// function.

#include <cstddef>
#include <span>

namespace motive {

/// 0 for no values.
double mean(std::span<const double> values);
/// 0 for fewer than 2 values.
double sample_sd(std::span<const double> values);

struct Interval {
  double low = 0, high = 0;
};

/// level such as 0.95. For fewer than 2 values: from the mean to the mean.
Interval t_interval(std::span<const double> values, double level);
/// The same from mean, sample sd and number of values.
Interval t_interval(double mean, double sd, std::size_t n, double level);

/// The p-th quantile of Student's t; 0 < p < 1. From a million degrees on that of the normal.
double student_quantile(double p, double degrees);
/// Chance that |T| >= |t|; 0 where t is infinite, NaN where it is NaN.
double student_two_sided(double t, double degrees);
/// Chance that |T| > critical >= 0, T noncentral with `shift` >= 0 (a mean in standard errors): the power
/// of a two-sided t-test.
double noncentral_two_sided(double shift, double critical, double degrees);

/// Infinite for n < 2 where sd > 0; 0 where sd is 0. alpha such as 0.05, power such as 0.8.
double detectable_difference(double sd, std::size_t n, double alpha, double power);

}  // namespace motive
