#include "baselines/als/row_solver.h"

#include <algorithm>
#include <cmath>

namespace motive::als {

RowSolver::RowSolver(const AlignedRows& other, std::span<const double> spectrum, double alpha, int steps)
    : other_(other),
      blocks_(other.blocks()),
      steps_(steps),
      shared_(other.stride(), 0.0f),
      diagonal_(other.stride(), 1.0f),
      inverse_(other.stride(), 1.0f),
      scaled_(other.stride()),
      r_(other.stride()),
      p_(other.stride()),
      q_(other.stride()) {
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    shared_[k] = static_cast<float>(alpha * std::max(0.0, spectrum[k]));
  }
}

void RowSolver::solve(std::span<const std::uint32_t> rows, double regulariser, float* x) {
  if (rows.empty()) {
    std::fill_n(x, other_.stride(), 0.0f);
    return;
  }
  const auto r = static_cast<float>(regulariser);
  for (std::size_t k = 0; k < blocks_; ++k) {
    vectors(diagonal_.data())[k] = vectors(shared_.data())[k] + r;
    vectors(inverse_.data())[k] = 1 / vectors(diagonal_.data())[k];
  }
  if (rows.size() <= kDual || (steps_ == 0 && rows.size() <= other_.dim())) return solve_dual(rows, x);
  if (steps_ == 0) return solve_primal(rows, x);
  solve_cg(rows, x);
}

void RowSolver::solve_dual(std::span<const std::uint32_t> rows, float* x) {
  const std::size_t n = rows.size();
  matrix_.resize(std::max(matrix_.size(), n * n));
  z_.assign(n, 1.0f);
  for (std::size_t a = 0; a < n; ++a) {
    const float* const f = other_.row(rows[a]);
    for (std::size_t k = 0; k < blocks_; ++k) {
      vectors(scaled_.data())[k] = vectors(inverse_.data())[k] * vectors(f)[k];
    }
    float* const out = matrix_.data() + a * n;
    for (std::size_t b = 0; b <= a; ++b) out[b] = dot(scaled_.data(), other_.row(rows[b]), blocks_);
    out[a] += 1;
  }
  solve_in_place(n, n, z_.data());
  std::fill_n(x, other_.stride(), 0.0f);
  for (std::size_t a = 0; a < n; ++a) add(z_[a], other_.row(rows[a]), x, blocks_);
  for (std::size_t k = 0; k < blocks_; ++k) vectors(x)[k] *= vectors(inverse_.data())[k];
}

void RowSolver::solve_primal(std::span<const std::uint32_t> rows, float* x) {
  const std::size_t d = other_.dim(), stride = other_.stride();
  matrix_.assign(std::max(matrix_.size(), d * stride), 0.0f);
  std::fill_n(x, stride, 0.0f);
  for (const std::uint32_t row : rows) {
    const float* const f = other_.row(row);
    for (std::size_t k = 0; k < d; ++k) add(f[k], f, matrix_.data() + k * stride, k / kLanes + 1);
    add(1, f, x, blocks_);
  }
  for (std::size_t k = 0; k < d; ++k) matrix_[k * stride + k] += diagonal_[k];
  solve_in_place(d, stride, x);
}

void RowSolver::solve_in_place(std::size_t n, std::size_t width, float* x) {
  float* const m = matrix_.data();
  for (std::size_t i = 0; i < n; ++i) {
    float* const row = m + i * width;
    for (std::size_t j = 0; j <= i; ++j) {
      const float* const other = m + j * width;
      float sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= row[k] * other[k];
      // Positive in exact arithmetic, as D > 0; rounding must not make it less than what D leaves.
      row[j] = j < i ? sum / other[j] : std::sqrt(std::max(sum, 1e-12f));
    }
    float sum = x[i];
    for (std::size_t k = 0; k < i; ++k) sum -= row[k] * x[k];
    x[i] = sum / row[i];
  }
  for (std::size_t i = n; i-- > 0;) {
    x[i] /= m[i * width + i];
    for (std::size_t k = 0; k < i; ++k) x[k] -= m[i * width + k] * x[i];
  }
}

void RowSolver::apply(std::span<const std::uint32_t> rows, const float* p, float* out) const {
  for (std::size_t k = 0; k < blocks_; ++k) vectors(out)[k] = vectors(diagonal_.data())[k] * vectors(p)[k];
  for (const std::uint32_t row : rows) {
    const float* const f = other_.row(row);
    add(dot(f, p, blocks_), f, out, blocks_);
  }
}

void RowSolver::solve_cg(std::span<const std::uint32_t> rows, float* x) {
  float* const r = r_.data();
  float* const p = p_.data();
  float* const q = q_.data();
  const float* const inverse = inverse_.data();
  // r = F'1 - (D + F'F) x, in one pass over the rows
  for (std::size_t k = 0; k < blocks_; ++k) vectors(r)[k] = -vectors(diagonal_.data())[k] * vectors(x)[k];
  for (const std::uint32_t row : rows) {
    const float* const f = other_.row(row);
    add(1 - dot(f, x, blocks_), f, r, blocks_);
  }
  for (std::size_t k = 0; k < blocks_; ++k) vectors(p)[k] = vectors(inverse)[k] * vectors(r)[k];
  float rz = dot(r, p, blocks_);
  for (int step = 0; step < steps_ && rz > 1e-20f; ++step) {
    apply(rows, p, q);
    const float length = rz / dot(p, q, blocks_);
    add(length, p, x, blocks_);
    if (step + 1 == steps_) break;
    add(-length, q, r, blocks_);
    Vec sum{};
    for (std::size_t k = 0; k < blocks_; ++k) sum += vectors(r)[k] * vectors(inverse)[k] * vectors(r)[k];
    const float next = sum_of(sum);
    const float keep = next / rz;
    for (std::size_t k = 0; k < blocks_; ++k) {
      vectors(p)[k] = vectors(inverse)[k] * vectors(r)[k] + keep * vectors(p)[k];
    }
    rz = next;
  }
}

}  // namespace motive::als
