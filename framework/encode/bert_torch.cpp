#include "framework/encode/bert.h"

#include "framework/nn/attention.h"
#include "framework/nn/linear.h"
#include "framework/nn/panels.h"
#include "framework/nn/rows.h"

namespace motive::encode {
/// Takes tensors by name and remembers the first error.
class Bert::Taker {
 public:
  static constexpr const char* kWords = "embeddings.word_embeddings.weight";

  explicit Taker(const nn::TensorFile& file)
      : file_(file), prefix_(file.tensors.contains("bert." + std::string(kWords)) ? "bert." : "") {}

  torch::Tensor tensor(const std::string& name, torch::IntArrayRef shape) {
    const auto found = file_.get(prefix_ + name, shape);
    if (!found) return refuse(found.error().message, shape);
    const torch::Tensor floats = found->to(torch::kFloat32).contiguous();
    if (!floats.isfinite().all().item<bool>()) {
      return refuse(fmt::format("tensor {} has numbers that are not finite", prefix_ + name), shape);
    }
    return floats;
  }
  Linear linear(const std::string& name, std::int64_t in, std::int64_t out) {
    return {tensor(name + ".weight", {out, in}).t().contiguous(), tensor(name + ".bias", {out})};
  }
  Norm norm(const std::string& name, std::int64_t dim) {
    return {tensor(name + ".weight", {dim}), tensor(name + ".bias", {dim})};
  }
  const Status& status() const { return status_; }

 private:
  torch::Tensor refuse(const std::string& why, torch::IntArrayRef shape) {
    if (status_) status_ = fail("{}", why);
    return torch::zeros(std::vector<std::int64_t>(shape.size(), 0));  // nobody calculates with it
  }
  const nn::TensorFile& file_;
  const std::string prefix_;
  Status status_;
};

Result<Bert> Bert::take(const nn::TensorFile& file, const BertShape& shape, std::int64_t pieces) {
  const torch::NoGradGuard none;
  Taker taker(file);
  Bert bert;
  bert.shape_ = shape;
  const std::int64_t dim = shape.dim;
  bert.words_ = taker.tensor(Taker::kWords, {-1, dim});
  bert.positions_ = taker.tensor("embeddings.position_embeddings.weight", {shape.positions, dim});
  const torch::Tensor types = taker.tensor("embeddings.token_type_embeddings.weight", {shape.types, dim});
  bert.norm_ = taker.norm("embeddings.LayerNorm", dim);
  for (std::int64_t number = 0; number < shape.layers && taker.status(); ++number) {
    const std::string name = fmt::format("encoder.layer.{}.", number);
    bert.layers_.push_back({.query = taker.linear(name + "attention.self.query", dim, dim),
                            .key = taker.linear(name + "attention.self.key", dim, dim),
                            .value = taker.linear(name + "attention.self.value", dim, dim),
                            .output = taker.linear(name + "attention.output.dense", dim, dim),
                            .first = taker.linear(name + "intermediate.dense", dim, shape.inner),
                            .second = taker.linear(name + "output.dense", shape.inner, dim),
                            .attention_norm = taker.norm(name + "attention.output.LayerNorm", dim),
                            .forward_norm = taker.norm(name + "output.LayerNorm", dim)});
  }
  MOTIVE_TRY(taker.status());
  if (bert.words_.size(0) < pieces) {
    return fail("tensor {} has {} rows for a vocabulary of {}", Taker::kWords, bert.words_.size(0), pieces);
  }
  bert.type_ = types[0].contiguous();
  return bert;
}

torch::Tensor Bert::Linear::operator()(const torch::Tensor& x) const {
  constexpr auto kLanes = static_cast<std::int64_t>(nn::kLanes);
  const bool fits = turned.size(0) % kLanes == 0 && turned.size(1) % kLanes == 0;
  return fits ? nn::panel_linear(x, turned, bias) : torch::addmm(bias, x, turned);
}

torch::Tensor Bert::norm(const torch::Tensor& x, const Norm& norm) const {
  return torch::layer_norm(x, {shape_.dim}, norm.weight, norm.bias, shape_.norm_epsilon);
}

torch::Tensor Bert::forward(const nn::Packed& packed) const {
  const torch::NoGradGuard none;
  const nn::AttentionOptions attention{.heads = shape_.heads, .causal = false};
  torch::Tensor x = words_.index_select(0, nn::numbers(packed.tokens));
  x.add_(positions_.index_select(0, nn::numbers(packed.positions))).add_(type_);
  x = norm(x, norm_);
  for (const Layer& layer : layers_) {
    const torch::Tensor mixed = nn::packed_attention(layer.query(x), layer.key(x), layer.value(x), packed.offsets, attention);
    x = norm(layer.output(mixed).add_(x), layer.attention_norm);
    x = norm(layer.second(torch::gelu(layer.first(x))).add_(x), layer.forward_norm);
  }
  return x;
}

}  // namespace motive::encode
