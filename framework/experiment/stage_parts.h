#pragma once
// Purpose: what the stages share among themselves; nobody else includes this.

#include <any>
#include <chrono>

#include "framework/experiment/stages.h"

namespace motive {

/// A method with the parameters that a spec of "fits" or "trials" gives it: `params` itself, or the setting that the
/// node `chosen` of kind "chosen" put at `place` (0: the best), with the values of `set` in the place of its own.
struct MethodOf {
  const Method* method = nullptr;
  std::any params;
  Json json;      // the same parameters
  Json selected;  // what the setting's trial selected, such as {"epochs": 37}; null where params are given
};
/// kUnavailable where fewer settings are left than `place` asks for.
Result<MethodOf> method_of(const Store& store, const Json& spec);

// fit_stages.cpp
Status fit_stage(const NodeSpec& node, const Json& task_context, const Path& folder, const StageContext& stage);
/// Fits one setting on training events and judges it on validation: trial.json with params, value (null where the fit
/// failed, with the cause) and what the fit selected. The model is not kept.
Status trial_stage(const NodeSpec& node, const Path& folder, const StageContext& stage);
/// Ranks trials by value, the first of equals first: chosen.json with the best `keep` of them.
Status choose_stage(const NodeSpec& node, const Path& folder, const StageContext& stage);

/// Writes timing.json: the only place in a node for times and memory.
/// llm: what was sent and paid for by this run; null: nobody was asked.
Status write_timing(const Path& folder, std::chrono::steady_clock::time_point start, int threads, const Json& llm = nullptr);

/// What a spec of fits or trials names.
FeatureFolders features_of(const Json& spec, const Store& store);

Result<Json> read_json(const Path& file);

}  // namespace motive
