#pragma once
// Purpose: a stack of transformer blocks over packed sequences (packed.h), as SASRec, BERT4Rec and later methods use it.
//   pre_ln           x += drop(attn(LN x));           x += drop(ffn(LN x));        a last LN at the end
//   post_ln          x = LN(x + drop(attn x));        x = LN(x + drop(ffn x))
//   official_q_only  n = LN x;  x = n + drop(attn(q: n, k and v: x));  m = LN x;  x = m + drop(ffn m); a last LN
//                    (the authors' SASRec: no projection of the output)
//   ffn(x) = W2 drop(act(W1 x + b1)) + b2, without that dropout as BERT has it if so asked
// Sources: Vaswani et al., 2017; Xiong et al., 2020 (pre-LN); Kang & McAuley, ICDM 2018, and their code.
// Shapes: [T×D]. Parameters by name, as saved: blocks.0.query.weight, ... Complexity: O(T D (D + inner) + sum n^2 D).
// Determinism: for a given number of threads. Errors: heads that do not divide the dimension throw c10::Error.

#include <torch/torch.h>

#include "framework/nn/dropout.h"
#include "framework/nn/packed.h"

namespace motive::nn {

enum class NormPlace { kPre, kPost, kQueryOnly };
enum class Activation { kRelu, kGelu };

struct TransformerOptions {
  std::int64_t dim = 64, blocks = 2, heads = 2;
  std::int64_t inner = 64;  // width of the feed-forward layer
  NormPlace norm = NormPlace::kPre;
  Activation activation = Activation::kRelu;
  bool causal = true;
  double dropout = 0, attention_dropout = 0;
  bool inner_dropout = true;  // between the feed-forward layers, too
  double norm_epsilon = 1e-8;
};

struct TransformerBlockImpl : torch::nn::Module {
  explicit TransformerBlockImpl(const TransformerOptions& options);
  /// seeds: null while scoring.
  torch::Tensor forward(torch::Tensor x, const Packed& packed, DropoutSeeds* seeds);

 private:
  torch::Tensor attend(const torch::Tensor& q_from, const torch::Tensor& kv_from, const Packed& packed, DropoutSeeds* seeds);
  torch::Tensor feed_forward(const torch::Tensor& x, DropoutSeeds* seeds);
  torch::Tensor drop(const torch::Tensor& x, DropoutSeeds* seeds) const {
    return seeds ? dropout(x, options_.dropout, seeds->next()) : x;
  }

  const TransformerOptions options_;
  torch::nn::Linear query_{nullptr}, key_{nullptr}, value_{nullptr}, output_{nullptr}, first_{nullptr}, second_{nullptr};
  torch::nn::LayerNorm attention_norm_{nullptr}, forward_norm_{nullptr};
};
TORCH_MODULE(TransformerBlock);

struct TransformerImpl : torch::nn::Module {
  explicit TransformerImpl(const TransformerOptions& options);
  torch::Tensor forward(torch::Tensor x, const Packed& packed, DropoutSeeds* seeds);

 private:
  torch::nn::ModuleList blocks_;
  torch::nn::LayerNorm last_norm_{nullptr};  // none with post_ln
};
TORCH_MODULE(Transformer);

}  // namespace motive::nn
