#include "baselines/bpr/bpr_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/base/rng.h"

namespace motive {
namespace {

// The loss of bpr_step.h, written once more, in double.
struct Triple {
  static constexpr std::size_t kDim = 16;
  alignas(64) double p[kDim], i[kDim], j[kDim];
  double bi, bj;
};

double loss(const Triple& t, const bpr::StepSizes<double>& s) {
  double x = t.bi - t.bj, pp = 0, ii = 0, jj = 0;
  for (std::size_t k = 0; k < Triple::kDim; ++k) {
    x += t.p[k] * (t.i[k] - t.j[k]);
    pp += t.p[k] * t.p[k];
    ii += t.i[k] * t.i[k];
    jj += t.j[k] * t.j[k];
  }
  return std::log1p(std::exp(-x)) + (s.user * pp + s.positive * ii + s.negative * jj) / 2 +
         s.bias * (t.bi * t.bi + t.bj * t.bj) / 2;
}

TEST(BprStepTest, IsTheGradientByCentralDifferences) {
  const bpr::StepSizes<double> sizes{0.25, 0.3, 0.2, 0.1, 0.05};
  Rng rng(1, "bpr gradient");
  for (int repeat = 0; repeat < 20; ++repeat) {
    Triple before{};
    double* const numbers[] = {before.p, before.i, before.j};
    for (double* row : numbers) {
      for (std::size_t k = 0; k < Triple::kDim; ++k) row[k] = rng.normal() / 2;
    }
    before.bi = rng.normal();
    before.bj = rng.normal();
    Triple after = before;
    bpr::step<double>({after.p, after.i, after.j, &after.bi, &after.bj}, Triple::kDim / 8, sizes);
    const auto check = [&](double* place, double stepped, double start) {
      constexpr double kH = 1e-5;
      *place = start + kH;
      const double up = loss(before, sizes);
      *place = start - kH;
      const double down = loss(before, sizes);
      *place = start;
      const double gradient = (up - down) / (2 * kH);
      EXPECT_NEAR((start - stepped) / sizes.learning_rate, gradient, 1e-8);
    };
    for (std::size_t k = 0; k < Triple::kDim; ++k) {
      check(&before.p[k], after.p[k], before.p[k]);
      check(&before.i[k], after.i[k], before.i[k]);
      check(&before.j[k], after.j[k], before.j[k]);
    }
    check(&before.bi, after.bi, before.bi);
    check(&before.bj, after.bj, before.bj);
  }
}

TEST(BprStepTest, FloatAgreesWithDouble) {
  Rng rng(2, "bpr gradient");
  Triple exact{};
  alignas(64) float p[16], i[16], j[16];
  for (std::size_t k = 0; k < 16; ++k) {
    p[k] = static_cast<float>(exact.p[k] = static_cast<float>(rng.normal()));
    i[k] = static_cast<float>(exact.i[k] = static_cast<float>(rng.normal()));
    j[k] = static_cast<float>(exact.j[k] = static_cast<float>(rng.normal()));
  }
  const float x =
      bpr::step<float>({p, i, j, nullptr, nullptr}, 1, {0.1f, 0.01f, 0.02f, 0.03f, 0});
  const double y = bpr::step<double>({exact.p, exact.i, exact.j, nullptr, nullptr}, 2,
                                     {0.1, 0.01, 0.02, 0.03, 0});
  EXPECT_NEAR(x, y, 1e-5);
  for (std::size_t k = 0; k < 16; ++k) {
    EXPECT_NEAR(p[k], exact.p[k], 1e-6);
    EXPECT_NEAR(i[k], exact.i[k], 1e-6);
    EXPECT_NEAR(j[k], exact.j[k], 1e-6);
  }
}

TEST(BprStepTest, TheSigmoidWithoutACallIsWithinItsBounds) {
  double relative = 0, absolute = 0;
  for (float x = -100; x < 100; x += 1e-3f) {
    const double exact = bpr::sigmoid_of_minus(static_cast<double>(x));
    const double error = std::abs(bpr::sigmoid_of_minus(x) - exact);
    absolute = std::max(absolute, error);
    if (std::abs(x) <= 30) relative = std::max(relative, error / exact);
  }
  EXPECT_LT(relative, 2e-6);
  EXPECT_LT(absolute, 2e-7);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_LT(bpr::sigmoid_of_minus(kInfinity), 1e-37f);
  EXPECT_EQ(bpr::sigmoid_of_minus(-kInfinity), 1);
  EXPECT_TRUE(std::isnan(bpr::sigmoid_of_minus(std::numeric_limits<float>::quiet_NaN())));
}

}  // namespace
}  // namespace motive
