#pragma once
// Purpose: LightFM: matrix factorisation in which users and items are sums of their features.
//   score(u, i) = (sum_f x_uf e_f) . (sum_f x_if e_f) + sum_f x_if b_f       (+ the user's bias)
// Losses: logistic, bpr, warp, warp_kos (kernel.h); steps by Adagrad or Adadelta with L2 (update.h);
// features of users and items from the columns of the data set (features.h). The user's bias is the
// same for all items and is left out of what is ranked.
// Source: Kula, Metadata embeddings for user and item cold-start recommendations, CBRecSys 2015;
// WARP: Weston et al., IJCAI 2011; k-OS: Weston et al., RecSys 2013. Steps are those of lightfm 1.17
// to 1e-5 (the test holds its numbers).
// New items have their fields' features alone (no column of their own). Those of which the fields
// say nothing get the mean vector and bias of the items with training events; the report counts them.
// New users: the mean of the vectors of their history's items, their fields' features, or the sum of
// both (`new_users`); of what is not known of a user the other takes the place.
// Shapes: users [U×D], new users [U×D] where users have features, items [I×D], bias [I].
// Complexity: O(D features) a step and a draw; a draw of warp is a product. Memory: 2 (F_u + F_i) D
// floats in training (Adadelta 3), (2 U + I) D after it. Determinism: on one thread, and on several
// with `parallel: partition` (partition.h), the same bytes for the same seed and kind of processor;
// with `parallel: hogwild` other bytes each time. Errors: features and weights that make no sense, scores
// that grow beyond all bounds, cancellation.

#include "baselines/lightfm/params.h"
#include "framework/recommend/recommender.h"

namespace motive {

namespace lightfm {
class Trainer;
}

class LightFm final : public FactorRecommender {
 public:
  explicit LightFm(const LightFmParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  ItemFactors item_factors() const override;
  Status user_factors(const Query& query, std::span<float> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  struct Data;
  struct Factors {
    std::vector<float> users, new_users, items, bias;  // [U×D], [U×D] or empty, [I×D], [I] or empty
  };
  Status run_epochs(const Data& data, FitContext& context);
  void publish(const Data& data, lightfm::Trainer& trainer);
  std::size_t dim() const { return static_cast<std::size_t>(params_.dim); }
  bool has_user_features() const { return !params_.user_features.empty(); }

  LightFmParams params_;
  std::size_t n_users_ = 0, n_items_ = 0;
  Factors factors_;
  std::vector<std::uint32_t> item_events_;    // [I] training events
  std::vector<std::uint32_t> user_features_;  // [U] features of the fields; empty without any
};

}  // namespace motive
