#include "framework/experiment/plan.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "framework/base/console.h"
#include "framework/evaluate/ledger.h"
#include "framework/experiment/stages.h"

namespace motive {
namespace {

/// Sizes of a data set: exact where it is prepared, guessed from the files otherwise.
struct DataSize {
  std::uint64_t users = 0, items = 0, events = 0;
};

std::string target_name(TargetRule rule) {
  return rule == TargetRule::kLast ? "last" : rule == TargetRule::kLastRatedAbove ? "last_rated_above" : "highest_rated";
}

/// Before anything is prepared: what the descriptor knows, or what sets of so many events usually have.
DataSize guess_size(const Descriptor& dataset, std::uint64_t events) {
  if (dataset.size) return {dataset.size->users, dataset.size->items, dataset.size->interactions};
  const double root = std::sqrt(static_cast<double>(events));
  return {static_cast<std::uint64_t>(40 * root) + 1, static_cast<std::uint64_t>(10 * root) + 1, events};
}

/// The part of a descriptor that determines the prepared data: not where files lie or what is said of them.
Json descriptor_key(const Descriptor& descriptor) {
  Json json = descriptor_to_json(descriptor);
  for (const char* key : {"title", "source", "terms", "cite", "path", "base_folder", "size", "checksums"}) json.erase(key);
  return json;
}

class Builder {
 public:
  Builder(const ExperimentConfig& config, const Store& store, const PlanOptions& options)
      : config_(config), store_(store), options_(options) {}

  Result<Plan> build() {
    for (const DatasetConfig& entry : config_.datasets) {
      const Descriptor& dataset = entry.descriptor;
      MOTIVE_ASSIGN(const std::size_t prepared, add_prepare(dataset));
      for (const SplitConfig& split : config_.splits) {
        if (config_.seeds.order.empty()) {
          MOTIVE_TRY(add_split(dataset, prepared, split, std::nullopt));
        }
        for (const std::uint64_t order : config_.seeds.order) MOTIVE_TRY(add_split(dataset, prepared, split, order));
      }
    }
    MOTIVE_TRY(check_memory());
    return std::move(plan_);
  }

 private:
  /// The task of this node: an existing one where two cells want the same.
  std::size_t add(NodeSpec node, std::vector<std::size_t> inputs, std::string title, Estimate estimate,
                  bool splits_over_threads = false, Json context = Json::object()) {
    const auto [place, fresh] = by_hash_.try_emplace(node.kind + node.hash, plan_.tasks.size());
    if (!fresh) return place->second;
    const bool found = !options_.fresh && store_.state(node, true) == NodeState::kComplete;
    plan_.tasks.push_back({.node = std::move(node), .inputs = std::move(inputs), .title = std::move(title),
                           .context = std::move(context), .estimate = estimate,
                           .splits_over_threads = splits_over_threads,
                           .state = found ? TaskState::kDone : TaskState::kWaiting});
    return place->second;
  }

  Result<std::size_t> add_prepare(const Descriptor& dataset) {
    MOTIVE_TRY(check_filters(config_.filters, dataset));
    MOTIVE_ASSIGN(const Json files, source_fingerprint(dataset));
    NodeSpec node = NodeSpec::make("prepared", {{"descriptor", descriptor_key(dataset)},
                                                {"files", files},
                                                {"filters", filters_to_json(config_.filters)},
                                                {"version", kPreparedVersion}});
    MOTIVE_ASSIGN(const PrepareEstimate estimate, estimate_prepare(dataset));
    size_ = guess_size(dataset, estimate.events);
    const Path folder = store_.folder(node);
    const std::size_t task = add(std::move(node), {}, "prepare " + dataset.name,
                                 {static_cast<double>(estimate.events) / 2e6, estimate.memory_bytes}, true,
                                 {{"descriptor", descriptor_to_json(dataset)}});
    if (plan_.tasks[task].state == TaskState::kDone) {
      if (const auto data = PreparedData::open(folder)) {
        size_ = {data->events().users(), data->items().size(), data->events().size()};
        MOTIVE_TRY(check_fields(dataset.name, *data));
      }
    }
    plan_.prepared.emplace_back(dataset.name, task);
    return task;
  }

