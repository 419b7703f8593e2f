#pragma once
// Purpose: times the full ranking of all test items of a sequence file with random factors, so that
// the evaluator can be measured beside others on the same file. File: one user per line, user id,
// then item ids in time order, separated by spaces. Split: last item test, second-last validation,
// users with fewer than 3 items train only; train and validation items are masked. What is timed:
// making the source and sink, the products, ranks, top 10, all metrics at 5 and 10. Units: seconds.
// Determinism: all but the time follows from the file, dim and seed. Errors: an unreadable or empty
// file, a line that is not numbers, by line.

#include "framework/base/files.h"
#include "framework/base/json.h"

namespace motive {

/// {"eval_seconds", "full_hr@5", "full_ndcg@10", ..., "users", "items", "test_users", "dim",
/// "threads"}.
Result<Json> time_evaluation(const Path& sequences, std::size_t dim, int threads,
                             std::uint64_t seed);

}  // namespace motive
