#pragma once
// Purpose: metrics from ranks, per user, exact under ties, accumulated in double.
// One user, positives P, ranks from `above` and `tied` (ranking.h). With k the cutoff:
//   hr@k        1 if any positive stands within k
//   recall@k    positives within k / |P|           precision@k   positives within k / k
//   ndcg@k      sum over positives within k of 1/log2(rank+1), over the same sum for an ideal list
//   mrr@k       1/rank of the first positive if within k, else 0
// ties: expected (mean over all orders of tied items; exact, hypergeometric for several positives
// in one tie), pessimistic (all ties above), optimistic (all below), random (a seeded order per
// user). A user without an answer has 0. There is no user without positives.

#include <span>
#include <string>
#include <vector>

#include "framework/base/status.h"

namespace motive {

enum class Ties { kExpected, kPessimistic, kOptimistic, kRandom };
enum class MetricKind { kHr, kRecall, kPrecision, kNdcg, kMrr };

struct MetricSpec {
  MetricKind kind{};
  int k = 10;
  std::string name() const;  // "ndcg"
};

/// All metric names with a one-line definition, for `motive list metrics` and `motive describe
/// ndcg`.
struct MetricHelp {
  std::string name, definition;
};
const std::vector<MetricHelp>& metric_help();
Result<MetricKind> metric_kind(const std::string& name);

struct Position {
  std::uint32_t above = 0, tied = 0, candidates = 0;
};

/// Value for one user. `positives`: all his positives in one ranking. seed: for Ties::kRandom.
double user_metric(const MetricSpec& metric, std::span<const Position> positives, Ties ties,
                   std::uint64_t seed = 0);

}  // namespace motive
