#pragma once
// Purpose: the inverse of a symmetric positive definite matrix in place, as the negative inverse.
//   Sweep of a block k of rows (for symmetric A; Goodnight 1979), for k = 1, 2, ...:
//     W = A_:k A_kk^-1,   A_ij -= W_i A_kj  (i, j != k),   A_:k = W,   A_kk = -A_kk^-1
//   When all blocks are swept, A holds -A^-1.
// It takes n^3 flops, as many as a Cholesky factorisation with the inverse made from it, but each
// step is one product of the same shape, which two or many threads share evenly.
// Complexity: n^3 (1 + 2 kTile / n) flops. Memory: 2 n kTile numbers beside the matrix.
// Determinism: the same bytes for any number of threads. Accuracy: the blocks on the diagonal are
// inverted in double; relative error about the type's epsilon times the condition number.
// Errors: a matrix that is not positive definite to the type's accuracy; cancellation.

#include "baselines/ease/tiles.h"
#include "framework/recommend/recommender.h"

namespace motive::ease {

/// Rows beyond n may hold anything.
template <class Real>
Status negative_inverse(SymmetricTiles<Real>& matrix, const FitContext& context);

}  // namespace motive::ease
