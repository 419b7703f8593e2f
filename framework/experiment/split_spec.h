#pragma once
// Purpose: from a split's configuration to the spec that its store key hashes, and from the spec to the
// split; and what is refused before anything runs because the data cannot do it.

#include "framework/experiment/schema.h"

namespace motive {

/// What the planner knows of the data: for sure once they are prepared, before that from the descriptor.
struct KnownData {
  std::string dataset;
  std::optional<bool> ratings;
  std::optional<TimeKind> times;
  std::optional<std::uint64_t> fewest_user_events, most_user_events;
};
KnownData known_data(const Descriptor& descriptor);
KnownData known_data(const std::string& dataset, const PreparedData& data);

/// kInvalid: what the split needs and the data lack, with the alternatives.
Status check_split(const SplitConfig& split, const KnownData& data);

/// Whether another split seed gives another split.
bool split_draws(const SplitConfig& split);
/// Folds of the split; 1 where it has none.
std::uint32_t split_folds(const SplitConfig& split);

/// The protocols of these candidates under this split: one, or two where a mixed pool of an item-cold split
/// is reported with cold and with warm targets.
std::vector<LedgerOptions> ledgers_of(const CandidatesConfig& candidates, const SplitConfig& split);

/// All that determines the split but the data. Error: an imported split's files are missing.
Result<Json> split_spec(const SplitConfig& split, std::uint64_t seed, std::optional<std::uint64_t> order, std::uint32_t fold);

/// The split that a spec means. folder: of an imported split.
Result<MadeSplit> make_split(const PreparedData& data, const Json& spec, const Path& folder);

}  // namespace motive
