#pragma once
// Purpose: BERT4Rec: a transformer that sees both sides of a hidden item and says which it was.
//   x_t = drop(LN(E[item_t] + P[position_t])), the vector `mask` in the place of E where the item is hidden
//   h = post-LN transformer (GELU, inner width);  z = LN(GELU(W h + b))
//   score(u, i) = z_n . E[i] + b[i],  z_n at a mask after the last visible event
//   loss = cross-entropy over all items, mean over the hidden ones
// Source: Sun et al., BERT4Rec, CIKM 2019, section 3, and the authors' code. What is common to networks over sequences,
// files and errors: framework/sequence/sequence_recommender.h.
// A sample is a window of max_len events; max(1, round(mask n)) of its n events are hidden, or its last alone. With
// `copies`, masks are drawn once, else at every pass. Shapes: tokens [T], h [T×D], E [m×D], P [L×D]. Complexity of an epoch:
// O(events (blocks (D^2 + D inner + length D)) + hidden m D).

#include "baselines/bert4rec/params.h"
#include "framework/nn/transformer.h"
#include "framework/sequence/sequence_recommender.h"

namespace motive {
namespace bert4rec {

/// Events first .. last-1 of a user's sequence.
struct Window {
  std::uint32_t user, first, last;
};
std::vector<Window> windows_of(const Sequences& sequences, const Bert4RecParams& params);

/// What a part of a step is made of. Hidden tokens are kMask in the sequences.
inline constexpr std::int64_t kMask = -1;
struct Batch {
  nn::Packed inputs;
  std::vector<std::int64_t> hidden;   // [H] rows of the tokens that are hidden
  std::vector<std::int64_t> targets;  // [H] what they are
};
/// hides: places of the window that are hidden, ascending.
void add_sample(const Sequences& sequences, const Window& window, const std::vector<std::uint32_t>& hides, int max_len, Batch& batch);
/// Which places of a window of n events are hidden: the last alone, or as many as `mask` says.
std::vector<std::uint32_t> draw_mask(std::uint32_t n, const Bert4RecParams& params, Rng& draws);

struct NetworkImpl : torch::nn::Module {
  NetworkImpl(const Bert4RecParams& params, std::int64_t items, const ItemVectors& vectors);
  /// z [R×D] of the tokens in `rows`, where the items have the vectors E. seeds: null while scoring.
  torch::Tensor forward(const torch::Tensor& items, const nn::Packed& packed, const torch::Tensor& rows, nn::DropoutSeeds* seeds);
  const torch::Tensor& bias() const { return bias_; }

 private:
  const double dropout_;
  torch::Tensor mask_, positions_, bias_;  // [D], [L×D], [m]
  torch::nn::LayerNorm input_norm_{nullptr}, head_norm_{nullptr};
  nn::Transformer transformer_{nullptr};
  torch::nn::Linear head_{nullptr};
};
TORCH_MODULE(Network);

}  // namespace bert4rec

class Bert4Rec final : public SequenceRecommender {
 public:
  explicit Bert4Rec(const Bert4RecParams& params);

 private:
  std::shared_ptr<torch::nn::Module> make_network(std::int64_t items, const ItemVectors& vectors) override;
  torch::Tensor read(const torch::Tensor& items, const nn::Packed& histories) const override;
  void add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const override;
  torch::Tensor item_bias() const override { return network_->bias(); }
  std::vector<std::uint32_t> begin(const TrainingView& train, const FitContext& context) override;
  std::size_t begin_step(const Parts& parts, Rng draws) override;
  torch::Tensor loss(std::size_t part, nn::DropoutSeeds& seeds) override;
  void draw_static_masks(const FitContext& context);

  const Bert4RecParams params_;
  bert4rec::Network network_{nullptr};
  Sequences sequences_;
  std::vector<bert4rec::Window> windows_;
  std::vector<std::vector<std::uint32_t>> masks_;  // static ones, those of a window one after the other; else empty
  std::vector<bert4rec::Batch> batch_;             // the parts of the step
};

}  // namespace motive
