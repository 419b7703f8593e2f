#include "baselines/slim/column_solver.h"

#include <algorithm>
#include <cmath>

namespace motive::slim {
namespace {

constexpr std::int32_t kUnknown = -2, kCandidate = -1;  // positions outside the working set
constexpr std::size_t kFirstJoin = 16;                  // then as many as there are
constexpr std::size_t kLargestDense = 1024;

}  // namespace

double best_weight(const ElasticNet& net, double residual, double diagonal, double weight) {
  const double z = residual + diagonal * weight;
  if (z > net.l1) return (z - net.l1) / (diagonal + net.l2);
  if (z < -net.l1 && !net.non_negative) return (z + net.l1) / (diagonal + net.l2);
  return 0;
}

void add_row(const SparseRows& gram, std::size_t i, double scale, std::span<double> r) {
  const auto columns = gram.columns_of(i);
  const auto values = gram.values_of(i);
  for (std::size_t e = 0; e < columns.size(); ++e) {
    r[columns[e]] += scale * static_cast<double>(values[e]);
  }
}

ColumnSolver::ColumnSolver(const SparseRows& gram, const ElasticNet& net)
    : gram_(gram),
      net_(net),
      diagonal_(gram.size(), 0),
      residuals_(gram.size(), 0),
      position_(gram.size(), kUnknown) {
  for (std::size_t i = 0; i < gram.size(); ++i) {
    const auto columns = gram.columns_of(i);
    const auto at = std::lower_bound(columns.begin(), columns.end(), i);
    if (at == columns.end() || *at != i) continue;  // an item without events
    diagonal_[i] = static_cast<double>(gram.values_of(i)[static_cast<std::size_t>(at - columns.begin())]);
  }
}

bool ColumnSolver::solve(std::size_t j, std::vector<Neighbour>& weights) {
  start(j);
  int sweeps = 0;
  bool settled = true;
  for (find_residuals(j); settled && admit(); find_residuals(j)) settled = descend(sweeps);
  weights.clear();
  for (std::size_t p = 0; p < items_.size(); ++p) {
    const auto weight = static_cast<float>(weights_[p]);
    if (weight != 0) weights.push_back({weight, items_[p]});
  }
  std::sort(weights.begin(), weights.end(),
            [](const Neighbour& a, const Neighbour& b) { return a.number < b.number; });
  for (const std::uint32_t i : candidates_) position_[i] = kUnknown;
  position_[j] = kUnknown;
  return settled;
}

/// The candidates at the start, and an empty working set.
void ColumnSolver::start(std::size_t j) {
  candidates_.clear();
  items_.clear();
  weights_.clear();
  own_residuals_.clear();
  position_[j] = kCandidate;  // so that it never becomes one
  const auto columns = gram_.columns_of(j);
  const auto values = gram_.values_of(j);
  nearest_.clear();
  for (std::size_t e = 0; e < columns.size(); ++e) {
    const std::uint32_t i = columns[e];
    const auto together = static_cast<double>(values[e]);
    if (i == j || (net_.non_negative && together <= net_.l1)) continue;
    nearest_.push_back({static_cast<float>(together / std::sqrt(diagonal_[i])), i});
  }
  if (net_.neighbours > 0) keep_nearest(nearest_, static_cast<std::size_t>(net_.neighbours));
  for (const Neighbour& n : nearest_) {
    candidates_.push_back(n.number);
    position_[n.number] = kCandidate;
  }
}

/// With weights of both signs, what shares users with an item that has a weight may get one as well.
void ColumnSolver::add_candidates(std::size_t row) {
  for (const std::uint32_t i : gram_.columns_of(row)) {
    if (position_[i] != kUnknown) continue;
    position_[i] = kCandidate;
    candidates_.push_back(i);
  }
}

void ColumnSolver::find_residuals(std::size_t j) {
  if (!net_.non_negative && net_.neighbours == 0) {
    for (std::size_t p = 0; p < items_.size(); ++p) {
      if (weights_[p] != 0) add_candidates(items_[p]);
    }
  }
  for (const std::uint32_t i : candidates_) residuals_[i] = 0;
  add_row(gram_, j, 1, residuals_);
  for (std::size_t p = 0; p < items_.size(); ++p) {
    if (weights_[p] != 0) add_row(gram_, items_[p], -weights_[p], residuals_);
  }
}

/// Lets those candidates join whose weights would grow most. False where none would.
bool ColumnSolver::admit() {
  nearest_.clear();
  for (const std::uint32_t i : candidates_) {
    if (position_[i] != kCandidate) continue;
    const double weight = std::abs(best_weight(net_, residuals_[i], diagonal_[i], 0));
    // How much the objective would fall, as a measure of use: the heavier items of equal weight first.
    if (weight > net_.tolerance) {
      nearest_.push_back({static_cast<float>(weight * weight * (diagonal_[i] + net_.l2)), i});
    }
  }
  if (nearest_.empty()) return false;
  keep_nearest(nearest_, std::max(kFirstJoin, items_.size()));
  const std::size_t size = items_.size() + nearest_.size();
  if (size > stride_ && size <= kLargestDense) {
    const std::size_t stride = std::min(kLargestDense, 2 * size);
    std::vector<double> larger(stride * stride);
    for (std::size_t p = 0; p < items_.size(); ++p) {
      std::copy_n(own_gram_.data() + p * stride_, items_.size(), larger.data() + p * stride);
    }
    own_gram_ = std::move(larger);
    stride_ = stride;
  }
  for (const Neighbour& n : nearest_) join(n.number);
  for (std::size_t p = 0; p < items_.size(); ++p) own_residuals_[p] = residuals_[items_[p]];
  return true;
}

void ColumnSolver::join(std::uint32_t item) {
  const std::size_t own = items_.size();
  position_[item] = static_cast<std::int32_t>(own);
  items_.push_back(item);
  weights_.push_back(0);
  own_residuals_.push_back(0);
  if (own >= kLargestDense) return;
  for (std::size_t p = 0; p <= own; ++p) own_gram_[own * stride_ + p] = own_gram_[p * stride_ + own] = 0;
  const auto columns = gram_.columns_of(item);
  const auto values = gram_.values_of(item);
  for (std::size_t e = 0; e < columns.size(); ++e) {
    const std::int32_t at = position_[columns[e]];
    if (at < 0) continue;
    const auto p = static_cast<std::size_t>(at);
    own_gram_[own * stride_ + p] = own_gram_[p * stride_ + own] = static_cast<double>(values[e]);
  }
}

/// Sweeps until no weight of the working set changes. False: max_iterations are used up.
bool ColumnSolver::descend(int& sweeps) {
  const bool dense = items_.size() <= kLargestDense;
  while (sweeps < net_.max_iterations) {
    ++sweeps;
    if ((dense ? sweep_dense() : sweep_sparse()) <= net_.tolerance) return true;
  }
  return false;
}

/// One pass over the working set; the largest change of a weight.
double ColumnSolver::sweep_dense() {
  const std::size_t n = items_.size();
  double largest = 0;
  double* const r = own_residuals_.data();
  for (std::size_t p = 0; p < n; ++p) {
    const double* const row = own_gram_.data() + p * stride_;
    const double weight = best_weight(net_, r[p], row[p], weights_[p]);
    const double change = weight - weights_[p];
    if (change == 0) continue;
    weights_[p] = weight;
    largest = std::max(largest, std::abs(change));
    for (std::size_t q = 0; q < n; ++q) r[q] -= change * row[q];
  }
  return largest;
}

double ColumnSolver::sweep_sparse() {
  double largest = 0;
  for (std::size_t p = 0; p < items_.size(); ++p) {
    const std::uint32_t i = items_[p];
    const double weight = best_weight(net_, residuals_[i], diagonal_[i], weights_[p]);
    const double change = weight - weights_[p];
    if (change == 0) continue;
    weights_[p] = weight;
    largest = std::max(largest, std::abs(change));
    add_row(gram_, i, -change, residuals_);
  }
  return largest;
}

}  // namespace motive::slim
