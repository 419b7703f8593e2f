// From raw tables to the columns of a prepared folder.
#include <algorithm>
#include <numeric>

#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"
#include "framework/data/prepared.h"
#include "framework/data/prepared_format.h"
#include "framework/data/readers.h"
#include "framework/data/times.h"

namespace motive {
namespace {

/// Not a setting: everyone's item numbers are shuffled the same way.
constexpr std::uint64_t kPermutationSeed = 1;

/// Which events stay, in the order of the columns.
struct EventOrder {
  std::vector<std::uint64_t> offsets;    // [U+1]
  std::vector<std::uint32_t> events;     // [N] rows of the raw tables
  std::vector<std::uint32_t> user_rows;  // [U] rows of raw.users: those with events
};

/// By user (counting sort, which keeps the source's order), then inside each user by time.
EventOrder order_events(const RawTables& raw) {
  EventOrder order;
  std::vector<std::uint64_t> next(raw.users.size() + 1, 0);
  for (const std::uint32_t user : raw.event_user) ++next[user + 1];
  order.offsets.push_back(0);
  for (std::uint32_t row = 0; row < raw.users.size(); ++row) {
    if (next[row + 1] > 0) {
      order.user_rows.push_back(row);
      order.offsets.push_back(order.offsets.back() + next[row + 1]);
    }
    next[row + 1] += next[row];
  }
  order.events.resize(raw.size());
  for (std::size_t event = 0; event < raw.size(); ++event) {
    order.events[next[raw.event_user[event]]++] = static_cast<std::uint32_t>(event);
  }
  if (raw.event_time.empty()) return order;
  const auto earlier = [&](std::uint32_t a, std::uint32_t b) {
    return raw.event_time[a] != raw.event_time[b] ? raw.event_time[a] < raw.event_time[b] : a < b;
  };
  for (std::size_t u = 0; u + 1 < order.offsets.size(); ++u) {
    const auto begin = order.events.begin() + static_cast<std::ptrdiff_t>(order.offsets[u]);
    const auto end = order.events.begin() + static_cast<std::ptrdiff_t>(order.offsets[u + 1]);
    if (!std::is_sorted(begin, end, earlier)) std::sort(begin, end, earlier);
  }
  return order;
}

struct RepeatCounts {
  std::uint64_t repeated = 0;  // events whose user had that item in an earlier event
  std::uint64_t exact = 0;     // of these, with the same time and rating as the one before
};

RepeatCounts count_repeats(const RawTables& raw, const EventOrder& order) {
  constexpr std::uint32_t kNever = std::numeric_limits<std::uint32_t>::max();
  RepeatCounts counts;
  std::vector<std::uint32_t> user_of(raw.items.size(), kNever);   // who had the item last
  std::vector<std::uint32_t> event_of(raw.items.size(), kNever);  // in which event
  for (std::uint32_t u = 0; u + 1 < order.offsets.size(); ++u) {
    for (std::uint64_t at = order.offsets[u]; at < order.offsets[u + 1]; ++at) {
      const std::uint32_t event = order.events[at];
      const std::uint32_t item = raw.event_item[event];
      if (user_of[item] == u) {
        const std::uint32_t before = event_of[item];
        ++counts.repeated;
        const bool same_time =
            raw.event_time.empty() || raw.event_time[event] == raw.event_time[before];
        const bool same_rating =
            raw.event_rating.empty() || raw.event_rating[event] == raw.event_rating[before];
        if (same_time && same_rating) ++counts.exact;
      }
      user_of[item] = u;
      event_of[item] = event;
    }
  }
  return counts;
}

/// Keeps the first or the last event of each user and item, in order.
void drop_repeats(const RawTables& raw, Repeats repeats, EventOrder& order) {
  std::vector<std::uint32_t> user_of(raw.items.size(), std::numeric_limits<std::uint32_t>::max());
  std::vector<std::uint32_t> kept;
  kept.reserve(order.events.size());
  std::uint64_t begin = 0;
  for (std::uint32_t u = 0; u + 1 < order.offsets.size(); ++u) {
    const std::uint64_t end = order.offsets[u + 1];
    const auto first_kept = static_cast<std::ptrdiff_t>(kept.size());
    for (std::uint64_t step = 0; step < end - begin; ++step) {
      const std::uint64_t at = repeats == Repeats::kFirst ? begin + step : end - 1 - step;
      const std::uint32_t event = order.events[at];
      if (user_of[raw.event_item[event]] == u) continue;
      user_of[raw.event_item[event]] = u;
      kept.push_back(event);
    }
    if (repeats == Repeats::kLast) std::reverse(kept.begin() + first_kept, kept.end());
    begin = end;
    order.offsets[u + 1] = kept.size();
  }
  order.events = std::move(kept);
}

/// [I] the raw row of each item number.
std::vector<std::uint32_t> permute_items(std::size_t n) {
  std::vector<std::uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  Rng(kPermutationSeed, "data/item numbers").shuffle(std::span(rows));
  return rows;
}

/// Writes columns and remembers their sizes, by which a truncated folder is known.
class ColumnWriter {
 public:
  explicit ColumnWriter(const Path& folder) : folder_(folder) {}

