// What the layers are made of: exponentials, products of panels, the linear layer.

#include "framework/nn/panels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/nn/exp.h"
#include "framework/nn/linear.h"
#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

TEST(ExpTest, IsStdExpWithinTheFloatsOfItsRange) {
  for (int k = 0; k <= 200000; ++k) {
    const float x = -87.0f + 175.0f * static_cast<float>(k) / 200000;
    const double expected = std::exp(static_cast<double>(x));
    ASSERT_NEAR(exp_of(x) / expected, 1, 3e-7) << x;
  }
  EXPECT_EQ(exp_of(0), 1);
  for (const float x : {-87.5f, -1e3f, -1e30f, -INFINITY}) EXPECT_LT(exp_of(x), 2e-38f) << x;
  for (const float x : {89.0f, 1e30f, INFINITY}) EXPECT_EQ(exp_of(x), exp_of(88.0f)) << x;
  EXPECT_TRUE(std::isnan(exp_of(NAN)));
}

TEST(ExpTest, RowsOfAnyLengthAreShiftedAndSummed) {
  torch::manual_seed(1);
  for (const std::int64_t n : {1, 2, 31, 32, 33, 64, 100}) {
    for (std::int64_t place = 0; place < n; place += std::max<std::int64_t>(1, n / 5)) {  // of the largest
      torch::Tensor row = 5 * torch::randn({n}) - 20;
      row.index_put_({place}, 7);
      const torch::Tensor expected = (row - 7).to(torch::kFloat64).exp();
      float* const values = row.data_ptr<float>();
      EXPECT_EQ(max_of(values, n), 7);
      EXPECT_NEAR(exp_in_place(values, n, 7), expected.sum().item<double>(), 1e-6 * static_cast<double>(n));
      EXPECT_TRUE(torch::allclose(row.to(torch::kFloat64), expected, 1e-6, 0));
    }
  }
}

TEST(PanelsTest, ProductsAreThoseOfTheDefinitionForAnyShape) {
  torch::manual_seed(2);
  for (const std::int64_t m : {0, 1, 5, 6, 7, 13}) {
    for (const std::int64_t n : {16, 48, 64, 80, 144}) {
      for (const std::int64_t k : {0, 1, 3, 40}) {
        for (const bool turned : {false, true}) {
          for (const bool add : {false, true}) {
            const torch::Tensor a = turned ? torch::randn({k, m}) : torch::randn({m, k});
            const torch::Tensor b = torch::randn({k, n + 16}), c = torch::randn({m, n + 32}), before = c.clone();
            const auto size = [](std::int64_t x) { return static_cast<std::size_t>(x); };
            panel_product({.m = size(m), .n = size(n), .k = size(k), .row_step = turned ? 1 : size(k),
                           .k_step = turned ? size(m) : 1, .b_step = size(n + 16), .c_step = size(n + 32), .add = add},
                          a.data_ptr<float>(), b.data_ptr<float>(), c.data_ptr<float>());
            torch::Tensor expected = (turned ? a.t() : a).mm(b.narrow(1, 0, n));
            if (add) expected += before.narrow(1, 0, n);
            EXPECT_TRUE(close(c.narrow(1, 0, n), expected)) << m << "×" << k << " by " << k << "×" << n;
            EXPECT_TRUE(torch::equal(c.narrow(1, n, 32), before.narrow(1, n, 32))) << "beside them nothing is written";
          }
        }
      }
    }
  }
}

TEST(LinearTest, ForwardAndGradientsAreThoseOfLibTorch) {
  torch::manual_seed(3);
  struct Widths {
    std::int64_t in, out;
  };
  for (const Widths w : {Widths{16, 16}, {64, 48}, {32, 512}, {5, 16}, {16, 5}, {528, 16}}) {
    for (const std::int64_t rows : {0, 1, 7, 600}) {
      SCOPED_TRACE(::testing::Message() << rows << " rows, " << w.in << " to " << w.out);
      const torch::Tensor x = torch::randn({w.in, rows}).t().requires_grad_(), slope = torch::randn({w.out, rows}).t();
      const torch::Tensor weight = torch::randn({w.out, w.in}).requires_grad_(), bias = torch::randn({w.out}).requires_grad_();
      const torch::Tensor y = linear(x, weight, bias), expected = torch::linear(x, weight, bias);
      EXPECT_TRUE(close(y, expected));
      const auto gradients = torch::autograd::grad({y}, {x, weight, bias}, {slope});
      const auto others = torch::autograd::grad({expected}, {x, weight, bias}, {slope});
      for (std::size_t k = 0; k < 3; ++k) {  // sums over many rows
        EXPECT_TRUE(gradients[k].sizes() == others[k].sizes() && torch::allclose(gradients[k], others[k], 1e-4, 1e-3)) << k;
      }
    }
  }
}

TEST(LinearTest, ARowDoesNotDependOnHowManyAreAsked) {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({50, 32}), weight = torch::randn({64, 32}), bias = torch::randn({64});
  const torch::Tensor all = linear(x, weight, bias);
  for (std::int64_t first = 0; first < 50; first += 3) {
    const std::int64_t n = std::min<std::int64_t>(50 - first, 1 + first % 8);
    EXPECT_TRUE(torch::equal(linear(x.narrow(0, first, n), weight, bias), all.narrow(0, first, n)));
  }
}

TEST(LinearTest, ShapesThatDoNotAgreeThrow) {
  EXPECT_THROW(linear(torch::zeros({3, 32}), torch::zeros({16, 16}), torch::zeros({16})), c10::Error);
  EXPECT_THROW(linear(torch::zeros({3, 16}), torch::zeros({32, 16}), torch::zeros({16})), c10::Error);
  EXPECT_THROW(linear(torch::zeros({16}), torch::zeros({16, 16}), torch::zeros({16})), c10::Error);
}

}  // namespace
}  // namespace motive::nn