  /// What the data must have for the rules asked for; known for sure once it is prepared.
  Status check_fields(const std::string& name, const PreparedData& data) const {
    for (const SplitConfig& split : config_.splits) {
      if (split.target.rule != TargetRule::kLast && data.events().ratings.empty()) {
        return invalid("split `{}`: the target rule `{}` needs ratings, and data set `{}` has none; use "
                       "`target: {{rule: last}}`", split.name, target_name(split.target.rule), name);
      }
    }
    if (!config_.seeds.order.empty() && data.time_kind() == TimeKind::kNone) {
      return invalid("seeds.order: data set `{}` has no timestamps, so no events are tied; leave `order` out", name);
    }
    return {};
  }

  Status add_split(const Descriptor& dataset, std::size_t prepared, const SplitConfig& split,
                   std::optional<std::uint64_t> order) {
    Json spec = {{"prepared", plan_.tasks[prepared].node.hash},
                 {"type", split_type_name(split.type)},
                 {"holdout", "leave_one_out"},
                 {"target", {{"rule", target_name(split.target.rule)}}},
                 {"version", kSplitVersion}};
    if (split.target.rule == TargetRule::kLastRatedAbove) spec["target"]["rating"] = split.target.rating;
    if (order) spec["order_seed"] = *order;
    Plan::PlannedSplit planned{.dataset = dataset.name, .split = split.name};
    // Leave-one-out draws nothing: further split seeds would repeat the same split.
    planned.seeds.split = config_.seeds.split.front();
    planned.seeds.order = order;
    planned.task = add(NodeSpec::make("splits", std::move(spec)), {prepared},
                       fmt::format("split {} · {}", dataset.name, split.name),
                       {static_cast<double>(size_.events) / 1e7, size_.events * 40});
    for (const CandidatesConfig& candidates : config_.evaluation.candidates) {
      const auto& only = candidates.splits;
      if (!only.empty() && std::find(only.begin(), only.end(), split.name) == only.end()) continue;
      // A full ranking draws nothing.
      const std::size_t repeats = candidates.negatives == 0 ? 1 : config_.seeds.candidates.size();
      for (std::size_t i = 0; i < repeats; ++i) {
        CellSeeds seeds = planned.seeds;
        if (candidates.negatives > 0) seeds.candidates = config_.seeds.candidates[i];
        add_protocol(planned, candidates, seeds);
      }
    }
    plan_.splits.push_back(std::move(planned));
    return {};
  }

  void add_protocol(Plan::PlannedSplit& split, const CandidatesConfig& candidates, const CellSeeds& seeds) {
    const std::string protocol = protocol_name({candidates.negatives, 0});
    Json spec = {{"split", plan_.tasks[split.task].node.hash},
                 {"negatives", candidates.negatives},
                 {"distribution", "uniform"},
                 {"pool", "catalogue"},
                 {"version", kCandidatesVersion}};
    if (seeds.candidates) spec["seed"] = *seeds.candidates;
    const std::size_t task = add(NodeSpec::make("candidates", std::move(spec)), {split.task},
                                 fmt::format("candidates {} · {} · {}", split.dataset, split.split, protocol),
                                 {0.5 + static_cast<double>(size_.items) * 1e-5, size_.events * 40}, true);
    split.candidates.emplace_back(protocol, task);
    for (const ModelConfig& model : config_.models) add_model(split, protocol, task, model, seeds);
  }

