#pragma once
// Purpose: sparse rows times a dense matrix, such as words of items times vectors of words:
//   out[i] = sum over entries (i, c, x) of x W[c]
// Shapes: rows [I×C] sparse, W [C×D], out [I×D]. Complexity: O(entries D), forward and backward, in the calling thread.
// Determinism: sums in the order of columns (backward: of rows). Autograd: differentiable in W; `matrix` must outlive the
// graph. Errors: a W of other shape throws c10::Error.

#include <torch/torch.h>

#include "framework/base/sparse_rows.h"

namespace motive::nn {

struct SparseMatrix {
  SparseRows rows, columns;  // the same entries by row and by column
  explicit SparseMatrix(SparseRows entries) : rows(std::move(entries)), columns(transposed(rows)) {}
};

torch::Tensor sparse_product(const SparseMatrix& matrix, const torch::Tensor& weights);
/// The same without a gradient.
torch::Tensor sparse_product(const SparseRows& rows, const torch::Tensor& weights);

}  // namespace motive::nn
