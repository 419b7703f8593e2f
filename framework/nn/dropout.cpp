#include "framework/nn/dropout.h"

#include <ATen/Parallel.h>

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t kGrain = 1 << 15;

torch::Tensor masked(const torch::Tensor& in, double p, std::uint32_t seed) {
  const torch::Tensor x = in.contiguous();
  torch::Tensor y = torch::empty_like(x);
  const float* const from = x.data_ptr<float>();
  float* const to = y.data_ptr<float>();
  const auto scale = static_cast<float>(1 / (1 - p));
  const std::uint32_t threshold = dropout_threshold(p);
  at::parallel_for(0, x.numel(), kGrain, [&](std::int64_t first, std::int64_t last) {
    for (std::int64_t e = first; e < last; ++e) {
      to[e] = dropout_hash(seed, static_cast<std::uint32_t>(e)) >= threshold ? from[e] * scale : 0.0f;
    }
  });
  return y;
}

struct Dropout : torch::autograd::Function<Dropout> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& x, double p, std::int64_t seed) {
    context->saved_data["p"] = p;
    context->saved_data["seed"] = seed;
    return masked(x, p, static_cast<std::uint32_t>(seed));
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const double p = context->saved_data["p"].toDouble();
    const auto seed = static_cast<std::uint32_t>(context->saved_data["seed"].toInt());
    return {masked(gradients[0], p, seed), {}, {}};
  }
};

}  // namespace

torch::Tensor dropout(const torch::Tensor& x, double p, std::uint32_t seed) {
  if (p <= 0) return x;
  return Dropout::apply(x, p, static_cast<std::int64_t>(seed));
}

}  // namespace motive::nn
