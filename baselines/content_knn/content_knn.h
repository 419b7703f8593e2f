#pragma once
// Purpose: items whose text is like that of the history.
//   score(u, c) = 1/m * sum of w_h cos(x_h, x_c) over m events h of the history
//   x: TF-IDF rows of the items' text (framework/text/tfidf.h)
//   w_h = 2^(-age/half_life), age 0 for the last event, 1 for the one before it; 1 without
//   neighbours: 0 counts all m = |H| events (the mean); k > 0 the m = min(k, |H|) of them with the
//               largest w_h cos (1: the maximum)
// Source: content-based filtering with TF-IDF, Lops et al., Recommender Systems Handbook (2011),
// ch. 3. An item needs no training events, and a user none but his history.
//
// Shapes: sparse rows [I×V] and their transpose; no dense I×V or I×I.
// Complexity: of a query over all items, the postings of the history's words, each word once
// (neighbours 0) or once an event; over a list of candidates, their own words. Memory: 16 bytes a
// distinct word of an item, V + I (neighbours + 1) floats a thread.
// Determinism: no randomness. An item's score is the same chain of fused multiply-adds whatever
// the candidates are, so items with the same text tie exactly.
// Errors: kNotApplicable where the data set has no text to read; kInvalid for named fields that it
// lacks.

#include "framework/config/table.h"
#include "framework/recommend/recommender.h"
#include "framework/recommend/registry.h"
#include "framework/text/tfidf.h"

namespace motive {

struct ContentKnnParams {
  std::vector<std::string>
      fields;  // empty: those of title, description, categories that the data set has
  bool sublinear = true;
  int min_df = 1;
  bool stop_words = false;
  double half_life = 0;
  int neighbours = 0;
  static const config::Table<ContentKnnParams>& table();
};

class ContentKnn final : public BatchRecommender {
 public:
  explicit ContentKnn(const ContentKnnParams& params) : params_(params) {}
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
