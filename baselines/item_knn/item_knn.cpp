#include "baselines/item_knn/item_knn.h"

#include <cmath>

#include "framework/recommend/history_sums.h"
#include "framework/recommend/neighbours.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";
const ItemRowNames kNames{"item_knn", kVersion, "neighbours", "similarities"};

/// n users have both, of n_i and n_j.
float similarity(const ItemKnnParams& params, double n, double n_i, double n_j) {
  if (!params.normalise) return static_cast<float>(n / (1 + params.shrinkage / n));
  return static_cast<float>(n / (std::sqrt(n_i * n_j) + params.shrinkage));
}

}  // namespace

const config::Table<ItemKnnParams>& ItemKnnParams::table() {
  static const auto kTable =
      config::Table<ItemKnnParams>("item_knn")
          .field("neighbours", &ItemKnnParams::neighbours,
                 "how many most similar items are kept of each item", config::range(1, 1000000))
          .field("shrinkage", &ItemKnnParams::shrinkage,
                 "added to the denominator: similarities seen by few users count less",
                 config::range(0, 1e6))
          .field("normalise", &ItemKnnParams::normalise,
                 "true: cosine; false: number of users who have both items");
  return kTable;
}

Status ItemKnn::fit(const TrainingView& train, FitContext& context) {
  const std::size_t n = train.n_items();
  const SeenItems seen = seen_items(train);
  const Lists holders = item_users(seen, n);
  const auto k = static_cast<std::size_t>(params_.neighbours);
  const MakeTile make = [&](std::size_t first, std::size_t last, RowTile& tile) {
    CoOccurrences together(seen, holders);
    std::vector<Neighbour> row;
    for (std::size_t i = first; i < last; ++i) {
      row.clear();
      const auto n_i = static_cast<double>(holders.of(i).size());
      together.of(i, [&](std::uint32_t j, std::uint32_t count) {
        const auto n_j = static_cast<double>(holders.of(j).size());
        if (j != i) row.push_back({similarity(params_, count, n_i, n_j), j});
      });
      keep_nearest(row, k);
      tile.add_row(row);
    }
  };
  MOTIVE_ASSIGN(rows_, rows_by_tiles(n, n, make, "item_knn", context));
  if (context.progress) {
    context.progress->update(static_cast<double>(n), static_cast<double>(n),
                             fmt::format("{} similarities", rows_.columns.size()));
  }
  return {};
}

Status ItemKnn::score(std::span<const Query> queries, std::span<const std::span<float>> out) const {
  return score_histories(rows_, "item_knn", queries, out);
}

Status ItemKnn::save(const Path& folder) const { return save_item_rows(rows_, kNames, folder); }

Status ItemKnn::load(const Path& folder) {
  MOTIVE_ASSIGN(rows_, load_item_rows(kNames, folder));
  return {};
}

namespace {

MethodInfo describe(const ItemKnnParams& params) {
  // Scores come from the history alone, whoever's it is.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = false,
                  .unseen_users = true,
                  .any_threads = true,
                  .label = "ItemKNN"};
  const auto k = static_cast<std::uint64_t>(params.neighbours);
  info.fit_estimate = [k](const Shape& s) {
    const double per_user =
        s.users ? static_cast<double>(s.events) / static_cast<double>(s.users) : 0;
    // Histories are skewed: their mean square is some three times the square of their mean.
    return Estimate{3 * static_cast<double>(s.events) * per_user / 1e8,
                    2 * s.items * std::min(k, s.items) * 8 + 12 * s.events + 16 * s.items};
  };
  info.rank_estimate = [k](const Shape& s) {
    return Estimate{
        static_cast<double>(s.queries) * static_cast<double>(s.candidates + 10 * k) / 1e9,
        s.items * std::min(k, s.items) * 8 + 256 * s.candidates * sizeof(float)};
  };
  return info;
}

const RegisterMethod<ItemKnnParams, ItemKnn> kRegister{
    "item_knn", "items similar to those of the history (cosine over users)",
    "Deshpande & Karypis, TOIS 2004", describe};

}  // namespace
}  // namespace motive