  void add_model(const Plan::PlannedSplit& split, const std::string& protocol, std::size_t candidates,
                 const ModelConfig& model, const CellSeeds& seeds) {
    PlannedCell cell;
    cell.result = {.dataset = split.dataset, .split = split.split, .model = model.name, .label = model.label,
                   .protocol = protocol, .seeds = seeds};
    if (model.method->planned) {
      cell.result.state = CellState::kUnavailable;
      cell.result.cause = "planned, not part of this version";
      plan_.cells.push_back(std::move(cell));
      return;
    }
    const MethodInfo info = model.method->describe(model.params);
    cell.parameters = Json::parse(model.method->parameters->echo(model.params).dump());
    const std::size_t repeats = info.stochastic ? config_.seeds.init.size() : 1;
    for (std::size_t i = 0; i < repeats; ++i) {
      if (info.stochastic) cell.result.seeds.init = config_.seeds.init[i];
      cell.fit = add_fit(split, model, info, cell);
      add_ranks(cell, candidates, info);
    }
  }

  std::size_t add_fit(const Plan::PlannedSplit& split, const ModelConfig& model, const MethodInfo& info,
                      const PlannedCell& cell) {
    const Shape shape = shape_of(0);
    const Estimate estimate = info.fit_estimate ? info.fit_estimate(shape) : Estimate{1, 0};
    const std::string seed = cell.result.seeds.init ? fmt::format(" · seed {}", *cell.result.seeds.init) : "";
    const std::string where = fmt::format("{} · {} · {}{}", model.label, split.dataset, split.split, seed);
    Json spec = {{"split", plan_.tasks[split.task].node.hash},
                 {"method", model.name},
                 {"code", info.code_version},
                 {"params", cell.parameters},
                 {"threads", 1},
                 {"version", kFitVersion}};
    if (cell.result.seeds.init) spec["seed"] = *cell.result.seeds.init;
    const Estimate with_data{estimate.seconds, estimate.memory_bytes + data_bytes()};
    std::vector<std::size_t> inputs{split.task};
    const bool refits = config_.refit == Refit::kTrainValid;
    if (info.selects) {
      Json selection = spec;
      selection["events"] = "train";
      selection["validate"] = true;
      const std::size_t task = add(NodeSpec::make("fits", std::move(selection)), inputs,
                                   (refits ? "select " : "fit ") + where, with_data);
      if (!refits) return task;
      spec["selection"] = plan_.tasks[task].node.hash;
      inputs.push_back(task);
    }
    spec["events"] = refits ? "train_valid" : "train";
    return add(NodeSpec::make("fits", std::move(spec)), inputs, "fit " + where, with_data);
  }

  void add_ranks(PlannedCell cell, std::size_t candidates, const MethodInfo& info) {
    const Task& ledger = plan_.tasks[candidates];
    const Shape shape = shape_of(ledger.node.spec.at("negatives").get<std::uint64_t>());
    const Estimate estimate = info.rank_estimate ? info.rank_estimate(shape) : Estimate{1, 0};
    NodeSpec node = NodeSpec::make(
        "ranks", {{"fit", plan_.tasks[*cell.fit].node.hash},
                  {"candidates", ledger.node.hash},
                  {"test_history", config_.visible_history() == TestHistory::kTrain ? "train" : "train_valid"},
                  {"version", kRanksVersion}});
    const std::string seed = cell.result.seeds.init ? fmt::format(" · seed {}", *cell.result.seeds.init) : "";
    cell.result.cell = node.hash;
    cell.result.ranks = store_.folder(node);
    cell.task = add(std::move(node), {*cell.fit, candidates},
                    fmt::format("rank {} · {} · {} · {}{}", cell.result.label, cell.result.dataset, cell.result.split,
                                cell.result.protocol, seed),
                    {estimate.seconds, estimate.memory_bytes + data_bytes()}, true);
    plan_.cells.push_back(std::move(cell));
  }

  Shape shape_of(std::uint64_t negatives) const {
    return {size_.users, size_.items, size_.events, size_.users, negatives > 0 ? negatives + 1 : size_.items};
  }

  /// Mapped columns, the split's lists, the gathered training events, histories and masks.
  std::uint64_t data_bytes() const { return size_.events * 72 + size_.users * 64 + size_.items * 400; }

