#include "framework/stats/variance_parts.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "framework/stats/intervals.h"

namespace motive {
namespace {

/// Of rounding in a sum of squares, and in what the equations leave over.
constexpr double kRounding = 1e-10;

/// A factor with its levels numbered by first appearance, so that equal partitions are equal vectors.
struct Partition {
  std::string name;
  std::vector<std::uint32_t> level;
  std::vector<double> count;  // of each level
};

Partition partition_of(const VarianceFactor& factor) {
  Partition partition{factor.name, {}, {}};
  std::unordered_map<std::uint64_t, std::uint32_t> number;
  for (const std::uint64_t level : factor.levels) {
    const auto [at, fresh] = number.try_emplace(level, static_cast<std::uint32_t>(number.size()));
    if (fresh) partition.count.push_back(0);
    ++partition.count[at->second];
    partition.level.push_back(at->second);
  }
  return partition;
}

/// Those with two levels or more; what always changes together is one.
std::vector<Partition> partitions_of(std::span<const VarianceFactor> factors) {
  std::vector<Partition> found;
  for (const VarianceFactor& factor : factors) {
    Partition partition = partition_of(factor);
    if (partition.count.size() < 2) continue;
    const auto same = std::find_if(found.begin(), found.end(), [&](const Partition& p) { return p.level == partition.level; });
    if (same == found.end()) {
      found.push_back(std::move(partition));
    } else {
      same->name += "+" + partition.name;
    }
  }
  return found;
}

/// sum_l sum_m n_lm^2 / n_l, and the same over / n_m.
std::pair<double, double> overlap(const Partition& f, const Partition& g) {
  std::vector<std::uint64_t> pairs(f.level.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = std::uint64_t{f.level[i]} << 32 | g.level[i];
  std::sort(pairs.begin(), pairs.end());
  std::pair<double, double> sums;
  for (std::size_t from = 0, to = 0; from < pairs.size(); from = to) {
    while (to < pairs.size() && pairs[to] == pairs[from]) ++to;
    const double count = static_cast<double>(to - from);
    sums.first += count * count / f.count[pairs[from] >> 32];
    sums.second += count * count / g.count[pairs[from] & 0xffffffffu];
  }
  return sums;
}

double between_levels(const Partition& f, const std::vector<double>& centred) {
  std::vector<double> sums(f.count.size(), 0.0);
  for (std::size_t i = 0; i < centred.size(); ++i) sums[f.level[i]] += centred[i];
  double t = 0;
  for (std::size_t l = 0; l < sums.size(); ++l) t += sums[l] * sums[l] / f.count[l];
  return t;
}

/// Rows of coefficients with the right side last: one a factor, then T's. The rest is the last unknown.
using Equations = std::vector<std::vector<double>>;

/// The equations of the header.
Equations equations(const std::vector<Partition>& factors, std::span<const double> values) {
  const double n = static_cast<double>(values.size()), m = mean(values);
  std::vector<double> centred(values.begin(), values.end());
  for (double& y : centred) y -= m;
  const std::size_t count = factors.size();
  Equations rows(count + 1, std::vector<double>(count + 2, n));
  for (std::size_t i = 0; i < count; ++i) {
    rows[i][count] = static_cast<double>(factors[i].count.size()) - 1;
    rows[i][count + 1] = between_levels(factors[i], centred);
    for (std::size_t j = 0; j < i; ++j) std::tie(rows[i][j], rows[j][i]) = overlap(factors[i], factors[j]);
  }
  rows[count][count] = n - 1;
  rows[count][count + 1] = 0;
  for (const double y : centred) rows[count][count + 1] += y * y;
  for (std::size_t j = 0; j < count; ++j) {
    double squares = 0;
    for (const double c : factors[j].count) squares += c * c;
    for (std::vector<double>& row : rows) row[j] -= squares / n;
  }
  return rows;
}

/// Gauss-Jordan with full pivoting; none where the equations do not determine every unknown. At most
/// a handful of unknowns.
std::optional<std::vector<double>> solve(Equations rows) {
  const std::size_t n = rows.size();
  std::vector<std::size_t> unknown(n);  // of each row, once it is the row of a pivot
  double largest = 0;
  for (std::size_t step = 0; step < n; ++step) {
    std::size_t row = step, column = 0;
    double pivot = 0;
    for (std::size_t r = step; r < n; ++r) {
      for (std::size_t c = 0; c < n; ++c) {
        if (std::abs(rows[r][c]) > pivot) pivot = std::abs(rows[r][c]), row = r, column = c;
      }
    }
    largest = std::max(largest, pivot);
    if (pivot <= kRounding * largest) return {};
    std::swap(rows[step], rows[row]);
    unknown[step] = column;
    for (std::size_t r = 0; r < n; ++r) {
      if (r == step) continue;
      const double factor = rows[r][column] / rows[step][column];
      for (std::size_t c = 0; c <= n; ++c) rows[r][c] -= factor * rows[step][c];
      rows[r][column] = 0;
    }
  }
  std::vector<double> x(n);
  for (std::size_t r = 0; r < n; ++r) x[unknown[r]] = rows[r][n] / rows[r][unknown[r]];
  return x;
}

Status check(std::span<const double> values, std::span<const VarianceFactor> factors, std::span<const double> user_variances) {
  if (values.empty()) return invalid("variance parts: no observations; give the value of one cell or more");
  for (const VarianceFactor& factor : factors) {
    if (factor.levels.size() == values.size()) continue;
    return invalid("variance parts: {} levels of '{}' for {} observations; give one each", factor.levels.size(), factor.name,
                   values.size());
  }
  if (!user_variances.empty() && user_variances.size() != values.size()) {
    return invalid("variance parts: {} variances over users for {} observations; give one each, or none", user_variances.size(),
                   values.size());
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i]) && (user_variances.empty() || std::isfinite(user_variances[i]))) continue;
    return invalid("variance parts: observation {} is not a finite number; leave out cells without a value", i + 1);
  }
  return {};
}

