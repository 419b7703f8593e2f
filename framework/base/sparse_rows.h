#pragma once
// Purpose: a sparse matrix by rows (CSR), for words of texts, similar items, weights.
// Shapes: [rows], columns ascending within a row; 8 bytes an entry and 8 a row.
// Determinism: no threads.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace motive {

/// Sparse rows: (column, value) pairs of row r stand at offsets[r] .. offsets[r+1].
struct SparseRows {
  std::vector<std::uint64_t> offsets{0};  // [rows+1]
  std::vector<std::uint32_t> columns;     // ascending within a row
  std::vector<float> values;
  std::size_t n_columns = 0;

  std::size_t size() const { return offsets.size() - 1; }
  std::span<const std::uint32_t> columns_of(std::size_t row) const {
    return std::span(columns).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
  std::span<const float> values_of(std::size_t row) const {
    return std::span(values).subspan(offsets[row], offsets[row + 1] - offsets[row]);
  }
};

/// x_a . x_b, in the order of columns. O(length of both).
double dot(const SparseRows& rows, std::size_t a, std::size_t b);
/// The columns as rows: which rows have a column, ascending, with their values.
SparseRows transposed(const SparseRows& rows);

}  // namespace motive
