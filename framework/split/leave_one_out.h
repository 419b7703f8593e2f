#pragma once
// Purpose: the warm leave-one-out split of protocol.md. Per user, the target is the last event that
// satisfies the rule, validation is the event before it, training is everything before that. Events
// after the target are left out (they are the user's future) and counted. A user with fewer than three
// events up to his target, or without a target, trains only.
// Complexity: O(N log N) in events. Determinism: draws only where an order seed reshuffles tied events.

#include <optional>

#include "framework/split/split.h"

namespace motive {

enum class TargetRule { kLast, kLastRatedAbove, kHighestRated };

struct LeaveOneOutOptions {
  TargetRule rule = TargetRule::kLast;
  double rating = 0;  // kLastRatedAbove: strictly above
  /// Absent: tied events stay in the order of the source.
  std::optional<std::uint64_t> order_seed;
};

/// Writes the split's files and its certificate into an existing folder.
/// Errors (kInvalid): a rating rule without ratings, an order seed without times, no test users.
Status make_leave_one_out(const PreparedData& data, const LeaveOneOutOptions& options, const Path& folder);

}  // namespace motive
