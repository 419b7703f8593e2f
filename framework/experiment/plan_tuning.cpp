#include "framework/experiment/plan_tuning.h"

#include <algorithm>

#include "framework/experiment/stages.h"

namespace motive {
namespace {

MethodInfo describe_setting(const ModelConfig& model, const Json& params) {
  config::Errors errors;
  return model.method->describe(model.method->parameters->parse(config::from_json(params, "setting"), errors));
}

Estimate estimate_setting(const ModelConfig& model, const Json& params, const TuningPlace& place) {
  const MethodInfo info = describe_setting(model, params);
  const Estimate estimate = info.fit_estimate ? info.fit_estimate(place.shape) : Estimate{1, 0};
  return {estimate.seconds, estimate.memory_bytes + place.data_bytes};
}

class SearchPlan {
 public:
  SearchPlan(const TunedModel& tuned, const MethodInfo& info, const TuningPlace& place, const AddTask& add,
         const std::function<std::string(std::size_t)>& hash_of)
      : tuned_(tuned), info_(info), place_(place), add_(add), hash_of_(hash_of) {
    const auto epochs = epochs_of(tuned.settings.params.front());
    const int trials = static_cast<int>(tuned.settings.params.size());
    if (tuned.tuning.method == TuningMethod::kHalving && epochs) {
      rungs_ = halving_rungs(tuned.tuning, trials, *epochs);
    } else {
      rungs_ = {{trials, 0}};
    }
  }

  std::size_t add() {
    std::optional<std::size_t> chosen;
    for (std::size_t r = 0; r < rungs_.size(); ++r) {
      std::vector<std::size_t> trials;
      for (int k = 0; k < rungs_[r].trials; ++k) trials.push_back(add_trial(r, k, chosen));
      chosen = choose(trials, r + 1 < rungs_.size() ? rungs_[r + 1].trials : 1);
    }
    return *chosen;
  }

 private:
  std::size_t add_trial(std::size_t r, int k, std::optional<std::size_t> chosen) {
    const Rung& rung = rungs_[r];
    Json spec = {{"split", place_.split_hash},
                 {"method", tuned_.model.name},
                 {"code", info_.code_version},
                 {"threads", info_.fit_threads},
                 {"events", "train"},
                 {"metric", tuned_.tuning.metric},
                 {"version", kTrialVersion}};
    if (place_.seed) spec["seed"] = *place_.seed;
    if (info_.selects) spec["validate"] = true;
    if (!place_.features.is_null()) spec["features"] = place_.features;
    std::vector<std::size_t> inputs{place_.split};
    inputs.insert(inputs.end(), place_.feature_tasks.begin(), place_.feature_tasks.end());
    std::string title = fmt::format("try {}/{}", k + 1, rung.trials);
    if (rungs_.size() > 1) title += fmt::format(" of rung {}/{}", r + 1, rungs_.size());
    title += " " + place_.where;
    if (chosen) {
      spec["chosen"] = hash_of_(*chosen);
      spec["place"] = k;
      spec["set"] = {{"epochs", rung.epochs}};
      inputs.push_back(*chosen);
      return add_(NodeSpec::make("trials", std::move(spec)), std::move(inputs), std::move(title),
                  estimate_of(tuned_, place_, rung.epochs));
    }
    Json params = tuned_.settings.params[static_cast<std::size_t>(k)];
    if (rung.epochs > 0) params["epochs"] = rung.epochs;
    const Estimate estimate = estimate_setting(tuned_.model, params, place_);
    spec["params"] = std::move(params);
    return add_(NodeSpec::make("trials", std::move(spec)), std::move(inputs), std::move(title), estimate);
  }

  std::size_t choose(const std::vector<std::size_t>& trials, int keep) {
    Json hashes = Json::array();
    for (const std::size_t trial : trials) hashes.push_back(hash_of_(trial));
    return add_(NodeSpec::make("chosen", {{"trials", hashes}, {"keep", keep}, {"version", kChosenVersion}}), trials,
                fmt::format("choose the best {} of {} {}", keep, trials.size(), place_.where), {0.05, 0});
  }

  const TunedModel& tuned_;
  const MethodInfo& info_;
  const TuningPlace& place_;
  const AddTask& add_;
  const std::function<std::string(std::size_t)>& hash_of_;
  std::vector<Rung> rungs_;
};

}  // namespace

std::size_t add_tuning(const TunedModel& tuned, const MethodInfo& info, const TuningPlace& place, const AddTask& add,
                       const std::function<std::string(std::size_t)>& hash_of) {
  return SearchPlan(tuned, info, place, add, hash_of).add();
}

std::vector<FeatureRequest> features_of(const Settings& settings, const ModelConfig& model) {
  std::vector<FeatureRequest> all;
  for (const Json& params : settings.params) {
    for (FeatureRequest& request : describe_setting(model, params).features) {
      if (std::find(all.begin(), all.end(), request) == all.end()) all.push_back(std::move(request));
    }
  }
  return all;
}

Estimate estimate_of(const TunedModel& tuned, const TuningPlace& place, std::optional<int> epochs) {
  Estimate all;
  for (Json params : tuned.settings.params) {
    if (epochs) params["epochs"] = *epochs;
    const Estimate one = estimate_setting(tuned.model, params, place);
    all.seconds += one.seconds / static_cast<double>(tuned.settings.params.size());
    all.memory_bytes = std::max(all.memory_bytes, one.memory_bytes);
  }
  return all;
}

}  // namespace motive
