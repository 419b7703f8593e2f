#pragma once
// Purpose: the linear layer on many rows, y = x W' + b, for the small layers of recommenders.
// Where both widths are multiples of 16 and at most kWidestPanel it is made of panels.h, which is faster there than
// LibTorch's library, and a row's result does not depend on how many rows are asked at once; else LibTorch's.
// Shapes: x [T×I], W [O×I], b [O] -> [T×O]. Complexity: O(T I O), in the calling thread. Determinism: one thread, sums in
// order. Autograd: differentiable in x, W, b. Errors: shapes that do not agree throw c10::Error.

#include <torch/torch.h>

namespace motive::nn {

inline constexpr std::int64_t kWidestPanel = 512;

torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);
/// The same of W' [I×O], both widths multiples of 16 of any size, without a gradient.
torch::Tensor panel_linear(const torch::Tensor& x, const torch::Tensor& turned, const torch::Tensor& bias);
inline torch::Tensor linear(const torch::Tensor& x, const torch::nn::Linear& layer) { return linear(x, layer->weight, layer->bias); }

}  // namespace motive::nn
