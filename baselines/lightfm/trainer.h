#pragma once
// Purpose: the training loop of LightFM: epochs over shuffled examples, one thread or several that
// write to the same vectors (hogwild; not repeatable).

#include <memory>

#include "baselines/lightfm/model.h"
#include "framework/recommend/recommender.h"

namespace motive::lightfm {

class Trainer {
 public:
  /// The matrices must outlive the trainer. threads: of hogwild; 1 gives the same bytes every time.
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
  Status run(Work& work, std::size_t begin, std::size_t end, int number, int total);
  Status run_round(std::vector<std::unique_ptr<Work>>& works, std::size_t begin, std::size_t end,
                   int number, int total);
  bool must_divide() const;

  Model model_;
  const FitContext& context_;
  int threads_;
  std::vector<std::uint32_t> order_;
  Tally tally_;
  std::uint64_t skipped_ = 0;
};

/// Sums of the features' vectors and biases, [n×D] and [n].
struct Representations {
  std::vector<float> vectors, bias;
};
Representations representations(const Parameters& parameters, const FeatureMatrix& features);

}  // namespace motive::lightfm
