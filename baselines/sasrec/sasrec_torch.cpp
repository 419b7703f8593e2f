#include "baselines/sasrec/sasrec.h"

#include "framework/nn/cross_entropy.h"
#include "framework/nn/losses.h"
#include "framework/nn/rows.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace sasrec {
namespace {

/// Appends the negatives of one sequence's targets.
void add_negatives(const Sequences& sequences, std::uint32_t user, std::size_t targets, std::uint32_t n_items,
                   const SasRecParams& params, Rng& draws, std::vector<std::int64_t>& out) {
  const auto n = static_cast<std::size_t>(params.sampled());
  // As in the authors' code and gSASRec's: bce draws what the user has not met, the others draw from all.
  const bool unseen = (params.loss == SasRecLoss::kBce1 || params.loss == SasRecLoss::kBceN) && sequences.seen.of(user).size() < n_items;
  const auto draw = [&] {
    std::uint32_t item = draws.below(n_items);
    while (unseen && sequences.has_seen(user, item)) item = draws.below(n_items);
    return static_cast<std::int64_t>(item);
  };
  const std::size_t first = out.size();
  for (std::size_t t = 0; t < targets; ++t) {
    const bool again = t > 0 && params.loss == SasRecLoss::kSampledCe;  // once a sequence
    for (std::size_t k = 0; k < n; ++k) out.push_back(again ? out[first + k] : draw());
  }
}

}  // namespace

Batch make_batch(const Sequences& sequences, std::span<const std::uint32_t> users, std::uint32_t n_items, const SasRecParams& params,
                 Rng& draws) {
  const auto longest = static_cast<std::size_t>(params.max_len);
  Batch batch;
  std::vector<std::int64_t> inputs;
  for (const std::uint32_t user : users) {
    auto sequence = sequences.events.of(user);
    if (sequence.size() > longest + 1) sequence = sequence.last(longest + 1);
    inputs.assign(sequence.begin(), sequence.end() - 1);
    batch.inputs.add(inputs, longest);
    batch.targets.insert(batch.targets.end(), sequence.begin() + 1, sequence.end());
    add_negatives(sequences, user, sequence.size() - 1, n_items, params, draws, batch.negatives);
  }
  return batch;
}

torch::Tensor batch_loss(const SasRecParams& params, const Batch& batch, const torch::Tensor& hidden, const torch::Tensor& table) {
  const std::int64_t rows = hidden.size(0), n = params.sampled();
  const torch::Tensor targets = nn::numbers(batch.targets);
  if (params.loss == SasRecLoss::kCe) return nn::cross_entropy_sum(hidden, table, {}, targets);
  const torch::Tensor asked = torch::cat({targets.view({rows, 1}), nn::numbers(batch.negatives).view({rows, n})}, 1);
  const torch::Tensor scores = nn::dot_rows(hidden, table, asked);
  const torch::Tensor positive = scores.narrow(1, 0, 1), negatives = scores.narrow(1, 1, n);
  if (params.loss == SasRecLoss::kSampledCe) return nn::sampled_ce_sum(positive, negatives);
  if (params.loss == SasRecLoss::kGbce) {
    return nn::gbce_sum(positive, negatives, nn::gbce_beta(params.negatives, static_cast<double>(table.size(0)), params.gbce_t));
  }
  return nn::bce_sum(positive, negatives);
}

}  // namespace sasrec

namespace {

SequenceSettings settings_of(const SasRecParams& p) {
  return {.method = "sasrec", .version = kSasRecVersion, .params = Json(config::echo(p)), .dim = p.dim, .heads = p.heads,
          .batch = p.batch, .threads = p.threads, .epochs = {p.epochs, p.validate_every, p.patience},
          .adam = {.lr = p.lr, .beta2 = p.beta2}, .vectors = {p.item_text, p.item_ids, p.text_fields}};
}

}  // namespace

SasRec::SasRec(const SasRecParams& params) : SequenceRecommender(settings_of(params)), params_(params) {}

std::shared_ptr<torch::nn::Module> SasRec::make_network(std::int64_t items, const ItemVectors& vectors) {
  network_ = sasrec::Network(params_, items, vectors);
  return network_.ptr();
}

torch::Tensor SasRec::read(const torch::Tensor& items, const nn::Packed& histories) const {
  const torch::Tensor hidden = const_cast<sasrec::NetworkImpl&>(*network_).forward(items, histories, nullptr);
  return hidden.index_select(0, nn::last_rows(histories));
}

void SasRec::add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const {
  histories.add(tokens, static_cast<std::size_t>(params_.max_len));
}

std::vector<std::uint32_t> SasRec::begin(const TrainingView& train, const FitContext&) {
  sequences_ = Sequences::of(train, items(), 2);
  return sequences_.users;
}

std::size_t SasRec::begin_step(const Parts& parts, Rng draws) {
  const auto n_items = static_cast<std::uint32_t>(items().catalogue.size());
  batch_.clear();
  std::size_t targets = 0;
  for (const auto users : parts) {
    batch_.push_back(sasrec::make_batch(sequences_, users, n_items, params_, draws));
    targets += batch_.back().targets.size();
  }
  return targets;
}

torch::Tensor SasRec::loss(std::size_t part, nn::DropoutSeeds& seeds) {
  const sasrec::Batch& batch = batch_[part];
  const torch::Tensor table = vectors()->forward();
  return sasrec::batch_loss(params_, batch, network_->forward(table, batch.inputs, &seeds), network_->output_items(table));
}

namespace {
const ProvideTorchMethod<SasRecParams, SasRec> kProvide{"sasrec"};
}  // namespace
}  // namespace motive
