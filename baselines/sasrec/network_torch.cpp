#include <cmath>

#include "baselines/sasrec/sasrec.h"
#include "framework/nn/rows.h"

namespace motive::sasrec {
namespace {

nn::TransformerOptions options_of(const SasRecParams& p) {
  constexpr nn::NormPlace kPlaces[] = {nn::NormPlace::kPre, nn::NormPlace::kPost, nn::NormPlace::kQueryOnly};
  return {.dim = p.dim, .blocks = p.blocks, .heads = p.heads, .inner = p.dim, .norm = kPlaces[static_cast<int>(p.variant)],
          .dropout = p.dropout, .attention_dropout = p.dropout};
}

}  // namespace

NetworkImpl::NetworkImpl(const SasRecParams& params, std::int64_t items, const ItemVectors& vectors)
    : scale_(std::sqrt(static_cast<double>(params.dim))), dropout_(params.dropout) {
  register_module("items", vectors);
  if (!params.tied) output_ = register_parameter("output", torch::empty({items, params.dim}));
  positions_ = register_parameter("positions", torch::empty({params.max_len, params.dim}));
  transformer_ = register_module("transformer", nn::Transformer(options_of(params)));
  for (torch::Tensor& p : parameters()) {
    if (p.dim() >= 2) torch::nn::init::xavier_normal_(p);
  }
}

torch::Tensor NetworkImpl::forward(const torch::Tensor& items, const nn::Packed& packed, nn::DropoutSeeds* seeds) {
  torch::Tensor x = nn::gather_rows(items, nn::numbers(packed.tokens)) * scale_ + nn::gather_rows(positions_, nn::numbers(packed.positions));
  if (seeds) x = nn::dropout(x, dropout_, seeds->next());
  return transformer_(x, packed, seeds);
}

}  // namespace motive::sasrec
