#pragma once
// Purpose: matrix factorisation of implicit feedback by alternating least squares.
//   score(u, i) = x_u . y_i
//   loss = sum over events (u, i) of (1 - x_u.y_i)^2 + alpha * sum over all (u, i) of (x_u.y_i)^2
//          + sum_u r_u |x_u|^2 + sum_i r_i |y_i|^2
//   r_u = reg (n_u + alpha I)^nu,  r_i = reg (n_i + alpha U)^nu
// An epoch solves all items, then all users. A user's repeats count once; U and I are those with
// events. Source: Hu, Koren & Volinsky, ICDM 2008; loss and regulariser as in Rendle et al., Revisiting
// the performance of iALS on item recommendation benchmarks, RecSys 2022. How rows are solved:
// row_solver.h, side.h. Factors start at N(0, .01/D).
// Known users keep the vector of the fit; unseen users are solved exactly from their history, which is
// what the last half step did with the known ones. Shapes: users [U×D], items [I×D]. Complexity of an
// epoch: O((U+I) D^2 + events D (n + steps)). Memory: (U+I)·D floats, once more while saving.
// Determinism: per seed, the same bytes for any number of threads on the same kind of processor.
// Errors: factors that are not finite; cancellation; a model of other data.

#include "baselines/als/side.h"
#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

enum class AlsSolver { kCg, kCholesky };

struct AlsParams {
  int dim = 64;
  int epochs = 16;
  double alpha = 0.04;
  double reg = 0.06;
  double nu = 0.5;
  AlsSolver solver = AlsSolver::kCg;
  int cg_steps = 3;
  static const config::Table<AlsParams>& table();
};

class Als final : public FactorRecommender {
 public:
  explicit Als(const AlsParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  ItemFactors item_factors() const override;
  Status user_factors(const Query& query, std::span<float> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

  /// The loss of the factors as they are, in double. For tests and reports: O(events D + (U+I) D^2).
  double loss(const TrainingView& train) const;

 private:
  als::Settings settings(double others) const;
  Status run_epochs(const Lists& by_user, const Lists& by_item, FitContext& context);

  AlsParams params_;
  AlignedRows users_, items_;            // items in the basis of spectrum_
  std::vector<float> flat_items_;        // [I×D], where rows of items_ are padded
  std::vector<float> spectrum_;          // [D] of Y'Y
  std::vector<std::uint32_t> item_events_;  // [I] training events
  std::uint64_t active_items_ = 0;       // with training events
};

}  // namespace motive
