#include "framework/nn/adam.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

using Tensors = std::vector<torch::Tensor>;

/// Two matrices, of which one takes several tiles, and two vectors.
Tensors parameters(std::uint64_t seed = 1) {
  torch::manual_seed(seed);
  return {torch::randn({300, 250}), torch::randn({7}), torch::randn({3, 5}), torch::randn({40000})};
}

Tensors copied(const Tensors& tensors) {
  Tensors copies;
  for (const torch::Tensor& t : tensors) copies.push_back(t.clone());
  return copies;
}

Gradients gradients(std::uint64_t seed) { return parameters(1000 + seed); }

void expect_same(const Tensors& a, const Tensors& b) {
  for (std::size_t k = 0; k < a.size(); ++k) EXPECT_TRUE(torch::equal(a[k], b[k])) << "parameter " << k;
}
void expect_close(const Tensors& a, const Tensors& b) {
  for (std::size_t k = 0; k < a.size(); ++k) {
    EXPECT_LT((a[k] - b[k]).abs().max().item<double>(), 1e-5) << "parameter " << k;
  }
}

/// 20 steps of LibTorch; clip 0: none.
Tensors reference(const AdamOptions& o, double clip) {
  Tensors own = parameters();
  Tensors matrices{own[0], own[2]}, vectors{own[1], own[3]};
  for (torch::Tensor& t : own) t.requires_grad_();
  const auto options = torch::optim::AdamWOptions(o.lr).betas({o.beta1, o.beta2}).eps(o.epsilon);
  auto decaying = options, plain = options;
  decaying.weight_decay(o.decay), plain.weight_decay(0);
  torch::optim::AdamW first(matrices, decaying), second(vectors, plain);
  for (std::uint64_t step = 0; step < 20; ++step) {
    const Gradients g = gradients(step);
    for (std::size_t k = 0; k < own.size(); ++k) own[k].mutable_grad() = g[k].clone();
    if (clip > 0) torch::nn::utils::clip_grad_norm_(own, clip);
    first.step();
    second.step();
  }
  for (torch::Tensor& t : own) t = t.detach();
  return own;
}

Tensors ours(const AdamOptions& options, int threads = 1) {
  Tensors own = parameters();
  Adam adam(own, options);
  for (std::uint64_t step = 0; step < 20; ++step) adam.step({gradients(step)}, 1, threads);
  EXPECT_EQ(adam.steps(), 20);
  return own;
}

TEST(AdamTest, TwentyStepsAreThoseOfLibTorch) {
  const AdamOptions defaults, others{.lr = 1e-2, .beta1 = 0.8, .beta2 = 0.98, .epsilon = 1e-6};
  for (const AdamOptions& options : {defaults, others}) {
    expect_close(ours(options), reference(options, 0));
    Tensors own = parameters();
    const auto theirs = torch::optim::AdamOptions(options.lr).betas({options.beta1, options.beta2}).eps(options.epsilon);
    torch::optim::Adam plain(own, theirs);
    for (std::uint64_t step = 0; step < 20; ++step) {
      const Gradients g = gradients(step);
      for (std::size_t k = 0; k < own.size(); ++k) own[k].mutable_grad() = g[k];
      plain.step();
    }
    expect_close(ours(options), own);
  }
}

TEST(AdamTest, DecayIsThatOfAdamWForMatricesAlone) {
  const AdamOptions options{.lr = 1e-2, .decay = 0.1};
  const Tensors with = ours(options), without = ours({.lr = 1e-2});
  expect_close(with, reference(options, 0));
  EXPECT_TRUE(torch::equal(with[1], without[1]));
  EXPECT_FALSE(torch::equal(with[2], without[2]));
}

TEST(AdamTest, TheWholeGradientIsClipped) {
  const AdamOptions options{.lr = 1e-2, .clip = 0.5};
  expect_close(ours(options), reference(options, 0.5));
  // A gradient that is shorter stays what it is.
  expect_same(ours({.lr = 1e-2, .clip = 1e9}), ours({.lr = 1e-2}));
}

