#include "baselines/bert4rec/bert4rec.h"

#include <numeric>

#include "framework/nn/cross_entropy.h"
#include "framework/nn/rows.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

SequenceSettings settings_of(const Bert4RecParams& p) {
  return {.method = "bert4rec", .version = kBert4RecVersion, .params = Json(config::echo(p)), .dim = p.dim, .heads = p.heads,
          .batch = p.batch, .threads = p.threads, .epochs = {p.epochs, p.validate_every, p.patience},
          .adam = {.lr = p.lr, .beta2 = p.beta2, .decay = p.weight_decay, .clip = p.clip},
          .warmup_steps = p.warmup_steps, .decay = p.decay, .vectors = {p.item_text, p.item_ids, p.text_fields}};
}

}  // namespace

Bert4Rec::Bert4Rec(const Bert4RecParams& params) : SequenceRecommender(settings_of(params)), params_(params) {}

std::shared_ptr<torch::nn::Module> Bert4Rec::make_network(std::int64_t items, const ItemVectors& vectors) {
  network_ = bert4rec::Network(params_, items, vectors);
  return network_.ptr();
}

torch::Tensor Bert4Rec::read(const torch::Tensor& items, const nn::Packed& histories) const {
  return const_cast<bert4rec::NetworkImpl&>(*network_).forward(items, histories, nn::last_rows(histories), nullptr);
}

void Bert4Rec::add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const {
  std::vector<std::int64_t> shown = tokens;
  shown.push_back(bert4rec::kMask);
  histories.add(shown, static_cast<std::size_t>(params_.max_len));
}

std::vector<std::uint32_t> Bert4Rec::begin(const TrainingView& train, const FitContext& context) {
  sequences_ = Sequences::of(train, items(), 2);
  windows_ = bert4rec::windows_of(sequences_, params_);
  draw_static_masks(context);
  std::vector<std::uint32_t> samples(windows_.size() * static_cast<std::size_t>(params_.copies + 1));
  std::iota(samples.begin(), samples.end(), 0u);
  return samples;
}

void Bert4Rec::draw_static_masks(const FitContext& context) {
  masks_.clear();
  if (params_.copies == 0) return;
  Rng draws = context.rng("static masks");
  Bert4RecParams without_last = params_;
  without_last.last_item = 0;
  for (const bert4rec::Window& window : windows_) {
    const std::uint32_t n = window.last - window.first;
    for (int copy = 0; copy < params_.copies; ++copy) masks_.push_back(bert4rec::draw_mask(n, without_last, draws));
    masks_.push_back({n - 1});
  }
}

std::size_t Bert4Rec::begin_step(const Parts& parts, Rng draws) {
  const auto copies = static_cast<std::size_t>(params_.copies + 1);
  batch_.clear();
  std::size_t targets = 0;
  for (const auto samples : parts) {
    bert4rec::Batch& batch = batch_.emplace_back();
    for (const std::uint32_t sample : samples) {
      const bert4rec::Window& window = windows_[sample / copies];
      const auto hides = masks_.empty() ? bert4rec::draw_mask(window.last - window.first, params_, draws) : masks_[sample];
      bert4rec::add_sample(sequences_, window, hides, params_.max_len, batch);
    }
    targets += batch.targets.size();
  }
  return targets;
}

torch::Tensor Bert4Rec::loss(std::size_t part, nn::DropoutSeeds& seeds) {
  const bert4rec::Batch& batch = batch_[part];
  const torch::Tensor table = vectors()->forward();
  const torch::Tensor z = network_->forward(table, batch.inputs, nn::numbers(batch.hidden), &seeds);
  return nn::cross_entropy_sum(z, table, network_->bias(), nn::numbers(batch.targets));
}

namespace {
const ProvideTorchMethod<Bert4RecParams, Bert4Rec> kProvide{"bert4rec"};
}  // namespace
}  // namespace motive
