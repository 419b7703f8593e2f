#pragma once
// Purpose: Adam over all parameters of a network, with gradients that come in parts, clipping and weight decay.
//   g = sum of the parts;  m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2
//   w -= lr (m^ / (sqrt(v^) + eps) + decay w)        m^, v^: bias corrected
// Source: Kingma & Ba, ICLR 2015; decay as in Loshchilov & Hutter, ICLR 2019, for matrices alone: not for biases and
// norms. Complexity: O(parameters (parts + 4)) in one pass. Determinism: elementwise, parts in order; the same for any
// number of threads. Errors: none; a gradient that is not finite shows in the norm.

#include <torch/torch.h>

#include <vector>

namespace motive::nn {

struct AdamOptions {
  double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  double decay = 0;
  double clip = 0;  // of the norm of the whole gradient; 0: none
};

/// The gradient of every parameter, in their order; undefined: 0.
using Gradients = std::vector<torch::Tensor>;

class Adam {
 public:
  Adam(std::vector<torch::Tensor> parameters, const AdamOptions& options);
  /// factor: of the learning rate.
  void step(const std::vector<Gradients>& parts, double factor, int threads);
  std::int64_t steps() const { return steps_; }

  /// State for checkpoints: first and second moments in the order of the parameters.
  const std::vector<torch::Tensor>& first() const { return first_; }
  const std::vector<torch::Tensor>& second() const { return second_; }
  void restore(std::int64_t steps, const std::vector<torch::Tensor>& first, const std::vector<torch::Tensor>& second);

 private:
  const AdamOptions options_;
  std::vector<torch::Tensor> parameters_, first_, second_;
  std::int64_t steps_ = 0;
};

/// The norm of the sum of the parts over all parameters.
double norm_of(const std::vector<Gradients>& parts);

}  // namespace motive::nn
