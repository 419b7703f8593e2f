#pragma once
// Purpose: SASRec: a causal transformer over the user's items; at every position the next item is the target.
//   x_t = sqrt(D) M[item_t] + P[position_t], dropout, transformer blocks (framework/nn/transformer.h)
//   score(u, i) = h_n . O[i],  h_n after the last visible event,  O = M if tied
// Source: Kang & McAuley, ICDM 2018, equations 1 to 6; losses: framework/nn/losses.h, cross_entropy.h. What is common
// to networks over sequences, files and errors: framework/sequence/sequence_recommender.h.
// A user with events s_1..s_n gives inputs s_1..s_{n-1} and targets s_2..s_n, of which the last max_len are used.
// Negatives: bce1 and bceN draw among the items that the user has not met, gbce and sampled_ce among all; sampled_ce
// draws once a sequence. Shapes: tokens [T], h [T×D], M and O [m×D], P [L×D]. Complexity of an epoch: O(events (blocks
// (D^2 + length D) + scores D)), scores: m for ce, 1 + negatives otherwise.

#include "baselines/sasrec/params.h"
#include "framework/sequence/sequence_recommender.h"
#include "framework/nn/transformer.h"

namespace motive {
namespace sasrec {

struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const SasRecParams& params, std::int64_t items, const ItemVectors& vectors);
  /// h [T×D] of tokens whose items have the vectors M. seeds: null while scoring.
  torch::Tensor forward(const torch::Tensor& items, const nn::Packed& packed, nn::DropoutSeeds* seeds);
  /// O where M is `items`.
  torch::Tensor output_items(const torch::Tensor& items) const { return output_.defined() ? output_ : items; }

 private:
  const double scale_, dropout_;
  torch::Tensor output_, positions_;  // [m×D] or undefined, [L×D]
  nn::Transformer transformer_{nullptr};
};
TORCH_MODULE(Network);

/// What a step is made of.
struct Batch {
  nn::Packed inputs;
  std::vector<std::int64_t> targets;    // [T]
  std::vector<std::int64_t> negatives;  // [T×N]
};
Batch make_batch(const Sequences& sequences, std::span<const std::uint32_t> users, std::uint32_t n_items, const SasRecParams& params,
                 Rng& draws);

/// Summed over targets.
torch::Tensor batch_loss(const SasRecParams& params, const Batch& batch, const torch::Tensor& hidden, const torch::Tensor& table);

}  // namespace sasrec

class SasRec final : public SequenceRecommender {
 public:
  explicit SasRec(const SasRecParams& params);

 private:
  std::shared_ptr<torch::nn::Module> make_network(std::int64_t items, const ItemVectors& vectors) override;
  torch::Tensor read(const torch::Tensor& items, const nn::Packed& histories) const override;
  void add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const override;
  torch::Tensor item_table(const torch::Tensor& items) const override { return network_->output_items(items); }
  std::vector<std::uint32_t> begin(const TrainingView& train, const FitContext& context) override;
  std::size_t begin_step(const Parts& parts, Rng draws) override;
  torch::Tensor loss(std::size_t part, nn::DropoutSeeds& seeds) override;

  const SasRecParams params_;
  sasrec::Network network_{nullptr};
  Sequences sequences_;
  std::vector<sasrec::Batch> batch_;  // the parts of the step
};

}  // namespace motive
