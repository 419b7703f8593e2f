#pragma once
// Purpose: an experiment as its YAML file says it, with every default filled in. The field tables in
// schema.cpp are the only place that knows the keys; DESIGN.md's example shows them together.
// Keys that belong to later versions are refused by name, never ignored.

#include <any>
#include <optional>
#include <string>
#include <vector>

#include "framework/config/table.h"
#include "framework/data/descriptor.h"
#include "framework/data/filters.h"
#include "framework/evaluate/metrics.h"
#include "framework/recommend/registry.h"
#include "framework/split/leave_one_out.h"

namespace motive {

enum class SplitType { kWarm };
enum class Holdout { kLeaveOneOut };
enum class Distribution { kUniform };
enum class Pool { kCatalogue };
enum class Refit { kTrainValid, kNone };

struct TargetConfig {
  TargetRule rule = TargetRule::kLast;
  double rating = 3;
  static const config::Table<TargetConfig>& table();
};

struct SplitConfig {
  std::string name;  // "": the type
  SplitType type = SplitType::kWarm;
  Holdout holdout = Holdout::kLeaveOneOut;
  TargetConfig target;
  static const config::Table<SplitConfig>& table();
};

struct SeedsConfig {
  std::vector<std::uint64_t> split{1}, init{1}, candidates{1}, llm{1}, prompt_order{1};
  std::vector<std::uint64_t> order;  // empty: tied events in the order of the source
  static const config::Table<SeedsConfig>& table();
};

struct CandidatesConfig {
  std::string name;
  int negatives = 0;  // 0: full ranking
  Distribution distribution = Distribution::kUniform;
  Pool pool = Pool::kCatalogue;
  std::vector<std::string> splits;  // empty: all
  static const config::Table<CandidatesConfig>& table();
};

struct EvaluationConfig {
  std::vector<CandidatesConfig> candidates;
  std::vector<std::string> metrics{"hr", "ndcg", "mrr"};
  std::vector<int> topk{5, 10};
  Ties ties = Ties::kExpected;
  static const config::Table<EvaluationConfig>& table();
};

/// `- bpr`, or `- bpr: {dim: 64, label: BPR-64}`.
struct ModelConfig {
  std::string name;
  std::string label;
  const Method* method = nullptr;
  std::any params;
};

struct TableConfig {
  std::string name, split, candidates;
  std::vector<std::string> metrics;
  std::vector<int> topk;
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
  std::vector<SplitConfig> splits;
  Refit refit = Refit::kTrainValid;
  std::optional<TestHistory> test_history;  // with refit: none
  SeedsConfig seeds;
  std::vector<ModelConfig> models;
  EvaluationConfig evaluation;
  std::vector<TableConfig> tables;

  TestHistory visible_history() const;
  static const config::Table<ExperimentConfig>& table();
};

/// The one word for it in files and messages.
std::string split_type_name(SplitType type);

struct LoadedExperiment {
  ExperimentConfig config;
  std::string source;    // the file as given
  OrderedJson resolved;  // with every default written out
};

/// Reads, overrides (`a.b.c=value`) and checks everything that can be checked without touching data:
/// all errors at once, kind kInvalid.
Result<LoadedExperiment> load_experiment(const std::string& file, const std::vector<std::string>& overrides);

/// JSON Schema of an experiment file, for editors.
OrderedJson experiment_schema();

}  // namespace motive
