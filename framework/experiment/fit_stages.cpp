// The stages that fit: of a method as it is ranked, of a trial, and the choice among trials.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>

#include "framework/evaluate/validation.h"
#include "framework/experiment/program.h"
#include "framework/experiment/stage_parts.h"
#include "framework/experiment/tuning.h"

namespace motive {
namespace {

constexpr std::size_t kValidationUsers = 2000;

/// Validation repeats the split's rule. A method that cannot score new items has nothing to select on among
/// cold ones: it gets the warm targets of the same users.
std::unique_ptr<RankingValidation> validation_for(const OpenSplit& open, const EventsView& train, const MethodInfo& info, int threads) {
  const std::size_t n_items = open.data.items().size();
  QuerySet warm = open.split.validation(TargetSet::kWarm);
  if (!info.unseen_items && warm.size() > 0) {
    return make_validation(catalogue_pool(open.data.events(), n_items), train, warm, false, kValidationUsers, threads);
  }
  const auto cold = open.split.validation_cold_items();
  std::vector<bool> pool = cold.empty() ? catalogue_pool(open.data.events(), n_items) : std::vector<bool>(n_items, false);
  for (const std::uint32_t item : cold) pool[item] = true;
  return make_validation(std::move(pool), train, open.split.validation(), info.unseen_items, kValidationUsers, threads);
}

FitPlace place_from_json(const Json& json) {
  return {json.value("dataset", ""), json.value("split", ""), json.value("split_seed", std::uint64_t{0}),
          json.value("order_seed", std::uint64_t{0}), json.value("fold", std::uint32_t{0})};
}

/// Why a trial has no value; n/a and wrong configuration are no matter of the setting, and end the search.
bool is_of_the_setting(const Error& error) { return error.kind == ErrorKind::kFailed; }

Result<double> judge(Recommender& method, const TrainingView& view, RankingValidation& validation, const Json& metric,
                     FitContext& context) {
  MOTIVE_TRY(method.fit(view, context));
  return validation.value(method, {metric == "hr@10" ? MetricKind::kHr : MetricKind::kNdcg, 10});
}

}  // namespace

FeatureFolders features_of(const Json& spec, const Store& store) {
  FeatureFolders folders;
  for (const Json& one : spec.value("features", Json::array())) {
    folders.add({one.at("kind"), one.at("params")}, store.folder("features", one.at("node")));
  }
  return folders;
}

Status write_timing(const Path& folder, std::chrono::steady_clock::time_point start, int threads, const Json& llm) {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto cpu = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  Json timing = {{"seconds", seconds.count()},
                 {"processor_seconds", cpu(usage.ru_utime) + cpu(usage.ru_stime)},
                 {"peak_memory_bytes", static_cast<std::uint64_t>(usage.ru_maxrss) * 1024},
                 {"threads", threads}};
  if (!llm.is_null()) timing["llm"] = llm;
  return write_file_synced(folder / "timing.json", timing.dump(1) + "\n");
}

Result<Json> read_json(const Path& file) {
  MOTIVE_ASSIGN(const std::string text, read_file(file));
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return fail("{}: not JSON", file.string());
  return json;
}

Result<MethodOf> method_of(const Store& store, const Json& spec) {
  MethodOf of;
  of.method = Registry::instance().find(spec.at("method").get<std::string>());
  if (!of.method) return invalid("method {} is not part of this program", spec.at("method").dump());
  if (spec.contains("params")) {
    of.json = spec.at("params");
  } else {
    MOTIVE_ASSIGN(const Json chosen, read_json(store.folder("chosen", spec.at("chosen")) / "chosen.json"));
    const std::size_t place = spec.value("place", std::size_t{0});
    if (place >= chosen.at("kept").size()) return Error{"fewer settings were left than this rung has room for", ErrorKind::kUnavailable};
    const Json& kept = chosen.at("kept").at(place);
    of.json = kept.at("params");
    of.selected = kept.at("selected");
    if (spec.contains("set")) of.json.update(spec.at("set"));
  }
  config::Errors errors;
  of.params = of.method->parameters->parse(config::from_json(of.json, "params"), errors);
  MOTIVE_TRY(errors.status());
  return of;
}

Status fit_stage(const NodeSpec& node, const Json& task_context, const Path& folder, const StageContext& stage) {
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const OpenSplit open, open_split(*stage.store, node.spec.at("split")));
  MOTIVE_ASSIGN(const MethodOf of, method_of(*stage.store, node.spec));
  const EventsCopy events = training_events(open.split, node.spec);
  const TrainingView view{events.view(), &open.data.items(), &open.data.users()};

