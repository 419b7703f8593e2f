#include "framework/stats/corrections.h"

#include <algorithm>
#include <cmath>

namespace motive {
namespace {

/// Where the members of the family stand, smallest p first.
std::vector<std::size_t> family(std::span<const double> p) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
  return order;
}

}  // namespace

std::vector<double> holm(std::span<const double> p) {
  std::vector<double> adjusted(p.begin(), p.end());
  const std::vector<std::size_t> order = family(p);
  double above = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    above = std::max(above, std::min(1.0, static_cast<double>(order.size() - i) * p[order[i]]));
    adjusted[order[i]] = above;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(std::span<const double> p) {
  std::vector<double> adjusted(p.begin(), p.end());
  const std::vector<std::size_t> order = family(p);
  const double m = static_cast<double>(order.size());
  double below = 1;
  for (std::size_t i = order.size(); i-- > 0;) {
    below = std::min(below, m / static_cast<double>(i + 1) * p[order[i]]);
    adjusted[order[i]] = below;
  }
  return adjusted;
}

}  // namespace motive
