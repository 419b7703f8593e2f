#pragma once
// Purpose: from a configuration to the graph of work: tasks (nodes of the store, each after its inputs)
// and cells (the rows of the result, each pointing at the task that makes its ranks). Two cells that
// need the same thing share its task; a seed that plays no part in a task is no part of its key.
// Nothing is computed here: hashes of source files are read, and sizes of prepared data where it exists.
// Errors (kInvalid): missing files; rules that the data cannot satisfy; work that will not fit into
// memory, with what it needs, what there is, and what to change.

#include "framework/base/memory.h"
#include "framework/experiment/schema.h"
#include "framework/experiment/task.h"
#include "framework/experiment/cells.h"
#include "framework/llm/client.h"

namespace motive {

struct PlannedCell {
  CellResult result;
  std::vector<std::size_t> tasks;  // that make its ranks, one a fold; none: the cell cannot be (state says why)
  std::vector<std::size_t> fits;   // that make its fitted methods, one a fold
  std::vector<std::size_t> chosen; // of a model that searches: that choose its parameters, one a fold
  Json parameters;                 // with a search in the place of what is chosen
};

struct Plan {
  std::vector<Task> tasks;
  llm::Endpoints endpoints;  // the experiment's
  std::vector<PlannedCell> cells;
  /// By data set: the task that prepares it. A split with folds has a PlannedSplit a fold.
  std::vector<std::pair<std::string, std::size_t>> prepared;
  /// Memorisation probes: data set, endpoint, task.
  std::vector<std::tuple<std::string, std::string, std::size_t>> probes;
  struct PlannedSplit {
    std::string dataset, split;
    CellSeeds seeds;
    std::optional<std::uint32_t> fold;  // from 0
    std::size_t task = 0;
    std::vector<std::pair<std::string, std::size_t>> candidates;  // protocol, task
  };
  std::vector<PlannedSplit> splits;
};

struct PlanOptions {
  std::uint64_t memory_bytes = 0;  // of this machine; 0: do not check
  bool fresh = false;              // treat all nodes as absent
  llm::Mode llm = llm::Mode::kLive;
};

/// "beauty-item-cold-1", "beauty-item-cold-1-order2-fold3": names its certificate and its export.
std::string split_file_stem(const Plan::PlannedSplit& split);

Result<Plan> make_plan(const ExperimentConfig& config, const Store& store, const PlanOptions& options);

/// The plan in words: what is done, to do and no longer wanted, with estimated time and memory.
std::string describe_plan(const Plan& plan, const std::vector<std::string>& earlier_cells);

}  // namespace motive