  template <class T>
  Status write(const std::string& name, const std::vector<T>& values) {
    sizes_[name] = values.size() * sizeof(T);
    return write_column<T>(folder_ / name, values);
  }
  /// One value an event: value(row of the raw tables).
  template <class T, class F>
  Status gather(const std::string& name, const std::vector<std::uint32_t>& rows, F value) {
    std::vector<T> values(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) values[i] = value(rows[i]);
    return write(name, values);
  }
  template <class F>
  Status strings(const std::string& name, const std::vector<std::uint32_t>& rows, F text) {
    std::vector<std::uint64_t> offsets = {0};
    offsets.reserve(rows.size() + 1);
    std::vector<char> bytes;
    for (const std::uint32_t row : rows) {
      const std::string_view value = text(row);
      bytes.insert(bytes.end(), value.begin(), value.end());
      offsets.push_back(bytes.size());
    }
    MOTIVE_TRY(write(name + ".offsets.u64", offsets));
    return write(name + ".bytes", bytes);
  }
  Status table(const std::string& name, const RawTable& table,
               const std::vector<std::uint32_t>& rows) {
    MOTIVE_TRY(strings(name + ".id", rows, [&](std::uint32_t row) { return table.ids()[row]; }));
    for (const RawField& field : table.fields()) {
      MOTIVE_TRY(strings(name + "." + field.name(), rows,
                         [&](std::uint32_t row) { return field.get(row); }));
    }
    return {};
  }
  const Json& sizes() const { return sizes_; }

