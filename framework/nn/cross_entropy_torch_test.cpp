#include "framework/nn/cross_entropy.h"

#include <gtest/gtest.h>

#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

namespace functional = torch::nn::functional;

torch::Tensor plain(const torch::Tensor& x, const torch::Tensor& table, const torch::Tensor& bias, const torch::Tensor& targets) {
  torch::Tensor scores = x.to(torch::kFloat64).mm(table.to(torch::kFloat64).t());
  if (bias.defined()) scores = scores + bias.to(torch::kFloat64);
  return functional::cross_entropy(scores, targets, functional::CrossEntropyFuncOptions().reduction(torch::kSum));
}

struct Inputs {
  torch::Tensor x, table, bias, targets;
  Inputs(std::int64_t rows, std::int64_t items, std::int64_t dim, bool with_bias, double size = 1)
      : x((size * torch::randn({rows, dim})).requires_grad_()), table(torch::randn({items, dim}).requires_grad_()),
        targets(torch::randint(items, {rows})) {
    if (with_bias) bias = torch::randn({items}).requires_grad_();
  }
  torch::Tensor loss() const { return cross_entropy_sum(x, table, bias, targets); }
  torch::Tensor expected() const { return plain(x, table, bias, targets); }
  std::vector<torch::Tensor> inputs() const {
    return bias.defined() ? std::vector{x, table, bias} : std::vector{x, table};
  }
};

void expect_parity(const Inputs& in) {
  const torch::Tensor loss = in.loss(), expected = in.expected();
  EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-5 + 1e-5 * std::abs(expected.item<double>()));
  const auto gradients = torch::autograd::grad({loss * 0.5}, in.inputs());
  const auto others = torch::autograd::grad({expected * 0.5}, in.inputs());
  for (std::size_t k = 0; k < others.size(); ++k) EXPECT_TRUE(close(gradients[k], others[k])) << "input " << k;
}

TEST(CrossEntropyTest, LossAndGradientsAreThoseOfLibTorch) {
  torch::manual_seed(1);
  for (const std::int64_t rows : {1, 23, 24, 25, 53}) {
    for (const std::int64_t items : {1, 2, 63, 64, 65, 300}) {
      for (const std::int64_t dim : {1, 5, 16, 20, 64}) {
        SCOPED_TRACE(::testing::Message() << rows << " rows, " << items << " items, dim " << dim);
        expect_parity({rows, items, dim, (rows + items + dim) % 2 == 0});
      }
    }
  }
  for (const bool with_bias : {false, true}) expect_parity({30, 70, 12, with_bias});
}

TEST(CrossEntropyTest, LargeScoresStayFinite) {
  torch::manual_seed(2);
  for (const double size : {1e3, -1e3}) {
    const Inputs in(29, 100, 16, true, size);
    EXPECT_GT(in.x.mm(in.table.t()).abs().max().item<float>(), 1e3);
    expect_parity(in);
  }
}

TEST(CrossEntropyTest, OneItemCostsNothing) {
  const Inputs in(5, 1, 8, false);
  EXPECT_NEAR(in.loss().item<double>(), 0, 1e-5);
  for (const auto& g : torch::autograd::grad({in.loss()}, in.inputs())) EXPECT_LT(g.abs().max().item<float>(), 1e-5);
}

TEST(CrossEntropyTest, NoRowsCostNothing) {
  const Inputs in(0, 7, 8, true);
  EXPECT_EQ(in.loss().item<double>(), 0);
  for (const auto& g : torch::autograd::grad({in.loss()}, in.inputs())) EXPECT_EQ(g.abs().sum().item<float>(), 0);
}

TEST(CrossEntropyTest, ViewsOfLargerTensorsAreTaken) {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({32, 60}), table = torch::randn({32, 40});
  torch::Tensor numbers = torch::randint(40, {60, 2});
  const torch::Tensor targets = numbers.select(1, 1);
  EXPECT_TRUE(close(cross_entropy_sum(x.t(), table.t(), {}, targets).view({1}), plain(x.t(), table.t(), {}, targets).view({1})));
  numbers.select(1, 0).fill_(1000);  // beside the targets
  EXPECT_NO_THROW(cross_entropy_sum(x.t(), table.t(), {}, targets));
  numbers.index_put_({59, 1}, 40);
  EXPECT_THROW(cross_entropy_sum(x.t(), table.t(), {}, targets), c10::Error);
}

TEST(CrossEntropyTest, TheSameBytesForAnyNumberOfThreads) {
  const Inputs in(60, 200, 24, true);
  const auto of = [&](int threads) {
    const Threads set(threads);
    return torch::autograd::grad({in.loss()}, in.inputs());
  };
  const auto one = of(1), three = of(3);
  for (std::size_t k = 0; k < one.size(); ++k) EXPECT_TRUE(torch::equal(one[k], three[k]));
}

TEST(CrossEntropyTest, ShapesAndTargetsThatDoNotAgreeThrow) {
  const torch::Tensor x = torch::zeros({3, 4}), table = torch::zeros({5, 4}), targets = torch::tensor({0L, 1L, 4L});
  EXPECT_NO_THROW(cross_entropy_sum(x, table, {}, targets));
  EXPECT_THROW(cross_entropy_sum(x, torch::zeros({5, 3}), {}, targets), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x.flatten(), table, {}, targets), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x, table, torch::zeros({4}), targets), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x, table, {}, torch::tensor({0L, 1L})), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x, table, {}, torch::tensor({0L, 1L, 5L})), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x, table, {}, torch::tensor({0L, 1L, -1L})), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x, table, {}, targets.to(torch::kInt32)), c10::Error);
  EXPECT_THROW(cross_entropy_sum(x.to(torch::kFloat64), table, {}, targets), c10::Error);
}

}  // namespace
}  // namespace motive::nn
