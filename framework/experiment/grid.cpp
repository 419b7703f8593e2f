// From finished tasks to the grid that tables are made from.

#include <algorithm>
#include <set>

#include "framework/base/hash.h"
#include "framework/evaluate/ledger.h"
#include "framework/experiment/run_folder.h"
#include "framework/experiment/stages.h"

namespace motive {
namespace {

Json read_json_or_empty(const Path& file) {
  const auto text = read_file(file);
  return text ? Json::parse(*text, nullptr, false) : Json::object();
}

void add_state(const Plan& plan, const Store& store, const PlannedCell& planned, CellResult& cell) {
  if (!planned.task) return;  // its state is known from the plan
  const Task& task = plan.tasks[*planned.task];
  switch (task.state) {
    case TaskState::kDone: cell.state = CellState::kDone; break;
    case TaskState::kFailed: cell.state = CellState::kFailed; break;
    case TaskState::kNotApplicable: cell.state = CellState::kNotApplicable; break;
    case TaskState::kWaiting: cell.state = CellState::kMissing; break;
  }
  cell.cause = task.cause;
  if (cell.state != CellState::kDone) return;
  const Json diagnostics = read_json_or_empty(store.folder(task.node) / "diagnostics.json");
  const Json counts = diagnostics.value("counts", Json::object());
  for (const auto& [name, count] : counts.items()) {
    if (count.is_number_unsigned() && count.get<std::uint64_t>() > 0) cell.counts.emplace_back(name, count);
  }
}

void add_dataset(const Plan& plan, const Store& store, const std::string& name, std::size_t task, Grid& grid) {
  DatasetInfo info{.name = name};
  if (plan.tasks[task].state == TaskState::kDone) {
    if (const auto data = PreparedData::open(store.folder(plan.tasks[task].node))) {
      std::vector<bool> seen(data->items().size(), false);
      for (const ItemId item : data->events().items) seen[index(item)] = true;
      info.users = data->events().users();
      info.items = static_cast<std::uint64_t>(std::count(seen.begin(), seen.end(), true));
      info.events = data->events().size();
      info.filtered = funnel_sentence(data->summary().value("funnel", Json::array()));
    }
  }
  grid.datasets.push_back(std::move(info));
}

/// What the canaries reached stands with every table; those that beat chance are a warning.
void add_canaries(const Plan& plan, const Store& store, const Plan::PlannedSplit& split, Grid& grid) {
  std::set<std::string> told;
  for (const auto& [protocol, task] : split.candidates) {
    if (plan.tasks[task].state != TaskState::kDone || !told.insert(protocol).second) continue;
    std::string proven, shown;
    for (const Json& canary : read_json_or_empty(store.folder(plan.tasks[task].node) / "canaries.json")) {
      const std::string name = canary.value("name", "");
      const double value = canary.value("hr@10", 0.0), chance = canary.value("expected", 0.0);
      const bool leaks = name == "index order" || name == "anti-popularity";
      if (!leaks) {
        proven += (proven.empty() ? "" : ", ") + name;
        continue;
      }
      shown += fmt::format("; {} hr@10 {:.4f} (chance {:.4f})", name, value, chance);
      if (canary.value("ok", true)) continue;
      grid.warnings.push_back({split.dataset, split.split, protocol,
                               fmt::format("canary `{}` beats chance: the data leaks something that is not taste", name)});
    }
    grid.canaries.push_back({split.dataset, split.split, protocol, proven + " as they must be" + shown});
  }
}

std::string refit_policy(const ExperimentConfig& config) {
  if (config.refit == Refit::kTrainValid) {
    return "train_valid: settings are selected on validation, then every method is fitted on training and "
           "validation events and sees the validation event in histories";
  }
  return config.visible_history() == TestHistory::kTrain
             ? "none: fitted on training events alone; the validation event is withheld from histories"
             : "none: fitted on training events alone; histories show the validation event, which favours methods "
               "that read histories";
}

void add_splits(const ExperimentConfig& config, const Plan& plan, const Store& store, Grid& grid) {
  for (const SplitConfig& split : config.splits) {
    SplitInfo info{.name = split.name, .definition = split_type_name(split.type) + ", leave_one_out"};
    for (const Plan::PlannedSplit& planned : plan.splits) {
      if (planned.split != split.name || plan.tasks[planned.task].state != TaskState::kDone) continue;
      info.definition = read_json_or_empty(store.folder(plan.tasks[planned.task].node) / "certificate.json")
                            .value("definition", info.definition);
    }
    grid.splits.push_back(std::move(info));
  }
  for (const Plan::PlannedSplit& planned : plan.splits) add_canaries(plan, store, planned, grid);
}

}  // namespace

Result<Grid> collect_grid(const LoadedExperiment& experiment, const Plan& plan, const Store& store) {
  const ExperimentConfig& config = experiment.config;
  Grid grid{.experiment = config.experiment, .config_hash = sha256_hex(experiment.resolved.dump()).substr(0, 12),
            .refit = refit_policy(config)};
  for (const auto& [name, task] : plan.prepared) add_dataset(plan, store, name, task, grid);
  add_splits(config, plan, store, grid);
  for (const CandidatesConfig& candidates : config.evaluation.candidates) {
    grid.protocols.push_back({candidates.name, protocol_name({candidates.negatives, 0}), candidates.negatives});
  }
  for (const ModelConfig& model : config.models) grid.models.push_back({model.label, model.name, false});
  for (const std::string& name : config.evaluation.metrics) {
    MOTIVE_ASSIGN(const MetricKind kind, metric_kind(name));
    grid.metrics.push_back(kind);
  }
  grid.topk = config.evaluation.topk;
  grid.ties = config.evaluation.ties;
  for (const TableConfig& table : config.tables) {
    TableSpec spec{.name = table.name, .split = table.split, .candidates = table.candidates, .topk = table.topk};
    for (const std::string& name : table.metrics) {
      MOTIVE_ASSIGN(const MetricKind kind, metric_kind(name));
      spec.metrics.push_back(kind);
    }
    grid.tables.push_back(std::move(spec));
  }
  for (const PlannedCell& planned : plan.cells) {
    CellResult cell = planned.result;
    add_state(plan, store, planned, cell);
    grid.cells.push_back(std::move(cell));
  }
  return grid;
}

}  // namespace motive
