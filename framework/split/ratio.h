#pragma once
// Purpose: warm, by a ratio of each user's events: the earliest train, the latest test, those between
// validate. Shares are rounded to whole events (a half upwards), test first. A user without a test event,
// or whom nothing would be left to train on, trains only. Several targets a user.
// Complexity: O(N). Determinism: draws only where an order seed reshuffles tied events.

#include "framework/split/split_files.h"

namespace motive {

struct RatioOptions {
  double train = 0.8, valid = 0.1, test = 0.1;  // sum to 1
  std::optional<std::uint64_t> order_seed;
};

/// Errors (kInvalid): an order seed without times, no test users.
Result<MadeSplit> make_ratio(const PreparedData& data, const RatioOptions& options);

}  // namespace motive
