#include <cmath>

#include "baselines/bert4rec/bert4rec.h"
#include "framework/nn/linear.h"
#include "framework/nn/rows.h"

namespace motive::bert4rec {
namespace {

constexpr double kNormEpsilon = 1e-12;
constexpr double kInitial = 0.02;

torch::nn::LayerNorm make_norm(std::int64_t dim) { return torch::nn::LayerNorm(torch::nn::LayerNormOptions({dim}).eps(kNormEpsilon)); }

/// Normal, cut off at two standard deviations: the inverse of its distribution at uniform numbers.
void truncated_normal(torch::Tensor& values) {
  const torch::NoGradGuard none;
  const double edge = std::erf(2 / std::sqrt(2.0));
  values.uniform_(-edge, edge).erfinv_().mul_(kInitial * std::sqrt(2.0));
}

nn::TransformerOptions options_of(const Bert4RecParams& p) {
  return {.dim = p.dim, .blocks = p.blocks, .heads = p.heads, .inner = p.inner, .norm = nn::NormPlace::kPost,
          .activation = nn::Activation::kGelu, .causal = false, .dropout = p.dropout, .attention_dropout = p.attention_dropout,
          .inner_dropout = false, .norm_epsilon = kNormEpsilon};
}

}  // namespace

NetworkImpl::NetworkImpl(const Bert4RecParams& params, std::int64_t items, const ItemVectors& vectors) : dropout_(params.dropout) {
  register_module("items", vectors);
  mask_ = register_parameter("mask", torch::empty({params.dim}));
  positions_ = register_parameter("positions", torch::empty({params.max_len, params.dim}));
  bias_ = register_parameter("bias", torch::zeros({items}));
  input_norm_ = register_module("input_norm", make_norm(params.dim));
  transformer_ = register_module("transformer", nn::Transformer(options_of(params)));
  head_ = register_module("head", torch::nn::Linear(params.dim, params.dim));
  head_norm_ = register_module("head_norm", make_norm(params.dim));
  for (torch::Tensor& p : parameters()) {
    if (p.dim() >= 2) truncated_normal(p);
  }
  truncated_normal(mask_);
  const torch::NoGradGuard none;
  for (const auto& p : named_parameters()) {
    const std::string& name = p.key();
    if (p.value().dim() == 1 && name.ends_with(".bias")) torch::Tensor(p.value()).zero_();
  }
}

torch::Tensor NetworkImpl::forward(const torch::Tensor& items, const nn::Packed& packed, const torch::Tensor& rows,
                                   nn::DropoutSeeds* seeds) {
  std::vector<std::int64_t> known = packed.tokens;
  for (std::int64_t& token : known) token = std::max<std::int64_t>(0, token);  // a hidden one: any, it is replaced
  const torch::Tensor hidden = nn::numbers(packed.tokens).lt(0).unsqueeze(1);
  torch::Tensor x = torch::where(hidden, mask_, nn::gather_rows(items, nn::numbers(known)));
  x = input_norm_(x + nn::gather_rows(positions_, nn::numbers(packed.positions)));
  if (seeds) x = nn::dropout(x, dropout_, seeds->next());
  const torch::Tensor asked = nn::gather_rows(transformer_(x, packed, seeds), rows);
  return head_norm_(torch::gelu(nn::linear(asked, head_)));
}

}  // namespace motive::bert4rec
