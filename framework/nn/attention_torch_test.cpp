#include "framework/nn/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/nn/torch_testing.h"

namespace motive::nn {
namespace {

struct Inputs {
  torch::Tensor q, k, v;
  std::vector<std::int64_t> offsets{0};
  std::int64_t rows() const { return offsets.back(); }
};

Inputs inputs(const std::vector<std::int64_t>& lengths, std::int64_t dim) {
  Inputs made;
  for (const std::int64_t n : lengths) made.offsets.push_back(made.offsets.back() + n);
  for (torch::Tensor* t : {&made.q, &made.k, &made.v}) *t = torch::randn({made.rows(), dim}).requires_grad_();
  return made;
}

/// Each sequence and head as the paper writes it.
torch::Tensor plain(const Inputs& in, std::int64_t heads, bool causal) {
  const std::int64_t width = in.q.size(1) / heads;
  std::vector<torch::Tensor> sequences{torch::empty({0, in.q.size(1)})};
  for (std::size_t b = 0; b + 1 < in.offsets.size(); ++b) {
    const std::int64_t first = in.offsets[b], n = in.offsets[b + 1] - first;
    std::vector<torch::Tensor> parts;
    for (std::int64_t h = 0; h < heads; ++h) {
      const auto part = [&](const torch::Tensor& t) { return t.narrow(0, first, n).narrow(1, h * width, width); };
      torch::Tensor scores = part(in.q).mm(part(in.k).t()) / std::sqrt(static_cast<double>(width));
      if (causal) scores = scores.masked_fill(torch::ones({n, n}, torch::kBool).triu(1), -INFINITY);
      parts.push_back(scores.softmax(1).mm(part(in.v)));
    }
    if (n > 0) sequences.push_back(torch::cat(parts, 1));
  }
  return torch::cat(sequences, 0);
}

torch::Tensor packed(const Inputs& in, const AttentionOptions& options) {
  return packed_attention(in.q, in.k, in.v, in.offsets, options);
}

TEST(AttentionTest, ForwardAndGradientsAreThoseOfThePlainComputation) {
  torch::manual_seed(1);
  for (const std::int64_t width : {1, 5, 8, 16, 32, 64}) {
    for (const std::int64_t heads : {1, 3}) {
      for (const bool causal : {false, true}) {
        SCOPED_TRACE(::testing::Message() << "width " << width << ", heads " << heads << (causal ? ", causal" : ""));
        const Inputs in = inputs({2, 0, 1, 50, 7, 0}, width * heads);
        const torch::Tensor out = packed(in, {.heads = heads, .causal = causal});
        const torch::Tensor expected = plain(in, heads, causal);
        EXPECT_TRUE(close(out, expected));
        const torch::Tensor slope = torch::randn_like(expected);
        const auto gradients = torch::autograd::grad({out}, {in.q, in.k, in.v}, {slope});
        const auto others = torch::autograd::grad({expected}, {in.q, in.k, in.v}, {slope});
        for (std::size_t k = 0; k < 3; ++k) EXPECT_TRUE(close(gradients[k], others[k])) << "qkv"[k];
      }
    }
  }
}

TEST(AttentionTest, NoSequencesAndEmptyOnesGiveNoRows) {
  EXPECT_EQ(packed(inputs({}, 8), {.heads = 2}).size(0), 0);
  EXPECT_EQ(packed(inputs({0, 0}, 8), {.heads = 2}).size(0), 0);
}

TEST(AttentionTest, ColumnsOfLargerMatricesAreTaken) {  // not contiguous, and neither are their gradients
  torch::manual_seed(2);
  const torch::Tensor all = torch::randn({9, 48}).requires_grad_();
  const Inputs views{all.narrow(1, 0, 16), all.narrow(1, 16, 16), all.narrow(1, 32, 16), {0, 4, 9}};
  const torch::Tensor slope = torch::randn({16, 9}).t();
  const auto gradient = torch::autograd::grad({packed(views, {.heads = 2})}, {all}, {slope});
  EXPECT_TRUE(close(gradient[0], torch::autograd::grad({plain(views, 2, true)}, {all}, {slope})[0]));
}

TEST(AttentionTest, LargeProductsStayFinite) {
  Inputs in = inputs({7, 3}, 16);
  in.q = (in.q.detach() * 1e3).requires_grad_();
  const torch::Tensor out = packed(in, {.heads = 2});
  EXPECT_TRUE(close(out, plain(in, 2, true)));
  for (const auto& g : torch::autograd::grad({out.sum()}, {in.q, in.k, in.v})) EXPECT_TRUE(g.isfinite().all().item<bool>());
}

TEST(AttentionTest, DropoutFollowsFromItsSeedAndNotFromThreads) {
  const Inputs in = inputs({7, 2, 20, 1, 30, 30}, 16);
  const auto with = [&](std::uint32_t seed, int threads) {
    const Threads set(threads);
    return packed(in, {.heads = 2, .dropout = 0.4, .seed = seed}).detach();
  };
  EXPECT_TRUE(torch::equal(with(3, 1), with(3, 1)));
  EXPECT_TRUE(torch::equal(with(3, 1), with(3, 3)));
  EXPECT_FALSE(torch::equal(with(3, 1), with(4, 1)));
}

TEST(AttentionTest, DropoutIsRightOnAverage) {
  torch::manual_seed(3);
  const Inputs in = inputs({5, 9}, 16);
  const torch::NoGradGuard none;
  constexpr int kSeeds = 4000;
  torch::Tensor sum = torch::zeros({in.rows(), 16}), squares = torch::zeros_like(sum);
  DropoutSeeds seeds(11);
  for (int k = 0; k < kSeeds; ++k) {
    const torch::Tensor out = packed(in, {.heads = 2, .dropout = 0.3, .seed = seeds.next()});
    sum += out;
    squares += out * out;
  }
  const torch::Tensor mean = sum / kSeeds, deviation = (squares / kSeeds - mean * mean).clamp_min(0).sqrt();
  const torch::Tensor off = (mean - packed(in, {.heads = 2})).abs() / (deviation / std::sqrt(1.0 * kSeeds) + 1e-6);
  EXPECT_LT(off.max().item<float>(), 5);  // in standard errors, of 224 numbers
  EXPECT_GT(deviation.min().item<float>(), 0);
}

TEST(AttentionTest, GradientsWithDropoutAreThoseOfCentralDifferences) {
  torch::manual_seed(4);
  const Inputs in = inputs({4, 1, 6}, 10);
  for (const bool causal : {false, true}) {
    const AttentionOptions options{.heads = 2, .causal = causal, .dropout = 0.4, .seed = 9};
    const torch::Tensor slope = torch::randn({in.rows(), 10});
    const auto value = [&](const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
      return (packed_attention(q, k, v, in.offsets, options) * slope).to(torch::kFloat64).sum();
    };
    const auto gradients = torch::autograd::grad({value(in.q, in.k, in.v)}, {in.q, in.k, in.v});
    const torch::NoGradGuard none;
    // It is linear in v.
    const torch::Tensor other = torch::randn_like(in.v);
    EXPECT_NEAR((gradients[2] * other).sum().item<double>(), value(in.q, in.k, other).item<double>(), 1e-4);
    constexpr double kStep = 1e-2;
    for (int direction = 0; direction < 5; ++direction) {
      const torch::Tensor dq = torch::randn_like(in.q), dk = torch::randn_like(in.k);
      const auto moved = [&](double by) { return value(in.q + by * dq, in.k + by * dk, in.v).item<double>(); };
      // Five points: the step can be large enough for floats.
      const double slope_there = (8 * (moved(kStep) - moved(-kStep)) - (moved(2 * kStep) - moved(-2 * kStep))) / (12 * kStep);
      EXPECT_NEAR((gradients[0] * dq + gradients[1] * dk).sum().item<double>(), slope_there, 2e-3);
    }
  }
}

TEST(AttentionTest, ShapesThatDoNotAgreeThrow) {
  const Inputs in = inputs({4, 3}, 8);
  const torch::Tensor narrow = torch::zeros({7, 4}), flat = torch::zeros({56});
  EXPECT_THROW(packed_attention(in.q, narrow, in.v, in.offsets, {}), c10::Error);
  EXPECT_THROW(packed_attention(in.q, in.k, narrow, in.offsets, {}), c10::Error);
  EXPECT_THROW(packed_attention(flat, flat, flat, in.offsets, {}), c10::Error);
  EXPECT_THROW(packed_attention(in.q, in.k, in.v, {}, {}), c10::Error);
  EXPECT_THROW(packed_attention(in.q, in.k, in.v, {0, 4, 6}, {}), c10::Error);
  EXPECT_THROW(packed(in, {.heads = 3}), c10::Error);
  EXPECT_THROW(packed(in, {.heads = 0}), c10::Error);
}

}  // namespace
}  // namespace motive::nn
