#include "framework/base/sparse_rows.h"

#include <numeric>

namespace motive {

double dot(const SparseRows& rows, std::size_t a, std::size_t b) {
  const auto ca = rows.columns_of(a), cb = rows.columns_of(b);
  const auto va = rows.values_of(a), vb = rows.values_of(b);
  double sum = 0;
  for (std::size_t i = 0, j = 0; i < ca.size() && j < cb.size();) {
    if (ca[i] == cb[j]) sum += static_cast<double>(va[i]) * static_cast<double>(vb[j]);
    const bool first = ca[i] <= cb[j], second = cb[j] <= ca[i];
    i += first;
    j += second;
  }
  return sum;
}

SparseRows transposed(const SparseRows& rows) {
  SparseRows result;
  result.n_columns = rows.size();
  result.offsets.assign(rows.n_columns + 1, 0);
  for (const std::uint32_t column : rows.columns) ++result.offsets[column + 1];
  std::partial_sum(result.offsets.begin(), result.offsets.end(), result.offsets.begin());
  result.columns.resize(rows.columns.size());
  result.values.resize(rows.values.size());
  std::vector<std::uint64_t> next(result.offsets.begin(), result.offsets.end() - 1);
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::uint64_t e = rows.offsets[row]; e < rows.offsets[row + 1]; ++e) {
      const std::uint64_t at = next[rows.columns[e]]++;
      result.columns[at] = static_cast<std::uint32_t>(row);
      result.values[at] = rows.values[e];
    }
  }
  return result;
}

}  // namespace motive
