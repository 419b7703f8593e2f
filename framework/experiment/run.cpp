#include "framework/experiment/run.h"

#include <algorithm>
#include <set>

#include "framework/base/console.h"
#include "framework/base/parallel.h"
#include "framework/experiment/engine.h"
#include "framework/experiment/plan_llm.h"

namespace motive {
namespace {

/// What an edited file changed, against the cells of the run before.
void tell_changes(const Plan& plan, const Path& folder) {
  const std::vector<std::string> earlier = earlier_cells(folder);
  if (earlier.empty()) return;
  const std::set<std::string> before(earlier.begin(), earlier.end());
  std::set<std::string> wanted;
  std::size_t kept = 0, added = 0;
  for (const PlannedCell& cell : plan.cells) {
    if (cell.result.cell.empty()) continue;
    wanted.insert(cell.result.cell);
    ++(before.count(cell.result.cell) ? kept : added);
  }
  const auto gone = std::count_if(before.begin(), before.end(), [&](const auto& hash) { return !wanted.count(hash); });
  if (added > 0 || gone > 0) {
    Console::instance().note(fmt::format("since the last run: {} cells kept, {} new, {} no longer wanted", kept, added, gone));
  }
}

/// --fresh: the nodes go, so that they are computed again. The store's other nodes stay.
void forget_nodes(const Plan& plan, const Store& store) {
  std::error_code code;
  for (const Task& task : plan.tasks) std::filesystem::remove_all(store.folder(task.node), code);
}

EngineOutcome work(Plan& plan, const Store& store, const RunOptions& options) {
  const int threads = options.threads > 0 ? options.threads : available_threads();
  return run_tasks(plan.tasks, store, {threads, available_memory()});
}

void tell_outcome(const EngineOutcome& outcome, double seconds) {
  std::string text = fmt::format("{} nodes computed, {} found", outcome.computed, outcome.found);
  if (outcome.failed > 0) text += fmt::format(", {} failed", outcome.failed);
  Console::instance().note(text + " · " + format_seconds(seconds));
}

}  // namespace

Path home_folder() {
  const char* home = std::getenv("MOTIVE_HOME");
  return home && *home ? Path(home) : Path(".");
}

RunPlaces places_of(const RunOptions& options, const ExperimentConfig& config) {
  RunPlaces places;
  places.folder = options.out.empty() ? home_folder() / "results" / "runs" / config.experiment
                  : options.one_of_several ? Path(options.out) / config.experiment
                                           : Path(options.out);
  places.store = !options.store.empty() ? Path(options.store)
                 : options.out.empty()  ? home_folder() / "results" / "store"
                                        : Path(options.out) / "store";
  return places;
}

Result<RunOutcome> run_experiment(const RunOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const LoadedExperiment experiment, load_experiment(options.file, options.overrides));
  const RunPlaces places = places_of(options, experiment.config);
  MOTIVE_ASSIGN(const Store store, Store::open(places.store));
  store.sweep();
  MOTIVE_ASSIGN(Plan plan, make_plan(experiment.config, store, {available_memory(), options.fresh, options.llm}));
  MOTIVE_TRY(check_keys(plan, options.llm));
  tell_changes(plan, places.folder);
  if (options.fresh) forget_nodes(plan, store);
  const EngineOutcome outcome = work(plan, store, options);
  MOTIVE_ASSIGN(Grid grid, collect_grid(experiment, plan, store));
  MOTIVE_TRY(write_run_folder(experiment, plan, store, grid, places.folder));
  tell_outcome(outcome, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  const bool failed = std::any_of(grid.cells.begin(), grid.cells.end(),
                                  [](const CellResult& cell) { return cell.state == CellState::kFailed; });
  return RunOutcome{std::move(grid), places.folder, outcome.interrupted, failed};
}

Result<Plan> run_splits(const LoadedExperiment& experiment, const Store& store, const RunOptions& options) {
  MOTIVE_ASSIGN(Plan plan, make_plan(experiment.config, store, {available_memory(), false}));
  // Inputs stand before what needs them, so the kept tasks keep their numbers when the rest is cut away.
  std::vector<Task> kept;
  std::vector<std::size_t> moved(plan.tasks.size(), 0);
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    Task& task = plan.tasks[i];
    if (task.node.kind != "prepared" && task.node.kind != "splits") continue;
    for (std::size_t& input : task.inputs) input = moved[input];
    moved[i] = kept.size();
    kept.push_back(std::move(task));
  }
  for (Plan::PlannedSplit& split : plan.splits) split.task = moved[split.task];
  for (auto& [name, task] : plan.prepared) task = moved[task];
  plan.tasks = std::move(kept);
  plan.cells.clear();
  const EngineOutcome outcome = work(plan, store, options);
  if (outcome.interrupted) return Error{"interrupted; the same command continues", ErrorKind::kCancelled};
  for (const Task& task : plan.tasks) {
    if (task.state != TaskState::kDone) return fail("{}: {}", task.title, task.cause);
  }
  return plan;
}

}  // namespace motive
