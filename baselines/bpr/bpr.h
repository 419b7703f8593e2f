#pragma once
// Purpose: matrix factorisation trained on pairs (BPR-MF).
//   score(u, i) = p_u . q_i + b_i
// trained by single-sample gradient steps (bpr_step.h): an epoch is as many steps as training
// events; the positive is an event drawn uniformly, the negative an item the user has no event with
// (negatives.h). Factors start at U(-.5, .5)/D, biases at 0.
// Source: Rendle et al., UAI 2009; adaptive negatives: Rendle & Freudenthaler, WSDM 2014.
// Unseen users: the mean of the vectors of their history's items that have training events. An item
// without training events is drawn as a negative only: its vector says nothing, and it is never
// scored. Shapes: users [U×D], items [I×D], bias [I] or empty. Complexity: O(D) a step; adaptive
// negatives add O(D + items of the user) and a sort of every factor every I ln I steps. Memory:
// (U+I)·D floats, twice (three times where it stops early), and some 16 bytes an event.
// Determinism: on one thread, and on several with `parallel: partition` (partition.h), the same bytes
// for the same seed and kind of processor. With `parallel: hogwild` the result varies a little from
// run to run, as who writes first is left to chance. Errors: scores that are not finite or grow
// beyond all bounds end the fit, with step and learning rate; cancellation.

#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

enum class BprNegatives { kUniform, kPopularity, kAdaptive };
enum class BprParallel { kNone, kHogwild, kPartition };

struct BprParams {
  int dim = 64;
  int epochs = 200;
  double lr = 0.05;
  double reg_user = 0.02, reg_item = 0.005, reg_negative = 0.005, reg_bias = 0.3;
  bool bias = true;
  BprNegatives negatives = BprNegatives::kUniform;
  double rho = 0.002;
  int validate_every = 0;
  int patience = 3;
  BprParallel parallel = BprParallel::kNone;
  int threads = 2;
  int fit_threads() const { return parallel == BprParallel::kNone ? 1 : threads; }
  static const config::Table<BprParams>& table();
};

class Bpr final : public FactorRecommender {
 public:
  explicit Bpr(const BprParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  ItemFactors item_factors() const override;
  Status user_factors(const Query& query, std::span<float> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  struct Factors {
    std::vector<float> users, items, bias;  // [U×D], [I×D], [I] or empty
  };
  Status run_epochs(const TrainingView& train, FitContext& context);

  BprParams params_;
  std::size_t n_users_ = 0, n_items_ = 0;
  Factors factors_;
  std::vector<std::uint32_t> item_events_;  // [I] training events
};

}  // namespace motive
