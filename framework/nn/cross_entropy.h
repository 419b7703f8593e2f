#pragma once
// Purpose: cross-entropy over all items for every row, without ever holding [T×I]:
//   loss = sum_t ( log sum_i exp(x_t . e_i + b_i) - (x_t . e_y + b_y) ),  y = target of t
// Rows go in chunks of kCrossEntropyRows; a chunk's scores, probabilities and gradients are made at once and only the
// gradients are kept, so the whole costs three matrix products and an exponential a score.
// Shapes: x [T×D], table [I×D], bias [I] or undefined, targets [T] of 64-bit numbers; D a multiple of 16 is fastest.
// Memory: (kCrossEntropyRows + D) I floats beside the gradients. Complexity: O(T I D), in the calling thread: callers
// give each thread rows of its own. Determinism: one thread, fixed chunks. Autograd: differentiable in x, table, bias.
// Errors: shapes that do not agree, targets out of range throw c10::Error.

#include <torch/torch.h>

namespace motive::nn {

inline constexpr std::int64_t kCrossEntropyRows = 24;

torch::Tensor cross_entropy_sum(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& bias,
                                const torch::Tensor& targets);

}  // namespace motive::nn
