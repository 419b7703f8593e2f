#pragma once
// Purpose: the two tests of paired.h that draw random numbers, on what users' rows have become there.
//
// Sign flips: were the two methods interchangeable, each user's difference could as well have the
// other sign. S_g is the (weighted) sum of a user's differences, W_g that of his weights, T the sum
// of S_g. Over B random choices of signs s_g
//   p = (#{|sum s_g S_g| >= |T|} + 1) / (B + 1),
// or over all 2^n of them, p = # / 2^n, where those are no more than B. The users with the sign
// minus are a random subset P, and the flipped sum of S - delta W is as large as the real one exactly
// where mean(P) = sum_P S / sum_P W <= delta; so the interval holds the delta that the same draws do
// not reject: it runs between order statistics of the means of P and its complement. It does not
// contain 0 exactly where p <= 1 - level. Infinite where no p is that small (fewer than 6 users at
// 95 %). Sources: Fisher, The Design of Experiments (1935), 21; Hartigan 1969, JASA 64:1303-1317
// (typical values); +1: Phipson & Smyth 2010, Stat. Appl. Genet. Mol. Biol. 9:39.
//
// Bootstrap: values z_g (n of them, mean m, standard error e = sd / sqrt(n)); a resample has mean m*
// and standard error e*:
//   t* = (m* - m) / e*;  p = (#{|t*| >= |m| / e} + 1) / (B + 1);  interval m -+ q e,
// q the floor((1 - level)(B + 1))-th largest |t*|, so that interval and p agree again. Studentised
// and symmetric, because the error of its two-sided level falls as 1/n^2, while that of percentile,
// equal-tailed studentised and BCa intervals falls as 1/n, and because its p comes from the same
// draws, while BCa's needs a search (Hall 1992, The Bootstrap and Edgeworth Expansion, 3.5 and 3.6;
// Hall & Wilson 1991, Biometrics 47:757-762: resample what is centred, divide by the spread). Where a
// few users with large losses decide, it holds its level while paired t and sign flips do not
// (false_positives_slow_test.cpp: 5 % against 9 %). A resample without spread, away from m, counts as
// infinite: few users differ.
//
// Shapes: a value a user. Units: those of the metric. Complexity: sign flips n B / 8 additions from
// tables of 256 subset sums; bootstrap B times the users that do not share the commonest value (how
// many of the others a resample holds is one binomial draw). 22,000 users, 10,000 resamples, one
// core of a server: sign flips .02 s; bootstrap .01 s where 5 % of the users differ from the commonest
// value, .25 s where all do. Determinism: streams of Rng(seed, ...); no threads; ties are
// decided with a tolerance, so that the last digit of a sum does not matter.
// Errors: none; for callers that hold n >= 2 finite values with spread and W_g > 0.

#include <cstddef>
#include <cstdint>
#include <span>

#include "framework/stats/intervals.h"

namespace motive {

struct Resampled {
  double p = 1;
  Interval interval;
};

/// totals: S_g, weights: W_g, of the same length.
Resampled sign_flips(std::span<const double> totals, std::span<const double> weights, double level,
                     std::size_t resamples, std::uint64_t seed);

Resampled bootstrap_t(std::span<const double> values, double level, std::size_t resamples, std::uint64_t seed);

}  // namespace motive
