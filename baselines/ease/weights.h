#pragma once
// Purpose: the full matrix of EASE's weights, a row an item of the history, from the inverse of the core
// and what was eliminated before it.
//   B_ij = -P_ij / P_jj,  B_jj = 0
// Shapes: [n × n] in rows of a stride that is a multiple of 16, by position. Memory: 4 n^2 bytes.
// Complexity: n^2 + n · (entries of the factors). Determinism: the same bytes for any number of threads.

#include "baselines/ease/eliminate.h"
#include "framework/base/aligned_rows.h"

namespace motive::ease {

/// core: the tiles of the negative inverse of the core, SymmetricTiles<float>::values().
AlignedRows make_weights(std::span<const float> core, const Elimination& elimination, int threads);

}  // namespace motive::ease
