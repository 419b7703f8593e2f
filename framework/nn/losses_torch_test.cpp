#include "framework/nn/losses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

using Row = std::vector<double>;  // of scores, the positive first

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }

double bce_of(const Row& s) {
  double sum = softplus(-s[0]);
  for (std::size_t k = 1; k < s.size(); ++k) sum += softplus(s[k]);
  return sum / static_cast<double>(s.size());
}
/// sigmoid(s+)^beta in the place of sigmoid(s+)
double gbce_of(const Row& s, double beta) {
  return bce_of(s) + (beta - 1) * softplus(-s[0]) / static_cast<double>(s.size());
}
double sampled_ce_of(const Row& s) {
  const double most = *std::max_element(s.begin(), s.end());
  double sum = 0;
  for (const double x : s) sum += std::exp(x - most);
  return std::log(sum) + most - s[0];
}

struct Loss {
  std::string name;
  std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)> ours;
  std::function<double(const Row&)> formula;
};

std::vector<Loss> losses() {
  const auto gbce = [](double beta) { return [beta](const auto& p, const auto& n) { return gbce_sum(p, n, beta); }; };
  return {{"bce", bce_sum, bce_of},
          {"gbce .3", gbce(0.3), [](const Row& s) { return gbce_of(s, 0.3); }},
          {"gbce .02", gbce(0.02), [](const Row& s) { return gbce_of(s, 0.02); }},
          {"gbce 1", gbce(1), bce_of},
          {"sampled_ce", sampled_ce_sum, sampled_ce_of}};
}

double at(const torch::Tensor& t, std::int64_t r, std::int64_t c) { return t.index({r, c}).item<double>(); }

Row row_of(const torch::Tensor& positive, const torch::Tensor& negatives, std::int64_t r) {
  Row row{at(positive, r, 0)};
  for (std::int64_t k = 0; k < negatives.size(1); ++k) row.push_back(at(negatives, r, k));
  return row;
}

TEST(LossesTest, LossesAndGradientsAreThoseOfTheFormulasInDouble) {
  torch::manual_seed(1);
  for (const Loss& loss : losses()) {
    for (const std::int64_t width : {1, 4}) {
      SCOPED_TRACE(::testing::Message() << loss.name << ", " << width << " negatives");
      const torch::Tensor positive = (3 * torch::randn({9, 1})).requires_grad_();
      const torch::Tensor negatives = (3 * torch::randn({9, width})).requires_grad_();
      const torch::Tensor sum = loss.ours(positive, negatives);
      const auto gradients = torch::autograd::grad({sum}, {positive, negatives});
      double expected = 0;
      for (std::int64_t r = 0; r < 9; ++r) {
        const Row row = row_of(positive, negatives, r);
        expected += loss.formula(row);
        for (std::size_t k = 0; k < row.size(); ++k) {
          constexpr double kStep = 1e-5;
          Row up = row, down = row;
          up[k] += kStep, down[k] -= kStep;
          const double slope = (loss.formula(up) - loss.formula(down)) / (2 * kStep);
          const auto column = static_cast<std::int64_t>(k);
          EXPECT_NEAR(k == 0 ? at(gradients[0], r, 0) : at(gradients[1], r, column - 1), slope, 1e-5);
        }
      }
      EXPECT_NEAR(sum.item<double>(), expected, 1e-4 + 1e-5 * expected);
    }
  }
}

TEST(LossesTest, BetaOfGbceGoesFromOneToTheShareOfNegatives) {
  EXPECT_DOUBLE_EQ(gbce_beta(16, 1001, 0), 1);
  EXPECT_DOUBLE_EQ(gbce_beta(16, 1001, 1), 0.016);
  EXPECT_DOUBLE_EQ(gbce_beta(16, 1001, 0.5), 0.508);
  EXPECT_DOUBLE_EQ(gbce_beta(5000, 1001, 0.75), 1) << "more negatives than items";
  EXPECT_TRUE(std::isfinite(gbce_beta(1, 1, 0.75)));
}

TEST(LossesTest, GbceWithoutCalibrationIsBce) {
  torch::manual_seed(2);
  const torch::Tensor positive = torch::linspace(-12, 12, 25).view({25, 1}).requires_grad_();
  const torch::Tensor negatives = (4 * torch::randn({25, 3})).requires_grad_();
  const torch::Tensor gbce = gbce_sum(positive, negatives, gbce_beta(3, 100, 0)), bce = bce_sum(positive, negatives);
  EXPECT_TRUE(close(gbce.view({1}), bce.view({1})));
  const auto gradients = torch::autograd::grad({gbce}, {positive, negatives});
  const auto others = torch::autograd::grad({bce}, {positive, negatives});
  for (std::size_t k = 0; k < 2; ++k) EXPECT_TRUE(close(gradients[k], others[k]));
}

