#pragma once
// Purpose: what the last stage is given: the experiment's grid with the state of every cell, and
// the words its tables need. Plain data; nothing here holds a time or a path that could reach a
// printed file. The order of `datasets`, `splits`, `protocols`, `models` and `metrics` is the order
// of the tables; the order of `cells` means nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/files.h"
#include "framework/evaluate/metrics.h"
#include "framework/evaluate/slice_spec.h"
#include "framework/stats/paired.h"

namespace motive {

enum class CellState {
  kDone,
  kFailed,         // `cause` says why
  kNotApplicable,  // n/a: the method cannot do what was asked; `cause` says what
  kMissing,        // not computed yet
  kUnavailable,    // a planned method: known, not part of this version
};

/// "done", "failed", "n/a", "missing", "not available".
const std::string& state_name(CellState state);

/// The seeds of a cell. Absent: the seed plays no part (deterministic method, full ranking, source
/// order).
struct CellSeeds {
  std::optional<std::uint64_t> split, order, init, candidates, llm, prompt_order;
  friend auto operator<=>(const CellSeeds&, const CellSeeds&) = default;
};

/// What a cell's answers of language models are worth: those of its ranks, whoever paid for them first.
struct LlmUse {
  std::uint64_t calls = 0;
  std::int64_t prompt_tokens = 0, completion_tokens = 0;
  double cost = 0;
  friend bool operator==(const LlmUse&, const LlmUse&) = default;
};

/// " · init 1 · llm 2": the seeds that play a part, but the split's.
std::string seeds_text(const CellSeeds& seeds);

/// One row of the grid: a model under one protocol and one combination of seeds.
struct CellResult {
  std::string dataset, split, model, label;
  std::string variant;   // "" is the method's own ranking. Others are found in the folder of ranks.
  std::string protocol;  // "full", "sampled(99,uniform,catalogue)": protocol_name() of the ledger
  CellSeeds seeds;
  CellState state = CellState::kMissing;
  std::string cause;  // failed, n/a
  std::string cell;   // store key of the ranks; with folds, those of all joined by +
  Path ranks;         // folder with ranks.csv.zst (done)
  std::vector<Path> more_ranks;  // of further folds: a user's value is the mean over the folds that test him
  /// Diagnostics of the ranking by name ("items without a score"); printed with the table where not
  /// 0.
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  std::optional<LlmUse> llm;  // absent: it asks none
};

struct DatasetInfo {
  std::string name;
  std::uint64_t users = 0, items = 0, events = 0;  // prepared; items with at least one interaction
  std::string filtered;  // what the filters took, in one line; "" where they took nothing
  std::string texts;     // of its items: "title, categories"; "": not known
};
struct SplitInfo {
  std::string name;
  std::string definition;  // in one line, with the target rule and what validates
};
struct ProtocolInfo {
  std::string candidates;  // the experiment's name for it: "full", "paper"
  std::string protocol;    // as in CellResult
  int negatives = 0;       // 0: full
};
struct ModelInfo {
  std::string label, model;
  bool tuned = false;    // its parameters were searched for on validation
  bool tunable = true;   // it has parameters that somebody could have searched
  int trials = 0;        // settings that were tried; 0: none
  bool exhausted = false;  // these are all the settings in its search
  std::string searched;  // of a tuned one: what and how, "lr, reg_item"
};

/// A number that was printed elsewhere.
struct PublishedNumber {
  std::string source, dataset, split, model, protocol;  // model: a method's name, or a label
  MetricSpec metric;
  double value = 0;
};

/// A table that the experiment asks for. Empty metrics or topk: the grid's. slice: "" or "all" for everyone, a kind
/// ("popularity") for all its slices, or one of them ("popularity:head").
struct TableSpec {
  std::string name, split, candidates;
  std::vector<MetricKind> metrics;
  std::vector<int> topk;
  std::string slice = {};
  std::string published = {};  // where printed numbers come from: "m_llm3rec/table2"; "": none are shown
  std::vector<PublishedNumber> numbers = {};
};

enum class Correction { kHolm, kBenjaminiHochberg, kNone };
/// What is corrected together, for one metric: the rivals of a column, of all data sets of a split and protocol, or of
/// the whole experiment.
enum class TestFamily { kColumn, kTable, kExperiment };

/// How differences between rows are tested. The best of each column is always tested against its rivals.
struct SignificanceSpec {
  std::string reference;              // label that is tested against all others; "": none is declared
  std::optional<MetricSpec> primary;  // what notes say of the reference; absent: ndcg at the largest cutoff
  PairedTest test = PairedTest::kPairedT;
  Correction correction = Correction::kHolm;
  TestFamily family = TestFamily::kColumn;
  double alpha = 0.05;
  std::uint64_t resamples = 10000, seed = 1;
};

/// "A beats B on SPLIT, ndcg@10": decided by the same tests; all claims of an experiment are corrected together.
struct ClaimSpec {
  std::string text;           // as given
  std::string better, worse;  // labels
  std::string split, candidates, dataset;  // the last two: "" for all
  MetricSpec metric;
};

/// A warning about a data set, split or protocol; an empty field stands for all.
struct GridWarning {
  std::string dataset, split, protocol, text;
};

struct Grid {
  std::string experiment;
  std::string config_hash;  // of the resolved configuration
  std::string refit;        // the policy in one line: "train_valid: ..."
  std::string tuning;       // how settings were searched, in one line; "": nothing was
  std::vector<DatasetInfo> datasets;
  std::vector<SplitInfo> splits;
  std::vector<ProtocolInfo> protocols;
  std::vector<ModelInfo> models;
  std::vector<MetricKind> metrics;
  std::vector<int> topk;
  Ties ties = Ties::kExpected;
  std::vector<SliceSpec> slices;  // beside everyone
  SignificanceSpec significance;
  std::vector<ClaimSpec> claims;
  std::vector<TableSpec> tables;  // empty: one for each split and protocol that has cells, and kind of slices
  std::vector<GridWarning> ceilings;  // what a first-stage retriever found, one line a protocol of his
  std::vector<GridWarning> answers;   // of language models: who was asked, what came, what it cost; one line a method
  std::vector<GridWarning> canaries;  // what the canaries reached, one line a protocol
  std::vector<GridWarning> warnings;
  std::vector<CellResult> cells;
};

}  // namespace motive
