#include "framework/stats/power.h"

#include <cmath>

#include "framework/stats/intervals.h"

namespace motive {
namespace {

constexpr std::size_t kMostUsers = 1'000'000'000'000'000;

}  // namespace

double paired_power(double difference, double sd, std::size_t n, double alpha) {
  if (std::isnan(difference) || std::isnan(sd)) return difference + sd;
  if (n < 2) return 0;
  if (sd == 0) return difference == 0 ? alpha : 1;
  const double count = static_cast<double>(n);
  const double shift = std::abs(difference) * std::sqrt(count) / sd;
  return noncentral_two_sided(shift, student_quantile(1 - alpha / 2, count - 1), count - 1);
}

std::optional<std::size_t> users_needed(double difference, double sd, double alpha, double power) {
  if (difference == 0 || std::isnan(difference) || std::isnan(sd)) return {};
  if (sd == 0) return 2;
  if (power >= 1) return {};
  std::size_t low = 1, high = 2;  // low is too few; power grows with n
  while (paired_power(difference, sd, high, alpha) < power) {
    if (high > kMostUsers) return {};
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (paired_power(difference, sd, middle, alpha) < power ? low : high) = middle;
  }
  return high;
}

}  // namespace motive
