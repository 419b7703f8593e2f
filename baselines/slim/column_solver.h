#pragma once
// Purpose: one column of SLIM, an elastic net in which the other items of a history predict item j:
//   minimise over w:  1/2 |x_j - X w|^2 + l2/2 |w|^2 + l1 |w|_1,   w_j = 0, and w >= 0 if so wished
//   with G = X'X (G_ij: users who have i and j), r_i = G_ij - sum over k of G_ik w_k:
//   d smooth part / d w_i = -r_i + l2 w_i;   best w_i, the others held: S(r_i + G_ii w_i) / (G_ii + l2),
//   S(z) = sign(z) max(0, |z| - l1), or max(0, z - l1) where weights are non-negative
// by coordinate descent on G over a working set, which items that could still help join until there
// are none. For w >= 0, only items with G_ij > l1 can: G >= 0, so r_i <= G_ij.
// Source: Ning & Karypis, SLIM, ICDM 2011, eq. 3; covariance updates as in Friedman et al., Journal of
// Statistical Software 2010. In the terms of scikit-learn's ElasticNet and of RecBole: l1 = U alpha
// l1_ratio, l2 = U alpha (1 - l1_ratio).
// Shapes: G sparse [I×I], with its diagonal; a solver, one a thread, holds I*25 bytes and G of the
// working set, 8 W^2 bytes for W <= 1024; larger working sets go through the rows of G.
// Complexity: a round costs the rows of G of the items with a weight; a sweep W times those that
// change. Determinism: in double, in an order that is fixed.

#include <cstdint>
#include <span>
#include <vector>

#include "framework/base/sparse_rows.h"
#include "framework/recommend/neighbours.h"

namespace motive::slim {

struct ElasticNet {
  double l1 = 1, l2 = 1;
  bool non_negative = true;
  int neighbours = 0;         // only so many items most similar to j (cosine) may have a weight; 0: all
  int max_iterations = 1000;  // sweeps over the working set
  double tolerance = 1e-4;    // done where a further sweep changes no weight by more
};

/// The best weight of an item, the others held. residual, diagonal: r_i and G_ii; weight: w_i now.
double best_weight(const ElasticNet& net, double residual, double diagonal, double weight);

/// r += scale G_i for all items, or for those that share users with i: G is sparse.
void add_row(const SparseRows& gram, std::size_t i, double scale, std::span<double> r);

class ColumnSolver {
 public:
  ColumnSolver(const SparseRows& gram, const ElasticNet& net);

  /// Writes the weights of column j that are not 0, ascending by item. False: stopped by
  /// max_iterations.
  bool solve(std::size_t j, std::vector<Neighbour>& weights);

 private:
  void start(std::size_t j);
  void add_candidates(std::size_t row);
  void find_residuals(std::size_t j);
  bool admit();
  void join(std::uint32_t item);
  bool descend(int& sweeps);
  double sweep_dense();
  double sweep_sparse();

  const SparseRows& gram_;
  const ElasticNet net_;
  std::vector<double> diagonal_;          // [I]
  std::vector<double> residuals_;         // [I]; of what is no candidate they mean nothing
  std::vector<std::int32_t> position_;    // [I] in the working set, or a negative number
  std::vector<std::uint32_t> candidates_;
  std::vector<Neighbour> nearest_;

  // The working set, in order of joining.
  std::vector<std::uint32_t> items_;
  std::vector<double> weights_, own_residuals_;
  std::vector<double> own_gram_;  // [stride×stride]
  std::size_t stride_ = 0;
};

}  // namespace motive::slim
