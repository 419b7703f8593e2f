#pragma once
// Purpose: what all networks that read a user's sequence share as Recommenders: numbering items, epochs of steps with
// Adam, looking at validation, checkpoints, saving and loading, and ranking by the vector the network gives a history.
//   score(u, i) = h(history of u) . E[i] + b[i]
// A method derives from it and says what its network, its batches and its loss are.
// Unseen users are ranked from their history like any other; items without training events by their text, where the
// method reads it (item_vectors.h), else n/a.
// Shapes: E [m×D], h [B×D]; m items with training events. Files: model.safetensors, with method, version and
// parameters inside; checkpoint.safetensors also has the moments of Adam, the best parameters so far and where the
// loop stands. All that is random follows from (seed, epoch, step): a fit that goes on from a checkpoint ends in the
// same bytes as one that was never stopped, and loses at most the epoch it was in.
// Threads: a step is split by sequences into `threads` parts, each with a thread and a graph of its own, whose gradients
// are added in order: on short sequences, threads within single operations mostly wait.
// Determinism: the same bytes for the same seed, number of threads and kind of processor.
// Errors: a loss that is not finite, with epoch, step, learning rate and norm of the gradient; heads that do not divide
// the dimension; cancellation; a file that is foreign, truncated, altered or of other parameters, with the reason.

#include <torch/torch.h>

#include "framework/nn/adam.h"
#include "framework/nn/dropout.h"
#include "framework/nn/packed.h"
#include "framework/nn/safetensors.h"
#include "framework/recommend/epochs.h"
#include "framework/recommend/recommender.h"
#include "framework/sequence/item_vectors.h"
#include "framework/sequence/sequences.h"

namespace motive {

struct SequenceSettings {
  std::string method, version;
  Json params;
  int dim = 64, heads = 1, batch = 128, threads = 1;  // batch: samples a step
  EpochOptions epochs;
  nn::AdamOptions adam;
  /// Steps of linear warm-up and, after it, linear decay to 0 at the last step; 0: constant.
  int warmup_steps = 0;
  bool decay = false;
  ItemVectorOptions vectors;
};

class SequenceRecommender : public FactorRecommender {
 public:
  explicit SequenceRecommender(SequenceSettings settings) : settings_(std::move(settings)) {}
  Status fit(const TrainingView& train, FitContext& context) final;
  ItemFactors item_factors() const final;
  Status user_factors(const Query& query, std::span<float> out) const final;
  Status block_factors(std::span<const Query> queries, std::span<float> out) const final;
  Status save(const Path& folder) const final;
  Status load(const Path& folder) final;

 protected:
  /// A network for m items with these vectors, which it registers and draws as its other parameters from torch's generator;
  /// kept by the method, too.
  virtual std::shared_ptr<torch::nn::Module> make_network(std::int64_t items, const ItemVectors& vectors) = 0;
  /// h [B×D] of sequences of items with these vectors, without dropout; none of the sequences is empty.
  virtual torch::Tensor read(const torch::Tensor& items, const nn::Packed& histories) const = 0;
  /// What the network is shown of a history.
  virtual void add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const = 0;
  /// E [m×D], where other vectors are ranked by than are read.
  virtual torch::Tensor item_table(const torch::Tensor& items) const { return items; }
  virtual torch::Tensor item_bias() const { return {}; }  // [m] or undefined

  /// Reads the training events; returns what an epoch shows once each, in an order of its own: users, windows.
  virtual std::vector<std::uint32_t> begin(const TrainingView& train, const FitContext& context) = 0;
  /// Builds the batch of a step from the samples of its parts; returns its number of targets.
  virtual std::size_t begin_step(const Parts& parts, Rng draws) = 0;
  /// The loss of a part of the step, summed over its targets. Called from a thread a part.
  virtual torch::Tensor loss(std::size_t part, nn::DropoutSeeds& seeds) = 0;

  const ModelItems& items() const { return items_; }
  const ItemVectors& vectors() const { return vectors_; }

 private:
  struct Trainer;
  Json identity() const;
  void make(std::int64_t columns);
  void publish(const torch::Tensor& items);
  Status take_network(const nn::TensorFile& file);

  const SequenceSettings settings_;
  ModelItems items_;
  std::shared_ptr<const ItemTexts> texts_;
  ItemVectors vectors_{nullptr};
  torch::Tensor table_;  // the vectors of items that are published [m×D]
  std::shared_ptr<torch::nn::Module> network_;
  std::vector<float> factors_, bias_;  // [I×D], [I] or empty; zero for items outside the model
};

}  // namespace motive
