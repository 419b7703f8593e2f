#include "framework/data/ordered_events.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

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

std::vector<bool> without_repeats(const OrderedEvents& events, Repeats rule, std::size_t items) {
  constexpr std::uint32_t kNobody = std::numeric_limits<std::uint32_t>::max();
  std::vector<std::uint32_t> last_user(items, kNobody);
  std::vector<bool> keep(events.size());
  for (std::uint32_t u = 0; u < events.users(); ++u) {
    const std::size_t begin = events.offsets[u];
    const std::size_t end = events.offsets[u + 1];
    for (std::size_t step = 0; step < end - begin; ++step) {
      const std::size_t at = rule == Repeats::kFirst ? begin + step : end - 1 - step;
      keep[at] = std::exchange(last_user[events.item[at]], u) != u;
    }
  }
  return keep;
}

std::vector<bool> without_duplicates(const OrderedEvents& events) {
  std::vector<bool> keep(events.size(), true);
  std::vector<std::uint32_t> tied;
  const auto rating = [&](std::uint32_t at) { return events.rating.empty() ? 0 : events.rating[at]; };
  const auto less = [&](std::uint32_t a, std::uint32_t b) {
    if (events.item[a] != events.item[b]) return events.item[a] < events.item[b];
    return rating(a) != rating(b) ? rating(a) < rating(b) : a < b;
  };
  for (std::size_t u = 0; u < events.users(); ++u) {
    const std::size_t user_end = events.offsets[u + 1];
    for (std::size_t begin = events.offsets[u], end = begin; begin < user_end; begin = end) {
      while (end < user_end && events.time[end] == events.time[begin]) ++end;
      if (end - begin < 2) continue;
      tied.resize(end - begin);
      std::iota(tied.begin(), tied.end(), static_cast<std::uint32_t>(begin));
      std::sort(tied.begin(), tied.end(), less);
      for (std::size_t i = 1; i < tied.size(); ++i) {
        const std::uint32_t a = tied[i - 1], b = tied[i];
        if (events.item[a] == events.item[b] && rating(a) == rating(b)) keep[b] = false;
      }
    }
  }
  return keep;
}

void keep_events(OrderedEvents& events, const std::vector<bool>& keep) {
  compact(events.position, keep);
  compact(events.item, keep);
  compact(events.time, keep);
  compact(events.rating, keep);
  std::size_t at = 0, users = 0;
  std::uint64_t kept = 0;
  for (std::size_t u = 0; u < events.users(); ++u) {
    const std::uint64_t before = kept;
    for (const std::size_t end = events.offsets[u + 1]; at < end; ++at) kept += keep[at] ? 1 : 0;
    if (kept == before) continue;
    events.user_rows[users] = events.user_rows[u];
    events.offsets[++users] = kept;
  }
  events.user_rows.resize(users);
  events.offsets.resize(users + 1);
}

}  // namespace motive
