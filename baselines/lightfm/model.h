#pragma once
// Purpose: what the threads of a fit share, and how one of them takes steps.

#include <atomic>
#include <functional>

#include "baselines/lightfm/examples.h"
#include "baselines/lightfm/features.h"
#include "baselines/lightfm/parameters.h"

namespace motive::lightfm {

/// What a thread counts.
struct Tally {
  double loss = 0;             // of the sampled examples, before their step
  std::uint64_t sampled = 0, steps = 0, draws = 0;
  // Growth of the scales of lazy regularisation that the model's do not have yet.
  double user_growth = 1, item_growth = 1;
  float scores = 0;  // of the batch: sum of |score|; not finite once any score is not

  void add(const Tally& other) {
    loss += other.loss;
    sampled += other.sampled;
    steps += other.steps;
    draws += other.draws;
    user_growth *= other.user_growth;
    item_growth *= other.item_growth;
  }
};

/// What all threads share.
struct Model {
  const LightFmParams& params;
  const Examples& examples;
  const FeatureMatrix &user_features, &item_features;
  Parameters users, items;
  std::vector<float> log_rank;  // [max_sampled] ln max(1, floor((I-1)/t))
  std::vector<float, AlignedAllocator<float>> mask;
  // Of lazy regularisation, without what is still in the tallies.
  std::atomic<double> user_scale = 1, item_scale = 1;

  Model(const LightFmParams& p, const Examples& from, const FeatureMatrix& user_rows,
        const FeatureMatrix& item_rows, Rng user_rng, Rng item_rng);
  /// Takes the growth out of a tally.
  void merge(Tally& tally);
  /// Divides the parameters by the scales, which become 1.
  void divide();
};

/// Takes the steps of a batch. One for each thread.
using Run = std::function<void(const Batch&, Tally&)>;
Run make_run(Model& model);

}  // namespace motive::lightfm
