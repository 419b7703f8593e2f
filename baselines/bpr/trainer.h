#pragma once
// Purpose: the training loop of BPR: factors in padded, aligned rows, triples drawn in batches,
// rows fetched ahead of their step, on one thread or on several (BprParallel).
// Determinism: `none` and `partition`: seed and parameters. `hogwild`: several threads write to the
// same vectors without locks (Niu et al., NIPS 2011), so the result differs a little from run to run.

#include <memory>

#include "baselines/bpr/bpr.h"
#include "baselines/bpr/bpr_step.h"
#include "baselines/bpr/partition.h"
#include "baselines/bpr/triples.h"

namespace motive::bpr {

class Trainer {
 public:
  Trainer(const BprParams& params, const TrainingView& train,
          const std::vector<std::uint32_t>& item_events, const FitContext& context);

  /// As many steps as there are training events; number from 1, total for the progress.
  /// Errors: divergence, cancellation.
  Status epoch(int number, int total);
  /// Mean of -ln sigma(x) over a sample of the last epoch's steps, before each step.
  double loss() const;
  /// Draws without a step: users who have seen every item (of the part).
  std::uint64_t skipped() const;

  const AlignedRows& users() const { return users_; }
  const AlignedRows& items() const { return items_; }
  const std::vector<float>& bias() const { return bias_; }

 private:
  /// What one thread works with. Aligned: no two threads write to one line of the cache.
  struct alignas(128) Worker {
    Rng rng;
    TripleDraws draws;
    std::vector<Triple> batch;
    double loss_sum = 0;
    std::uint64_t sampled = 0, skipped = 0;
    float batch_sum = 0;  // of |x|: not finite once any x is not
    bool diverged = false, cancelled = false;
  };
  void initialise(const FitContext& context);
  void seed_workers(int number);
  Status whole_epoch(int number);
  Status epoch_by_parts(int number);
  void run(Worker& worker, const Pool& pool, std::size_t n);
  void run_batch_of_any_size(Worker& worker);
  template <std::size_t kBlocks>
  void run_batch(Worker& worker);
  template <std::size_t kBlocks>
  void run_adaptive_batch(Worker& worker);
  void record(Worker& worker, std::size_t t, float x);
  Rows<float> rows_of(const Triple& triple);
  void fetch(const Triple& triple);
  Status outcome(int epoch) const;

  const BprParams& params_;
  const FitContext& context_;
  const TrainingView& train_;
  Unseen unseen_;
  std::unique_ptr<AdaptiveNegatives> adaptive_;  // null for the other kinds
  std::vector<Event> events_;                    // [N] by user
  std::unique_ptr<Partition> partition_;         // null for the other kinds
  AlignedRows users_, items_;
  std::vector<float> bias_;  // [I], empty without biases
  StepSizes<float> sizes_;
  std::vector<Worker> workers_;
  std::uint64_t steps_ = 0, next_refresh_ = 0;
  int total_epochs_ = 0;
};

}  // namespace motive::bpr
