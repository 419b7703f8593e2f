#pragma once
// Purpose: an experiment as its YAML file says it, with every default filled in. The field tables in
// schema.cpp are the only place that knows the keys; DESIGN.md's example shows them together.
// Keys that belong to later versions are refused by name, never ignored.

#include <any>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/data/descriptor.h"
#include "framework/data/filters.h"
#include "framework/data/prepared.h"
#include "framework/evaluate/ledger.h"
#include "framework/evaluate/metrics.h"
#include "framework/evaluate/slice_spec.h"
#include "framework/experiment/claims.h"
#include "framework/experiment/tuning.h"
#include "framework/llm/endpoint.h"
#include "framework/recommend/registry.h"
#include "framework/split/item_cold.h"
#include "framework/split/target.h"

namespace motive {

enum class SplitType { kWarm, kWarmTruncated, kUserCold, kItemCold, kImported };
enum class Holdout { kLeaveOneOut, kRatio, kTemporal };
enum class Refit { kTrainValid, kNone };

struct TargetConfig {
  TargetRule rule = TargetRule::kLast;
  double rating = 3;
  static const config::Table<TargetConfig>& table();
};

/// Keys that do not belong to the type stay empty; load_experiment fills in those that do.
struct SplitConfig {
  std::string name;  // "": the type
  SplitType type = SplitType::kWarm;
  std::optional<Holdout> holdout;
  std::optional<TargetConfig> target;
  std::vector<double> ratio;                           // holdout: ratio
  std::vector<double> quantiles;                       // holdout: temporal
  std::optional<std::string> train_until, valid_until;  // holdout: temporal
  std::optional<Select> select;
  std::optional<double> fraction;
  std::optional<int> folds;
  std::optional<int> max_history;
  std::optional<ColdItemUsers> users;
  std::optional<std::string> path;
  static const config::Table<SplitConfig>& table();
  std::string shown_name() const;  // the name, or the type
};

/// `users: {sample: 2000, seed: 1}`: who is tested.
struct UsersConfig {
  int sample = 0;  // 0: all
  std::uint64_t seed = 1;
  static const config::Table<UsersConfig>& table();
};

struct SeedsConfig {
  std::vector<std::uint64_t> split{1}, init{1}, candidates{1}, llm{1}, prompt_order{1};
  std::vector<std::uint64_t> order;  // empty: tied events in the order of the source
  static const config::Table<SeedsConfig>& table();
};

/// Items that a first-stage retriever keeps of each user unless `keep` says otherwise.
inline constexpr int kDefaultKeep = 100;

struct CandidatesConfig {
  std::string name;
  int negatives = 0;  // 0: full ranking
  Distribution distribution = Distribution::kUniform;
  Pool pool = Pool::kDefault;
  std::optional<std::string> file;
  std::optional<std::string> retriever;  // label of one of the models
  std::optional<int> keep;               // with a retriever; 100 unless given
  std::vector<std::string> splits;  // empty: all
  static const config::Table<CandidatesConfig>& table();
};

/// `- history`, or `- {by: category, top: 8}`.
struct SliceConfig {
  SliceKind by = SliceKind::kHistory;
  int top = 5;
  static const config::Table<SliceConfig>& table();
};

/// Whose events are ranked: `validation` is for choosing prompts and the like, without a look at a test event.
enum class JudgedOn { kTest, kValidation };

struct EvaluationConfig {
  JudgedOn on = JudgedOn::kTest;
  std::vector<CandidatesConfig> candidates;
  std::vector<std::string> metrics{"hr", "ndcg", "mrr"};
  std::vector<int> topk{5, 10};
  Ties ties = Ties::kExpected;
  std::vector<SliceConfig> slices;  // beside everyone
  int memorisation = 0;             // items by which every language model is probed; 0: none
  static const config::Table<EvaluationConfig>& table();
};

/// `- bpr`, or `- bpr: {dim: 64, label: BPR-64, lr: {search: loguniform, low: 0.001, high: 0.2}}`.
struct ModelConfig {
  std::string name;
  std::string label;
  const Method* method = nullptr;
  std::any params;  // with searches: some value of each, until one is chosen
  std::vector<Search> searches;
  std::optional<int> trials;  // instead of tuning.trials
};

struct TableConfig {
  std::string name, split, candidates;
  std::vector<std::string> metrics;
  std::vector<int> topk;
  std::string slice = "all";
  std::optional<std::string> published;
  static const config::Table<TableConfig>& table();
};

/// A name of datasets/, a path to a .yaml file, or a map.
struct DatasetConfig {
  Descriptor descriptor;
  std::string given;  // the name or path as given; empty for a map
};

struct ExperimentConfig {
  std::string experiment;
  std::vector<DatasetConfig> datasets;
  std::optional<DatasetConfig> dataset;  // `dataset:` for one; moved into `datasets` once read
  FilterOptions filters;
  UsersConfig users;
  std::vector<SplitConfig> splits;
  Refit refit = Refit::kTrainValid;
  std::optional<TestHistory> test_history;  // with refit: none
  SeedsConfig seeds;
  llm::Endpoints endpoints;  // `offline` is always one of them
  std::optional<llm::Budget> budget;
  std::vector<ModelConfig> models;
  std::optional<TuningConfig> tuning;
  EvaluationConfig evaluation;
  std::vector<TableConfig> tables;
  std::optional<SignificanceConfig> significance;
  std::vector<std::string> claims;

  TestHistory visible_history() const;
  static const config::Table<ExperimentConfig>& table();
};

/// All endpoints that a model asks, itself or through its features.
std::set<std::string> endpoints_of(const ModelConfig& model);
/// Of all models, in their order.
std::vector<std::string> labels_of(const ExperimentConfig& config);
/// By label, or by the method's name where one model alone is of that method; else nullptr.
const ModelConfig* model_called(const ExperimentConfig& config, const std::string& name);
/// The one word for it in files and messages.
std::string split_type_name(SplitType type);
std::string holdout_name(Holdout holdout);
/// The defaults of the keys that belong to the split's type.
void fill_split_defaults(SplitConfig& split);
/// Whether the candidates are meant for this split.
bool meant_for(const CandidatesConfig& candidates, const SplitConfig& split);
/// The pool under this split: what `default` stands for.
Pool pool_under(const CandidatesConfig& candidates, const SplitConfig& split);
/// "" or why these candidates make no sense under this split, and what to do.
std::string refuse_candidates(const CandidatesConfig& candidates, const SplitConfig& split);

struct LoadedExperiment {
  ExperimentConfig config;
  std::string source;    // the file as given
  OrderedJson resolved;  // with every default written out
};

/// Reads, overrides (`a.b.c=value`) and checks everything that can be checked without touching data:
/// all errors at once, kind kInvalid.
Result<LoadedExperiment> load_experiment(const std::string& file, const std::vector<std::string>& overrides);

/// One entry of `models`, read outside an experiment: a name or {name: {params, preset, label}}.
ModelConfig read_model(const config::Node& node, config::Errors& errors);

/// JSON Schema of an experiment file, for editors.
OrderedJson experiment_schema();

}  // namespace motive
