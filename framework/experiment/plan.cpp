#include "framework/experiment/plan.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "framework/base/console.h"
#include "framework/base/hash.h"
#include "framework/evaluate/ledger.h"
#include "framework/experiment/plan_llm.h"
#include "framework/experiment/plan_parts.h"
#include "framework/experiment/plan_size.h"
#include "framework/experiment/plan_tuning.h"
#include "framework/experiment/split_spec.h"
#include "framework/experiment/stages.h"
#include "framework/features/memorisation.h"

namespace motive {
namespace {

class Builder {
 public:
  Builder(const ExperimentConfig& config, const Store& store, const PlanOptions& options)
      : config_(config), store_(store), options_(options) {}

  Result<Plan> build() {
    plan_.endpoints = config_.endpoints;
    for (const DatasetConfig& entry : config_.datasets) {
      const Descriptor& dataset = entry.descriptor;
      MOTIVE_ASSIGN(const std::size_t prepared, add_prepare(dataset));
      for (const SplitConfig& split : config_.splits) MOTIVE_TRY(add_splits(dataset, prepared, split));
      MOTIVE_TRY(add_probes(dataset.name, prepared));
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
    const bool torch = needs_torch(node, inputs);
    plan_.tasks.push_back({.node = std::move(node), .inputs = std::move(inputs), .title = std::move(title),
                           .context = std::move(context), .estimate = estimate,
                           .splits_over_threads = splits_over_threads, .torch = torch,
                           .state = found ? TaskState::kDone : TaskState::kWaiting});
    return place->second;
  }

  bool needs_torch(const NodeSpec& node, const std::vector<std::size_t>& inputs) const {
    if (node.kind == "ranks") return plan_.tasks[inputs.front()].torch;  // as the fit it ranks with
    if (node.kind == "candidates") return plan_.tasks[inputs.back()].torch;  // as the retriever, if there is one
    if (node.kind == "features") return FeatureKinds::instance().find(node.spec.at("kind").get<std::string>())->torch;
    return node.spec.contains("method") && Registry::instance().find(node.spec.at("method").get<std::string>())->torch;
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
    KnownData known = known_data(dataset);
    const std::uint64_t core = config_.filters.iterative_kcore ? static_cast<std::uint64_t>(config_.filters.iterative_kcore->user) : 0;
    known.fewest_user_events = std::max(core, static_cast<std::uint64_t>(config_.filters.min_user_events));
    MOTIVE_TRY(check_fields(known));
    const Path folder = store_.folder(node);
    const std::size_t task = add(std::move(node), {}, "prepare " + dataset.name,
                                 {static_cast<double>(estimate.events) / 2e6, estimate.memory_bytes}, true,
                                 {{"descriptor", descriptor_to_json(dataset)}});
    if (plan_.tasks[task].state == TaskState::kDone) {
      if (const auto data = PreparedData::open(folder)) {
        size_ = size_of(*data);
        MOTIVE_TRY(check_fields(known_data(dataset.name, *data)));
      }
    }
    plan_.prepared.emplace_back(dataset.name, task);
    return task;
  }

  /// What the data must have for the splits asked for; known for sure once they are prepared.
  Status check_fields(const KnownData& data) const {
    for (const SplitConfig& split : config_.splits) MOTIVE_TRY(check_split(split, data));
    if (!config_.seeds.order.empty() && data.times == TimeKind::kNone) {
      return invalid("seeds.order: data set `{}` has no timestamps, so no events are tied; leave `order` out", data.dataset);
    }
    return {};
  }

  /// The split under every combination of seeds that matters to it.
  Status add_splits(const Descriptor& dataset, std::size_t prepared, const SplitConfig& split) {
    // Further seeds of a split that draws nothing would repeat the same split.
    const std::size_t repeats = split_draws(split) ? config_.seeds.split.size() : 1;
    for (std::size_t i = 0; i < repeats; ++i) {
      CellSeeds seeds;
      seeds.split = config_.seeds.split[i];
      std::vector<std::optional<std::uint64_t>> orders(config_.seeds.order.begin(), config_.seeds.order.end());
      if (orders.empty() || split.type == SplitType::kImported) orders = {std::nullopt};
      for (const auto& order : orders) {
        seeds.order = order;
        MOTIVE_TRY(add_split(dataset, prepared, split, seeds));
      }
    }
    return {};
  }

  Status add_split(const Descriptor& dataset, std::size_t prepared, const SplitConfig& split, const CellSeeds& seeds) {
    if (config_.tuning && split.path && !std::filesystem::exists(Path(*split.path) / "valid.csv")) {
      return invalid("split `{}`: parameters are searched on validation events, and {} has no valid.csv; add one, or leave `tuning` "
                     "and the searches out", split.name, *split.path);
    }
    Folds folds{.config = &split, .splits = {}};
    for (std::uint32_t f = 0; f < split_folds(split); ++f) {
      MOTIVE_ASSIGN(Json spec, split_spec(split, *seeds.split, seeds.order, f));
      spec["prepared"] = plan_.tasks[prepared].node.hash;
      spec["version"] = kSplitVersion;
      Plan::PlannedSplit planned{.dataset = dataset.name, .split = split.name, .seeds = seeds, .fold = std::nullopt};
      if (split.folds) planned.fold = f;
      Json context = Json::object();
      if (split.path) context["path"] = *split.path;
      planned.task = add(NodeSpec::make("splits", std::move(spec)), {prepared},
                         fmt::format("split {} · {}{}", dataset.name, split.name, split.folds ? fmt::format(" · fold {}", f + 1) : ""),
                         {static_cast<double>(size_.events) / 1e7, size_.events * 60}, false, std::move(context));
      folds.splits.push_back(std::move(planned));
    }
    for (const CandidatesConfig& candidates : config_.evaluation.candidates) {
      if (meant_for(candidates, split)) MOTIVE_TRY(add_candidates(folds, candidates, seeds));
    }
    for (Plan::PlannedSplit& planned : folds.splits) plan_.splits.push_back(std::move(planned));
    return {};
  }

  /// A split's folds (one, where it has none) and, per protocol, the candidates of each.
  struct Folds {
    const SplitConfig* config;
    std::vector<Plan::PlannedSplit> splits;
  };
  struct Protocol {
    std::string name;
    ProtocolKind kind;
    std::vector<std::size_t> candidates;  // task a fold
  };

  Status add_candidates(Folds& folds, const CandidatesConfig& candidates, const CellSeeds& seeds) {
    // A full ranking draws nothing.
    const std::size_t repeats = candidates.negatives == 0 ? 1 : config_.seeds.candidates.size();
    for (std::size_t i = 0; i < repeats; ++i) {
      CellSeeds own = seeds;
      if (candidates.negatives > 0) own.candidates = config_.seeds.candidates[i];
      for (const LedgerOptions& options : ledgers_of(candidates, *folds.config)) {
        MOTIVE_TRY(add_protocol(folds, candidates, options, own));
      }
    }
    return {};
  }

  Status add_protocol(Folds& folds, const CandidatesConfig& candidates, const LedgerOptions& options, const CellSeeds& seeds) {
    Protocol protocol{.name = protocol_name(options), .kind = {options.targets == kWarmTargets, options.negatives == 0 && options.listed.empty() && options.keep == 0}, .candidates = {}};
    Json spec = {{"negatives", options.negatives},
                 {"distribution", options.distribution == Distribution::kPopularity ? "popularity" : "uniform"},
                 {"pool", pool_name(options.pool)},
                 {"targets", options.targets},
                 {"listed", options.listed},
                 {"version", kCandidatesVersion}};
    if (seeds.candidates) spec["seed"] = *seeds.candidates;
    if (config_.evaluation.on == JudgedOn::kValidation) spec["on"] = "validation";
    if (config_.users.sample > 0) {
      // Each fold tests its part of the sample.
      const auto n = static_cast<int>(folds.splits.size());
      spec["users"] = {{"sample", (config_.users.sample + n - 1) / n}, {"seed", config_.users.seed}};
    }
    Json context = Json::object();
    if (candidates.file) {
      context["path"] = *candidates.file;
      const auto hash = sha256_file(*candidates.file);
      if (!hash) return invalid("candidates `{}`: {}; `file` is relative to the experiment's file", candidates.name, hash.error().message);
      spec["file"] = *hash;
    }
    for (Plan::PlannedSplit& split : folds.splits) {
      spec["split"] = plan_.tasks[split.task].node.hash;
      std::vector<std::size_t> inputs{split.task};
      if (options.keep > 0) MOTIVE_TRY(add_retriever(*folds.config, protocol, split, options, spec, inputs));
      protocol.candidates.push_back(add(NodeSpec::make("candidates", spec), std::move(inputs),
                                        fmt::format("candidates {} · {} · {}", split.dataset, split.split, protocol.name),
                                        {0.5 + static_cast<double>(size_.items) * 1e-5, size_.events * 40}, true, context));
      split.candidates.emplace_back(protocol.name, protocol.candidates.back());
    }
    for (const ModelConfig& model : config_.models) MOTIVE_TRY(add_model(folds, protocol, model, seeds));
    return {};
  }

  /// The first stage is fitted once, with the first of the init seeds: candidates are the same for every method and seed.
  Status add_retriever(const SplitConfig& split, const Protocol& protocol, const Plan::PlannedSplit& planned,
                       const LedgerOptions& options, Json& spec, std::vector<std::size_t>& inputs) {
    const ModelConfig* model = model_called(config_, options.retriever);
    const MethodInfo info = model->method->describe(model->params);
    if (const std::string why = inability(split, protocol.kind, info); !why.empty()) {
      return invalid("candidates {} under split `{}`: the retriever {}; take another one, or say for which splits the candidates are "
                     "meant with `splits: [...]`", protocol.name, split.name, why);
    }
    PlannedCell cell;
    cell.parameters = parameters_of(*model);
    if (info.stochastic) cell.result.seeds.init = config_.seeds.init.front();
    MOTIVE_ASSIGN(const std::size_t fit, model->searches.empty() ? add_fit(planned, *model, info, cell)
                                                                 : add_tuned_fit(planned, *model, info, cell));
    spec["retriever"] = {{"fit", plan_.tasks[fit].node.hash}, {"label", options.retriever}, {"keep", options.keep}};
    spec["test_history"] = history_name();
    inputs.push_back(fit);
    return {};
  }

  std::string history_name() const { return config_.visible_history() == TestHistory::kTrain ? "train" : "train_valid"; }

  Status add_model(const Folds& folds, const Protocol& protocol, const ModelConfig& model, const CellSeeds& seeds) {
    PlannedCell cell;
    cell.result = {.dataset = folds.splits[0].dataset, .split = folds.splits[0].split, .model = model.name, .label = model.label,
                   .protocol = protocol.name, .seeds = seeds};
    if (model.method->planned) {
      cell.result.state = CellState::kUnavailable;
      cell.result.cause = model.method->torch ? "needs LibTorch, which this program was built without" : "planned, not part of this version";
      plan_.cells.push_back(std::move(cell));
      return {};
    }
    const MethodInfo info = model.method->describe(model.params);
    cell.parameters = parameters_of(model);
    cell.result.cause = inability(*folds.config, protocol.kind, info);
    if (!cell.result.cause.empty()) {
      cell.result.state = CellState::kNotApplicable;
      plan_.cells.push_back(std::move(cell));
      return {};
    }
    for (const CellSeeds& own : seeds_of(info, cell.result.seeds)) {
      PlannedCell one = cell;
      one.result.seeds = own;
      for (std::size_t f = 0; f < folds.splits.size(); ++f) {
        const auto fit = model.searches.empty() ? add_fit(folds.splits[f], model, info, one)
                                                : add_tuned_fit(folds.splits[f], model, info, one);
        if (!fit) return fit.error();
        one.fits.push_back(*fit);
        add_ranks(one, *folds.config, protocol.candidates[f], info);
      }
      plan_.cells.push_back(std::move(one));
    }
    return {};
  }

  /// Every combination of the seeds that play a part in the method's ranks.
  std::vector<CellSeeds> seeds_of(const MethodInfo& info, const CellSeeds& base) const {
    std::vector<CellSeeds> all{base};
    const auto cross = [&](bool wanted, const std::vector<std::uint64_t>& seeds, std::optional<std::uint64_t> CellSeeds::*member) {
      if (!wanted) return;
      std::vector<CellSeeds> more;
      for (const CellSeeds& one : all) {
        for (const std::uint64_t seed : seeds) {
          more.push_back(one);
          more.back().*member = seed;
        }
      }
      all = std::move(more);
    };
    cross(info.stochastic, config_.seeds.init, &CellSeeds::init);
    cross(info.sampled, config_.seeds.llm, &CellSeeds::llm);
    cross(info.prompt_order, config_.seeds.prompt_order, &CellSeeds::prompt_order);
    return all;
  }

  Result<std::size_t> add_fit(const Plan::PlannedSplit& split, const ModelConfig& model, const MethodInfo& info,
                      const PlannedCell& cell) {
    const Shape shape = shape_of(0);
    const Estimate estimate = info.fit_estimate ? info.fit_estimate(shape) : Estimate{1, 0};
    const std::string seed = cell.result.seeds.init ? fmt::format(" · seed {}", *cell.result.seeds.init) : "";
    const std::string where = fmt::format("{} · {} · {}{}", model.label, split.dataset, split.split, seed);
    Json spec = {{"split", plan_.tasks[split.task].node.hash},
                 {"method", model.name},
                 {"code", info.code_version},
                 {"params", cell.parameters},
                 {"threads", info.fit_threads},
                 {"version", kFitVersion}};
    if (cell.result.seeds.init) spec["seed"] = *cell.result.seeds.init;
    const FitPlace place = place_of(split);
    if (info.input) {
      MOTIVE_ASSIGN(spec["input"], info.input(place, cell.result.seeds.init.value_or(0)));
    }
    const Estimate with_data{estimate.seconds, estimate.memory_bytes + data_bytes()};
    std::vector<std::size_t> inputs{split.task};
    MOTIVE_TRY(add_features(split, info.features, spec, inputs));
    const bool refits = config_.refit == Refit::kTrainValid;
    if (info.selects) {
      Json selection = spec;
      selection["events"] = "train";
      selection["validate"] = true;
      const std::size_t task = add_fit_task(std::move(selection), info, inputs, (refits ? "select " : "fit ") + where, with_data, place);
      if (!refits) return task;
      spec["selection"] = plan_.tasks[task].node.hash;
      inputs.push_back(task);
    }
    spec["events"] = refits ? "train_valid" : "train";
    return add_fit_task(std::move(spec), info, inputs, "fit " + where, with_data, place);
  }

  /// What every language model knows of the data by heart.
  Status add_probes(const std::string& dataset, std::size_t prepared) {
    std::set<std::string> asked;
    for (const ModelConfig& model : config_.models) asked.merge(endpoints_of(model));
    if (config_.evaluation.memorisation == 0) return {};
    for (const std::string& endpoint : asked) {
      Json spec;
      std::vector<std::size_t> tasks;
      MOTIVE_TRY(add_features(dataset, prepared, {memorisation_probe(endpoint, dataset, config_.evaluation.memorisation, 1)}, spec, tasks));
      plan_.probes.emplace_back(dataset, endpoint, tasks.front());
    }
    return {};
  }

  /// What a fit reads beside its split: tasks of their own, named in its spec.
  Status add_features(const Plan::PlannedSplit& split, const std::vector<FeatureRequest>& requests, Json& spec,
                      std::vector<std::size_t>& inputs) {
    return add_features(split.dataset, plan_.tasks[split.task].inputs.front(), requests, spec, inputs);
  }
  Status add_features(const std::string& dataset, std::size_t prepared, const std::vector<FeatureRequest>& requests, Json& spec,
                      std::vector<std::size_t>& inputs) {
    for (const FeatureRequest& request : requests) {
      const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
      if (!kind) return fail("features of kind `{}` are not part of this program", request.kind);
      if (kind->torch && std::string_view(MOTIVE_TORCH_VERSION) == "none") {
        return invalid("{}: a model reads them, and this program was built without LibTorch, which makes them; choose another text of "
                       "items, or build with LibTorch", kind->title);
      }
      MOTIVE_ASSIGN(const Json input, feature_input(*kind, request.params));
      NodeSpec node = NodeSpec::make("features", {{"kind", request.kind},
                                                  {"params", request.params},
                                                  {"code", kind->version},
                                                  {"input", input},
                                                  {"prepared", plan_.tasks[prepared].node.hash},
                                                  {"version", kFeaturesVersion}});
      const std::vector<std::string> asked = kind->endpoints ? kind->endpoints(request.params) : std::vector<std::string>{};
      if (!asked.empty()) node = NodeSpec::make("features", with_llm(node.spec, asked));
      Estimate estimate = kind->estimate(request.params, shape_of(0));
      estimate.memory_bytes += data_bytes();
      spec["features"].push_back({{"kind", request.kind}, {"params", request.params}, {"node", node.hash}});
      inputs.push_back(add(std::move(node), {prepared}, fmt::format("{} · {}", kind->title, dataset),
                           std::move(estimate), true));
      add_llm(inputs.back(), asked);
    }
    return {};
  }

  /// The spec of what asks these endpoints.
  Json with_llm(Json spec, const std::vector<std::string>& asked) const {
    spec["endpoints"] = llm_identities(asked, config_);
    return spec;
  }
  void add_llm(std::size_t task, const std::vector<std::string>& asked) {
    if (asked.empty()) return;
    plan_.tasks[task].context["llm"] = llm_context(asked, config_, options_.llm);
    plan_.tasks[task].sends = asks_servers(asked, config_);
    plan_.tasks[task].torch |= llm_needs_torch(asked, config_);
  }

  /// Asked once a plan: it may read large files.
  Result<Json> feature_input(const FeatureKind& kind, const Json& params) {
    const std::string key = kind.name + params.dump();
    if (const auto known = feature_inputs_.find(key); known != feature_inputs_.end()) return known->second;
    MOTIVE_ASSIGN(Json input, kind.input(params));
    return feature_inputs_[key] = std::move(input);
  }

  /// Of a model that searches: its parameters are those that the best of its trials had, and so are its epochs.
  Result<std::size_t> add_tuned_fit(const Plan::PlannedSplit& split, const ModelConfig& model, const MethodInfo& info,
                                    PlannedCell& cell) {
    if (info.input) {
      return invalid("model `{}`: its parameters cannot be searched, since it reads files that were made for one split; give "
                     "them values", model.label);
    }
    if (!info.endpoints.empty()) {
      return invalid("model `{}`: parameters of a method that asks a language model are not searched, since every trial would be "
                     "paid for; give them values", model.label);
    }
    auto [place, fresh] = settings_.try_emplace(model.label);
    if (fresh) place->second = draw_settings(model, *config_.tuning);
    TuningPlace on{.split = split.task, .split_hash = plan_.tasks[split.task].node.hash,
                   .where = fmt::format("{} · {} · {}", model.label, split.dataset, split.split), .seed = {},
                   .shape = shape_of(0), .data_bytes = data_bytes()};
    if (info.stochastic) on.seed = config_.seeds.init.front();
    Json read = Json::object();
    std::vector<std::size_t> before{split.task};
    MOTIVE_TRY(add_features(split, features_of(place->second, model), read, before));
    on.features = read.value("features", Json());
    on.feature_tasks.assign(before.begin() + 1, before.end());
    const AddTask add_task = [&](NodeSpec node, std::vector<std::size_t> inputs, std::string title, const Estimate& estimate) {
      const std::size_t task = add(std::move(node), std::move(inputs), std::move(title), estimate, info.any_threads);
      plan_.tasks[task].threads = info.fit_threads;
      return task;
    };
    const TunedModel tuned{model, *config_.tuning, place->second};
    const std::size_t chosen = add_tuning(tuned, info, on, add_task, [&](std::size_t t) { return plan_.tasks[t].node.hash; });
    cell.chosen.push_back(chosen);
    Json spec = {{"split", on.split_hash},
                 {"method", model.name},
                 {"code", info.code_version},
                 {"chosen", plan_.tasks[chosen].node.hash},
                 {"threads", info.fit_threads},
                 {"events", config_.refit == Refit::kTrainValid ? "train_valid" : "train"},
                 {"version", kFitVersion}};
    if (cell.result.seeds.init) spec["seed"] = *cell.result.seeds.init;
    if (info.selects && config_.refit == Refit::kNone) spec["validate"] = true;
    if (!on.features.is_null()) spec["features"] = on.features;
    before.push_back(chosen);
    const std::string seed = cell.result.seeds.init ? fmt::format(" · seed {}", *cell.result.seeds.init) : "";
    return add_fit_task(std::move(spec), info, before, "fit " + on.where + seed, estimate_of(tuned, on, {}), place_of(split));
  }

  std::size_t add_fit_task(Json spec, const MethodInfo& info, const std::vector<std::size_t>& inputs, std::string title,
                           const Estimate& estimate, const FitPlace& place) {
    const std::size_t task = add(NodeSpec::make("fits", std::move(spec)), inputs, std::move(title), estimate, info.any_threads,
                                 {{"place", place_to_json(place)}});
    plan_.tasks[task].threads = info.fit_threads;
    return task;
  }

  /// The ranks of the fold whose fit came last.
  void add_ranks(PlannedCell& cell, const SplitConfig& split, std::size_t candidates, const MethodInfo& info) {
    const Task& ledger = plan_.tasks[candidates];
    const Shape shape = tested_shape(size_, split, config_.users, candidates_beside_target(ledger.node.spec));
    Estimate estimate = info.rank_estimate ? info.rank_estimate(shape) : Estimate{1, 0};
    estimate.memory_bytes += data_bytes();
    const CellSeeds& seeds = cell.result.seeds;
    Json spec = {{"fit", plan_.tasks[cell.fits.back()].node.hash},
                 {"candidates", ledger.node.hash},
                 {"test_history", history_name()},
                 {"version", kRanksVersion}};
    if (seeds.llm) spec["llm_seed"] = *seeds.llm;
    if (seeds.prompt_order) spec["prompt_seed"] = *seeds.prompt_order;
    if (!info.endpoints.empty()) spec = with_llm(std::move(spec), info.endpoints);
    NodeSpec node = NodeSpec::make("ranks", std::move(spec));
    const std::string seed = fmt::format("{}{}{}", seeds.init ? fmt::format(" · seed {}", *seeds.init) : "",
                                         seeds.llm ? fmt::format(" · llm {}", *seeds.llm) : "",
                                         seeds.prompt_order ? fmt::format(" · order {}", *seeds.prompt_order) : "");
    const bool first = cell.tasks.empty();
    cell.result.cell += (first ? "" : "+") + node.hash;
    if (first) {
      cell.result.ranks = store_.folder(node);
    } else {
      cell.result.more_ranks.push_back(store_.folder(node));
    }
    cell.tasks.push_back(add(std::move(node), {cell.fits.back(), candidates},
                             fmt::format("rank {} · {} · {} · {}{}", cell.result.label, cell.result.dataset, cell.result.split,
                                         cell.result.protocol, seed),
                             std::move(estimate), true));
    add_llm(cell.tasks.back(), info.endpoints);
  }

  Shape shape_of(std::uint64_t negatives) const { return whole_shape(size_, negatives); }
  std::uint64_t data_bytes() const { return bytes_of(size_); }

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
  std::map<std::string, Settings> settings_;  // by label of the model
  std::map<std::string, Json> feature_inputs_;
};

}  // namespace

Result<Plan> make_plan(const ExperimentConfig& config, const Store& store, const PlanOptions& options) {
  return Builder(config, store, options).build();
}

}  // namespace motive
