#pragma once
// Purpose: the tasks of a search: a node of kind "trials" a setting (fit on training events, judge on validation) and a
// node of kind "chosen" that ranks them. With halving, a rung's trials take their parameters from the "chosen" of the
// rung before, so that the whole graph is known before anything runs. What is fitted in the end names the last "chosen"
// in place of its parameters: its key is the hash of all settings that were tried.

#include <functional>

#include "framework/experiment/schema.h"
#include "framework/experiment/task.h"

namespace motive {

/// What a search is for, and what it tries.
struct TunedModel {
  const ModelConfig& model;
  const TuningConfig& tuning;
  const Settings& settings;
};

/// What it is tried on.
struct TuningPlace {
  std::size_t split = 0;  // task
  std::string split_hash;
  std::string where;                  // "BPR · beauty · warm"
  std::optional<std::uint64_t> seed;  // init seed of all trials; none: the method draws nothing
  Shape shape;
  std::uint64_t data_bytes = 0;
  Json features;                           // that any setting reads, as in specs of fits; null: none
  std::vector<std::size_t> feature_tasks;  // that make them
};

using AddTask = std::function<std::size_t(NodeSpec node, std::vector<std::size_t> inputs, std::string title, const Estimate& estimate)>;

/// The task that chooses in the end.
std::size_t add_tuning(const TunedModel& tuned, const MethodInfo& info, const TuningPlace& place, const AddTask& add,
                       const std::function<std::string(std::size_t task)>& hash_of);

/// What any of the settings reads beside events.
std::vector<FeatureRequest> features_of(const Settings& settings, const ModelConfig& model);

/// Of a fit whose setting is not known yet: mean time and most memory of all that may be, with these epochs where given.
Estimate estimate_of(const TunedModel& tuned, const TuningPlace& place, std::optional<int> epochs);

}  // namespace motive
