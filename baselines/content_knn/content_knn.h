#pragma once
// Purpose: items whose text is like that of the history.
//   score(u, c) = 1/m * sum of w_h cos(x_h, x_c) over m events h of the history
//   x: TF-IDF of the items' text (tfidf_knn.h), or vectors of a sentence encoder (sentence_knn.h)
//   w_h = 2^(-age/half_life), age 0 for the last event, 1 for the one before it; 1 without
//   neighbours: 0 counts all m = |H| events (the mean); k > 0 the m = min(k, |H|) of them with the
//               largest w_h cos (1: the maximum)
// Source: content-based filtering, Lops et al., Recommender Systems Handbook (2011), ch. 3. An item needs no training
// events, and a user none but his history.
// Shapes, complexity, determinism, errors: those of the two classes.

#include <memory>

#include "baselines/content_knn/params.h"
#include "framework/recommend/recommender.h"

namespace motive {

class ContentKnn final : public Recommender {
 public:
  explicit ContentKnn(const ContentKnnParams& params);
  Status fit(const TrainingView& train, FitContext& context) override { return by_text_->fit(train, context); }
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override {
    return by_text_->rank(queries, sink, context);
  }
  Status save(const Path& folder) const override { return by_text_->save(folder); }
  Status load(const Path& folder) override { return by_text_->load(folder); }

 private:
  std::unique_ptr<Recommender> by_text_;
};

}  // namespace motive