  FitContext context{.init_seed = node.spec.value("seed", std::uint64_t{0}),
                     .place = place_from_json(task_context.value("place", Json::object())), .threads = stage.threads,
                     .progress = stage.progress, .cancel = stage.cancel, .checkpoints = stage.store->checkpoints(node),
                     .features = features_of(node.spec, *stage.store)};
  std::unique_ptr<Validation> validation;
  Json selected;
  if (node.spec.contains("selection")) {
    MOTIVE_ASSIGN(const Json earlier, read_json(stage.store->folder("fits", node.spec.at("selection")) / "fit.json"));
    selected = earlier.at("report").value("selected", Json::object());
    context.selected = &selected;
  } else if (node.spec.value("validate", false)) {
    validation = validation_for(open, view.events, of.method->describe(of.params), stage.threads);
    context.validation = validation.get();
  } else if (of.selected.is_object()) {
    context.selected = &of.selected;
  }
  MOTIVE_ASSIGN(const std::unique_ptr<Recommender> fitted, make_method(*of.method, of.params));
  MOTIVE_TRY(fitted->fit(view, context));
  MOTIVE_TRY(make_folders(folder / "model"));
  MOTIVE_TRY(fitted->save(folder / "model"));
  const Json record = {{"method", of.method->name}, {"report", context.report}};
  MOTIVE_TRY(write_file_synced(folder / "fit.json", record.dump(1) + "\n"));
  return write_timing(folder, start, context.threads);
}

Status trial_stage(const NodeSpec& node, const Path& folder, const StageContext& stage) {
  const auto start = std::chrono::steady_clock::now();
  MOTIVE_ASSIGN(const OpenSplit open, open_split(*stage.store, node.spec.at("split")));
  Json record = {{"params", Json()}, {"value", Json()}, {"cause", ""}, {"selected", Json()}, {"curve", Json()}};
  const auto of = method_of(*stage.store, node.spec);
  if (!of && of.error().kind != ErrorKind::kUnavailable) return of.error();
  if (!of) {
    record["cause"] = of.error().message;
  } else {
    const EventsCopy events = training_events(open.split, node.spec);
    const TrainingView view{events.view(), &open.data.items(), &open.data.users()};
    const auto validation = validation_for(open, view.events, of->method->describe(of->params), stage.threads);
    if (validation->users() == 0) {
      return Error{"its parameters are searched, and the split holds no validation events to choose on; give them values, or "
                   "the split a validation set", ErrorKind::kNotApplicable};
    }
    FitContext context{.init_seed = node.spec.value("seed", std::uint64_t{0}), .place = {}, .threads = stage.threads,
                       .progress = stage.progress, .cancel = stage.cancel, .checkpoints = stage.store->checkpoints(node),
                       .features = features_of(node.spec, *stage.store)};
    if (node.spec.value("validate", false)) context.validation = validation.get();
    MOTIVE_ASSIGN(const std::unique_ptr<Recommender> method, make_method(*of->method, of->params));
    const auto value = judge(*method, view, *validation, node.spec.at("metric"), context);
    if (!value && !is_of_the_setting(value.error())) return value.error();
    record["params"] = of->json;
    value ? void(record["value"] = *value) : void(record["cause"] = value.error().message);
    record["selected"] = context.report.value("selected", Json());
    record["curve"] = context.report.value("curve", Json());
  }
  MOTIVE_TRY(write_file_synced(folder / "trial.json", record.dump(1) + "\n"));
  return write_timing(folder, start, stage.threads);
}

Status choose_stage(const NodeSpec& node, const Path& folder, const StageContext& stage) {
  std::vector<Json> trials;
  std::string causes;
  for (const Json& hash : node.spec.at("trials")) {
    MOTIVE_ASSIGN(Json trial, read_json(stage.store->folder("trials", hash) / "trial.json"));
    if (!trial.at("value").is_number()) {
      const std::string cause = trial.at("cause");
      if (causes.find(cause) == std::string::npos) causes += (causes.empty() ? "" : "; ") + cause;
      continue;
    }
    trial.erase("curve");
    trial["trial"] = hash;
    trials.push_back(std::move(trial));
  }
  if (trials.empty()) return fail("none of the {} settings that were tried could be fitted: {}", node.spec.at("trials").size(), causes);
  std::stable_sort(trials.begin(), trials.end(), [](const Json& a, const Json& b) { return a.at("value").get<double>() > b.at("value").get<double>(); });
  trials.resize(std::min(trials.size(), node.spec.at("keep").get<std::size_t>()));
  const Json record = {{"kept", trials}};
  return write_file_synced(folder / "chosen.json", record.dump(1) + "\n");
}

}  // namespace motive
