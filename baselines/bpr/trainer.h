#pragma once
// Purpose: the training loop of BPR: factors in padded, aligned rows, triples drawn in batches,
// rows fetched ahead of their step.

#include <memory>

#include "baselines/bpr/bpr.h"
#include "baselines/bpr/bpr_step.h"
#include "baselines/bpr/negatives.h"
#include "framework/base/aligned_rows.h"

namespace motive::bpr {

class Trainer {
 public:
  Trainer(const BprParams& params, const TrainingView& train,
          const std::vector<std::uint32_t>& item_events, const FitContext& context);

  /// As many steps as there are training events; number from 1, total for the progress.
  /// Errors: divergence, cancellation.
  Status epoch(int number, int total);
  /// Mean of -ln sigma(x) over a sample of the last epoch's steps, before each step.
  double loss() const { return sampled_ ? loss_sum_ / static_cast<double>(sampled_) : 0; }
  /// Draws without a step: users who have seen every item.
  std::uint64_t skipped() const { return skipped_; }

  const AlignedRows& users() const { return users_; }
  const AlignedRows& items() const { return items_; }
  const std::vector<float>& bias() const { return bias_; }

 private:
  struct Triple {
    std::uint32_t user, positive, negative;
  };
  void initialise(const FitContext& context);
  void draw(Rng& rng, std::size_t n);
  ItemId draw_negative(UserId u, Rng& rng);
  template <std::size_t kBlocks>
  void run_batch(Rng& rng);
  void run_batch_of_any_size(Rng& rng);
  void fetch(const Triple& triple);
  Error diverged(int epoch) const;

  const BprParams& params_;
  const FitContext& context_;
  const TrainingView& train_;
  Unseen unseen_;
  std::unique_ptr<AdaptiveNegatives> adaptive_;  // null for the other kinds
  std::vector<std::uint32_t> event_user_;        // [N]
  AlignedRows users_, items_;
  std::vector<float> bias_;  // [I], empty without biases
  StepSizes<float> sizes_;
  std::vector<Triple> batch_;
  std::uint64_t steps_ = 0, skipped_ = 0, sampled_ = 0;
  std::uint64_t next_refresh_ = 0;
  double loss_sum_ = 0;
  float batch_sum_ = 0;  // of x: not finite once any x is not
};

}  // namespace motive::bpr
