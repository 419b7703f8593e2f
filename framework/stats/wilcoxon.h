#pragma once
// Purpose: the signed-rank test, for those who must report it.
// Warning: it tests whether differences are symmetric around 0 in rank, not whether their mean is 0.
// Of two methods with equal means it calls one better where wins are many and small and losses few and
// large; on metrics of recommenders, with zeros and ties everywhere, it finds differences that are not
// there more often than its level says, and the more users, the more often (Ihemelandu & Ekstrand,
// SIGIR 2023). Use the paired t, the bootstrap or the randomisation test.
//   r_i = rank of |x_i| among those with x_i != 0 (averaged over ties), V = sum of r_i over x_i > 0
//   n <= 50 without ties or zeros: p = min(1, 2 min(P(V <= v), P(V >= v))), exact
//   else z = (|V - n(n+1)/4| - 1/2) / sqrt((n(n+1)(2n+1) - sum (t^3 - t) / 2) / 24), normal;
//   t: sizes of the groups of ties, n: the values that are not 0
// Zeros are dropped as Wilcoxon did. The same as scipy.stats.wilcoxon(x, zero_method="wilcox",
// correction=True), apart from at most 13 values with ties or zeros, where SciPy's "auto" turns to a
// permutation test. Source: Wilcoxon 1945, Biometrics Bulletin 1:80-83; Hollander & Wolfe 1999, 3.1.
// Complexity: O(n log n). Determinism: no random numbers. Errors: none; 1 where no value is left.

#include <span>

namespace motive {

/// Two-sided p.
double wilcoxon_p(std::span<const double> values);

}  // namespace motive