  Status check_memory() const {
    if (options_.memory_bytes == 0) return {};
    for (const Task& task : plan_.tasks) {
      if (task.state == TaskState::kDone || task.estimate.memory_bytes <= options_.memory_bytes) continue;
      return invalid("{}: needs about {} of memory, and this machine has {} to give. Use fewer users or events, smaller "
                     "parameters of the method, or a larger machine",
                     task.title, format_bytes(static_cast<double>(task.estimate.memory_bytes)),
                     format_bytes(static_cast<double>(options_.memory_bytes)));
    }
    return {};
  }

  const ExperimentConfig& config_;
  const Store& store_;
  const PlanOptions& options_;
  Plan plan_;
  DataSize size_;  // of the data set at hand
  std::map<std::string, std::size_t> by_hash_;
};

std::string cell_name(const CellResult& cell) {
  std::string name = fmt::format("{} · {} · {} · {}", cell.label, cell.dataset, cell.split, cell.protocol);
  if (cell.seeds.init) name += fmt::format(" · init {}", *cell.seeds.init);
  if (cell.seeds.candidates) name += fmt::format(" · candidates {}", *cell.seeds.candidates);
  if (cell.seeds.order) name += fmt::format(" · order {}", *cell.seeds.order);
  return name;
}

}  // namespace

Result<Plan> make_plan(const ExperimentConfig& config, const Store& store, const PlanOptions& options) {
  return Builder(config, store, options).build();
}

std::uint64_t available_memory() {
  std::uint64_t available = 0;
  std::ifstream info("/proc/meminfo");
  for (std::string key; info >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && info >> kilobytes) available = kilobytes * 1024;
  }
  std::uint64_t limit = 0, used = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && std::ifstream("/sys/fs/cgroup/memory.current") >> used) {
    available = std::min(available, limit > used ? limit - used : 0);
  }
  return available;
}

std::string describe_plan(const Plan& plan, const std::vector<std::string>& earlier_cells) {
  static constexpr std::pair<const char*, const char*> kKinds[] = {
      {"prepared", "prepare"}, {"splits", "split"}, {"candidates", "candidates"}, {"fits", "fit"}, {"ranks", "rank"}};
  std::string text = fmt::format("{:<12}{:>6}{:>8}{:>14}{:>14}\n", "stage", "done", "to do", "time (est.)", "memory (est.)");
  double seconds = 0;
  for (const auto& [kind, name] : kKinds) {
    std::size_t done = 0, to_do = 0;
    double time = 0;
    std::uint64_t memory = 0;
    for (const Task& task : plan.tasks) {
      if (task.node.kind != kind) continue;
      const bool is_done = task.state == TaskState::kDone;
      ++(is_done ? done : to_do);
      if (is_done) continue;
      time += task.estimate.seconds;
      memory = std::max(memory, task.estimate.memory_bytes);
    }
    seconds += time;
    text += fmt::format("{:<12}{:>6}{:>8}{:>14}{:>14}\n", name, done, to_do, to_do ? format_seconds(time) : "-",
                        to_do ? format_bytes(static_cast<double>(memory)) : "-");
  }
  text += fmt::format("LLM calls 0 · cost 0 · about {} of one core in all\n", format_seconds(seconds));
  std::set<std::string> wanted;
  std::size_t done = 0;
  std::vector<std::string> new_cells;
  for (const PlannedCell& cell : plan.cells) {
    wanted.insert(cell.result.cell);
    const bool is_done = cell.task && plan.tasks[*cell.task].state == TaskState::kDone;
    done += is_done;
    if (cell.task && !is_done) new_cells.push_back(cell_name(cell.result));
  }
  std::size_t unwanted = 0;
  for (const std::string& earlier : earlier_cells) unwanted += wanted.count(earlier) == 0;
  text += fmt::format("cells: {} done, {} to do, {} no longer wanted\n", done, plan.cells.size() - done, unwanted);
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(kShown, new_cells.size()); ++i) text += "  to do: " + new_cells[i] + "\n";
  if (new_cells.size() > kShown) text += fmt::format("  and {} more\n", new_cells.size() - kShown);
  return text;
}

}  // namespace motive
