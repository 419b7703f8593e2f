#pragma once
// Purpose: M-LLM3REC: an LLM infers from a user's few interactions why they buy (MOPE), distils each item into traits
// (MOTE), and matches the two (MAR). Source: Chen, Zeng, Huang, CIKM 2025, doi 10.1145/3746252.3761214.
// It learns nothing: fit() keeps the scale of the ratings. All work is in rank(), many users at a time; what was asked
// before comes from the cache.
// Variants: "" the repaired list; "strict": an invalid list is a miss. Complexity: see the plan's estimate, in calls.
// Determinism: of the cache, the llm seed and the prompt-order seed. Errors: kNotApplicable where there is no text, or
// where all items are to be ranked at once (an LLM reads lists: take negatives, or a first stage).

#include "framework/recommend/recommender.h"
#include "models/m_llm3rec/align.h"
#include "models/m_llm3rec/profile.h"
#include "models/m_llm3rec/traits.h"

namespace motive {

class MLlm3Rec final : public Recommender {
 public:
  explicit MLlm3Rec(const MLlm3RecParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  struct Modules;
  struct Seen;
  Result<Seen> see(const Query& query, const Modules& modules, llm::Client& client, const RankContext& context) const;
  Status ask_in_batches(const std::vector<Query>& queries, const Modules& modules, const RankContext& context) const;
  Status answer(const Query& query, const Modules& modules, RankSink& sink, RankContext& context) const;
  Json explain(const Query& query, const Aligned& aligned, const AlignSource& source, const RankContext& context, Json said) const;

  MLlm3RecParams params_;
  float best_rating_ = 0;  // of the training events; 0: there are none
};

}  // namespace motive
