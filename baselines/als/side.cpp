#include "baselines/als/side.h"

// g++ 12 takes the undefined upper lanes of its own AVX-512 intrinsics for a mistake (its bug 105593).
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <Eigen/Eigenvalues>
#include <atomic>
#include <cmath>

#include "framework/base/parallel.h"

namespace motive::als {
namespace {

constexpr std::size_t kTurnRows = 1024;  // of a task
constexpr std::size_t kChunkRows = 96;   // rows summed in float before they are added in double
constexpr std::size_t kSolveRows = 128;
constexpr std::size_t kGroup = 4;        // vectors of a row held in registers ...
constexpr std::size_t kHeld = 6;         // ... for so many rows at a time

/// sum[i] = sum over r of factor(i, r) * row(r), for kHeld values of i and vectors first..first+kCount-1.
template <std::size_t kCount, class Factor, class Row>
inline void combine(std::size_t n, std::size_t first, const Factor& factor, const Row& row, Vec (&sum)[kHeld][kGroup]) {
  Vec held[kHeld][kCount] = {};
  for (std::size_t r = 0; r < n; ++r) {
    const Vec* const in = vectors(row(r)) + first;
    for (std::size_t i = 0; i < kHeld; ++i) {
      const float f = factor(i, r);
      for (std::size_t k = 0; k < kCount; ++k) held[i][k] += f * in[k];
    }
  }
  for (std::size_t i = 0; i < kHeld; ++i) {
    for (std::size_t k = 0; k < kCount; ++k) sum[i][k] = held[i][k];
  }
}

/// The same for `count` vectors, 1 to kGroup.
template <class Factor, class Row>
inline void combine(std::size_t n, std::size_t first, std::size_t count, const Factor& factor, const Row& row,
                    Vec (&sum)[kHeld][kGroup]) {
  static_assert(kGroup == 4);
  if (count == 4) return combine<4>(n, first, factor, row, sum);
  if (count == 3) return combine<3>(n, first, factor, row, sum);
  if (count == 2) return combine<2>(n, first, factor, row, sum);
  combine<1>(n, first, factor, row, sum);
}

/// Adds F'F of rows first..last-1 to out [dim × dim], on and right of the vector with the diagonal.
void add_gram(const AlignedRows& side, std::size_t first, std::size_t last, double* out) {
  const std::size_t dim = side.dim();
  Vec sum[kHeld][kGroup];
  for (std::size_t i = 0; i < dim; i += kHeld) {
    const std::size_t held = std::min(kHeld, dim - i);
    for (std::size_t b = i / kLanes / kGroup * kGroup; b < side.blocks(); b += kGroup) {
      const std::size_t count = std::min(kGroup, side.blocks() - b);
      combine(
          last - first, b, count,
          [&](std::size_t h, std::size_t r) { return side.row(first + r)[std::min(i + h, dim - 1)]; },
          [&](std::size_t r) { return side.row(first + r); }, sum);
      for (std::size_t h = 0; h < held; ++h) {
        for (std::size_t c = b * kLanes; c < std::min(dim, (b + count) * kLanes); ++c) {
          out[(i + h) * dim + c] += static_cast<double>(sum[h][c / kLanes - b][c % kLanes]);
        }
      }
    }
  }
}

/// Rows first..last-1, at most kHeld, times the turn.
void turn_rows(const AlignedRows& turn, AlignedRows& side, std::size_t first, std::size_t last,
               std::vector<float>& scratch) {
  const std::size_t stride = side.stride();
  scratch.resize(kHeld * stride);
  for (std::size_t r = first; r < last; ++r) std::copy_n(side.row(r), stride, scratch.data() + (r - first) * stride);
  Vec sum[kHeld][kGroup];
  for (std::size_t b = 0; b < side.blocks(); b += kGroup) {
    const std::size_t count = std::min(kGroup, side.blocks() - b);
    combine(
        side.dim(), b, count, [&](std::size_t h, std::size_t k) { return scratch[h * stride + k]; },
        [&](std::size_t k) { return turn.row(k); }, sum);
    for (std::size_t r = first; r < last; ++r) {
      for (std::size_t k = 0; k < count; ++k) vectors(side.row(r))[b + k] = sum[r - first][k];
    }
  }
}

void fetch(const AlignedRows& other, std::span<const std::uint32_t> rows) {
  for (const std::uint32_t row : rows) {
    const char* const line = reinterpret_cast<const char*>(other.row(row));
    for (std::size_t b = 0; b < other.blocks(); ++b) __builtin_prefetch(line + b * kRowAlignment);
  }
}

}  // namespace

std::vector<double> gram(const AlignedRows& side, int threads) {
  const std::size_t dim = side.dim(), tasks = (side.size() + kTurnRows - 1) / kTurnRows;
  std::vector<std::vector<double>> parts(tasks);
  parallel_for(tasks, threads, [&](std::size_t t) {
    parts[t].assign(dim * dim, 0.0);
    const std::size_t last = std::min(side.size(), (t + 1) * kTurnRows);
    for (std::size_t r = t * kTurnRows; r < last; r += kChunkRows) {
      add_gram(side, r, std::min(last, r + kChunkRows), parts[t].data());
    }
  });
  std::vector<double> sum(dim * dim, 0.0);
  for (const auto& part : parts) {
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += part[e];
  }
  for (std::size_t i = 0; i < dim; ++i) {
    for (std::size_t j = 0; j < i; ++j) sum[i * dim + j] = sum[j * dim + i];
  }
  return sum;
}

Basis turn_to_eigenbasis(AlignedRows& side, int threads) {
  using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;
  const auto dim = static_cast<Eigen::Index>(side.dim());
  const std::vector<double> product = gram(side, threads);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(Eigen::Map<const Matrix>(product.data(), dim, dim));
  Basis basis;
  basis.spectrum.assign(solver.eigenvalues().data(), solver.eigenvalues().data() + dim);
  basis.turn = AlignedRows(side.dim(), side.dim());
  for (Eigen::Index k = 0; k < dim; ++k) {
    for (Eigen::Index c = 0; c < dim; ++c) {
      basis.turn.row(static_cast<std::size_t>(k))[c] = static_cast<float>(solver.eigenvectors()(k, c));
    }
  }
  parallel_for((side.size() + kTurnRows - 1) / kTurnRows, threads, [&](std::size_t t) {
    std::vector<float> scratch;
    const std::size_t last = std::min(side.size(), (t + 1) * kTurnRows);
    for (std::size_t r = t * kTurnRows; r < last; r += kHeld) {
      turn_rows(basis.turn, side, r, std::min(last, r + kHeld), scratch);
    }
  });
  return basis;
}

void turn_row(const AlignedRows& turn, float* row, float* scratch) {
  std::copy_n(row, turn.stride(), scratch);
  std::fill_n(row, turn.stride(), 0.0f);
  for (std::size_t k = 0; k < turn.dim(); ++k) add(scratch[k], turn.row(k), row, turn.blocks());
}

double regulariser(const Settings& s, std::size_t n) {
  return s.reg * std::pow(static_cast<double>(n) + s.alpha * s.others, s.nu);
}

bool solve_side(const Lists& events, const AlignedRows& other, const Basis& basis, const Settings& settings,
                int threads, const CancelFlag* cancel, AlignedRows& side) {
  std::atomic<bool> interrupted = false;
  parallel_for((side.size() + kSolveRows - 1) / kSolveRows, threads, [&](std::size_t t) {
    if (cancel && cancel->is_set()) interrupted = true;
    if (interrupted) return;
    RowSolver solver(other, basis.spectrum, settings.alpha, settings.steps);
    std::vector<float, AlignedAllocator<float>> scratch(side.stride());
    const std::size_t last = std::min(side.size(), (t + 1) * kSolveRows);
    for (std::size_t r = t * kSolveRows; r < last; ++r) {
      if (r + 1 < last) fetch(other, events.of(r + 1).first(std::min<std::size_t>(events.of(r + 1).size(), 32)));
      const auto rows = events.of(r);
      // Only CG begins where the row was, and that must be said in the new basis.
      if (settings.steps > 0 && rows.size() > RowSolver::kDual) turn_row(basis.turn, side.row(r), scratch.data());
      solver.solve(rows, regulariser(settings, rows.size()), side.row(r));
    }
  });
  return !interrupted;
}

}  // namespace motive::als
