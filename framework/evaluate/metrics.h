#pragma once
// Purpose: metrics from ranks, per user, exact under ties, accumulated in double.
// One user, positives P among C candidates, ranks from `above` and `tied` (ranking.h), cutoff k:
//   hr@k        1 if any positive stands within k
//   recall@k    positives within k / |P|           precision@k   positives within k / k
//   ndcg@k      sum over positives within k of 1/log2(rank+1), over the same sum for an ideal list
//   mrr@k       1/rank of the first positive if within k, else 0
//   map@k       sum over positives within k of (positives up to that rank / rank), over |P|
//   auc         share of the |P| (C - |P|) pairs (positive, other candidate) in the right order; 1
//               where C = |P|
//   tied        share of the positives that tie with another candidate: a diagnostic, not a merit
// ties: expected (mean over all orders of tied items; exact, hypergeometric for several positives
// in one tie; for auc a tied pair counts half), pessimistic (all ties above), optimistic (all
// below), random (a seeded order per user: tie_seed). `tied` is the same under all. A user without
// an answer has 0. There is no user without positives.
// Metrics of the stored lists (list_metrics.h) have their names and definitions here too.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/status.h"

namespace motive {

enum class Ties { kExpected, kPessimistic, kOptimistic, kRandom };
enum class MetricKind {
  kHr,
  kRecall,
  kPrecision,
  kNdcg,
  kMrr,
  kMap,
  kAuc,
  kTied,
  kCoverage,
  kGini,
  kNovelty,
  kDiversity
};

struct MetricSpec {
  MetricKind kind{};
  int k = 10;                // 0 where the metric has no cutoff
  std::string name() const;  // "ndcg"
  friend bool operator==(const MetricSpec&, const MetricSpec&) = default;
};

/// What a metric is, for the schema, the tables, `motive list metrics` and `motive describe ndcg`.
struct MetricHelp {
  MetricKind kind;
  std::string name, definition;
  bool cutoff = true;    // has an @k
  bool lists = false;    // read from the stored lists, not from ranks
  bool per_user = true;  // a mean over users; false: one value of a whole cell
  bool is_merit = true;  // more is better: tables mark the best
};
const std::vector<MetricHelp>& metric_help();  // by MetricKind
const MetricHelp& metric_help(MetricKind kind);
std::vector<std::string> metric_names();
Result<MetricKind> metric_kind(const std::string& name);

struct Position {
  std::uint32_t above = 0, tied = 0, candidates = 0;
};

/// Of Ties::kRandom: a user's own stream, from his raw id (FNV-1a). The same for every method,
/// metric and cutoff.
std::uint64_t tie_seed(std::string_view user);

/// Value for one user of a metric that is read from ranks. `positives`: all his positives in one
/// ranking, or those of a slice (slices.h). seed: for Ties::kRandom.
double user_metric(const MetricSpec& metric, std::span<const Position> positives, Ties ties,
                   std::uint64_t seed = 0);

}  // namespace motive
