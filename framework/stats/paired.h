#pragma once
// Purpose: is the mean of paired differences over users other than 0? User u's difference d_u is the
// value under one method minus that under the other, averaged over the seeds of training,
// candidates and language model before it comes here.
//
// Rows and users. Over several split seeds a user has several rows, which are one cluster: he is the
// unit. Rows i with difference d_i, weight w_i (sum W; 1 each unless given) and user g(i), U users:
//   difference  m   = sum w_i d_i / W
//   user value  z_g = m + U / W * sum over i in g of w_i (d_i - m)
//   error       e   = sd(z) / sqrt(U),  which squared is U/(U-1) sum_g (sum_i w_i (d_i - m))^2 / W^2
// the cluster-robust variance of a weighted mean with U/(U-1) (Cochran, Sampling Techniques, 3rd ed.
// 1977, 6.3 and 9A; Liang & Zeger 1986). These are the z_u of report/summary.h where w_i = 1 / (C n_c).
// With one row a user and equal weights z_g is d_g, and all is the plain test.
//   paired t       t = m / e, Student with U - 1 degrees; interval m -+ t_{(1+level)/2} e
//   bootstrap      of the z_g, studentised, over users             (resampling.h)
//   randomisation  all differences of a user change sign together  (resampling.h)
//   Wilcoxon       of the users' weighted means                    (wilcoxon.h)
// Wilcoxon warning: it tests another hypothesis than that of means, and finds differences that are
// not there too often on such metrics (Ihemelandu & Ekstrand, SIGIR 2023). It has no interval of the
// mean: the Student interval stands there.
//
// Units: those of the metric; effect: Cohen's d_z = m / sd(z). Complexity: O(rows log rows), and B
// resamples as resampling.h says. Determinism: the same seed gives the same answer, whatever runs
// beside it; no threads.
// Errors, edges: a difference of at most 1e-12 is rounding of an average, and 0. NaN or infinity
// among the differences: NaN in the answer; the caller leaves such users out. Everything 0: p 1, effect 0,
// interval of no width. Fewer than 2 users: p 1, an infinite interval, effect 0. All users alike, at
// a difference other than 0 (no spread to divide by; a t-test would say 0): what the signs alone
// say under each test but Wilcoxon's, p = 2^(1-U), the interval without width if p <= 1 - level,
// else infinite; effect infinite.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "framework/stats/intervals.h"

namespace motive {

enum class PairedTest { kPairedT, kBootstrap, kRandomisation, kWilcoxon };

/// "paired t-test", as notes and reports name it.
std::string_view paired_test_name(PairedTest test);

struct PairedOptions {
  PairedTest test = PairedTest::kPairedT;
  double level = 0.95;            // of the interval
  std::size_t resamples = 10000;  // bootstrap and randomisation
  std::uint64_t seed = 0;
};

struct PairedRow {
  double difference = 0;
  std::uint64_t user = 0;  // rows of one user are one cluster, wherever they stand
  double weight = 1;       // > 0
};

struct PairedResult {
  double difference = 0;
  Interval interval;
  double p = 1;  // two-sided
  double effect = 0;
  std::size_t n = 0;  // users
  std::size_t won = 0, lost = 0, equal = 0;  // users by the sign of their (weighted) sum
};

/// A difference a user.
PairedResult paired_test(std::span<const double> differences, const PairedOptions& options = {});
/// Users with any number of rows.
PairedResult paired_test(std::span<const PairedRow> rows, const PairedOptions& options = {});

}  // namespace motive
