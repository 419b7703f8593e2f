#pragma once
// Purpose: for the tests of this folder, the smallest network over sequences that has all that one may have: the next item
// from the last one, with dropout, a bias and a changing learning rate; and fits of it that can be interrupted.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "framework/nn/cross_entropy.h"
#include "framework/nn/rows.h"
#include "framework/recommend/testing.h"
#include "framework/sequence/sequence_recommender.h"

namespace motive::tiny {

inline constexpr std::uint32_t kItems = 12;
inline constexpr int kDim = 4;

struct TinyNetworkImpl : torch::nn::Module {
  TinyNetworkImpl(std::int64_t items, const ItemVectors& vectors) {
    bias = register_parameter("bias", torch::zeros({items}));
    register_module("items", vectors);
    mix = register_module("mix", torch::nn::Linear(kDim, kDim));
    for (torch::Tensor& p : parameters()) {
      if (p.dim() == 2) torch::nn::init::xavier_normal_(p);
    }
  }
  torch::Tensor bias;
  torch::nn::Linear mix{nullptr};
};
TORCH_MODULE(TinyNetwork);

struct TinyOptions {
  EpochOptions epochs{5, 1, 2};
  double lr = 0.05, clip = 1;
  int dim = kDim, heads = 1;
  std::string parameter = "a", version = "1";
};

class Tiny final : public SequenceRecommender {
 public:
  explicit Tiny(const TinyOptions& o = {})
      : SequenceRecommender({.method = "tiny", .version = o.version, .params = Json{{"p", o.parameter}}, .dim = o.dim,
                             .heads = o.heads, .batch = 5, .threads = 2, .epochs = o.epochs,
                             .adam = {.lr = o.lr, .clip = o.clip}, .warmup_steps = 3, .decay = true}) {}

 private:
  std::shared_ptr<torch::nn::Module> make_network(std::int64_t items, const ItemVectors& vectors) override {
    network_ = TinyNetwork(items, vectors);
    return network_.ptr();
  }
  torch::Tensor hidden(const torch::Tensor& items, const nn::Packed& packed) const {
    return torch::tanh(nn::gather_rows(items, nn::numbers(packed.tokens)).mm(network_->mix->weight));
  }
  torch::Tensor read(const torch::Tensor& items, const nn::Packed& histories) const override {
    return hidden(items, histories).index_select(0, nn::last_rows(histories));
  }
  void add_history(const std::vector<std::int64_t>& tokens, nn::Packed& histories) const override { histories.add(tokens, 4); }
  torch::Tensor item_bias() const override { return network_->bias; }
  std::vector<std::uint32_t> begin(const TrainingView& train, const FitContext&) override {
    sequences_ = Sequences::of(train, items(), 2);
    return sequences_.users;
  }
  std::size_t begin_step(const Parts& parts, Rng) override {
    inputs_.clear(), targets_.clear();
    std::size_t targets = 0;
    for (const auto part : parts) {
      inputs_.emplace_back(), targets_.emplace_back();
      for (const std::uint32_t user : part) {
        const auto own = sequences_.events.of(user);
        inputs_.back().add(std::vector<std::int64_t>(own.begin(), own.end() - 1), 100);
        targets_.back().insert(targets_.back().end(), own.begin() + 1, own.end());
      }
      targets += targets_.back().size();
    }
    return targets;
  }
  torch::Tensor loss(std::size_t part, nn::DropoutSeeds& seeds) override {
    const torch::Tensor items = vectors()->forward();
    const torch::Tensor h = nn::dropout(hidden(items, inputs_[part]), 0.2, seeds.next());
    return nn::cross_entropy_sum(h, items, network_->bias, nn::numbers(targets_[part]));
  }

  TinyNetwork network_{nullptr};
  Sequences sequences_;
  std::vector<nn::Packed> inputs_;
  std::vector<std::vector<std::int64_t>> targets_;
};

/// Item 11 has no events.
inline motive::testing::Data::Sequences walks(std::uint32_t users = 14) {
  motive::testing::Data::Sequences sequences(users);
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t k = 0; k < 2 + u % 5; ++k) sequences[u].push_back((u + k * (1 + u % 3)) % 11);
  }
  return sequences;
}

/// The values of one look after the other.
struct Script : Validation {
  std::vector<double> values;
  std::size_t at = 0;
  explicit Script(std::vector<double> v) : values(std::move(v)) {}
  Result<double> ndcg(const Recommender&) override { return values.at(at++); }
};

/// Interrupts when so many epochs are done, a part of one counting.
struct Interrupt : Progress {
  double when;
  CancelFlag flag;
  explicit Interrupt(double epochs) : when(epochs) {}
  void update(double done, double, std::string_view) override {
    if (done >= when) flag.set();
  }
};

struct Fitted {
  Status status;
  std::string model;
  Json report;
};

struct Plan {
  TinyOptions options;
  std::uint64_t seed = 1;
  Path checkpoints;
  Validation* validation = nullptr;
  double interrupt = 1e9;
  const Json* selected = nullptr;
  std::uint32_t users = 14;
};

inline Fitted fit(const Plan& plan) {
  const motive::testing::Data data(walks(plan.users), kItems);
  Interrupt interrupt(plan.interrupt);
  FitContext context;
  context.init_seed = plan.seed;
  context.progress = &interrupt;
  context.cancel = &interrupt.flag;
  context.validation = plan.validation;
  context.selected = plan.selected;
  context.checkpoints = plan.checkpoints;
  Tiny method(plan.options);
  Fitted fitted;
  fitted.status = method.fit(data.view(), context);
  fitted.report = context.report;
  if (!fitted.status) return fitted;
  const motive::testing::TemporaryFolder folder;
  EXPECT_TRUE(method.save(folder.path()));
  fitted.model = *read_file(folder.path() / "model.safetensors");
  return fitted;
}

/// One that must succeed.
inline Fitted whole(const Plan& plan) {
  Fitted fitted = fit(plan);
  EXPECT_TRUE(fitted.status) << fitted.status.error().message;
  return fitted;
}

}  // namespace motive::tiny
