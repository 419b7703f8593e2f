#pragma once
// Purpose: a symmetric matrix as the square tiles of its lower triangle, and the product of packed
// tiles that the inversion is made of. Half the memory of the full matrix, and a tile is one piece
// of memory. Shapes: n×n in ceil(n / kTile) rows of tiles; the last ones are filled up with zeros.
// Memory: sizeof(Real) · n (n + kTile) / 2.

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

#include "framework/base/aligned_rows.h"

namespace motive::ease {

inline constexpr std::size_t kTile = 288;  // rows and columns of a tile
inline constexpr std::size_t kTileSize = kTile * kTile;

#ifdef __AVX512F__
inline constexpr std::size_t kVectorBytes = 64, kPanelRows = 12;  // 24 of 32 registers accumulate
#else
inline constexpr std::size_t kVectorBytes = 32, kPanelRows = 6;  // 12 of 16
#endif

template <class Real>
struct Vector;
template <>
struct Vector<float> {
  using type = float __attribute__((vector_size(kVectorBytes), may_alias));
};
template <>
struct Vector<double> {
  using type = double __attribute__((vector_size(kVectorBytes), may_alias));
};

template <class Real>
inline constexpr std::size_t kLanes = kVectorBytes / sizeof(Real);
template <class Real>
inline constexpr std::size_t kPanelColumns = 2 * kLanes<Real>;
static_assert(kTile % kPanelRows == 0 && kTile % kPanelColumns<float> == 0);

template <class Real>
class SymmetricTiles {
 public:
  SymmetricTiles() = default;
  /// Not set to anything: whoever fills a tile touches its memory first.
  explicit SymmetricTiles(std::size_t n)
      : n_(n), rows_(tile_rows(n)), values_(allocate(count(n) * kTileSize)) {}

  static std::size_t tile_rows(std::size_t n) { return (n + kTile - 1) / kTile; }
  static std::size_t count(std::size_t n) { return tile_rows(n) * (tile_rows(n) + 1) / 2; }
  static std::size_t number(std::size_t i, std::size_t j) { return i * (i + 1) / 2 + j; }

  std::size_t n() const { return n_; }
  std::size_t tile_rows() const { return rows_; }
  /// Rows and columns in use of tile row i.
  std::size_t extent(std::size_t i) const { return std::min(kTile, n_ - i * kTile); }
  /// Row-major. i >= j.
  Real* tile(std::size_t i, std::size_t j) { return values_.get() + number(i, j) * kTileSize; }
  const Real* tile(std::size_t i, std::size_t j) const {
    return values_.get() + number(i, j) * kTileSize;
  }
  /// Element (r, c), r >= c.
  Real& at(std::size_t r, std::size_t c) {
    return tile(r / kTile, c / kTile)[r % kTile * kTile + c % kTile];
  }
  std::span<const Real> values() const { return {values_.get(), count(n_) * kTileSize}; }

 private:
  struct Free {
    void operator()(Real* p) const { ::operator delete(p, std::align_val_t{kRowAlignment}); }
  };
  static Real* allocate(std::size_t n) {
    return static_cast<Real*>(::operator new(n * sizeof(Real), std::align_val_t{kRowAlignment}));
  }
  std::size_t n_ = 0, rows_ = 0;
  std::unique_ptr<Real, Free> values_;
};

/// A tile as panels of kWidth rows: out[panel][column][row in panel].
template <std::size_t kWidth, class Real>
void pack(const Real* tile, Real* out) {
  for (std::size_t panel = 0; panel < kTile; panel += kWidth) {
    for (std::size_t k = 0; k < kTile; ++k) {
      for (std::size_t r = 0; r < kWidth; ++r) *out++ = tile[(panel + r) * kTile + k];
    }
  }
}

template <class Real>
void transpose(const Real* tile, Real* out) {
  constexpr std::size_t kBlock = 16;
  for (std::size_t i = 0; i < kTile; i += kBlock) {
    for (std::size_t j = 0; j < kTile; j += kBlock) {
      for (std::size_t r = i; r < i + kBlock; ++r) {
        for (std::size_t c = j; c < j + kBlock; ++c) out[c * kTile + r] = tile[r * kTile + c];
      }
    }
  }
}

/// out (+)= scale · A Bᵀ for one panel of rows of A and one of B; all kept in registers.
template <class Real>
inline void multiply_panels(const Real* a, const Real* b, std::size_t depth, Real* out,
                            bool subtract) {
  using V = typename Vector<Real>::type;
  V sum[kPanelRows][2] = {};
  for (std::size_t k = 0; k < depth; ++k) {
    const V* const row = reinterpret_cast<const V*>(b + k * kPanelColumns<Real>);
    const V first = row[0], second = row[1];
    for (std::size_t r = 0; r < kPanelRows; ++r) {
      sum[r][0] += a[k * kPanelRows + r] * first;
      sum[r][1] += a[k * kPanelRows + r] * second;
    }
  }
  for (std::size_t r = 0; r < kPanelRows; ++r) {
    V* const row = reinterpret_cast<V*>(out + r * kTile);
    row[0] = subtract ? row[0] - sum[r][0] : sum[r][0];
    row[1] = subtract ? row[1] - sum[r][1] : sum[r][1];
  }
}

struct Extent {
  std::size_t rows = kTile, columns = kTile, depth = kTile;  // in use; what lies beyond is zero
};

/// out = A Bᵀ or out -= A Bᵀ; a packed in panels of kPanelRows, b of kPanelColumns.
template <class Real>
void multiply_tiles(const Real* a, const Real* b, Real* out, const Extent& extent, bool subtract) {
  for (std::size_t i = 0; i < extent.rows; i += kPanelRows) {
    for (std::size_t j = 0; j < extent.columns; j += kPanelColumns<Real>) {
      multiply_panels(a + i * kTile, b + j * kTile, extent.depth, out + i * kTile + j, subtract);
    }
  }
}

}  // namespace motive::ease
