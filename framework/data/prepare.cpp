// From raw tables to the columns of a prepared folder.
#include <algorithm>
#include <numeric>

#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"
#include "framework/data/ordered_events.h"
#include "framework/data/prepared.h"
#include "framework/data/prepared_format.h"
#include "framework/data/readers.h"
#include "framework/data/times.h"

namespace motive {
namespace {

/// Not a setting: everyone's item numbers are shuffled the same way.
constexpr std::uint64_t kPermutationSeed = 1;

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

Status write_columns(const RawTables& raw, OrderedEvents& events, ColumnWriter& out) {
  const auto item_rows = permute_items(raw.items.size());
  std::vector<std::uint32_t> number_of(item_rows.size());
  for (std::size_t i = 0; i < item_rows.size(); ++i)
    number_of[item_rows[i]] = static_cast<std::uint32_t>(i);
  MOTIVE_TRY(write_events(events, number_of, raw, out));
  MOTIVE_TRY(out.write("items.source_order.u32", item_rows));
  MOTIVE_TRY(out.table("items", raw.items, item_rows));
  return out.table("users", raw.users, events.user_rows);
}

std::string repeats_sentence(Repeats repeats, const RepeatCounts& counts) {
  const char* done = repeats == Repeats::kKeep    ? "all were kept"
                     : repeats == Repeats::kFirst ? "the first was kept"
                                                  : "the last was kept";
  return fmt::format("{} events repeat an item of their user ({} of them exactly); {}",
                     counts.repeated, counts.exact, done);
}

Json summary_of(const Descriptor& descriptor, const RawTables& raw, const OrderedEvents& events,
                Repeats repeats, const RepeatCounts& counts, const Json& report) {
  std::vector<bool> touched(raw.items.size(), false);
  for (const std::uint32_t item : events.item) touched[item] = true;
  const auto with_events =
      static_cast<std::uint64_t>(std::count(touched.begin(), touched.end(), true));
  const bool dropped = repeats != Repeats::kKeep;
  return {
      {"format", kPreparedFormat},
      {"dataset", descriptor.name},
      {"users", events.users()},
      {"items", raw.items.size()},
      {"items_with_interactions", with_events},
      {"interactions", events.size()},
      {"repeats",
       {{"rule", repeats_name(repeats)}, {"repeated", counts.repeated}, {"exact", counts.exact}}},
      {"dropped",
       {{"repeats", dropped ? counts.repeated : 0},
        {"users_without_interactions", raw.users.size() - events.users()}}},
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
  OrderedEvents events = order_events(raw);
  const RepeatCounts counts = count_repeats(events, raw.items.size());
  if (counts.repeated > 0) {
    raw.warnings.push_back(repeats_sentence(repeats, counts));
    if (repeats != Repeats::kKeep) drop_repeats(events, repeats, raw.items.size());
  }
  Json summary = summary_of(descriptor, raw, events, repeats, counts, report);
  progress.update(0, 0, "writing");
  ColumnWriter out(folder);
  MOTIVE_TRY(write_columns(raw, events, out));
  summary["columns"] = out.sizes();
  return write_file_synced(folder / "prepared.json", summary.dump(1) + "\n");
}

}  // namespace motive
