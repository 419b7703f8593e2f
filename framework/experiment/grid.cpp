// From finished tasks to the grid that tables are made from.

#include <algorithm>
#include <map>
#include <set>

#include "framework/base/hash.h"
#include "framework/evaluate/ledger.h"
#include "framework/experiment/grid_llm.h"
#include "framework/experiment/published.h"
#include "framework/experiment/run_folder.h"
#include "framework/experiment/split_spec.h"
#include "framework/experiment/stages.h"

namespace motive {
namespace {

Json read_json_or_empty(const Path& file) {
  const auto text = read_file(file);
  return text ? Json::parse(*text, nullptr, false) : Json::object();
}

/// With folds: done where all are, else as bad as the worst.
CellState state_of(const Plan& plan, const PlannedCell& planned, std::string& cause) {
  CellState worst = CellState::kDone;
  const auto rank = [](CellState state) {
    return state == CellState::kDone ? 0 : state == CellState::kMissing ? 1 : state == CellState::kNotApplicable ? 2 : 3;
  };
  for (const std::size_t number : planned.tasks) {
    const Task& task = plan.tasks[number];
    const CellState state = task.state == TaskState::kDone            ? CellState::kDone
                            : task.state == TaskState::kFailed        ? CellState::kFailed
                            : task.state == TaskState::kNotApplicable ? CellState::kNotApplicable
                                                                      : CellState::kMissing;
    if (rank(state) <= rank(worst)) continue;
    worst = state;
    cause = task.cause;
  }
  return worst;
}

void add_state(const Plan& plan, const Store& store, const PlannedCell& planned, CellResult& cell) {
  if (planned.tasks.empty()) return;  // its state is known from the plan
  cell.state = state_of(plan, planned, cell.cause);
  if (cell.state != CellState::kDone) return;
  std::map<std::string, std::uint64_t> counts;
  for (const std::size_t number : planned.tasks) {
    const Json diagnostics = read_json_or_empty(store.folder(plan.tasks[number].node) / "diagnostics.json");
    const Json found = diagnostics.value("counts", Json::object());
    for (const auto& [name, count] : found.items()) {
      if (count.is_number_unsigned() && count.get<std::uint64_t>() > 0) counts[name] += count.get<std::uint64_t>();
    }
  }
  cell.counts.assign(counts.begin(), counts.end());
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
      std::vector<std::string> texts;
      for (const auto& [field, column] : data->items().fields()) texts.push_back(field);
      info.texts = texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ", "));
    }
  }
  grid.datasets.push_back(std::move(info));
}

/// What a canary reached under one protocol, over folds and seeds.
struct Reached {
  double value = 0, chance = 0;
  int times = 0;
  bool ok = true;
};

/// What the canaries reached stands with every table; those that beat chance are a warning.
void add_canaries(const Plan& plan, const Store& store, const Plan::PlannedSplit& first, Grid& grid) {
  std::vector<std::string> protocols;
  for (const auto& [protocol, task] : first.candidates) {
    if (std::find(protocols.begin(), protocols.end(), protocol) == protocols.end()) protocols.push_back(protocol);
  }
  for (const std::string& protocol : protocols) {
    std::vector<std::pair<std::string, Reached>> shown;
    std::set<std::string> proven_names;
    std::string proven;
    for (const Plan::PlannedSplit& split : plan.splits) {
      if (split.dataset != first.dataset || split.split != first.split) continue;
      for (const auto& [name, task] : split.candidates) {
        if (name != protocol || plan.tasks[task].state != TaskState::kDone) continue;
        for (const Json& canary : read_json_or_empty(store.folder(plan.tasks[task].node) / "canaries.json")) {
          const std::string who = canary.value("name", "");
          if (who != "index order" && who != "anti-popularity") {
            if (proven_names.insert(who).second) proven += (proven.empty() ? "" : ", ") + who;
            continue;
          }
          auto at = std::find_if(shown.begin(), shown.end(), [&](const auto& s) { return s.first == who; });
          if (at == shown.end()) at = shown.insert(shown.end(), {who, {}});
          at->second.value += canary.value("hr@10", 0.0);
          at->second.chance += canary.value("expected", 0.0);
          at->second.ok = at->second.ok && canary.value("ok", true);
          ++at->second.times;
        }
      }
    }
    if (proven.empty()) continue;
    std::string text = proven + " as they must be";
    for (const auto& [who, reached] : shown) {
      text += fmt::format("; {} hr@10 {:.4f} (chance {:.4f}{})", who, reached.value / reached.times, reached.chance / reached.times,
                          reached.times > 1 ? fmt::format(", mean of {}", reached.times) : "");
      if (reached.ok) continue;
      grid.warnings.push_back({first.dataset, first.split, protocol,
                               fmt::format("canary `{}` beats chance: the data leaks something that is not taste", who)});
    }
    grid.canaries.push_back({first.dataset, first.split, protocol, text});
  }
}

