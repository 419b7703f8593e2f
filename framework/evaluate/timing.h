#pragma once
// Purpose: times the full ranking of test items by random factors, so that the evaluator can be measured beside
// others on the same work. Data: a sequence file (sequence_file.h; train and validation items are masked), or
// made-up users who each have met `history` uniform items. What is timed: making the source and sink, the
// products, ranks, top 10, all metrics of ranks at 5 and 10; the median of three rounds (one, where a round
// is more than 10^12 multiplications). Units: seconds, GFLOP/s (of the products alone), MB of 2^20 bytes.
// Determinism: all but the times and the memory follows from the data, dim and seed.
// Errors: those of the file; no users or items.

#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/evaluate/ranking.h"

namespace motive {

struct EvaluationTiming {
  Path sequences;                      // or, where empty:
  std::size_t users = 0, items = 0, history = 10;
  std::size_t dim = 64;
  int threads = 2;
  std::uint64_t seed = 1;
};

/// {"data", "users", "items", "test_users", "train_interactions", "dim", "threads", "seed", "eval_seconds",
/// "gflops", "peak_rss_mb", "model_mb", "queries_mb", "full_hr@5", "full_ndcg@10", ...}.
Result<OrderedJson> time_evaluation(const EvaluationTiming& options);

/// {"<prefix>hr@5", "<prefix>hr@10", "<prefix>ndcg@5", ...}: every metric that is read from ranks.
OrderedJson all_metrics(const std::string& prefix, std::span<const RankRow> rows);

/// Highest resident memory of this process so far.
double peak_rss_mb();

}  // namespace motive
