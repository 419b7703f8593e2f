#include "framework/nn/sparse_product.h"

#include <algorithm>

namespace motive::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

torch::Tensor product(const SparseRows& rows, const torch::Tensor& dense) {
  const std::int64_t dim = dense.size(1);
  torch::Tensor out = torch::zeros({static_cast<std::int64_t>(rows.size()), dim});
  const float* const from = dense.data_ptr<float>();
  float* to = out.data_ptr<float>();
  for (std::size_t r = 0; r < rows.size(); ++r, to += dim) {
    const auto columns = rows.columns_of(r);
    const auto values = rows.values_of(r);
    for (std::size_t e = 0; e < columns.size(); ++e) {
      const float* const row = from + static_cast<std::int64_t>(columns[e]) * dim;
      for (std::int64_t d = 0; d < dim; ++d) to[d] += values[e] * row[d];
    }
  }
  return out;
}

struct SparseProduct : torch::autograd::Function<SparseProduct> {
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& weights, std::int64_t matrix) {
    context->saved_data["matrix"] = matrix;
    return product(reinterpret_cast<const SparseMatrix*>(matrix)->rows, weights.contiguous());
  }
  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const auto* const matrix = reinterpret_cast<const SparseMatrix*>(context->saved_data["matrix"].toInt());
    return {product(matrix->columns, gradients[0].contiguous()), {}};
  }
};

void check_shape(const SparseRows& rows, const torch::Tensor& weights) {
  TORCH_CHECK(weights.dim() == 2 && weights.size(0) == static_cast<std::int64_t>(rows.n_columns), "sparse_product: W [",
              rows.n_columns, "×D]");
}

}  // namespace

torch::Tensor sparse_product(const SparseMatrix& matrix, const torch::Tensor& weights) {
  check_shape(matrix.rows, weights);
  return SparseProduct::apply(weights, reinterpret_cast<std::int64_t>(&matrix));
}

torch::Tensor sparse_product(const SparseRows& rows, const torch::Tensor& weights) {
  check_shape(rows, weights);
  return product(rows, weights.detach().contiguous());
}

}  // namespace motive::nn
