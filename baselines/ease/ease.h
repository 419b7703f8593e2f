#pragma once
// Purpose: EASE, a linear autoencoder of histories with zero self-weights, in closed form.
//   G = X'X + reg I,  P = G^-1,  B_ij = -P_ij / P_jj (i != j),  B_jj = 0
//   score(u, j) = sum over the distinct items i of the history of B_ij
// X is binary, a user's repeats count once. Source: Steck, Embarrassingly shallow autoencoders for
// sparse data, WWW 2019, algorithm 1. Shapes: n = items with training events (at most max_items, the
// most popular ones). Complexity: fit n^3 flops, less where items can be eliminated sparsely first
// (eliminate.h). Memory: fit at most 3 n^2 bytes and 2.4 KB an item, twice that where the condition
// number asks for double; ranking 4 n^2 bytes; on disk at most 2 n^2 bytes. Determinism: no randomness;
// the same bytes for any number of threads. Accuracy: weights within .001 of the largest one.
// Errors: a matrix that does not fit into memory (before it is made); a matrix that is singular to the
// accuracy of its numbers; cancellation; a model of other data.

#include <mutex>

#include "baselines/ease/weights.h"
#include "framework/config/table.h"
#include "framework/recommend/arrays.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"

namespace motive {

struct EaseParams {
  double reg = 200;
  int max_items = 0;
  static const config::Table<EaseParams>& table();
};

class Ease final : public BatchRecommender {
 public:
  explicit Ease(const EaseParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

  /// What a fit (ranking) of n items takes at most. precise: in double.
  static std::uint64_t fit_bytes(std::uint64_t n, bool precise);
  static std::uint64_t rank_bytes(std::uint64_t n);

 private:
  template <class Real>
  Status invert(const ease::Incidence& x, FitContext& context);
  void index_items();
  /// Makes the weights once, when they are first asked for.
  Status prepare_weights() const;
  void sum_rows(std::span<const ItemId> history, std::span<float> out) const;

  EaseParams params_;
  std::size_t n_items_ = 0;           // of the catalogue
  ease::Elimination elimination_;     // order: catalogue numbers
  ease::SymmetricTiles<float> core_;  // of the negative inverse, where it was fitted here
  MappedArray<float> stored_core_;    // where it was loaded
  std::vector<std::uint32_t> position_;  // [n_items] or kOutside

  mutable std::mutex mutex_;
  mutable bool ready_ = false;
  mutable AlignedRows weights_;  // [n × n] by position
};

}  // namespace motive