/// No ranking of what a retriever found can hold more targets than he found.
void add_ceilings(const Plan& plan, const Store& store, Grid& grid) {
  struct Found {
    std::uint64_t targets = 0, found = 0;
    std::string retriever;
    int keep = 0;
  };
  std::vector<std::pair<GridWarning, Found>> all;
  for (const Plan::PlannedSplit& split : plan.splits) {
    for (const auto& [protocol, task] : split.candidates) {
      if (!plan.tasks[task].node.spec.contains("retriever") || plan.tasks[task].state != TaskState::kDone) continue;
      const Json meta = read_json_or_empty(store.folder(plan.tasks[task].node) / "candidates.json");
      auto at = std::find_if(all.begin(), all.end(), [&](const auto& one) {
        return one.first.dataset == split.dataset && one.first.split == split.split && one.first.protocol == protocol;
      });
      if (at == all.end()) at = all.insert(all.end(), {{split.dataset, split.split, protocol, ""}, {}});
      at->second.targets += meta.value("targets", std::uint64_t{0});
      at->second.found += meta.value("targets_found", std::uint64_t{0});
      at->second.retriever = meta.value("retriever", "");
      at->second.keep = meta.value("keep", 0);
    }
  }
  for (auto& [line, found] : all) {
    line.text = fmt::format("the first {} of the full ranking by {}, the same for every method, without a target that is not among them; "
                            "{} of {} targets are (recall ceiling {:.4f})", found.keep, found.retriever, found.found, found.targets,
                            found.targets == 0 ? 0.0 : static_cast<double>(found.found) / static_cast<double>(found.targets));
    grid.ceilings.push_back(std::move(line));
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

std::string tuning_policy(const ExperimentConfig& config) {
  if (!config.tuning) return "";
  const TuningConfig& t = *config.tuning;
  return fmt::format("{} on validation {}, chosen anew for each data set, split and split seed; draws of seed {}, trials of init seed {}",
                     t.method == TuningMethod::kHalving ? fmt::format("successive halving (one in {} goes on)", t.eta) : "random search",
                     t.metric, t.seed, config.seeds.init.front());
}

/// What a row's parameters cost to find. A method without parameters, or one that is the same for every user, has
/// nothing to tune that could be held against its rivals.
ModelInfo model_info(const ModelConfig& model, const ExperimentConfig& config) {
  ModelInfo info{.label = model.label, .model = model.name};
  if (model.method->planned) return info;
  const bool parameters = !model.method->parameters->echo(model.params).empty();
  info.tunable = parameters && model.method->describe(model.params).personalised;
  if (model.searches.empty()) return info;
  const Settings settings = draw_settings(model, *config.tuning);
  info.tuned = info.tunable = true;
  info.trials = static_cast<int>(settings.params.size());
  for (const Search& search : model.searches) info.searched += (info.searched.empty() ? "" : ", ") + search.path;
  info.exhausted = settings.all;
  if (config.tuning->method == TuningMethod::kHalving && !epochs_of(settings.params.front())) info.searched += "; no epochs to halve, so at random";
  return info;
}

void add_splits(const ExperimentConfig& config, const Plan& plan, const Store& store, Grid& grid) {
  for (const SplitConfig& split : config.splits) {
    SplitInfo info{.name = split.name, .definition = split_type_name(split.type)};
    for (const Plan::PlannedSplit& planned : plan.splits) {
      if (planned.split != split.name || plan.tasks[planned.task].state != TaskState::kDone) continue;
      info.definition = read_json_or_empty(store.folder(plan.tasks[planned.task].node) / "certificate.json")
                            .value("definition", info.definition);
    }
    grid.splits.push_back(std::move(info));
  }
  std::set<std::pair<std::string, std::string>> told;  // folds and seeds of a split are told together
  for (const Plan::PlannedSplit& planned : plan.splits) {
    if (told.emplace(planned.dataset, planned.split).second) add_canaries(plan, store, planned, grid);
  }
}

}  // namespace

Result<Grid> collect_grid(const LoadedExperiment& experiment, const Plan& plan, const Store& store) {
  const ExperimentConfig& config = experiment.config;
  Grid grid{.experiment = config.experiment, .config_hash = sha256_hex(experiment.resolved.dump()).substr(0, 12),
            .refit = refit_policy(config), .tuning = tuning_policy(config)};
  for (const auto& [name, task] : plan.prepared) add_dataset(plan, store, name, task, grid);
  add_splits(config, plan, store, grid);
  for (const CandidatesConfig& candidates : config.evaluation.candidates) {
    std::set<std::string> known;  // under another split the same candidates may be another protocol
    for (const SplitConfig& split : config.splits) {
      if (!meant_for(candidates, split)) continue;
      for (const LedgerOptions& options : ledgers_of(candidates, split)) {
        const std::string protocol = protocol_name(options);
        if (known.insert(protocol).second) grid.protocols.push_back({candidates.name, protocol, candidates.negatives});
      }
    }
  }
  for (const ModelConfig& model : config.models) grid.models.push_back(model_info(model, config));
  for (const std::string& name : config.evaluation.metrics) {
    MOTIVE_ASSIGN(const MetricKind kind, metric_kind(name));
    grid.metrics.push_back(kind);
  }
  grid.topk = config.evaluation.topk;
  grid.ties = config.evaluation.ties;
  for (const SliceConfig& slice : config.evaluation.slices) grid.slices.push_back({slice.by, slice.top});
  MOTIVE_ASSIGN(grid.significance, significance_of(config));
  for (const std::string& text : config.claims) {
    MOTIVE_ASSIGN(ClaimSpec claim, read_claim(text, config));
    grid.claims.push_back(std::move(claim));
  }
  for (const TableConfig& table : config.tables) {
    TableSpec spec{.name = table.name, .split = table.split, .candidates = table.candidates, .topk = table.topk,
                   .slice = table.slice};
    for (const std::string& name : table.metrics) {
      MOTIVE_ASSIGN(const MetricKind kind, metric_kind(name));
      spec.metrics.push_back(kind);
    }
    if (table.published) {
      spec.published = *table.published;
      MOTIVE_ASSIGN(spec.numbers, read_published(published_file(*table.published, Path())));
    }
    grid.tables.push_back(std::move(spec));
  }
  for (const PlannedCell& planned : plan.cells) {
    CellResult cell = planned.result;
    add_state(plan, store, planned, cell);
    if (cell.state == CellState::kDone) cell.llm = llm_use(plan, store, planned);
    grid.cells.push_back(std::move(cell));
  }
  add_ceilings(plan, store, grid);
  add_answers(plan, store, grid);
  if (config.evaluation.on == JudgedOn::kValidation) {
    grid.warnings.push_back({"", "", "", "numbers are of validation events, for choosing among settings; no test event was looked at"});
  }
  return grid;
}

}  // namespace motive
