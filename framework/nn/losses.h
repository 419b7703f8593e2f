#pragma once
// Purpose: losses over sampled negatives; the one over all items is cross_entropy.h.
//   bce         sum over targets of  (-log s(s+) - sum log s(-s-)) / (1 + N)
//   gbce        bce with s+ replaced by  ln(1 / (s(s+)^-beta - 1)),  alpha = N / (I - 1),
//               beta = alpha (t (1 - 1/alpha) + 1/alpha); in double, clamped
//   sampled_ce  sum over targets of  log(exp s+ + sum exp s-) - s+
// Sources: Kang & McAuley, ICDM 2018 (bce, N = 1); Petrov & Macdonald, RecSys 2023 (gbce, equations 6 and 8);
// Klenitskiy & Vasilev, RecSys 2023 (sampled_ce). Shapes: positive [T×1], negatives [T×N]. Results: a scalar; sums, so
// that parts of a batch can be added. Determinism: elementwise and sums of LibTorch. Errors: shapes that do not agree
// throw c10::Error.

#include <torch/torch.h>

namespace motive::nn {

torch::Tensor bce_sum(const torch::Tensor& positive, const torch::Tensor& negatives);

/// beta for N negatives of `items` items and calibration t in [0, 1]; t = 0: 1, bce itself.
double gbce_beta(double negatives, double items, double t);
torch::Tensor gbce_sum(const torch::Tensor& positive, const torch::Tensor& negatives, double beta);

torch::Tensor sampled_ce_sum(const torch::Tensor& positive, const torch::Tensor& negatives);

}  // namespace motive::nn
