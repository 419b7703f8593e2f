#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "framework/base/rng.h"
#include "framework/stats/resampling.h"

namespace motive {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
/// Of the sum of all |S_g|: sums closer than this are taken as equal.
constexpr double kTie = 1e-12;
/// Against products such as .05 * 10001 that fall just short of a whole number.
constexpr double kWhole = 1e-9;

struct Subset {
  double total = 0, weight = 0;
};

/// Sums of each subset of up to 8 users: entry `bits` holds those whose bit is set.
using ByteTable = std::array<Subset, 256>;

ByteTable byte_table(std::span<const double> totals, std::span<const double> weights) {
  ByteTable table{};
  for (std::size_t user = 0; user < totals.size(); ++user) {
    const std::size_t half = std::size_t{1} << user;
    for (std::size_t bits = 0; bits < half; ++bits) {
      table[half + bits] = {table[bits].total + totals[user], table[bits].weight + weights[user]};
    }
  }
  for (std::size_t bits = std::size_t{1} << totals.size(); bits < table.size(); ++bits) {
    table[bits] = table[bits & ((std::size_t{1} << totals.size()) - 1)];  // bits of nobody
  }
  return table;
}

/// Adds to subsets[b] the users of one block of up to 64 that words(b) names.
template <class Words>
void add_block(std::span<const double> totals, std::span<const double> weights, Words&& words, std::vector<Subset>& subsets) {
  std::array<ByteTable, 8> tables;  // 32 KB, read for every resample before the next block's
  for (std::size_t byte = 0; byte < tables.size(); ++byte) {
    const std::size_t from = std::min(8 * byte, totals.size()), users = std::min<std::size_t>(8, totals.size() - from);
    tables[byte] = byte_table(totals.subspan(from, users), weights.subspan(from, users));
  }
  for (std::size_t b = 0; b < subsets.size(); ++b) {
    const std::uint64_t word = words(b);
    Subset sum;
    for (std::size_t byte = 0; byte < tables.size(); ++byte) {
      const Subset& part = tables[byte][(word >> (8 * byte)) & 255];
      sum.total += part.total;
      sum.weight += part.weight;
    }
    subsets[b].total += sum.total;
    subsets[b].weight += sum.weight;
  }
}

struct Sums {
  double total = 0, weight = 0, tie = 0;
};

Sums sums_of(std::span<const double> totals, std::span<const double> weights) {
  Sums sums;
  double size = 0;
  for (std::size_t g = 0; g < totals.size(); ++g) {
    sums.total += totals[g];
    sums.weight += weights[g];
    size += std::abs(totals[g]);
  }
  sums.tie = kTie * size;
  return sums;
}

/// Choices of signs whose sum is as far from 0 as the real one.
std::size_t as_extreme(const std::vector<Subset>& subsets, const Sums& all) {
  const double sign = all.total < 0 ? -1 : 1;
  return static_cast<std::size_t>(std::count_if(subsets.begin(), subsets.end(), [&](const Subset& s) {
    return sign * s.total <= all.tie || sign * (all.total - s.total) <= all.tie;
  }));
}

/// The rank-th smallest and largest of the means; an empty subset, whose sum stays what it is under
/// every shift, stands outside on both sides.
Interval between(std::vector<double> means, std::size_t empty, std::size_t rank) {
  if (rank <= empty || rank - empty > means.size()) return {-kInfinity, kInfinity};
  const auto at = static_cast<std::ptrdiff_t>(rank - empty - 1);
  std::nth_element(means.begin(), means.begin() + at, means.end());
  const double low = means[static_cast<std::size_t>(at)];
  std::nth_element(means.begin(), means.begin() + at, means.end(), std::greater<>());
  return {low, means[static_cast<std::size_t>(at)]};
}

Interval interval_of(const std::vector<Subset>& subsets, const Sums& all, bool complements, std::size_t rank) {
  std::vector<double> means;
  means.reserve(2 * subsets.size());
  std::size_t empty = 0;
  const double least = kTie * all.weight;
  const auto add = [&](double total, double weight) {
    if (weight <= least) {
      ++empty;
    } else {
      means.push_back(total / weight);
    }
  };
  for (const Subset& s : subsets) {
    add(s.total, s.weight);
    if (complements) add(all.total - s.total, all.weight - s.weight);
  }
  return between(std::move(means), empty, rank);
}

}  // namespace

Resampled sign_flips(std::span<const double> totals, std::span<const double> weights, double level,
                     std::size_t resamples, std::uint64_t seed) {
  const std::size_t n = totals.size();
  const Sums all = sums_of(totals, weights);
  const bool exact = n < 40 && (std::size_t{1} << n) <= resamples;
  std::vector<Subset> subsets(exact ? std::size_t{1} << n : resamples);
  for (std::size_t from = 0; from < n; from += 64) {
    const std::size_t users = std::min<std::size_t>(64, n - from);
    Rng rng(seed, "signs of users", from / 64);
    add_block(totals.subspan(from, users), weights.subspan(from, users),
              [&](std::size_t b) { return exact ? static_cast<std::uint64_t>(b) : rng.next(); }, subsets);
  }
  const double count = static_cast<double>(subsets.size());
  const double found = static_cast<double>(as_extreme(subsets, all));
  if (exact) {  // every subset is there, its complement too: p counts both, the order statistics one
    const auto rank = static_cast<std::size_t>((1 - level) * count / 2 + kWhole);
    return {found / count, interval_of(subsets, all, false, rank + 1)};
  }
  const auto rank = static_cast<std::size_t>((1 - level) * (count + 1) + kWhole);
  return {(found + 1) / (count + 1), interval_of(subsets, all, true, rank)};
}

}  // namespace motive
