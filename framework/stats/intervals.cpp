#include "framework/stats/intervals.h"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/non_central_t.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

namespace motive {
namespace {

namespace bm = boost::math;

/// From here on the t distribution is the normal one to more digits than anyone reads.
constexpr double kManyDegrees = 1e6;
/// From here on the shift alone stands in the numerator of T, to some 1e-8 of the chance; the series
/// of the noncentral t loses digits there, and later fails.
constexpr double kFarShift = 5000;

}  // namespace

double student_quantile(double p, double degrees) {
  if (degrees > kManyDegrees) return bm::quantile(bm::normal(), p);
  return bm::quantile(bm::students_t(degrees), p);
}

double student_two_sided(double t, double degrees) {
  t = std::abs(t);
  if (std::isinf(t)) return 0;
  if (std::isnan(t)) return t;
  if (degrees > kManyDegrees) return 2 * bm::cdf(bm::complement(bm::normal(), t));
  return 2 * bm::cdf(bm::complement(bm::students_t(degrees), t));
}

double noncentral_two_sided(double shift, double critical, double degrees) {
  if (degrees > kManyDegrees) {
    const bm::normal z;
    return bm::cdf(z, shift - critical) + bm::cdf(z, -shift - critical);
  }
  if (shift > kFarShift) {
    if (critical == 0 || std::isinf(shift)) return 1;
    return bm::cdf(bm::chi_squared(degrees), degrees * (shift / critical) * (shift / critical));
  }
  const bm::non_central_t t(degrees, shift);
  return bm::cdf(bm::complement(t, critical)) + bm::cdf(t, -critical);
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double x : values) sum += x;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double sample_sd(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double m = mean(values);
  double sum = 0;
  for (const double x : values) sum += (x - m) * (x - m);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

Interval t_interval(double mean, double sd, std::size_t n, double level) {
  if (n < 2 || sd == 0) return {mean, mean};
  const double count = static_cast<double>(n);
  const double half = student_quantile((1 + level) / 2, count - 1) * sd / std::sqrt(count);
  return {mean - half, mean + half};
}

Interval t_interval(std::span<const double> values, double level) {
  return t_interval(mean(values), sample_sd(values), values.size(), level);
}

double detectable_difference(double sd, std::size_t n, double alpha, double power) {
  if (sd == 0) return 0;
  if (n < 2 || power >= 1) return std::numeric_limits<double>::infinity();
  const double degrees = static_cast<double>(n) - 1;
  const double critical = student_quantile(1 - alpha / 2, degrees);
  double low = 0, high = 1;  // of the shift, in standard errors; power grows with it
  while (noncentral_two_sided(high, critical, degrees) < power) high *= 2;
  for (int i = 0; i < 200 && high - low > 1e-12 * high; ++i) {
    const double middle = (low + high) / 2;
    (noncentral_two_sided(middle, critical, degrees) < power ? low : high) = middle;
  }
  return high * sd / std::sqrt(static_cast<double>(n));
}

}  // namespace motive
