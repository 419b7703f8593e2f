#pragma once
// Purpose: small questions that the planner asks of a configuration; nobody else includes this but for split_file_stem,
// which plan.h declares.

#include "framework/experiment/plan.h"

namespace motive {

/// The part of a descriptor that determines the prepared data: not where files lie or what is said of them.
Json descriptor_key(const Descriptor& descriptor);

/// The parameters as the spec of a fit names them, with searches in the place of what is chosen.
Json parameters_of(const ModelConfig& model);

struct ProtocolKind {
  bool warm_targets = false;  // of an item-cold split
  bool full = false;          // the whole pool is ranked
};
/// What a method cannot do by its own declaration is n/a before anything is fitted; "" where it can.
std::string inability(const SplitConfig& split, const ProtocolKind& protocol, const MethodInfo& info);

FitPlace place_of(const Plan::PlannedSplit& split);

/// How many items each target is ranked among, by a spec of candidates; 0: the whole pool.
std::uint64_t candidates_beside_target(const Json& spec);

}  // namespace motive
