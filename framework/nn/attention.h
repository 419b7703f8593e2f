#pragma once
// Purpose: scaled dot-product attention within packed sequences (packed.h), without padding:
//   out_i = sum_j drop(softmax_j(q_i . k_j / sqrt(d)))  v_j,   j over the sequence of i, and j <= i if causal
// Source: Vaswani et al., 2017, equation 1. Shapes: q, k, v, out [T×D], D = heads·d, a head is d columns.
// Complexity: O(sum n^2 D) time; memory beside the inputs a few rows of weights and copies of a head of one sequence a
// thread: the weights are not kept but made again in the backward pass.
// Determinism: a sequence is one thread's; dropout by hash. The same for any number of threads.
// Autograd: differentiable in q, k, v. Errors: shapes that do not agree throw c10::Error.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

namespace motive::nn {

struct AttentionOptions {
  std::int64_t heads = 1;
  bool causal = true;
  double dropout = 0;      // of the weights; 0 while scoring
  std::uint32_t seed = 0;  // of the dropout
};

/// offsets [B+1]: where sequences begin.
torch::Tensor packed_attention(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                               const std::vector<std::int64_t>& offsets, const AttentionOptions& options);

}  // namespace motive::nn
