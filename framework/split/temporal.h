#pragma once
// Purpose: warm, by two points in time that hold for everyone: events up to the first train, up to the
// second validate, later ones are the targets. No training event is later than any target: nothing leaks
// from the future. Users are known: those without a training event are not tested (their later events are
// left out). Several targets a user.
// Cut points: times, or quantiles of the times of all events (nearest rank: the time of event ceil(q N)).
// Complexity: O(N log N). Determinism: draws only where an order seed reshuffles tied events.

#include "framework/split/split_files.h"

namespace motive {

struct TemporalOptions {
  std::optional<std::int64_t> train_until, valid_until;  // seconds since 1970, inclusive; else quantiles
  double train_quantile = 0.8, valid_quantile = 0.9;
  std::optional<std::uint64_t> order_seed;
};

/// Errors (kInvalid): no absolute times; cut points that leave nobody to test.
Result<MadeSplit> make_temporal(const PreparedData& data, const TemporalOptions& options);

/// The time of event ceil(q N) in the order of time. `times` is not empty; 0 < q <= 1.
std::int64_t time_quantile(std::vector<std::int64_t> times, double q);

}  // namespace motive
