#include "framework/split/event_order.h"

#include <limits>
#include <numeric>

#include "framework/base/rng.h"

namespace motive {
namespace {

void reshuffle_ties(const EventsView& events, std::size_t user, std::uint64_t seed, std::span<std::uint32_t> row) {
  Rng rng(seed, "order of tied events", user);
  for (std::size_t first = 0; first < row.size();) {
    std::size_t last = first + 1;
    while (last < row.size() && events.times[row[last]] == events.times[row[first]]) ++last;
    rng.shuffle(row.subspan(first, last - first));
    first = last;
  }
}

}  // namespace

Result<EventLists> ordered_events(const PreparedData& data, const std::optional<std::uint64_t>& order_seed) {
  const EventsView& events = data.events();
  if (order_seed && data.time_kind() == TimeKind::kNone) {
    return invalid("seeds.order: this data set has no timestamps, so no events are tied; leave seeds.order out");
  }
  if (events.size() > std::numeric_limits<std::uint32_t>::max()) {
    return invalid("split: {} events; at most 4,294,967,295 are supported", events.size());
  }
  EventLists rows;
  rows.offsets.assign(events.offsets.begin(), events.offsets.end());
  rows.events.resize(events.size());
  std::iota(rows.events.begin(), rows.events.end(), 0u);
  for (std::size_t u = 0; order_seed && u < events.users(); ++u) {
    reshuffle_ties(events, u, *order_seed, std::span(rows.events).subspan(rows.offsets[u], rows.row(u).size()));
  }
  return rows;
}

}  // namespace motive
