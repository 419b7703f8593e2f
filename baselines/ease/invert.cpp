#include "baselines/ease/invert.h"

// g++ 12 takes the undefined upper lanes of its own AVX-512 intrinsics for a mistake (its bug 105593).
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <Eigen/Cholesky>
#include <atomic>

#include "framework/base/parallel.h"

namespace motive::ease {
namespace {

template <class Real>
using Tile = std::vector<Real, AlignedAllocator<Real>>;

template <class Real>
class Sweep {
 public:
  Sweep(SymmetricTiles<Real>& matrix, int threads)
      : matrix_(matrix),
        threads_(threads),
        left_(matrix.tile_rows() * kTileSize),
        right_(matrix.tile_rows() * kTileSize),
        inverse_(kTileSize),
        packed_inverse_(kTileSize) {}

  /// False where the block is not positive definite.
  bool invert_block(std::size_t k) {
    using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    const auto n = static_cast<Eigen::Index>(matrix_.extent(k));
    const Real* const tile = matrix_.tile(k, k);
    Matrix block(n, n);
    for (Eigen::Index r = 0; r < n; ++r) {
      for (Eigen::Index c = 0; c <= r; ++c) {
        block(r, c) = static_cast<double>(tile[static_cast<std::size_t>(r) * kTile + static_cast<std::size_t>(c)]);
      }
    }
    const Eigen::LLT<Matrix> factor(block);
    if (factor.info() != Eigen::Success) return false;
    const Matrix inverse = factor.solve(Matrix::Identity(n, n));
    if (!inverse.allFinite()) return false;
    std::fill(inverse_.begin(), inverse_.end(), Real(0));
    for (Eigen::Index r = 0; r < n; ++r) {
      for (Eigen::Index c = 0; c < n; ++c) {  // both halves from one: symmetric to the last bit
        inverse_[static_cast<std::size_t>(r) * kTile + static_cast<std::size_t>(c)] =
            static_cast<Real>(inverse(std::max(r, c), std::min(r, c)));
      }
    }
    pack<kPanelColumns<Real>>(inverse_.data(), packed_inverse_.data());
    return true;
  }

  /// Sweeps block k, whose inverse stands ready, and readies the next one's.
  bool step(std::size_t k) {
    const std::size_t rows = matrix_.tile_rows();
    parallel_for(rows, threads_, [&](std::size_t i) {
      if (i != k) make_panels(i, k);
    });
    Real* const pivot = matrix_.tile(k, k);
    for (std::size_t e = 0; e < kTileSize; ++e) pivot[e] = -inverse_[e];
    // The next block first: its inverse is made while others still work on this step's tiles.
    std::atomic<bool> sound = true;
    const auto next = static_cast<std::size_t>(k + 1 < rows);
    parallel_for(matrix_.count(matrix_.n()) + next, threads_, [&](std::size_t t) {
      if (next && t == 0) {
        update(k + 1, k + 1, k);
        if (!invert_block(k + 1)) sound = false;
        return;
      }
      const auto [i, j] = place(t - next);
      if (i == k || j == k || (next && i == k + 1 && j == k + 1)) return;
      update(i, j, k);
    });
    return sound;
  }

 private:
  /// Column k of row i as it stands, packed as right factor; times the inverse, packed as left one.
  void make_panels(std::size_t i, std::size_t k) {
    thread_local Tile<Real> column, scratch;
    column.resize(kTileSize);
    scratch.resize(kTileSize);
    Real* const stored = i > k ? matrix_.tile(i, k) : matrix_.tile(k, i);
    if (i > k) {
      std::copy_n(stored, kTileSize, column.begin());
    } else {
      transpose(stored, column.data());
    }
    Real* const left = left_.data() + i * kTileSize;
    pack<kPanelColumns<Real>>(column.data(), right_.data() + i * kTileSize);
    pack<kPanelRows>(column.data(), left);
    const Extent extent{.rows = matrix_.extent(i), .columns = kTile, .depth = matrix_.extent(k)};
    std::fill(scratch.begin(), scratch.end(), Real(0));
    multiply_tiles(left, packed_inverse_.data(), scratch.data(), extent, /*subtract=*/false);
    pack<kPanelRows>(scratch.data(), left);
    if (i > k) {
      std::copy_n(scratch.begin(), kTileSize, stored);
    } else {
      transpose(scratch.data(), stored);
    }
  }

  void update(std::size_t i, std::size_t j, std::size_t k) {
    const Extent extent{matrix_.extent(i), matrix_.extent(j), matrix_.extent(k)};
    multiply_tiles(left_.data() + i * kTileSize, right_.data() + j * kTileSize, matrix_.tile(i, j),
                   extent, /*subtract=*/true);
  }

  static std::pair<std::size_t, std::size_t> place(std::size_t number) {
    auto i = static_cast<std::size_t>((std::sqrt(8.0 * static_cast<double>(number) + 1) - 1) / 2);
    while (SymmetricTiles<Real>::number(i, 0) > number) --i;
    while (SymmetricTiles<Real>::number(i + 1, 0) <= number) ++i;
    return {i, number - SymmetricTiles<Real>::number(i, 0)};
  }

  SymmetricTiles<Real>& matrix_;
  const int threads_;
  Tile<Real> left_, right_;               // W and A_:k, packed, a tile a row of tiles
  Tile<Real> inverse_, packed_inverse_;  // of the block that is swept next
};

}  // namespace

template <class Real>
Status negative_inverse(SymmetricTiles<Real>& matrix, const FitContext& context) {
  const std::size_t rows = matrix.tile_rows();
  Sweep<Real> sweep(matrix, context.threads);
  bool sound = rows == 0 || sweep.invert_block(0);
  for (std::size_t k = 0; k < rows && sound; ++k) {
    if (context.cancel && context.cancel->is_set()) {
      return Error{"the inversion was interrupted", ErrorKind::kCancelled};
    }
    sound = sweep.step(k);
    if (context.progress) {
      context.progress->update(static_cast<double>(k + 1), static_cast<double>(rows), "inverting");
    }
  }
  if (!sound) return fail("the matrix is not positive definite to the accuracy of its numbers");
  return {};
}

template Status negative_inverse(SymmetricTiles<float>&, const FitContext&);
template Status negative_inverse(SymmetricTiles<double>&, const FitContext&);

}  // namespace motive::ease
