#pragma once
// Purpose: content_knn over TF-IDF rows of the items' text (framework/text/tfidf.h). Formula: content_knn.h.
// Shapes: sparse rows [I×V] and their transpose; no dense I×V or I×I.
// Complexity: of a query over all items, the postings of the history's words, each word once (neighbours 0) or once an
// event; over a list of candidates, their own words. Memory: 16 bytes a distinct word of an item, V + I (neighbours + 1)
// floats a thread.
// Determinism: an item's score is the same chain of fused multiply-adds whatever the candidates are, so items with the
// same text tie exactly.
// Errors: kNotApplicable where the data set has no text to read; kInvalid for named fields that it lacks.

#include "baselines/content_knn/params.h"
#include "framework/base/sparse_rows.h"
#include "framework/recommend/recommender.h"

namespace motive {

class TfidfKnn final : public BatchRecommender {
 public:
  explicit TfidfKnn(const ContentKnnParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  struct Scratch;
  void weigh(std::span<const ItemId> history, Scratch& scratch) const;
  void score_mean(const Query& query, std::span<float> out, Scratch& scratch) const;
  void score_nearest(const Query& query, std::span<float> out, Scratch& scratch) const;
  void add_products(Scratch& scratch, std::span<float> scores) const;
  float product(std::size_t item, const Scratch& scratch) const;

  ContentKnnParams params_;
  SparseRows items_;  // [I×V]
  SparseRows words_;  // [V×I], its transpose
};

}  // namespace motive
