#pragma once
// Purpose: the raw history and the raw texts of the candidates in one call, which ranks them: a language model without
// profile, traits or reflection. Source: M-LLM3REC, section 4.4 ("LLM-only"); lists and repair: framework/llm/listwise.h.
// Variants: "" the repaired list; "strict": an invalid list is a miss. It learns nothing.
// Determinism: of the cache, the llm seed and the prompt-order seed. Errors: kNotApplicable without text, or where all items
// are to be ranked at once.

#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/llm/describe.h"
#include "framework/recommend/recommender.h"

namespace motive {

struct LlmOnlyParams {
  std::string endpoint = "offline";
  std::string prompt;  // file; "": the method's own
  int history = 10;
  std::vector<std::string> fields{"title", "description", "categories"};
  int field_tokens = 200;
  bool ratings = true;
  int top = 10;
  int permutations = 1;
  int window = 0, stride = 10;
  double temperature = 0.9, top_p = 0.9;
  int max_tokens = 1024;
  bool batch = false;  // by the server's Batch API
  static const config::Table<LlmOnlyParams>& table();
};

class LlmOnly final : public Recommender {
 public:
  explicit LlmOnly(const LlmOnlyParams& params) : params_(params) {}
  Status fit(const TrainingView& train, FitContext& context) override;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const override;
  Status save(const Path& folder) const override;
  Status load(const Path& folder) override;

 private:
  LlmOnlyParams params_;
  float best_rating_ = 0;  // of the training events; 0: there are none
};

}  // namespace motive