TEST(AdamTest, PartsOfTheGradientAreAdded) {
  Tensors whole = parameters(), parts = parameters();
  const Gradients g = gradients(1), h = gradients(2);
  Gradients sum, third(4);
  for (std::size_t k = 0; k < g.size(); ++k) sum.push_back(g[k] + h[k]);
  const AdamOptions options{.lr = 1e-2, .clip = 1};
  Adam(whole, options).step({sum}, 1, 1);
  Adam(parts, options).step({g, third, h}, 1, 1);  // the third has none
  expect_same(whole, parts);
  EXPECT_NEAR(norm_of({g, third, h}), norm_of({sum}), 1e-6 * norm_of({sum}));
}

TEST(AdamTest, TheNormIsThatOfAllParametersTogether) {
  const Gradients g = gradients(3);
  Tensors flat;
  for (const torch::Tensor& t : g) flat.push_back(t.flatten());
  EXPECT_NEAR(norm_of({g}), torch::cat(flat).to(torch::kFloat64).norm().item<double>(), 1e-3);
  EXPECT_EQ(norm_of({}), 0);
  EXPECT_EQ(norm_of({Gradients(4)}), 0);
  Gradients bad = copied(g);
  bad[1].fill_(NAN);
  EXPECT_TRUE(std::isnan(norm_of({bad})));
}

TEST(AdamTest, AParameterWithoutGradientStays) {
  Tensors own = parameters();
  Adam adam(own, {.decay = 0.1});
  Gradients some = gradients(1);
  some[0] = torch::Tensor();
  adam.step({some}, 1, 1);
  EXPECT_TRUE(torch::equal(own[0], parameters()[0]));
  EXPECT_FALSE(torch::equal(own[1], parameters()[1]));
}

TEST(AdamTest, GradientsMayBeViewsAndTheFactorScalesTheRate) {
  Tensors one = {torch::ones({20, 30})}, other = {torch::ones({20, 30})};
  const torch::Tensor g = torch::randn({30, 20});
  Adam(one, {.lr = 0.1}).step({{g.t()}}, 0.25, 1);
  Adam(other, {.lr = 0.025}).step({{g.t().contiguous()}}, 1, 1);
  expect_same(one, other);
}

TEST(AdamTest, TheSameBytesForAnyNumberOfThreads) {
  const AdamOptions options{.lr = 1e-2, .decay = 0.01, .clip = 1};
  expect_same(ours(options, 1), ours(options, 2));
}

TEST(AdamTest, WhatIsRestoredGoesOnAsIfNothingHadHappened) {
  const AdamOptions options{.lr = 1e-2, .decay = 0.01, .clip = 1};
  const Tensors expected = ours(options);
  Tensors own = parameters();
  Adam adam(own, options);
  for (std::uint64_t step = 0; step < 8; ++step) adam.step({gradients(step)}, 1, 1);
  const Tensors first = copied(adam.first()), second = copied(adam.second());
  Tensors again = copied(own);
  Adam other(again, options);
  other.step({gradients(99)}, 1, 1);  // has a state of its own by then
  for (std::size_t k = 0; k < own.size(); ++k) again[k].copy_(own[k]);
  other.restore(adam.steps(), first, second);
  for (std::uint64_t step = 8; step < 20; ++step) other.step({gradients(step)}, 1, 1);
  expect_same(again, expected);
}

TEST(AdamTest, ParametersThatAreNoContiguousFloatsThrow) {
  EXPECT_THROW(Adam({torch::zeros({3, 4}).t()}, {}), c10::Error);
  EXPECT_THROW(Adam({torch::zeros({3}, torch::kFloat64)}, {}), c10::Error);
}

}  // namespace
}  // namespace motive::nn
