#pragma once
// Purpose: SLIM, a sparse linear model of items: for each item, an elastic net that predicts it from
// the other items of a history.
//   W = argmin 1/2 |X - X W|_F^2 + l2/2 |W|_F^2 + l1 |W|_1,   diag W = 0,   W >= 0 (non_negative)
//   score(u, c) = sum over the distinct items i of the history of W_ic
// X: binary [U×I]. Source: Ning & Karypis, SLIM: sparse linear methods for top-N recommender systems,
// ICDM 2011; `neighbours` is its fsSLIM. column_solver.h has the algorithm.
// Shapes: W sparse [I×I]; G = X'X sparse, 8 bytes for each pair of items that a user has both of, at
// most min(I^2, sum over users of n_u^2) of them and never more than `memory_mb`, twice for a moment
// while its rows are joined; nothing dense of size I×I.
// Complexity: G, the sum over users of n_u^2; then columns on their own, see column_solver.h.
// Determinism: no randomness; the same bytes for any number of threads.
// Errors: G over `memory_mb`; cancellation; a model of other data. Columns stopped by max_iterations
// are counted in the fit's report.

#include "framework/base/sparse_rows.h"
#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

struct SlimParams {
  double l1 = 1;
  double l2 = 20;
  bool non_negative = true;
  int neighbours = 0;
  int max_iterations = 1000;
  double tolerance = 1e-4;
  int memory_mb = 4096;
  static const config::Table<SlimParams>& table();
};

class Slim final : public BatchRecommender {
 public:
  explicit Slim(const SlimParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

  const SparseRows& weights() const { return rows_; }  // row i: W_ic, c ascending

 private:
  SlimParams params_;
  SparseRows rows_;
};

}  // namespace motive
