#include "framework/stats/wilcoxon.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

namespace motive {
namespace {

constexpr std::size_t kMostExact = 50;

/// V is a sum of different ranks 1..n, each in with chance 1/2: counts[v] subsets of 2^n have it.
/// Doubles hold these exactly, as n is at most 50.
double exact_p(std::size_t n, std::size_t v) {
  const std::size_t top = n * (n + 1) / 2;
  std::vector<double> counts(top + 1, 0.0);
  counts[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t sum = top; sum >= rank; --sum) counts[sum] += counts[sum - rank];
  }
  const std::size_t tail = std::min(v, top - v);  // the distribution is symmetric
  double below = 0;
  for (std::size_t sum = 0; sum <= tail; ++sum) below += counts[sum];
  return std::min(1.0, 2 * std::ldexp(below, -static_cast<int>(n)));
}

}  // namespace

double wilcoxon_p(std::span<const double> values) {
  std::vector<double> left;
  std::copy_if(values.begin(), values.end(), std::back_inserter(left), [](double x) { return x != 0; });
  if (left.empty()) return 1;
  std::sort(left.begin(), left.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  const double n = static_cast<double>(left.size());
  double plus = 0, ties = 0;
  for (std::size_t from = 0, to = 0; from < left.size(); from = to) {
    std::size_t positive = 0;
    for (to = from; to < left.size() && std::abs(left[to]) == std::abs(left[from]); ++to) positive += left[to] > 0;
    const double size = static_cast<double>(to - from);
    plus += static_cast<double>(positive) * static_cast<double>(from + 1 + to) / 2;
    ties += size * size * size - size;
  }
  const bool zeros = left.size() < values.size();
  if (left.size() <= kMostExact && ties == 0 && !zeros) return exact_p(left.size(), static_cast<std::size_t>(plus));
  const double variance = (n * (n + 1) * (2 * n + 1) - ties / 2) / 24;
  const double distance = std::abs(plus - n * (n + 1) / 4);
  if (distance == 0) return 1;
  const double z = (distance - 0.5) / std::sqrt(variance);
  return std::min(1.0, 2 * boost::math::cdf(boost::math::complement(boost::math::normal(), z)));
}

}  // namespace motive
