#pragma once
// Purpose: for the tests of this folder: users' differences between two methods that are equally
// good, as metrics of recommenders make them, and how often a test calls one of them better.

#include <cmath>
#include <vector>

#include "framework/base/rng.h"
#include "framework/stats/paired.h"

namespace motive::test {

/// HR@10: most users are hit by both methods or by neither.
inline std::vector<double> hit_differences(Rng& rng, std::size_t users, double density = 0.05) {
  std::vector<double> d(users, 0.0);
  for (double& x : d) {
    if (rng.uniform() < density) x = rng.below(2) == 0 ? 1 : -1;
  }
  return d;
}

/// NDCG@10 of one target: 0 for most users, else a value by the rank.
inline double ndcg_value(Rng& rng, double hits = 0.2) {
  return rng.uniform() < hits ? 1 / std::log2(2.0 + rng.below(10)) : 0;
}

/// Two methods that agree on half of the users.
inline std::vector<double> ndcg_differences(Rng& rng, std::size_t users) {
  std::vector<double> d(users, 0.0);
  for (double& x : d) {
    const double one = ndcg_value(rng), other = ndcg_value(rng);
    if (rng.below(2) == 0) x = one - other;
  }
  return d;
}

/// Of mean 0, but many small wins against few large losses: 16 % at .1, 2 % at -.8.
inline std::vector<double> skewed_differences(Rng& rng, std::size_t users) {
  std::vector<double> d(users, 0.0);
  for (double& x : d) {
    const double u = rng.uniform();
    x = u < 0.16 ? 0.1 : u < 0.18 ? -0.8 : 0;
  }
  return d;
}

/// Users drawn by one to five split seeds each, whose rows resemble each other.
inline std::vector<PairedRow> clustered_rows(Rng& rng, std::size_t users) {
  std::vector<PairedRow> rows;
  for (std::size_t user = 0; user < users; ++user) {
    const double own = ndcg_value(rng, 0.3) - ndcg_value(rng, 0.3);
    for (std::uint32_t row = rng.below(5) + 1; row > 0; --row) {
      rows.push_back({rng.below(4) == 0 ? ndcg_value(rng) - ndcg_value(rng) : own, user});
    }
  }
  return rows;
}

/// Share of `trials` draws of make(rng) with p <= .05. 999 resamples: .05 of 1000 is whole.
template <class Make>
double false_positives(PairedTest test, std::size_t trials, const char* name, Make&& make) {
  std::size_t found = 0;
  for (std::size_t trial = 0; trial < trials; ++trial) {
    Rng rng(11, name, trial);
    PairedOptions options{.test = test, .resamples = 999, .seed = trial};
    found += paired_test(make(rng), options).p <= 0.05;
  }
  return static_cast<double>(found) / static_cast<double>(trials);
}

/// 4 standard errors of a rate of .05.
inline double binomial_error(std::size_t trials) { return 4 * std::sqrt(0.05 * 0.95 / static_cast<double>(trials)); }

}  // namespace motive::test
