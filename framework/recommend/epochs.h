#pragma once
// Purpose: the passes of a method that trains by epochs: how many, when it looks at validation, which
// one it keeps.
//   With a number that an earlier fit selected (FitContext::selected), so many; else `epochs`. Where
//   there is validation and validate_every > 0: every so many epochs, and after the last, a look at
//   validation ndcg@10; after `patience` looks without a better value it stops, and the best is kept.
// report["selected"] gets {"epochs"}, report["curve"] a point an epoch.
// Determinism: adds nothing to what the trainer does. Errors: those of the trainer and of validation; a
// selected number that is none.

#include <functional>
#include <span>
#include <string_view>

#include "framework/recommend/recommender.h"

namespace motive {

struct EpochOptions {
  int epochs = 1, validate_every = 0, patience = 1;
};

/// What the loop asks of a method.
struct EpochSteps {
  std::function<Status(int number, int total)> train;  // one pass; number from 1
  std::function<Json()> describe;    // of the last pass: {"loss": .., ...}
  std::function<void()> publish;     // makes the method answer as the trainer stands
  std::function<void()> keep;        // what is published is the best so far
  std::function<void()> take_kept;   // publishes the best again
  /// Called after every pass with where the loop stands, for methods that can continue; empty otherwise.
  std::function<Status(const Json& loop)> checkpoint;
  Json resume;  // what checkpoint() was given last; null: from the start
};

/// method: whose validation value counts, in the state of the last publish(); name: for its errors.
Status train_epochs(const Recommender& method, std::string_view name, const EpochOptions& options, const EpochSteps& steps,
                    FitContext& context);

bool all_finite(std::span<const float> values);

}  // namespace motive
