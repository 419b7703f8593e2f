#include "framework/stats/paired.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "framework/stats/resampling.h"
#include "framework/stats/wilcoxon.h"

namespace motive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-12;  // of an average over seeds, of metrics around 1

double rounded(double difference) { return std::abs(difference) <= kRounding ? 0.0 : difference; }

/// What the tests need of the users, in one order.
struct Users {
  double mean = 0;
  std::vector<double> values;           // z_g
  std::vector<double> totals, weights;  // S_g = sum w d, W_g = sum w
};

Users users_of(std::span<const double> differences) {
  Users users;
  users.values.reserve(differences.size());
  for (const double d : differences) users.values.push_back(rounded(d));
  users.mean = mean(users.values);
  users.totals = users.values;
  users.weights.assign(differences.size(), 1.0);
  return users;
}

Users users_of(std::span<const PairedRow> rows) {
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rows[a].user < rows[b].user; });
  Users users;
  double total = 0, weight = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const PairedRow& row = rows[order[i]];
    if (i == 0 || row.user != rows[order[i - 1]].user) {
      users.totals.push_back(0);
      users.weights.push_back(0);
    }
    users.totals.back() += row.weight * rounded(row.difference);
    users.weights.back() += row.weight;
    total += row.weight * rounded(row.difference);
    weight += row.weight;
  }
  users.mean = rows.empty() ? 0 : total / weight;
  for (std::size_t g = 0; g < users.totals.size(); ++g) {
    const double count = static_cast<double>(users.totals.size());
    users.totals[g] = rounded(users.totals[g] / users.weights[g]) * users.weights[g];
    users.values.push_back(users.mean + count / weight * (users.totals[g] - users.mean * users.weights[g]));
  }
  return users;
}

/// All users alike, but for rounding.
bool without_spread(std::span<const double> values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return *high - *low <= kRounding * std::max({1.0, std::abs(*low), std::abs(*high)});
}

std::vector<double> means_of(const Users& users) {
  std::vector<double> means(users.totals.size());
  for (std::size_t g = 0; g < means.size(); ++g) means[g] = users.totals[g] / users.weights[g];
  return means;
}

void test_alike(const Users& users, const PairedOptions& options, PairedResult& result) {
  result.effect = std::copysign(kInfinity, users.mean);
  result.p = options.test == PairedTest::kWilcoxon ? wilcoxon_p(means_of(users))
                                                   : std::ldexp(1.0, 1 - static_cast<int>(std::min<std::size_t>(result.n, 2000)));
  result.interval = {users.mean, users.mean};
  if (result.p > 1 - options.level) result.interval = {-kInfinity, kInfinity};
}

void test_spread(const Users& users, const PairedOptions& options, PairedResult& result) {
  const double sd = sample_sd(users.values);
  result.effect = users.mean / sd;
  Resampled resampled;
  switch (options.test) {
    case PairedTest::kBootstrap:
      resampled = bootstrap_t(users.values, options.level, options.resamples, options.seed);
      break;
    case PairedTest::kRandomisation:
      resampled = sign_flips(users.totals, users.weights, options.level, options.resamples, options.seed);
      break;
    case PairedTest::kPairedT:
    case PairedTest::kWilcoxon:
      resampled.interval = t_interval(users.mean, sd, result.n, options.level);
      resampled.p = options.test == PairedTest::kWilcoxon
                        ? wilcoxon_p(means_of(users))
                        : student_two_sided(result.effect * std::sqrt(static_cast<double>(result.n)),
                                            static_cast<double>(result.n) - 1);
  }
  result.p = resampled.p;
  result.interval = resampled.interval;
}

PairedResult test(const Users& users, const PairedOptions& options) {
  PairedResult result;
  result.n = users.totals.size();
  result.difference = users.mean;
  if (!std::isfinite(users.mean)) {
    result.p = result.effect = std::numeric_limits<double>::quiet_NaN();
    result.difference = result.interval.low = result.interval.high = result.p;
    return result;
  }
  for (const double total : users.totals) {
    ++(total > 0 ? result.won : total < 0 ? result.lost : result.equal);
  }
  if (result.n < 2) {
    result.interval = {-kInfinity, kInfinity};
  } else if (without_spread(users.values)) {
    if (std::abs(users.mean) > kRounding) test_alike(users, options, result);
  } else {
    test_spread(users, options, result);
  }
  return result;
}

}  // namespace

std::string_view paired_test_name(PairedTest test) {
  switch (test) {
    case PairedTest::kPairedT:
      return "paired t-test";
    case PairedTest::kBootstrap:
      return "paired bootstrap";
    case PairedTest::kRandomisation:
      return "paired randomisation test";
    case PairedTest::kWilcoxon:
      return "Wilcoxon signed-rank test";
  }
  return "";
}

PairedResult paired_test(std::span<const double> differences, const PairedOptions& options) {
  return test(users_of(differences), options);
}

PairedResult paired_test(std::span<const PairedRow> rows, const PairedOptions& options) {
  return test(users_of(rows), options);
}

}  // namespace motive
