#pragma once
// Purpose: each user's events in the protocol's order, (timestamp, position in the source), tied ones
// reshuffled where an order seed asks for it. Complexity: O(N). Determinism: a stream per (seed, user).

#include "framework/split/split_files.h"

namespace motive {

/// Errors (kInvalid): an order seed without timestamps; more events than 32 bits count.
Result<EventLists> ordered_events(const PreparedData& data, const std::optional<std::uint64_t>& order_seed);

}  // namespace motive
