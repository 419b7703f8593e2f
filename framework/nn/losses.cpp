#include "framework/nn/losses.h"

namespace motive::nn {

torch::Tensor bce_sum(const torch::Tensor& positive, const torch::Tensor& negatives) {
  TORCH_CHECK(positive.dim() == 2 && negatives.dim() == 2 && positive.size(0) == negatives.size(0), "bce_sum: [T×1] and [T×N]");
  const double width = static_cast<double>(1 + negatives.size(1));
  const torch::Tensor sum = torch::softplus(-positive).sum() + torch::softplus(negatives).sum();
  return sum / width;
}

double gbce_beta(double negatives, double items, double t) {
  const double alpha = std::min(1.0, negatives / std::max(1.0, items - 1));
  return alpha * (t * (1 - 1 / alpha) + 1 / alpha);
}

torch::Tensor gbce_sum(const torch::Tensor& positive, const torch::Tensor& negatives, double beta) {
  constexpr double kSmall = 1e-10;
  const torch::Tensor p = torch::sigmoid(positive.to(torch::kFloat64)).clamp(kSmall, 1 - kSmall);
  const torch::Tensor inverse = p.pow(-beta).clamp(1 + kSmall, std::numeric_limits<double>::max());
  const torch::Tensor moved = (1 / (inverse - 1)).clamp(kSmall, std::numeric_limits<double>::max()).log();
  return bce_sum(moved.to(torch::kFloat32), negatives);
}

torch::Tensor sampled_ce_sum(const torch::Tensor& positive, const torch::Tensor& negatives) {
  TORCH_CHECK(positive.dim() == 2 && negatives.dim() == 2 && positive.size(0) == negatives.size(0), "sampled_ce_sum: [T×1] and [T×N]");
  return (torch::cat({positive, negatives}, 1).logsumexp(1) - positive.squeeze(1)).sum();
}

}  // namespace motive::nn