 private:
  Path folder_;
  Json sizes_ = Json::object();
};

std::int64_t whole_seconds(std::int64_t ticks, std::int64_t per_second) {
  return ticks / per_second - (ticks % per_second < 0 ? 1 : 0);
}

Json field_names(const RawTable& table) {
  Json names = Json::array();
  for (const RawField& field : table.fields()) names.push_back(field.name());
  return names;
}

Status write_columns(RawTables& raw, const EventOrder& order, ColumnWriter& out) {
  const auto item_rows = permute_items(raw.items.size());
  std::vector<ItemId> number_of(item_rows.size());
  for (std::size_t i = 0; i < item_rows.size(); ++i) number_of[item_rows[i]] = item_id(i);
  MOTIVE_TRY(out.write("events.offsets.u64", order.offsets));
  MOTIVE_TRY(out.gather<ItemId>("events.item.u32", order.events,
                                [&](std::uint32_t e) { return number_of[raw.event_item[e]]; }));
  if (raw.time_kind != TimeKind::kNone) {
    MOTIVE_TRY(out.gather<std::int64_t>("events.time.i64", order.events, [&](std::uint32_t e) {
      return whole_seconds(raw.event_time[e], raw.ticks_per_second);
    }));
  }
  if (raw.has_ratings) {
    MOTIVE_TRY(out.gather<float>("events.rating.f32", order.events,
                                 [&](std::uint32_t e) { return raw.event_rating[e]; }));
  }
  MOTIVE_TRY(out.gather<std::uint64_t>("events.position.u64", order.events,
                                       [](std::uint32_t e) { return e; }));
  MOTIVE_TRY(out.write("items.source_order.u32", item_rows));
  MOTIVE_TRY(out.table("items", raw.items, item_rows));
  return out.table("users", raw.users, order.user_rows);
}

std::string repeats_sentence(Repeats repeats, const RepeatCounts& counts) {
  const char* done = repeats == Repeats::kKeep    ? "all were kept"
                     : repeats == Repeats::kFirst ? "the first was kept"
                                                  : "the last was kept";
  return fmt::format("{} events repeat an item of their user ({} of them exactly); {}",
                     counts.repeated, counts.exact, done);
}

Json summary_of(const Descriptor& descriptor, const RawTables& raw, const EventOrder& order,
                Repeats repeats, const RepeatCounts& counts, const Json& report) {
  std::vector<bool> touched(raw.items.size(), false);
  for (const std::uint32_t event : order.events) touched[raw.event_item[event]] = true;
  const auto with_events =
      static_cast<std::uint64_t>(std::count(touched.begin(), touched.end(), true));
  const bool dropped = repeats != Repeats::kKeep;
  return {
      {"format", kPreparedFormat},
      {"dataset", descriptor.name},
      {"users", order.user_rows.size()},
      {"items", raw.items.size()},
      {"items_with_interactions", with_events},
      {"interactions", order.events.size()},
      {"repeats",
       {{"rule", repeats_name(repeats)}, {"repeated", counts.repeated}, {"exact", counts.exact}}},
      {"dropped",
       {{"repeats", dropped ? counts.repeated : 0},
        {"users_without_interactions", raw.users.size() - order.user_rows.size()}}},
      {"time", time_kind_name(raw.time_kind)},
      {"ratings", raw.has_ratings},
      {"fields", {{"items", field_names(raw.items)}, {"users", field_names(raw.users)}}},
      {"reading", report},
      {"warnings", raw.warnings}};
}

Status check_events(const RawTables& raw) {
  const bool times = raw.time_kind == TimeKind::kNone || raw.event_time.size() == raw.size();
  const bool ratings = !raw.has_ratings || raw.event_rating.size() == raw.size();
  if (!times || !ratings)
    return fail("raw tables: time_kind and has_ratings must be set before the first event");
  if (raw.size() == 0) return invalid("the data set has no interactions");
  return {};
}

}  // namespace

Status prepare(const Descriptor& descriptor, Repeats repeats, const Path& folder,
               Progress& progress) {
  RawTables raw;
  Json report = Json::object();
  if (descriptor.synthetic()) {
    progress.update(0, 1, "making the synthetic world");
    MOTIVE_TRY(generate_world(*descriptor.world, raw, folder / "truth"));
    report["events"] = raw.size();
  } else {
    MOTIVE_ASSIGN(const Path source, find_files(descriptor));
    MOTIVE_TRY(read_sources(descriptor, source, raw, report, progress));
  }
  MOTIVE_TRY(check_events(raw));
  progress.update(0, 0, "ordering");
  EventOrder order = order_events(raw);
  std::vector<std::uint32_t>().swap(raw.event_user);
  const RepeatCounts counts = count_repeats(raw, order);
  if (counts.repeated > 0) {
    raw.warnings.push_back(repeats_sentence(repeats, counts));
    if (repeats != Repeats::kKeep) drop_repeats(raw, repeats, order);
  }
  progress.update(0, 0, "writing");
  ColumnWriter out(folder);
  MOTIVE_TRY(write_columns(raw, order, out));
  Json summary = summary_of(descriptor, raw, order, repeats, counts, report);
  summary["columns"] = out.sizes();
  return write_file_synced(folder / "prepared.json", summary.dump(1) + "\n");
}

}  // namespace motive
