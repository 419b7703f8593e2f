#pragma once
// Purpose: new items. Cold items contribute no event to training. A test user has a target among the cold
// items (by the rule, among his cold events that follow a warm one); shown are his warm events before it,
// his cold ones before it are hidden and masked. users: keep (the other events of the same users stay in
// training) or remove (users with a cold event leave training altogether).
// For mixed pools, each test user's last shown event is also held out of every training as a warm target of
// his own (with the events before it as history), where he has another one to show.
// Validation repeats the choice inside the training part; on refit, the events of its items join training.
// Complexity: O(N + I log I). Determinism: a number per (split seed, item); see cold_choice.h.

#include "framework/split/cold_choice.h"
#include "framework/split/target.h"

namespace motive {

enum class ColdItemUsers { kKeep, kRemove };

struct ItemColdOptions {
  ColdChoice choice{.select = Select::kNewest};
  ColdItemUsers users = ColdItemUsers::kKeep;
  Target target;
  std::optional<std::uint64_t> order_seed;
};

/// Errors (kInvalid): newest without absolute times, a rating rule without ratings, nobody to test, nothing
/// left to train on.
Result<MadeSplit> make_item_cold(const PreparedData& data, const ItemColdOptions& options);

}  // namespace motive
