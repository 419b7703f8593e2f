#pragma once
// Purpose: the network of BERT over packed sequences (nn/packed.h), for encoding alone: no gradients, no dropout.
//   x = LN(word + position + type 0);   per layer: x = LN(x + W attn(x)),  x = LN(x + W2 gelu(W1 x + b1) + b2)
// attn over all pieces of the sequence (nn/attention.h), gelu with the exact erf. Source: Devlin et al., NAACL 2019.
// Shapes: [T×D]. Names of tensors as Hugging Face transformers writes them: embeddings.word_embeddings.weight,
// encoder.layer.0.attention.self.query.weight, ..., all with or without "bert." before them; others are passed over.
// Complexity: O(T D (4 D + 2 inner) + sum n^2 D) a layer, in the calling thread if at::get_num_threads() is 1.
// Determinism: one thread, sums in order. Where D and inner are multiples of 16, a sequence's states are the same bytes
// whatever it is packed with (nn/panels.h).
// Errors: tensors that are missing or of another shape; NaN and infinite numbers in them.

#include <torch/torch.h>

#include <vector>

#include "framework/encode/model_files.h"
#include "framework/nn/packed.h"
#include "framework/nn/safetensors.h"

namespace motive::encode {

class Bert {
 public:
  /// pieces: as many rows of the table of words are needed at least.
  static Result<Bert> take(const nn::TensorFile& file, const BertShape& shape, std::int64_t pieces);
  /// The states of the last layer. Positions of each sequence count from 0.
  torch::Tensor forward(const nn::Packed& packed) const;

 private:
  struct Linear {
    torch::Tensor turned, bias;  // [I×O], [O]
    torch::Tensor operator()(const torch::Tensor& x) const;
  };
  struct Norm {
    torch::Tensor weight, bias;
  };
  struct Layer {
    Linear query, key, value, output, first, second;
    Norm attention_norm, forward_norm;
  };
  class Taker;

  torch::Tensor norm(const torch::Tensor& x, const Norm& norm) const;

  BertShape shape_;
  torch::Tensor words_, positions_, type_;
  Norm norm_;
  std::vector<Layer> layers_;
};

}  // namespace motive::encode
