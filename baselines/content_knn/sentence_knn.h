#pragma once
// Purpose: content_knn over vectors of a sentence encoder (framework/features/sentences.h). Formula: content_knn.h, with
// x_i the vector of item i's text, of length 1, or 0 where it has none.
//   MeanSentenceKnn     neighbours 0: score = (1/m sum of w_h x_h) . x_c, a dot product of vectors
//   NearestSentenceKnn  neighbours k: the k largest of w_h x_h . x_c
// Shapes: [I×D]. Complexity: of a query over all items, I D, and |H| I D with neighbours. Memory: 4 I D bytes, twice while
// ranking.
// Determinism: a product is one chain of fused multiply-adds over D whatever the candidates are: items with the same
// text tie exactly, and a score is the same for all items and for lists.
// Errors: the feature is missing; it is of another catalogue.

#include "baselines/content_knn/params.h"
#include "framework/recommend/recommender.h"

namespace motive {

/// The items' vectors: read from the feature, kept with the model.
struct SentenceItems {
  std::size_t n = 0, dim = 0;
  std::vector<float> rows;  // [I×D]

  Status take(const ContentKnnParams& params, const TrainingView& train, FitContext& context);
  Status save(const Path& folder) const;
  Status load(const Path& folder);
  std::span<const float> row(std::size_t item) const { return std::span(rows).subspan(item * dim, dim); }
};

class MeanSentenceKnn final : public FactorRecommender {
 public:
  explicit MeanSentenceKnn(const ContentKnnParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override { return items_.take(params_, train, context); }
  ItemFactors item_factors() const override { return {items_.rows, {}, items_.dim}; }
  Status user_factors(const Query& query, std::span<float> out) const override;
  Status save(const Path& folder) const override { return items_.save(folder); }
  Status load(const Path& folder) override { return items_.load(folder); }

 private:
  ContentKnnParams params_;
  SentenceItems items_;
};

class NearestSentenceKnn final : public BatchRecommender {
 public:
  explicit NearestSentenceKnn(const ContentKnnParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries, std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override { return items_.save(folder); }
  Status load(const Path& folder) override;

 private:
  void pack();
  void score_all(std::span<const ItemId> history, std::span<float> out) const;
  void score_list(std::span<const ItemId> history, std::span<const ItemId> candidates, std::span<float> out) const;

  ContentKnnParams params_;
  SentenceItems items_;
  std::vector<float> panels_;  // [I/W][D][W]: W items beside each other
};

}  // namespace motive
