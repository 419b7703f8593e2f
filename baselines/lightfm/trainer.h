#pragma once
// Purpose: the training loop of LightFM: epochs over shuffled examples by one thread, by several that
// write to the same vectors (hogwild; not repeatable), or by several with parts of their own
// (partition.h).

#include <memory>

#include "baselines/lightfm/model.h"
#include "baselines/lightfm/partition.h"
#include "framework/recommend/recommender.h"

namespace motive::lightfm {

class Trainer {
 public:
  /// The matrices must outlive the trainer. threads: how many work, hogwild
  /// or partition; with a partition the result depends on params.threads only.
  Trainer(const LightFmParams& params, const Examples& examples, const FeatureMatrix& users,
          const FeatureMatrix& items, int threads, const FitContext& context);

  /// number from 1, total for the progress. Errors: divergence, cancellation.
  Status epoch(int number, int total);
  /// Mean loss of a sample of the last epoch's examples, before their steps.
  double loss() const { return tally_.loss / std::max(1.0, static_cast<double>(tally_.sampled)); }
  /// Mean draws of an example (warp, warp_kos).
  double draws() const {
    return static_cast<double>(tally_.draws) / std::max(1.0, static_cast<double>(tally_.steps));
  }
  std::uint64_t skipped() const { return skipped_; }

  Model& model() { return model_; }

 private:
  struct Work;
  using Works = std::vector<std::unique_ptr<Work>>;
  Works make_works(std::uint64_t epoch) const;
  Status run_epoch(Works& works);
  Status run_partition(Works& works, Rng& rng);
  Status run_slices(Works& works);
  Status run(Work& work, std::size_t end);
  void show_progress(std::size_t done) const;
  bool must_divide() const;

  Model model_;
  const FitContext& context_;
  LightFmParallel parallel_;
  int threads_;
  std::unique_ptr<Partition> partition_;  // null without
  std::vector<std::uint32_t> order_;
  int number_ = 0, total_ = 0;  // of the epoch at hand, and of epochs
  Tally tally_;
  std::uint64_t skipped_ = 0;
};

/// Sums of the features' vectors and biases, [n×D] and [n].
struct Representations {
  std::vector<float> vectors, bias;
};
Representations representations(const Parameters& parameters, const FeatureMatrix& features);

}  // namespace motive::lightfm
