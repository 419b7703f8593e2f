#pragma once
// Purpose: the interface of every method. Few virtual functions; what a method can do, and what it needs,
// stands in its MethodInfo beside it (registry.h).
// Determinism: fit with the same view, parameters, seed and number of threads gives the same bytes on
// the same kind of processor; rank gives scores that do not depend on the order or size of blocks
// beyond 1e-5 relative.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/base/progress.h"
#include "framework/base/rng.h"
#include "framework/recommend/feature.h"
#include "framework/recommend/query.h"
#include "framework/recommend/training_view.h"

namespace motive {

class Recommender;
namespace llm {
class Client;
}

/// Judges a half-trained method on the validation events: the only thing that selection may look at.
class Validation {
 public:
  virtual ~Validation() = default;
  /// NDCG@10 over the validation users, full ranking.
  virtual Result<double> ndcg(const Recommender& method) = 0;
};

/// Where in an experiment a fit stands. For methods that read what was made elsewhere for one data set and split;
/// nothing that is learnt may depend on it.
struct FitPlace {
  std::string dataset, split;
  std::uint64_t split_seed = 0;
  std::uint64_t order_seed = 0;  // 0: order of the source
  std::uint32_t fold = 0;        // from 1; 0: the split has none
};

struct FitContext {
  std::uint64_t init_seed = 1;
  FitPlace place;
  int threads = 1;
  Progress* progress = nullptr;      // never null when the framework calls
  const CancelFlag* cancel = nullptr;  // never null when the framework calls
  /// Null where there is nothing to select on. A method that stops early uses it.
  Validation* validation = nullptr;
  /// What an earlier fit on training events alone selected, such as {"epochs": 37}: a refit takes it over
  /// instead of stopping early. Null otherwise.
  const Json* selected = nullptr;
  /// A folder of this fit alone, which outlives a killed process and goes once the fit is stored: a method that trains
  /// for long continues from what it left there. Empty where there is none.
  Path checkpoints;
  /// What MethodInfo::features asked for.
  FeatureFolders features;
  /// What this fit wants kept: report["selected"] is what a refit gets; report["curve"], a list of
  /// {"epoch", "loss", "ndcg@10"}, goes to the report.
  Json report = Json::object();

  Rng rng(std::string_view purpose, std::uint64_t index = 0) const { return Rng(init_seed, purpose, index); }
};

struct RankContext {
  std::uint64_t seed = 1;  // for methods that draw at ranking time (random)
  int threads = 1;
  Progress* progress = nullptr;
  const CancelFlag* cancel = nullptr;
  /// Text of items and fields of users, for methods that write prompts; never null when the framework calls.
  const Catalogue* items = nullptr;
  const UserTable* users = nullptr;
  FeatureFolders features = {};       // what MethodInfo::features asked for
  llm::Client* llm = nullptr;         // where MethodInfo::endpoints names any
  std::uint64_t llm_seed = 1;         // which of the model's answers: the sample index of its cache
  std::uint64_t prompt_seed = 1;      // order in which candidates are shown
};

class Recommender {
 public:
  virtual ~Recommender() = default;
  virtual Status fit(const TrainingView& train, FitContext& context) = 0;
  virtual Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const = 0;
  /// Writes the fitted state into an existing folder; load on a fresh object gives the same ranks.
  virtual Status save(const Path& folder) const = 0;
  /// Refuses a folder that is foreign, truncated or of another shape, with the reason.
  virtual Status load(const Path& folder) = 0;
};

/// For methods that score candidates block by block, in any order.
class BatchRecommender : public Recommender {
 public:
  /// out[q][c]: the score of queries[q].candidates[c] (kAll: of item c). All entries must be written.
  virtual Status score(std::span<const Query> queries, std::span<const std::span<float>> out) const = 0;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const final;
};

/// For dot-product methods: gives vectors, the evaluator does the products.
class FactorRecommender : public Recommender {
 public:
  virtual ItemFactors item_factors() const = 0;
  /// Writes the vector of the query's user [D]. An unseen user's is made from the history.
  virtual Status user_factors(const Query& query, std::span<float> out) const = 0;
  /// The same for a block of queries [B×D]; for methods that are faster so.
  virtual Status block_factors(std::span<const Query> queries, std::span<float> out) const;
  Status rank(QuerySource& queries, RankSink& sink, RankContext& context) const final;
};

}  // namespace motive