/// Parts of the factors and the rest.
Result<std::vector<VariancePart>> seed_parts(std::span<const double> values, std::vector<Partition> factors) {
  std::vector<VariancePart> parts;
  if (values.size() < 2) return parts;
  for (const Partition& f : factors) parts.push_back({f.name, f.count.size()});
  const auto own = std::find_if(factors.begin(), factors.end(),
                                [&](const Partition& f) { return f.count.size() == values.size(); });
  const auto own_part = parts.begin() + (own - factors.begin());
  const bool with_rest = own != factors.end();
  if (with_rest) factors.erase(own);
  const Equations rows = equations(factors, values);
  const auto s2 = solve(rows);
  if (!s2) {
    std::string names;
    for (const Partition& f : factors) names += (names.empty() ? "" : ", ") + f.name;
    return invalid("variance parts: {} combinations of seeds are too few to tell apart {}; run more of them", values.size(),
                   names);
  }
  const double nothing = kRounding * rows.back().back() / static_cast<double>(values.size());
  std::size_t next = 0;
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    part->with_rest = with_rest && part == own_part;
    part->estimate = part->with_rest ? s2->back() : (*s2)[next++];
  }
  if (!with_rest) parts.push_back({kRestPart, 0, 0, 0, s2->back()});
  for (VariancePart& part : parts) {
    if (std::abs(part.estimate) <= nothing) part.estimate = 0;
    part.cut = part.estimate < 0;
    part.variance = std::max(0.0, part.estimate);
  }
  return parts;
}

}  // namespace

const VariancePart* VarianceParts::find(const std::string& name) const {
  const auto found = std::find_if(parts.begin(), parts.end(), [&](const VariancePart& part) { return part.name == name; });
  return found == parts.end() ? nullptr : &*found;
}

Result<VarianceParts> variance_parts(std::span<const double> values, std::span<const VarianceFactor> factors,
                                     std::span<const double> user_variances) {
  MOTIVE_TRY(check(values, factors, user_variances));
  VarianceParts answer{mean(values), values.size(), {}};
  MOTIVE_ASSIGN(answer.parts, seed_parts(values, partitions_of(factors)));
  if (!user_variances.empty()) {
    const double variance = mean(user_variances);
    answer.parts.push_back({kUsersPart, 0, variance, 0, variance});
  }
  double sum = 0;
  for (const VariancePart& part : answer.parts) sum += part.variance;
  for (VariancePart& part : answer.parts) part.share = sum > 0 ? part.variance / sum : 0;
  return answer;
}

}  // namespace motive
