#pragma once
// Purpose: item-based nearest neighbours over the binary user-item matrix.
//   sim(i, j) = n_ij / (sqrt(n_i n_j) + shrinkage)   normalise: true   (n_ij: users who have both)
//   sim(i, j) = n_ij / (1 + shrinkage / n_ij)        normalise: false  (co-occurrence)
//   score(u, c) = sum over the distinct items i of the history of sim(i, c), c among the
//   `neighbours`
//                 items most similar to i (ties: the lower item number)
// Source: Deshpande & Karypis, Item-based top-N recommendation algorithms, TOIS 2004; shrinkage
// after Bell & Koren, KDD Cup 2007. Shapes: similarities are sparse, [I×neighbours] at most; no
// dense I×I anywhere. Complexity: fit sum over users of n_u^2; memory I*neighbours*8 bytes, twice
// while rows are joined, and I*8 bytes a thread. Determinism: no randomness; the same bytes for any
// number of threads. Errors: cancellation; a model of other data.

#include "framework/base/sparse_rows.h"
#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

struct ItemKnnParams {
  int neighbours = 200;
  double shrinkage = 20;
  bool normalise = true;
  static const config::Table<ItemKnnParams>& table();
};

class ItemKnn final : public BatchRecommender {
 public:
  explicit ItemKnn(const ItemKnnParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

  /// The neighbours of an item, ascending by number, and their similarities.
  std::span<const std::uint32_t> neighbours_of(std::size_t item) const {
    return rows_.columns_of(item);
  }
  std::span<const float> similarities_of(std::size_t item) const { return rows_.values_of(item); }

 private:
  ItemKnnParams params_;
  SparseRows rows_;  // [I×neighbours] at most
};

}  // namespace motive
