#pragma once
// Purpose: one function a kind of node. Each reads its inputs from the store by the hashes in its spec and
// writes its folder; none of them knows of experiments, tables or other tasks.

#include "framework/evaluate/ranking.h"
#include "framework/experiment/task.h"

namespace motive {

struct StageContext {
  const Store* store = nullptr;
  int threads = 1;
  Progress* progress = nullptr;
  const CancelFlag* cancel = nullptr;
};

/// Runs the stage that node.kind names.
Status run_stage(const NodeSpec& node, const Json& context, const Path& folder, const StageContext& stage);

/// A split with the data it was made from, opened by the split's hash.
struct OpenSplit {
  PreparedData data;
  Split split;
};
Result<OpenSplit> open_split(const Store& store, const std::string& hash);

/// The spec that a complete node was made from.
Result<Json> read_spec(const Store& store, const std::string& kind, const std::string& hash);

/// In the context of a fit's task: what a method that reads files made for one split may name them by.
Json place_to_json(const FitPlace& place);

/// A fitted method, loaded from the store by the fit's hash.
struct LoadedFit {
  std::unique_ptr<Recommender> method;
  MethodInfo info;
  Json spec;
};
Result<LoadedFit> load_fit(const Store& store, const std::string& hash);

/// What ranking needs to know of the training events.
struct TrainingFacts {
  std::vector<std::uint32_t> counts;           // [I]
  std::vector<std::uint8_t> user_in_training;  // [U]
};
TrainingFacts training_facts(const EventsView& train, std::size_t n_items);

/// These queries among these candidates, by what the fit has seen of the data. All but the fit and the data is kept by
/// reference.
RankTask rank_task(const LoadedFit& fit, const OpenSplit& open, const QuerySet& queries, const Ledger& ledger,
                   const TrainingFacts& facts, std::size_t top_k);

/// For ranking with it: seed, texts and features of its data. The rest is the caller's.
RankContext rank_context(const LoadedFit& fit, const OpenSplit& open, const Store& store);

/// The training events that a fit's spec names ("train" or "train_valid").
EventsCopy training_events(const Split& split, const Json& fit_spec);

/// The test queries that candidates were made for, as their spec names them.
QuerySet test_queries(const Split& split, const Json& candidates_spec, TestHistory history);
/// What histories show, as a spec of ranks or of retrieved candidates says it.
TestHistory history_of(const Json& spec);
/// In a candidates' spec: the targets that an item-cold split holds beside its own.
inline constexpr const char* kWarmTargets = "warm targets";
inline constexpr const char* kColdTargets = "cold targets";

/// What the store's nodes are made by. Raise one when its results change for the same spec.
inline constexpr int kPreparedVersion = 2;
inline constexpr int kSplitVersion = 2;
inline constexpr int kCandidatesVersion = 2;
inline constexpr int kFeaturesVersion = 1;
inline constexpr int kFitVersion = 1;
inline constexpr int kRanksVersion = 1;
inline constexpr int kTrialVersion = 1;
inline constexpr int kChosenVersion = 1;

/// Length of the stored top-k lists: no cutoff of an experiment changes what is stored.
inline constexpr std::size_t kStoredTopK = 20;

}  // namespace motive
