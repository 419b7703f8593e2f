#pragma once
// Purpose: p values of a family of m tests, adjusted so that each can be held against alpha itself.
// With p_(1) <= ... <= p_(m):
//   Holm               adjusted p_(i) = max over j <= i of min(1, (m - j + 1) p_(j))
//     the chance of any false finding in the family is at most alpha, whatever the dependence
//     (Holm 1979, Scandinavian Journal of Statistics 6:65-70)
//   Benjamini-Hochberg adjusted p_(i) = min over j >= i of min(1, m p_(j) / j)
//     the expected share of false findings among the findings is at most alpha, for independent or
//     positively dependent tests (Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57:289-300)
// Units: probabilities. Shape: an answer a p, in the same order. Complexity: O(m log m).
// Determinism: equal p values get equal answers. Errors: a NaN (a test that could not be made) is
// no member of the family, and stays NaN.

#include <span>
#include <vector>

namespace motive {

std::vector<double> holm(std::span<const double> p);
std::vector<double> benjamini_hochberg(std::span<const double> p);

}  // namespace motive
