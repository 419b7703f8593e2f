#include "framework/nn/adam.h"

#include <algorithm>
#include <cmath>

#include "framework/base/parallel.h"

namespace motive::nn {
namespace {

constexpr std::int64_t kTile = 1 << 15;

/// A piece of one parameter, and the same piece of its gradients.
struct Tile {
  float *value, *first, *second;
  std::vector<const float*> parts;
  std::int64_t size;
  bool decays;
};

struct Rates {
  float step, beta1, beta2, root, epsilon, decay, clip;  // root: of the correction of v
};

void update(const Tile& tile, const Rates& r) {
  std::vector<float> sum;
  const float* gradient = tile.parts.front();
  if (tile.parts.size() > 1) {
    sum.assign(gradient, gradient + tile.size);
    for (std::size_t p = 1; p < tile.parts.size(); ++p) {
      for (std::int64_t i = 0; i < tile.size; ++i) sum[static_cast<std::size_t>(i)] += tile.parts[p][i];
    }
    gradient = sum.data();
  }
  const float decay = tile.decays ? r.decay : 0;
  for (std::int64_t i = 0; i < tile.size; ++i) {
    const float g = gradient[i] * r.clip;
    const float m = tile.first[i] + (1 - r.beta1) * (g - tile.first[i]);
    const float v = r.beta2 * tile.second[i] + (1 - r.beta2) * g * g;
    tile.first[i] = m;
    tile.second[i] = v;
    tile.value[i] -= r.step * (m / (std::sqrt(v) * r.root + r.epsilon)) + decay * tile.value[i];
  }
}

}  // namespace

Adam::Adam(std::vector<torch::Tensor> parameters, const AdamOptions& options)
    : options_(options), parameters_(std::move(parameters)) {
  for (const torch::Tensor& p : parameters_) {
    TORCH_CHECK(p.is_contiguous() && p.scalar_type() == torch::kFloat32, "Adam: parameters are contiguous floats");
    first_.push_back(torch::zeros_like(p).detach());
    second_.push_back(torch::zeros_like(p).detach());
  }
}

void Adam::step(const std::vector<Gradients>& parts, double factor, int threads) {
  const torch::NoGradGuard none;
  ++steps_;
  const auto t = static_cast<double>(steps_);
  const double lr = options_.lr * factor;
  double clip = 1;
  if (options_.clip > 0) clip = std::min(1.0, options_.clip / std::max(1e-12, norm_of(parts)));
  const Rates rates{static_cast<float>(lr / (1 - std::pow(options_.beta1, t))), static_cast<float>(options_.beta1),
                    static_cast<float>(options_.beta2), static_cast<float>(1 / std::sqrt(1 - std::pow(options_.beta2, t))),
                    static_cast<float>(options_.epsilon), static_cast<float>(lr * options_.decay), static_cast<float>(clip)};
  std::vector<torch::Tensor> alive;  // contiguous gradients
  std::vector<Tile> tiles;
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    std::vector<const float*> gradients;
    for (const Gradients& part : parts) {
      if (!part[k].defined()) continue;
      alive.push_back(part[k].contiguous());
      gradients.push_back(alive.back().data_ptr<float>());
    }
    if (gradients.empty()) continue;
    const std::int64_t n = parameters_[k].numel();
    for (std::int64_t at = 0; at < n; at += kTile) {
      Tile tile{parameters_[k].data_ptr<float>() + at, first_[k].data_ptr<float>() + at, second_[k].data_ptr<float>() + at,
                gradients, std::min(kTile, n - at), parameters_[k].dim() >= 2};
      for (const float*& g : tile.parts) g += at;
      tiles.push_back(std::move(tile));
    }
  }
  parallel_for(tiles.size(), threads, [&](std::size_t i) { update(tiles[i], rates); });
}

void Adam::restore(std::int64_t steps, const std::vector<torch::Tensor>& first, const std::vector<torch::Tensor>& second) {
  const torch::NoGradGuard none;
  steps_ = steps;
  for (std::size_t k = 0; k < parameters_.size(); ++k) {
    first_[k].copy_(first[k]);
    second_[k].copy_(second[k]);
  }
}

double norm_of(const std::vector<Gradients>& parts) {
  const torch::NoGradGuard none;
  double squares = 0;
  for (std::size_t k = 0; !parts.empty() && k < parts.front().size(); ++k) {
    torch::Tensor sum;
    for (const Gradients& part : parts) {
      if (part[k].defined()) sum = sum.defined() ? sum + part[k] : part[k];
    }
    if (sum.defined()) squares += std::pow(sum.norm().item<double>(), 2);
  }
  return std::sqrt(squares);
}

}  // namespace motive::nn
