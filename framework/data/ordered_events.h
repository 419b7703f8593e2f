#pragma once
// Purpose: events by user in the protocol's order (timestamp, then position in the source), and the
// rules for duplicates and repeats. Complexity: O(N) and the sorting of each user's events where they
// are not in order. Memory: the columns twice, one at a time. Determinism: nothing is left to
// chance or to threads.

#include <cstdint>
#include <vector>

#include "framework/data/prepared.h"
#include "framework/data/raw_tables.h"

namespace motive {

/// The events by user, in order: what becomes the columns.
struct OrderedEvents {
  std::vector<std::uint64_t> offsets;    // [U+1]
  std::vector<std::uint32_t> user_rows;  // [U] rows of raw.users: those with events
  std::vector<std::uint32_t> position;   // [N] place in the source
  std::vector<std::uint32_t> item;       // [N] row of raw.items
  std::vector<std::int64_t> time;        // [N] or empty; ticks
  std::vector<float> rating;             // [N] or empty

  std::size_t users() const { return user_rows.size(); }
  std::size_t size() const { return item.size(); }
};

/// Counting sort by user, which keeps the source's order inside each; then each user's events by
/// time. Empties raw's event columns on the way.
OrderedEvents order_events(RawTables& raw);

/// [N] whether an event is the first (or last) of its user with its item; `rule` is not kKeep.
std::vector<bool> without_repeats(const OrderedEvents& events, Repeats rule, std::size_t items);
/// [N] whether no earlier event has the same user, item, time and rating. Needs times.
std::vector<bool> without_duplicates(const OrderedEvents& events);
/// Leaves the events whose place is set; users without events go.
void keep_events(OrderedEvents& events, const std::vector<bool>& keep);

}  // namespace motive
