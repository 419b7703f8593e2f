#pragma once
// Purpose: one row of a half step of ALS: the x that minimises, over the n rows f of the other side
// that the row has events with,
//   sum_f (1 - x.f)^2 + x' D x,   that is   (D + F'F) x = F'1,   D = diag(alpha s + r)
// D is diagonal because the other side stands in the basis in which its F'F is diagonal with values s
// (side.h): the part of the loss that all rows share, which costs others a product with a [D×D] matrix
// for every row and step of CG, costs D multiplications here.
//   few rows (n <= kDual)     by the dual, exactly: x = D^-1 F' z, (1 + F D^-1 F') z = 1     n^2 D / 2
//   more, exact, n <= D       the same
//   more, exact               Cholesky of D + F'F                                      n D^2 / 2 + D^3 / 6
//   more, steps > 0           conjugate gradients from the row as it was, preconditioned by D^-1
// Source: Hu, Koren & Volinsky, ICDM 2008; Takacs, Pilaszy & Tikk, RecSys 2011 (CG).

#include <cstdint>
#include <span>
#include <vector>

#include "baselines/als/lanes.h"
#include "framework/base/aligned_rows.h"

namespace motive::als {

class RowSolver {
 public:
  static constexpr std::size_t kDual = 32;

  /// other: in the basis of `spectrum` [dim]. alpha: weight of the shared part. steps: of CG; 0: exact.
  RowSolver(const AlignedRows& other, std::span<const double> spectrum, double alpha, int steps);

  /// x: where CG begins, and the result; [stride] of `other`. regulariser: r.
  void solve(std::span<const std::uint32_t> rows, double regulariser, float* x);

 private:
  using Values = std::vector<float, AlignedAllocator<float>>;
  void solve_dual(std::span<const std::uint32_t> rows, float* x);
  void solve_primal(std::span<const std::uint32_t> rows, float* x);
  void solve_cg(std::span<const std::uint32_t> rows, float* x);
  /// out = (D + F'F) p
  void apply(std::span<const std::uint32_t> rows, const float* p, float* out) const;
  /// Lower Cholesky factor in place of `matrix_` [n × n of stride width], then x := matrix^-1 x.
  void solve_in_place(std::size_t n, std::size_t width, float* x);

  const AlignedRows& other_;
  const std::size_t blocks_;
  const int steps_;
  Values shared_;                // [stride] alpha s; 0 beyond the dimension
  Values diagonal_, inverse_;    // D, D^-1; 1 beyond the dimension
  Values matrix_, scaled_, z_;
  Values r_, p_, q_;             // of CG
};

}  // namespace motive::als
