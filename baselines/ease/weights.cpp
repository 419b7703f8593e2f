#include "baselines/ease/weights.h"

#include "framework/base/parallel.h"

namespace motive::ease {
namespace {

constexpr std::size_t kChunk = 512;  // columns at a time: what is summed stays in the first cache
constexpr std::size_t kBlock = 16;   // rows and columns of a transposed block: whole cache lines

class Expansion {
 public:
  Expansion(const Elimination& elimination, int threads)
      : e_(elimination), threads_(threads), rows_(e_.order.size(), e_.order.size()) {}

  void copy_core(std::span<const float> core) {
    const std::size_t tile_rows = SymmetricTiles<float>::tile_rows(e_.core);
    parallel_for(SymmetricTiles<float>::count(e_.core), threads_, [&](std::size_t t) {
      std::size_t i = 0;
      while (i + 1 < tile_rows && SymmetricTiles<float>::number(i + 1, 0) <= t) ++i;
      const std::size_t j = t - SymmetricTiles<float>::number(i, 0);
      const float* const tile = core.data() + t * kTileSize;
      const std::size_t rows = std::min(kTile, e_.core - i * kTile), columns = std::min(kTile, e_.core - j * kTile);
      for (std::size_t r = 0; r < rows; ++r) {
        float* const out = rows_.row(i * kTile + r) + j * kTile;
        for (std::size_t c = 0; c < columns; ++c) out[c] = -tile[r * kTile + c];
      }
      if (i != j) mirror(i * kTile, i * kTile + rows, j * kTile, j * kTile + columns);
    });
  }

  /// Rows and columns of a set that left together; all before `first` is there.
  void add_level(std::size_t first, std::size_t last) {
    parallel_for(last - first, threads_, [&](std::size_t k) { combine(first + k, 0, first); });
    parallel_for((first + kChunk - 1) / kChunk, threads_, [&](std::size_t chunk) {
      mirror(first, last, chunk * kChunk, std::min(first, (chunk + 1) * kChunk));
    });
    parallel_for(last - first, threads_, [&](std::size_t k) {
      combine(first + k, first, last);
      rows_.row(first + k)[first + k] += e_.pivots[first + k - e_.core];
    });
  }

  void scale() {
    std::vector<float> factor(rows_.size());
    for (std::size_t j = 0; j < rows_.size(); ++j) factor[j] = -1 / rows_.row(j)[j];
    parallel_for(rows_.size(), threads_, [&](std::size_t i) {
      float* const row = rows_.row(i);
      for (std::size_t j = 0; j < rows_.size(); ++j) row[j] *= factor[j];
      row[i] = 0;
    });
  }

  AlignedRows take() { return std::move(rows_); }

 private:
  /// row v = - sum of l_vu row u, in columns first..last-1.
  void combine(std::size_t v, std::size_t first, std::size_t last) {
    const auto with = e_.with.of(v - e_.core);
    const float* const factors = e_.factors.data() + e_.with.offsets[v - e_.core];
    for (std::size_t c = first; c < last; c += kChunk) {
      const std::size_t end = std::min(last, c + kChunk);
      float* const out = rows_.row(v);
      for (std::size_t k = 0; k < with.size(); ++k) {
        const float* const in = rows_.row(with[k]);
        const float factor = factors[k];
        for (std::size_t j = c; j < end; ++j) out[j] -= factor * in[j];
      }
    }
  }

  /// Copies rows r0..r1-1 of columns c0..c1-1 to where rows and columns have changed places.
  void mirror(std::size_t r0, std::size_t r1, std::size_t c0, std::size_t c1) {
    for (std::size_t r = r0; r < r1; r += kBlock) {
      for (std::size_t c = c0; c < c1; c += kBlock) {
        const std::size_t r_end = std::min(r1, r + kBlock), c_end = std::min(c1, c + kBlock);
        for (std::size_t j = c; j < c_end; ++j) {
          float* const out = rows_.row(j);
          for (std::size_t i = r; i < r_end; ++i) out[i] = rows_.row(i)[j];
        }
      }
    }
  }

  const Elimination& e_;
  const int threads_;
  AlignedRows rows_;  // zero where nothing was written
};

}  // namespace

AlignedRows make_weights(std::span<const float> core, const Elimination& elimination, int threads) {
  Expansion expansion(elimination, threads);
  expansion.copy_core(core);
  std::size_t first = elimination.core;
  for (const std::uint32_t size : elimination.levels) {
    expansion.add_level(first, first + size);
    first += size;
  }
  expansion.scale();
  return expansion.take();
}

}  // namespace motive::ease
