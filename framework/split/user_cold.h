#pragma once
// Purpose: new users. Cold users contribute no event to training; at test time their first `max_history`
// events are shown and the target is the next event (or the next that the rating rule accepts; the events
// between are hidden and masked). Cold users with too few events are left out, not trained on: the set of
// cold users does not depend on max_history. Validation repeats the choice inside the training part; on
// refit, all events of validation users join training.
// Complexity: O(N + U log U). Determinism: a number per (split seed, user); see cold_choice.h.

#include "framework/split/cold_choice.h"
#include "framework/split/target.h"

namespace motive {

struct UserColdOptions {
  ColdChoice choice;
  std::uint32_t max_history = 2;
  Target target{TargetRule::kNext, 0};
  std::optional<std::uint64_t> order_seed;
};

/// The paper's selection: its cut and its bound.
inline constexpr double kPaperQuantile = 0.9;
inline constexpr std::size_t kPaperEvents = 3;  // fewer than these

/// Errors (kInvalid): newest or paper without absolute times, paper where nobody has so few events, a
/// rating rule without ratings, nobody to test, nobody left to train on.
Result<MadeSplit> make_user_cold(const PreparedData& data, const UserColdOptions& options);

}  // namespace motive
