// From raw tables to the columns of a prepared folder.
#include <algorithm>
#include <numeric>

#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"
#include "framework/data/filter_events.h"
#include "framework/data/prepared.h"
#include "framework/data/prepared_format.h"
#include "framework/data/readers.h"
#include "framework/data/times.h"

namespace motive {
namespace {

/// Not a setting: everyone's item numbers are shuffled the same way.
constexpr std::uint64_t kPermutationSeed = 1;

/// [rows] the items that have events.
std::vector<bool> items_with_events(const OrderedEvents& events, std::size_t rows) {
  std::vector<bool> touched(rows, false);
  for (const std::uint32_t item : events.item) touched[item] = true;
  return touched;
}

/// [I] the raw row of each item number. What the filters took all events of is no longer in the
/// catalogue, nor what lacks a required field; items that nobody touched in the source stay.
std::vector<std::uint32_t> permute_items(const RawTables& raw, const std::vector<bool>& touched_before,
                                         const std::vector<bool>& touched, const FilterOptions& filters) {
  std::vector<std::uint32_t> rows(raw.items.size());
  std::iota(rows.begin(), rows.end(), 0u);
  Rng(kPermutationSeed, "data/item numbers").shuffle(std::span(rows));
  std::vector<const RawField*> required;
  for (const RawField& field : raw.items.fields()) {
    if (std::find(filters.require.begin(), filters.require.end(), field.name()) != filters.require.end())
      required.push_back(&field);
  }
  std::erase_if(rows, [&](std::uint32_t row) {
    if (touched_before[row]) return !touched[row];
    return std::any_of(required.begin(), required.end(), [&](const RawField* field) { return field->get(row).empty(); });
  });
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

/// Turns rows into item numbers and ticks into seconds on the way.
Status write_events(OrderedEvents& events, const std::vector<std::uint32_t>& number_of,
                    const RawTables& raw, ColumnWriter& out) {
  MOTIVE_TRY(out.write("events.offsets.u64", events.offsets));
  for (std::uint32_t& item : events.item) item = number_of[item];
  MOTIVE_TRY(out.write("events.item.u32", events.item));
  if (raw.time_kind != TimeKind::kNone) {
    for (std::int64_t& time : events.time) time = whole_seconds(time, raw.ticks_per_second);
    MOTIVE_TRY(out.write("events.time.i64", events.time));
  }
  if (raw.has_ratings) MOTIVE_TRY(out.write("events.rating.f32", events.rating));
  const std::vector<std::uint64_t> position(events.position.begin(), events.position.end());
  return out.write("events.position.u64", position);
}

Status write_columns(const RawTables& raw, const std::vector<std::uint32_t>& item_rows, OrderedEvents& events,
                     ColumnWriter& out) {
  std::vector<std::uint32_t> number_of(raw.items.size());
  for (std::size_t i = 0; i < item_rows.size(); ++i)
    number_of[item_rows[i]] = static_cast<std::uint32_t>(i);
  MOTIVE_TRY(write_events(events, number_of, raw, out));
  MOTIVE_TRY(out.write("items.source_order.u32", item_rows));
  MOTIVE_TRY(out.table("items", raw.items, item_rows));
  return out.table("users", raw.users, events.user_rows);
}

/// What the source repeats, before any filter: exact duplicates told apart from other repeats.
struct RepeatCounts {
  std::uint64_t repeated = 0, exact = 0;
};

RepeatCounts count_repeats(const OrderedEvents& events, std::size_t items) {
  const auto dropped = [](const std::vector<bool>& keep) {
    return static_cast<std::uint64_t>(std::count(keep.begin(), keep.end(), false));
  };
  RepeatCounts counts;
  counts.repeated = dropped(without_repeats(events, Repeats::kFirst, items));
  if (!events.time.empty()) counts.exact = dropped(without_duplicates(events));
  counts.repeated -= counts.exact;  // a duplicate is a repeat: an earlier event has its item
  return counts;
}

/// What prepared.json says beside the columns' sizes.
struct Facts {
  std::uint64_t users_without_interactions = 0, items_dropped = 0, items_with_events = 0;
  RepeatCounts repeats;
  std::vector<FunnelLine> funnel;
};

Json summary_of(const Descriptor& descriptor, const RawTables& raw, const OrderedEvents& events,
                const FilterOptions& filters, const Facts& facts, const Json& report) {
  return {
      {"format", kPreparedFormat},
      {"dataset", descriptor.name},
      {"users", events.users()},
      {"items", raw.items.size() - facts.items_dropped},
      {"items_with_interactions", facts.items_with_events},
      {"interactions", events.size()},
      {"filters", filters_to_json(filters)},
      {"funnel", funnel_to_json(facts.funnel)},
      {"repeats", {{"repeated", facts.repeats.repeated}, {"exact", facts.repeats.exact}}},
      {"dropped",
       {{"users_without_interactions", facts.users_without_interactions}, {"items", facts.items_dropped}}},
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

Status prepare(const Descriptor& descriptor, const FilterOptions& filters, const Path& folder,
               Progress& progress, const CancelFlag* cancel) {
  MOTIVE_TRY(check_filters(filters, descriptor));
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
  MOTIVE_TRY(check_filters(filters, raw, descriptor.name));
  progress.update(0, 0, "ordering");
  OrderedEvents events = order_events(raw);
  Facts facts;
  facts.users_without_interactions = raw.users.size() - events.users();
  facts.repeats = count_repeats(events, raw.items.size());
  progress.update(0, 0, "filtering");
  const auto touched_before = items_with_events(events, raw.items.size());
  if (auto done = filter_events(filters, raw, events, facts.funnel, cancel); !done) {
    return Error{fmt::format("data set {}: {}", descriptor.name, done.error().message), done.error().kind};
  }
  const auto touched = items_with_events(events, raw.items.size());
  const auto item_rows = permute_items(raw, touched_before, touched, filters);
  facts.items_dropped = raw.items.size() - item_rows.size();
  facts.items_with_events = facts.funnel.back().items;
  Json summary = summary_of(descriptor, raw, events, filters, facts, report);
  progress.update(0, 0, "writing");
  ColumnWriter out(folder);
  MOTIVE_TRY(write_columns(raw, item_rows, events, out));
  summary["columns"] = out.sizes();
  return write_file_synced(folder / "prepared.json", summary.dump(1) + "\n");
}

}  // namespace motive
