#pragma once
// Purpose: from a YAML file to a table. One call a stage, in the order of the way of the data:
// configuration, plan, work (prepare, split, candidates, fit, rank), grid, results.

#include "framework/experiment/run_folder.h"

namespace motive {

struct RunOptions {
  std::string file;
  std::vector<std::string> overrides;  // a.b.c=value
  std::string out;                     // folder of results; default: results/runs/<experiment>
  bool one_of_several = false;         // OUT/<experiment> is its folder; the store in OUT is that of all
  std::string store;                   // default: results/store, or OUT/store with `out`
  int threads = 0;                     // 0: all that this process may use
  bool fresh = false;                  // compute this experiment's nodes again
  llm::Mode llm = llm::Mode::kLive;    // where answers of language models come from
};

/// Where a run's results and nodes go.
struct RunPlaces {
  Path folder, store;
};
RunPlaces places_of(const RunOptions& options, const ExperimentConfig& config);

/// $MOTIVE_HOME (the checkout; the launcher sets it), else the current folder.
Path home_folder();

struct RunOutcome {
  Grid grid;
  Path folder;
  bool interrupted = false;
  bool failed = false;  // some cell
};

/// Runs what is missing. Prepared so far and finished cells are kept whatever happens.
Result<RunOutcome> run_experiment(const RunOptions& options);

/// Runs the tasks up to the splits only, for `motive split`.
Result<Plan> run_splits(const LoadedExperiment& experiment, const Store& store, const RunOptions& options);

}  // namespace motive
