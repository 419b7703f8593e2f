#include "framework/data/ordered_events.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

namespace motive {
namespace {

/// A column of the source brought into the order of `place` (each event's new place), then freed.
template <class T>
void scatter(std::vector<T>& source, const std::vector<std::uint32_t>& place,
             std::vector<T>& target) {
  target.resize(source.size());
  for (std::size_t event = 0; event < source.size(); ++event) target[place[event]] = source[event];
  std::vector<T>().swap(source);
}

/// Counting sort by user, which keeps the source's order inside each. Empties raw's event columns.
OrderedEvents group_by_user(RawTables& raw) {
  OrderedEvents out;
  std::vector<std::uint64_t> next(raw.users.size() + 1, 0);
  for (const std::uint32_t user : raw.event_user) ++next[user + 1];
  out.offsets.push_back(0);
  for (std::uint32_t row = 0; row < raw.users.size(); ++row) {
    if (next[row + 1] > 0) {
      out.user_rows.push_back(row);
      out.offsets.push_back(out.offsets.back() + next[row + 1]);
    }
    next[row + 1] += next[row];
  }
  std::vector<std::uint32_t> place = std::move(raw.event_user);
  for (std::uint32_t& value : place) value = static_cast<std::uint32_t>(next[value]++);
  scatter(raw.event_item, place, out.item);
  scatter(raw.event_time, place, out.time);
  scatter(raw.event_rating, place, out.rating);
  out.position.resize(place.size());
  for (std::size_t event = 0; event < place.size(); ++event)
    out.position[place[event]] = static_cast<std::uint32_t>(event);
  return out;
}

struct EventRow {
  std::int64_t time;
  std::uint32_t position;
  std::uint32_t item;
  float rating;
};

/// Sorts each user's events by (time, position).
void sort_by_time(OrderedEvents& events) {
  std::vector<EventRow> rows;
  for (std::size_t u = 0; u < events.users(); ++u) {
    const std::size_t begin = events.offsets[u];
    const std::size_t end = events.offsets[u + 1];
    const auto times = std::span(events.time).subspan(begin, end - begin);
    if (std::is_sorted(times.begin(), times.end())) continue;
    rows.clear();
    for (std::size_t at = begin; at < end; ++at) {
      rows.push_back({events.time[at], events.position[at], events.item[at],
                      events.rating.empty() ? 0 : events.rating[at]});
    }
    std::sort(rows.begin(), rows.end(), [](const EventRow& a, const EventRow& b) {
      return a.time != b.time ? a.time < b.time : a.position < b.position;
    });
    for (std::size_t at = begin; at < end; ++at) {
      const EventRow& row = rows[at - begin];
      events.time[at] = row.time;
      events.position[at] = row.position;
      events.item[at] = row.item;
      if (!events.rating.empty()) events.rating[at] = row.rating;
    }
  }
}

/// Remembers for each item which user had it last, and in which event.
class LastOwner {
 public:
  explicit LastOwner(std::size_t items) : owners_(items, {kNever, 0}) {}
  /// The user's last event with this item, or nothing; from now on it is `event`.
  std::optional<std::uint32_t> replace(std::uint32_t item, std::uint32_t user,
                                       std::uint32_t event) {
    auto& owner = owners_[item];
    const bool had = owner.first == user;
    const std::uint32_t before = owner.second;
    owner = {user, event};
    return had ? std::optional(before) : std::nullopt;
  }

 private:
  static constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::pair<std::uint32_t, std::uint32_t>> owners_;
};

/// [N] whether an event is the first (or last) of its user with its item.
std::vector<bool> events_to_keep(const OrderedEvents& events, Repeats repeats, std::size_t items) {
  std::vector<bool> keep(events.size(), false);
  LastOwner owners(items);
  for (std::uint32_t u = 0; u < events.users(); ++u) {
    const std::size_t begin = events.offsets[u];
    const std::size_t end = events.offsets[u + 1];
    for (std::size_t step = 0; step < end - begin; ++step) {
      const std::size_t at = repeats == Repeats::kFirst ? begin + step : end - 1 - step;
      keep[at] = !owners.replace(events.item[at], u, 0);
    }
  }
  return keep;
}

template <class T>
void compact(std::vector<T>& column, const std::vector<bool>& keep) {
  if (column.empty()) return;
  std::size_t kept = 0;
  for (std::size_t at = 0; at < keep.size(); ++at) {
    if (keep[at]) column[kept++] = column[at];
  }
  column.resize(kept);
}

}  // namespace

OrderedEvents order_events(RawTables& raw) {
  OrderedEvents events = group_by_user(raw);
  if (!events.time.empty()) sort_by_time(events);
  return events;
}

RepeatCounts count_repeats(const OrderedEvents& events, std::size_t items) {
  RepeatCounts counts;
  LastOwner owners(items);
  for (std::uint32_t u = 0; u < events.users(); ++u) {
    for (std::size_t at = events.offsets[u]; at < events.offsets[u + 1]; ++at) {
      const auto before = owners.replace(events.item[at], u, static_cast<std::uint32_t>(at));
      if (!before) continue;
      ++counts.repeated;
      const bool same_time = events.time.empty() || events.time[at] == events.time[*before];
      const bool same_rating = events.rating.empty() || events.rating[at] == events.rating[*before];
      if (same_time && same_rating) ++counts.exact;
    }
  }
  return counts;
}

void drop_repeats(OrderedEvents& events, Repeats repeats, std::size_t items) {
  const std::vector<bool> keep = events_to_keep(events, repeats, items);
  compact(events.position, keep);
  compact(events.item, keep);
  compact(events.time, keep);
  compact(events.rating, keep);
  std::size_t at = 0;
  std::uint64_t kept = 0;
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (; at < events.offsets[u + 1]; ++at) kept += keep[at] ? 1 : 0;
    events.offsets[u + 1] = kept;
  }
}

}  // namespace motive