TEST(LossesTest, ExtremeScoresGiveFiniteLossesAndGradients) {
  for (const Loss& loss : losses()) {
    for (const float p : {-1e4f, -200.0f, -30.0f, 30.0f, 200.0f, 1e4f}) {
      for (const float n : {-1e4f, -30.0f, 30.0f, 1e4f}) {
        const torch::Tensor positive = torch::full({1, 1}, p).requires_grad_();
        const torch::Tensor negatives = torch::full({1, 2}, n).requires_grad_();
        const torch::Tensor sum = loss.ours(positive, negatives);
        EXPECT_TRUE(std::isfinite(sum.item<float>())) << loss.name << " of " << p << " and " << n;
        EXPECT_GE(sum.item<float>(), 0) << loss.name << " of " << p << " and " << n;
        for (const auto& g : torch::autograd::grad({sum}, {positive, negatives})) {
          EXPECT_TRUE(g.isfinite().all().item<bool>()) << loss.name << " of " << p << " and " << n;
        }
      }
    }
  }
}

TEST(LossesTest, ShapesThatDoNotAgreeThrow) {
  for (const Loss& loss : losses()) {
    EXPECT_THROW(loss.ours(torch::zeros({3, 1}), torch::zeros({2, 4})), c10::Error) << loss.name;
    EXPECT_THROW(loss.ours(torch::zeros({3}), torch::zeros({3, 4})), c10::Error) << loss.name;
    EXPECT_THROW(loss.ours(torch::zeros({3, 1}), torch::zeros({3})), c10::Error) << loss.name;
  }
}

TEST(DropoutTest, KeepsTheRightShareAndScalesIt) {
  const torch::Tensor x = torch::ones({400, 500});
  DropoutSeeds seeds(5);
  for (const double p : {0.1, 0.5, 0.9}) {
    const torch::Tensor y = dropout(x, p, seeds.next());
    const torch::Tensor kept = y.ne(0);
    EXPECT_NEAR(kept.to(torch::kFloat32).mean().item<double>(), 1 - p, 5 * std::sqrt(p * (1 - p) / 200000));
    EXPECT_TRUE(close(y.masked_select(kept), torch::full({kept.sum().item<std::int64_t>()}, 1 / (1 - p))));
    // Neither rows nor columns are favoured.
    const torch::Tensor rows = kept.to(torch::kFloat32).mean(1), columns = kept.to(torch::kFloat32).mean(0);
    EXPECT_LT((rows - (1 - p)).abs().max().item<double>(), 5 * std::sqrt(p * (1 - p) / 500));
    EXPECT_LT((columns - (1 - p)).abs().max().item<double>(), 5 * std::sqrt(p * (1 - p) / 400));
  }
}

TEST(DropoutTest, TheMaskFollowsFromTheSeedAloneAndIsThatOfTheGradient) {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({300, 301}).requires_grad_();
  const auto with = [&](std::uint32_t seed, int threads) {
    const Threads set(threads);
    return dropout(x, 0.3, seed);
  };
  const torch::Tensor y = with(1, 1);
  EXPECT_TRUE(torch::equal(y, with(1, 3)));
  EXPECT_FALSE(torch::equal(y, with(2, 1)));
  const torch::Tensor slope = torch::randn({301, 300}).t();
  const torch::Tensor expected = slope * y.ne(0) / 0.7;
  EXPECT_TRUE(close(torch::autograd::grad({y}, {x}, {slope})[0], expected));
}

TEST(DropoutTest, MasksOfDifferentSeedsHaveNothingToDoWithEachOther) {
  DropoutSeeds seeds(1);
  const auto mask = [&] { return dropout(torch::ones({100000}), 0.5, seeds.next()).ne(0); };
  const torch::Tensor first = mask();
  for (int k = 0; k < 10; ++k) {
    EXPECT_NEAR(first.eq(mask()).to(torch::kFloat32).mean().item<double>(), 0.5, 5 * 0.5 / std::sqrt(1e5));
  }
}

TEST(DropoutTest, NothingIsDroppedWithZero) {
  const torch::Tensor x = torch::randn({7});
  EXPECT_TRUE(dropout(x, 0.0, 1u).is_same(x));
}

}  // namespace
}  // namespace motive::nn
