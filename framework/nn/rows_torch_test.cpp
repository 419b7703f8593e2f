#include "framework/nn/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

using ::testing::ElementsAre;

std::vector<std::int64_t> list(const torch::Tensor& t) {
  return {t.data_ptr<std::int64_t>(), t.data_ptr<std::int64_t>() + t.numel()};
}

TEST(RowsTest, NumbersAndLastRows) {
  EXPECT_THAT(list(numbers({3, -1, 7})), ElementsAre(3, -1, 7));
  EXPECT_EQ(numbers({}).numel(), 0);
  Packed packed;
  packed.add(std::vector<std::int64_t>{1, 2, 3}, 5);
  packed.add(std::vector<std::int64_t>{4}, 5);
  packed.add(std::vector<std::int64_t>{5, 6, 7, 8, 9, 10, 11}, 5);
  EXPECT_THAT(packed.tokens, ElementsAre(1, 2, 3, 4, 7, 8, 9, 10, 11));
  EXPECT_THAT(packed.positions, ElementsAre(2, 3, 4, 4, 0, 1, 2, 3, 4));
  EXPECT_THAT(list(last_rows(packed)), ElementsAre(2, 3, 8));
}

TEST(RowsTest, GatheredRowsAndTheirGradientsAreThoseOfIndexSelect) {
  torch::manual_seed(1);
  for (const std::int64_t dim : {1, 7, 64}) {
    const torch::Tensor table = torch::randn({40, dim}).requires_grad_(), ids = torch::randint(30, {300});  // with repeats
    const torch::Tensor rows = gather_rows(table, ids), expected = table.index_select(0, ids);
    EXPECT_TRUE(torch::equal(rows, expected));
    const torch::Tensor slope = torch::randn_like(expected);
    const auto gradient = torch::autograd::grad({rows}, {table}, {slope});
    const auto other = torch::autograd::grad({expected}, {table}, {slope});
    EXPECT_TRUE(close(gradient[0], other[0]));
  }
}

TEST(RowsTest, ProductsAndTheirGradientsAreThoseOfExplicitOnes) {
  torch::manual_seed(2);
  for (const std::int64_t dim : {1, 15, 16, 40}) {
    for (const std::int64_t width : {1, 9}) {
      const torch::Tensor x = torch::randn({50, dim}).requires_grad_(), table = torch::randn({20, dim}).requires_grad_();
      const torch::Tensor ids = torch::randint(18, {50, width});
      const torch::Tensor products = dot_rows(x, table, ids);
      const torch::Tensor expected = (x.unsqueeze(1) * table.index_select(0, ids.flatten()).view({50, width, dim})).sum(2);
      EXPECT_TRUE(close(products, expected));
      const torch::Tensor slope = torch::randn_like(expected);
      const auto gradients = torch::autograd::grad({products}, {x, table}, {slope});
      const auto others = torch::autograd::grad({expected}, {x, table}, {slope});
      EXPECT_TRUE(close(gradients[0], others[0]));
      EXPECT_TRUE(close(gradients[1], others[1]));
    }
  }
}

TEST(RowsTest, NoIdsAreNoRows) {
  const torch::Tensor table = torch::randn({4, 3}).requires_grad_(), none = torch::empty({0}, torch::kInt64);
  const torch::Tensor rows = gather_rows(table, none);
  EXPECT_EQ(rows.sizes(), torch::IntArrayRef({0, 3}));
  EXPECT_EQ(torch::autograd::grad({rows.sum()}, {table})[0].abs().sum().item<float>(), 0);
  EXPECT_EQ(dot_rows(torch::empty({0, 3}), table, none.view({0, 1})).numel(), 0);
}

TEST(RowsTest, GradientsAreTheSameBytesForAnyNumberOfThreads) {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({3000, 16}).requires_grad_(), table = torch::randn({1500, 16}).requires_grad_();
  const torch::Tensor ids = torch::randint(1500, {3000, 4});
  const auto of = [&](int threads) {
    const Threads set(threads);
    const torch::Tensor products = dot_rows(x, table, ids), rows = gather_rows(table, ids.select(1, 0));
    return torch::autograd::grad({products.square().sum() + rows.pow(3).sum()}, {x, table});
  };
  const auto one = of(1), three = of(3);
  EXPECT_TRUE(torch::equal(one[0], three[0]));
  EXPECT_TRUE(torch::equal(one[1], three[1]));
}

TEST(RowsTest, IdsOutOfRangeAndOtherShapesThrow) {
  const torch::Tensor table = torch::zeros({5, 4}), x = torch::zeros({2, 4});
  for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{5}, std::int64_t{1} << 40}) {
    EXPECT_THROW(gather_rows(table, numbers({0, bad})), c10::Error) << bad;
    EXPECT_THROW(dot_rows(x, table, numbers({0, bad}).view({2, 1})), c10::Error) << bad;
  }
  EXPECT_THROW(gather_rows(table.flatten(), numbers({0})), c10::Error);
  EXPECT_THROW(gather_rows(table, numbers({0, 1}).view({1, 2})), c10::Error);
  EXPECT_THROW(gather_rows(table, numbers({0}).to(torch::kInt32)), c10::Error);
  EXPECT_THROW(dot_rows(x, table, numbers({0, 1, 2}).view({3, 1})), c10::Error);
  EXPECT_THROW(dot_rows(x.narrow(1, 0, 3), table, numbers({0, 1}).view({2, 1})), c10::Error);
  EXPECT_THROW(dot_rows(x, table, numbers({0, 1})), c10::Error);
}

TEST(RowsTest, IdsThatAreAColumnOfOthersAreLookedAtWhereTheyStand) {
  const torch::Tensor table = torch::randn({5, 4}), pairs = numbers({0, 9, 4, 9, 2, 9}).view({3, 2});
  EXPECT_TRUE(torch::equal(gather_rows(table, pairs.select(1, 0)), table.index_select(0, numbers({0, 4, 2}))));
  EXPECT_THROW(gather_rows(table, numbers({0, 1, 2, 3, 0, 9}).view({2, 3}).select(1, 2)), c10::Error);
}

}  // namespace
}  // namespace motive::nn
