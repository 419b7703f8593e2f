#pragma once
// Purpose: the warm leave-one-out split of protocol.md. Per user, the target is the last event that
// satisfies the rule, validation is the event before it, training is everything before that. Events
// after the target are left out (they are the user's future) and counted. A user with fewer than three
// events up to his target, or without a target, trains only. With `shown`: the warm_truncated study, in
// which histories show only their last events (training is the same).
// Complexity: O(N) in events. Determinism: draws only where an order seed reshuffles tied events.

#include "framework/split/target.h"

namespace motive {

struct LeaveOneOutOptions {
  Target target;
  std::optional<std::uint32_t> shown;  // absent: the whole history
  /// Absent: tied events stay in the order of the source.
  std::optional<std::uint64_t> order_seed;
};

/// Errors (kInvalid): a rating rule without ratings, an order seed without times, no test users.
Result<MadeSplit> make_leave_one_out(const PreparedData& data, const LeaveOneOutOptions& options);

}  // namespace motive
