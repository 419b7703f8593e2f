#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"
#include "framework/stats/resampling.h"

namespace motive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTie = 1e-9;    // relative, of two |t|
constexpr double kWhole = 1e-9;  // against .05 * 10001 falling just short of a whole number
constexpr double kNoSpread = 1e-12;  // a resample's variance, of the sample's

struct Moments {
  double sum = 0, squares = 0;
};

/// The chances of 0..n successes, as running sums. By ratios from the likeliest number on, which
/// needs no logarithm and so gives the same numbers everywhere.
std::vector<double> binomial_sums(std::size_t n, double success) {
  std::vector<double> chance(n + 1, 0.0);
  const double odds = success / (1 - success), count = static_cast<double>(n);
  const auto likeliest = std::min(n, static_cast<std::size_t>((count + 1) * success));
  chance[likeliest] = 1;
  for (std::size_t k = likeliest; k < n && chance[k] > 0; ++k) {
    chance[k + 1] = chance[k] * (count - static_cast<double>(k)) / static_cast<double>(k + 1) * odds;
  }
  for (std::size_t k = likeliest; k > 0 && chance[k] > 0; --k) {
    chance[k - 1] = chance[k] * static_cast<double>(k) / (count - static_cast<double>(k - 1)) / odds;
  }
  double sum = 0;
  for (double& c : chance) c = sum += c;
  for (double& c : chance) c /= sum;
  return chance;
}

/// Draws n of n values with replacement. The commonest value is not drawn user by user: how many of
/// the others a resample holds is binomial.
class Resampler {
 public:
  explicit Resampler(std::span<const double> values) : n_(values.size()), others_(values.begin(), values.end()) {
    std::sort(others_.begin(), others_.end());
    std::size_t from = 0, most = 0;
    for (std::size_t i = 0, start = 0; i < n_; ++i) {
      if (others_[i] != others_[start]) start = i;
      if (i + 1 - start > most) most = i + 1 - start, from = start;
    }
    if (4 * most < n_) return;  // the binomial draw costs more than it saves
    common_ = others_[from];
    const auto first = others_.begin() + static_cast<std::ptrdiff_t>(from);
    others_.erase(first, first + static_cast<std::ptrdiff_t>(most));
    sums_ = binomial_sums(n_, static_cast<double>(others_.size()) / static_cast<double>(n_));
  }

  Moments draw(Rng& rng) const {
    std::size_t many = n_;
    if (!sums_.empty()) {
      const auto at = std::upper_bound(sums_.begin(), sums_.end(), rng.uniform());
      many = std::min(n_, static_cast<std::size_t>(at - sums_.begin()));
    }
    Moments drawn = draw_others(rng, many);
    const double rest = static_cast<double>(n_ - many);
    return {drawn.sum + rest * common_, drawn.squares + rest * common_ * common_};
  }

 private:
  Moments draw_others(Rng& rng, std::size_t many) const {
    const auto size = static_cast<std::uint32_t>(others_.size());
    const std::uint32_t threshold = size == 0 ? 0 : -size % size;  // Lemire 2019, as in Rng::below
    Moments even, odd;
    const auto add = [](Moments& to, double x) {
      to.sum += x;
      to.squares += x * x;
    };
    std::size_t i = 0;
    for (; i + 2 <= many; i += 2) {  // two users from one word
      const std::uint64_t word = rng.next();
      const std::uint64_t a = (word >> 32) * size, b = (word & 0xffffffffu) * size;
      const bool biased = static_cast<std::uint32_t>(a) < threshold || static_cast<std::uint32_t>(b) < threshold;
      add(even, others_[biased ? rng.below(size) : a >> 32]);
      add(odd, others_[biased ? rng.below(size) : b >> 32]);
    }
    if (i < many) add(even, others_[rng.below(size)]);
    return {even.sum + odd.sum, even.squares + odd.squares};
  }

  std::size_t n_;
  std::vector<double> others_;  // sorted, so that the order of users plays no part
  double common_ = 0;
  std::vector<double> sums_;  // empty: every user is drawn
};

}  // namespace

Resampled bootstrap_t(std::span<const double> values, double level, std::size_t resamples, std::uint64_t seed) {
  const double n = static_cast<double>(values.size()), m = mean(values), sd = sample_sd(values);
  const double error = sd / std::sqrt(n);
  std::vector<double> centred(values.begin(), values.end());
  for (double& x : centred) x -= m;
  const Resampler resampler(centred);
  Rng rng(seed, "bootstrap of users");
  std::vector<double> t(resamples);
  for (double& x : t) {
    const Moments drawn = resampler.draw(rng);
    const double shift = drawn.sum / n, variance = (drawn.squares - drawn.sum * shift) / (n - 1);
    if (variance > kNoSpread * sd * sd) {
      x = std::abs(shift) / std::sqrt(variance / n);
    } else {
      x = std::abs(shift) > kTie * error ? kInfinity : 0;
    }
  }
  const double real = std::abs(m) / error * (1 - kTie), count = static_cast<double>(resamples);
  const auto found = std::count_if(t.begin(), t.end(), [&](double x) { return x >= real; });
  Resampled result{(static_cast<double>(found) + 1) / (count + 1), {-kInfinity, kInfinity}};
  const auto rank = static_cast<std::size_t>((1 - level) * (count + 1) + kWhole);
  if (rank == 0 || rank > resamples) return result;
  const auto at = t.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(t.begin(), at, t.end(), std::greater<>());
  if (std::isfinite(*at)) result.interval = {m - *at * error, m + *at * error};
  return result;
}

}  // namespace motive
