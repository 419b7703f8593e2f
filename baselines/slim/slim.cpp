#include "baselines/slim/slim.h"

#include <algorithm>
#include <atomic>

#include "baselines/slim/column_solver.h"
#include "framework/recommend/history_sums.h"
#include "framework/recommend/neighbours.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";
const ItemRowNames kNames{"slim", kVersion, "neighbours", "weights"};
constexpr std::uint64_t kEntryBytes = sizeof(std::uint32_t) + sizeof(float);

bool interrupted(const FitContext& context) { return context.cancel && context.cancel->is_set(); }

/// X'X with its diagonal. Counts are exact as floats up to 2^24 users.
Result<SparseRows> gram_matrix(const TrainingView& train, int memory_mb, const FitContext& context) {
  const std::size_t n = train.n_items();
  const SeenItems seen = seen_items(train);
  const Lists holders = item_users(seen, n);
  const std::uint64_t limit = static_cast<std::uint64_t>(memory_mb) << 20;
  std::atomic<std::uint64_t> bytes{0};
  const MakeTile make = [&](std::size_t first, std::size_t last, RowTile& tile) {
    CoOccurrences together(seen, holders);
    std::vector<Neighbour> row;
    for (std::size_t i = first; i < last && bytes <= limit && !interrupted(context); ++i) {
      row.clear();
      together.of(i, [&](std::uint32_t j, std::uint32_t count) {
        row.push_back({static_cast<float>(count), j});
      });
      keep_nearest(row, row.size());
      tile.add_row(row);
      bytes += row.size() * kEntryBytes;
    }
  };
  MOTIVE_ASSIGN(SparseRows gram, rows_by_tiles(n, n, make, "slim", context));
  if (bytes > limit) {
    return invalid("slim counts how often two items stand together, and those counts take more than "
                   "the {} MiB of memory_mb; raise it, or filter items with few events",
                   memory_mb);
  }
  return gram;
}

}  // namespace

const config::Table<SlimParams>& SlimParams::table() {
  static const auto kTable =
      config::Table<SlimParams>("slim")
          .field("l1", &SlimParams::l1,
                 "pull of weights to 0, in users: pairs of items that no more users have get no "
                 "weight; larger is sparser",
                 config::range(0, 1e9))
          .field("l2", &SlimParams::l2,
                 "shrinkage of weights, in users: an item counts as if so many had it alone",
                 config::range(0, 1e9))
          .field("non_negative", &SlimParams::non_negative, "true: no weight is below 0")
          .field("neighbours", &SlimParams::neighbours,
                 "only so many most similar items (cosine) may have a weight for an item; 0: all",
                 config::range(0, 1000000))
          .field("max_iterations", &SlimParams::max_iterations,
                 "an item's weights get at most so many sweeps", config::range(1, 1000000))
          .field("tolerance", &SlimParams::tolerance,
                 "an item is done where a sweep changes no weight by more", config::range(1e-12, 1))
          .field("memory_mb", &SlimParams::memory_mb,
                 "refuse data whose pairs of items take more MiB than this", config::range(1, 1 << 20));
  return kTable;
}

Status Slim::fit(const TrainingView& train, FitContext& context) {
  const std::size_t n = train.n_items();
  MOTIVE_ASSIGN(const SparseRows gram, gram_matrix(train, params_.memory_mb, context));
  const slim::ElasticNet net{.l1 = params_.l1,
                             .l2 = params_.l2,
                             .non_negative = params_.non_negative,
                             .neighbours = params_.neighbours,
                             .max_iterations = params_.max_iterations,
                             .tolerance = params_.tolerance};
  std::atomic<std::uint64_t> stopped{0};
  const MakeTile make = [&](std::size_t first, std::size_t last, RowTile& tile) {
    slim::ColumnSolver solver(gram, net);
    std::vector<Neighbour> weights;
    for (std::size_t j = first; j < last && !interrupted(context); ++j) {
      if (!solver.solve(j, weights)) ++stopped;
      tile.add_row(weights);
    }
  };
  MOTIVE_ASSIGN(const SparseRows columns, rows_by_tiles(n, n, make, "slim", context));
  rows_ = transposed(columns);
  context.report["weights"] = rows_.columns.size();
  context.report["items_not_converged"] = stopped.load();
  if (context.progress) {
    context.progress->update(static_cast<double>(n), static_cast<double>(n),
                             fmt::format("{} weights", rows_.columns.size()));
  }
  return {};
}

Status Slim::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  return score_histories(rows_, "slim", queries, out);
}

Status Slim::save(const Path& folder) const { return save_item_rows(rows_, kNames, folder); }

Status Slim::load(const Path& folder) {
  MOTIVE_ASSIGN(rows_, load_item_rows(kNames, folder));
  return {};
}

namespace {

MethodInfo describe(const SlimParams& params) {
  // Scores come from the history alone, whoever's it is.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = false,
                  .unseen_users = true,
                  .any_threads = true,
                  .label = "SLIM"};
  const auto limit = static_cast<std::uint64_t>(params.memory_mb) << 20;
  info.fit_estimate = [limit](const Shape& s) {
    const double per_user =
        s.users ? static_cast<double>(s.events) / static_cast<double>(s.users) : 0;
    // Histories are skewed: their mean square is some three times the square of their mean.
    const double pairs = 3 * static_cast<double>(s.events) * per_user;
    const auto items = static_cast<double>(s.items);
    const double entries = std::min(pairs, items * items);
    const auto gram = std::min(limit, static_cast<std::uint64_t>(entries) * kEntryBytes);
    return Estimate{pairs / 1e8 + entries * 100 / 1e9, 2 * gram + 12 * s.events + 64 * s.items};
  };
  info.rank_estimate = [](const Shape& s) {
    constexpr std::uint64_t kWeights = 100;  // of an item, at a guess
    return Estimate{static_cast<double>(s.queries) * static_cast<double>(s.candidates + 10 * kWeights) / 1e9,
                    s.items * kWeights * kEntryBytes + 256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<SlimParams, Slim> kRegister{
    "slim", "items predicted from the others of a history (sparse linear, elastic net)",
    "Ning & Karypis, ICDM 2011", describe,
    {{"best-validation", "best of l1 x l2 on Amazon Beauty and MovieLens 100K; up to 13 times the weights",
      {{"l1", 0.5}, {"l2", 50}}}}};

}  // namespace
}  // namespace motive
