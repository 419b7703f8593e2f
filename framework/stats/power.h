#pragma once
// Purpose: how many users a comparison needs, and what a given number of them can show. The
// difference d, the spread sd of per-user differences, the level alpha, the power and the number n
// of users hang together; intervals.h gives d (detectable_difference), this file the other two:
//   power(n)  = P(|T| > t_{1-alpha/2, n-1}), T noncentral t, n-1 degrees, shift d sqrt(n) / sd
//   needed n  = the least n >= 2 whose power is at least the one asked for
// The two-sided paired t-test; exact where differences are normal, close for means over hundreds of
// users. Source: Cohen, Statistical Power Analysis (2nd ed. 1988), ch. 2, by the exact distribution.
// Units: d and sd in those of the metric; sd is that of the differences, not of the metric.
// Complexity: one distribution, or some 60 of them. Determinism: no random numbers.
// Errors: none; see the edges at each function.

#include <cstddef>
#include <optional>

namespace motive {

/// NaN for NaN; 0 for n < 2; where sd is 0: 1, or alpha where the difference is 0 too.
double paired_power(double difference, double sd, std::size_t n, double alpha);

/// None where no number of users would do (no difference, or power >= 1 with sd > 0), or more than
/// 10^15. 0 < alpha < 1, alpha <= power.
std::optional<std::size_t> users_needed(double difference, double sd, double alpha, double power);

}  // namespace motive
