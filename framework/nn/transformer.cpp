#include "framework/nn/transformer.h"

#include "framework/nn/attention.h"
#include "framework/nn/linear.h"

namespace motive::nn {
namespace {

torch::nn::LayerNorm make_norm(const TransformerOptions& options) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({options.dim}).eps(options.norm_epsilon));
}

}  // namespace

TransformerBlockImpl::TransformerBlockImpl(const TransformerOptions& options) : options_(options) {
  TORCH_CHECK(options.heads > 0 && options.dim % options.heads == 0, "the heads do not divide the dimension");
  const std::int64_t dim = options.dim;
  query_ = register_module("query", torch::nn::Linear(dim, dim));
  key_ = register_module("key", torch::nn::Linear(dim, dim));
  value_ = register_module("value", torch::nn::Linear(dim, dim));
  if (options.norm != NormPlace::kQueryOnly) output_ = register_module("output", torch::nn::Linear(dim, dim));
  attention_norm_ = register_module("attention_norm", make_norm(options));
  first_ = register_module("first", torch::nn::Linear(dim, options.inner));
  second_ = register_module("second", torch::nn::Linear(options.inner, dim));
  forward_norm_ = register_module("forward_norm", make_norm(options));
}

torch::Tensor TransformerBlockImpl::attend(const torch::Tensor& q_from, const torch::Tensor& kv_from, const Packed& packed,
                                           DropoutSeeds* seeds) {
  const AttentionOptions options{.heads = options_.heads, .causal = options_.causal,
                                 .dropout = seeds ? options_.attention_dropout : 0, .seed = seeds ? seeds->next() : 0};
  const torch::Tensor mixed = packed_attention(linear(q_from, query_), linear(kv_from, key_), linear(kv_from, value_), packed.offsets, options);
  return output_ ? linear(mixed, output_) : mixed;
}

torch::Tensor TransformerBlockImpl::feed_forward(const torch::Tensor& x, DropoutSeeds* seeds) {
  const torch::Tensor inner = linear(x, first_);
  const torch::Tensor active = options_.activation == Activation::kRelu ? torch::relu(inner) : torch::gelu(inner);
  return linear(options_.inner_dropout ? drop(active, seeds) : active, second_);
}

torch::Tensor TransformerBlockImpl::forward(torch::Tensor x, const Packed& packed, DropoutSeeds* seeds) {
  switch (options_.norm) {
    case NormPlace::kPre: {
      const torch::Tensor normed = attention_norm_(x);
      x = x + drop(attend(normed, normed, packed, seeds), seeds);
      return x + drop(feed_forward(forward_norm_(x), seeds), seeds);
    }
    case NormPlace::kPost:
      x = attention_norm_(x + drop(attend(x, x, packed, seeds), seeds));
      return forward_norm_(x + drop(feed_forward(x, seeds), seeds));
    case NormPlace::kQueryOnly: {
      const torch::Tensor normed = attention_norm_(x);
      const torch::Tensor again = forward_norm_(normed + drop(attend(normed, x, packed, seeds), seeds));
      return again + drop(feed_forward(again, seeds), seeds);
    }
  }
  return x;
}

TransformerImpl::TransformerImpl(const TransformerOptions& options) {
  blocks_ = register_module("blocks", torch::nn::ModuleList());
  for (std::int64_t b = 0; b < options.blocks; ++b) blocks_->push_back(TransformerBlock(options));
  if (options.norm != NormPlace::kPost) last_norm_ = register_module("last_norm", make_norm(options));
}

torch::Tensor TransformerImpl::forward(torch::Tensor x, const Packed& packed, DropoutSeeds* seeds) {
  for (const auto& block : *blocks_) x = block->as<TransformerBlock>()->forward(x, packed, seeds);
  return last_norm_ ? last_norm_(x) : x;
}

}  // namespace motive::nn
