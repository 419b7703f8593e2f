#include "framework/data/prepared.h"

#include <algorithm>

#include "framework/base/mapped_file.h"
#include "framework/data/prepared_format.h"

namespace motive {

struct PreparedData::State {
  /// A column of strings and what keeps it alive.
  struct Strings {
    Column<std::uint64_t> offsets;
    MappedFile bytes;
    StringsView view() const { return {offsets.view(), bytes.text()}; }
  };

  Path folder;
  Json summary;
  TimeKind time_kind = TimeKind::kNone;
  Column<std::uint64_t> offsets;
  Column<ItemId> item;
  Column<std::int64_t> time;
  Column<float> rating;
  Column<std::uint64_t> position;
  Column<std::uint32_t> source_order;
  std::vector<std::unique_ptr<Strings>> strings;
  EventsView events;
  Catalogue items;
  UserTable users;

  Error broken(const std::string& reason) const {
    return fail("{}: not a whole prepared data set: {}; remove the folder, it will be made again",
                folder.string(), reason);
  }
  Status read_summary();
  Status check_sizes() const;
  template <class T>
  Status open_column(const std::string& name, std::size_t size, Column<T>& column) const;
  Result<StringsView> open_strings(const std::string& name, std::size_t size);
  Result<TableView> open_table(const std::string& name, std::size_t rows);
  Status open_events();
};

namespace {

/// Rising from 0 to `last`.
bool are_offsets(std::span<const std::uint64_t> offsets, std::uint64_t last) {
  return !offsets.empty() && offsets.front() == 0 && offsets.back() == last &&
         std::is_sorted(offsets.begin(), offsets.end());
}

}  // namespace

Status PreparedData::State::read_summary() {
  std::error_code code;
  if (!std::filesystem::is_regular_file(folder / "prepared.json", code))
    return broken("it has no prepared.json");
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "prepared.json"));
  summary = Json::parse(text, nullptr, false);
  if (!summary.is_object()) return broken("prepared.json is not a JSON object");
  const Json format = summary.value("format", Json());
  if (format != kPreparedFormat) {
    return broken(
        fmt::format("its format is {}, this version reads {}", format.dump(), kPreparedFormat));
  }
  for (const char* key : {"users", "items", "interactions"}) {
    const auto found = summary.find(key);
    if (found == summary.end() || !found->is_number_unsigned()) {
      return broken(fmt::format("prepared.json does not state the number of {}", key));
    }
  }
  const Json kind_name = summary.value("time", Json());
  for (const TimeKind kind : {TimeKind::kNone, TimeKind::kAbsolute, TimeKind::kRelative}) {
    if (kind_name == time_kind_name(kind)) {
      time_kind = kind;
      return {};
    }
  }
  return broken("prepared.json does not state the kind of its times");
}

Status PreparedData::State::check_sizes() const {
  const auto columns = summary.find("columns");
  if (columns == summary.end() || !columns->is_object())
    return broken("prepared.json does not list its columns");
  for (const auto& [name, size] : columns->items()) {
    std::error_code code;
    const auto actual = std::filesystem::file_size(folder / name, code);
    if (code) return broken(fmt::format("{} is missing", name));
    if (!size.is_number_unsigned() || actual != size.get<std::uint64_t>()) {
      return broken(
          fmt::format("{} has {} bytes, prepared.json says {}", name, actual, size.dump()));
    }
  }
  return {};
}

template <class T>
Status PreparedData::State::open_column(const std::string& name, std::size_t size,
                                        Column<T>& column) const {
  if (!summary.at("columns").contains(name))
    return broken(fmt::format("prepared.json does not list {}", name));
  MOTIVE_ASSIGN(column, Column<T>::open(folder / name));
  if (column.size() != size)
    return broken(fmt::format("{} has {} values, {} were expected", name, column.size(), size));
  return {};
}

Result<StringsView> PreparedData::State::open_strings(const std::string& name, std::size_t size) {
  auto column = std::make_unique<Strings>();
  MOTIVE_TRY(open_column(name + ".offsets.u64", size + 1, column->offsets));
  MOTIVE_ASSIGN(column->bytes, MappedFile::open(folder / (name + ".bytes")));
  if (!are_offsets(column->offsets.view(), column->bytes.bytes().size())) {
    return broken(fmt::format("{}.offsets.u64 does not fit {}.bytes", name, name));
  }
  const StringsView view = column->view();
  strings.push_back(std::move(column));
  return view;
}

Result<TableView> PreparedData::State::open_table(const std::string& name, std::size_t rows) {
  MOTIVE_ASSIGN(const StringsView ids, open_strings(name + ".id", rows));
  std::vector<std::pair<std::string, StringsView>> fields;
  const Json names = summary.value("fields", Json::object());
  if (!names.is_object() || !names.contains(name) || !names[name].is_array()) {
    return broken(fmt::format("prepared.json does not list the fields of {}", name));
  }
  for (const Json& field : names[name]) {
    if (!field.is_string()) return broken("a name of a field is not a string");
    MOTIVE_ASSIGN(const StringsView column,
                  open_strings(name + "." + field.get<std::string>(), rows));
    fields.emplace_back(field.get<std::string>(), column);
  }
  return TableView(ids, std::move(fields));
}

Status PreparedData::State::open_events() {
  const std::size_t n = summary.at("interactions");
  const std::size_t n_users = summary.at("users");
  const std::size_t n_items = summary.at("items");
  MOTIVE_TRY(open_column("events.offsets.u64", n_users + 1, offsets));
  MOTIVE_TRY(open_column("events.item.u32", n, item));
  MOTIVE_TRY(open_column("events.position.u64", n, position));
  MOTIVE_TRY(open_column("items.source_order.u32", n_items, source_order));
  if (time_kind != TimeKind::kNone) MOTIVE_TRY(open_column("events.time.i64", n, time));
  const Json ratings = summary.value("ratings", Json());
  if (!ratings.is_boolean()) return broken("prepared.json does not say whether there are ratings");
  if (ratings) MOTIVE_TRY(open_column("events.rating.f32", n, rating));
  if (!are_offsets(offsets.view(), n)) return broken("events.offsets.u64 does not fit the events");
  // Everyone indexes by item: a number out of bounds must end here.
  std::uint32_t largest = 0;
  for (const ItemId id : item.view()) largest = std::max(largest, static_cast<std::uint32_t>(id));
  if (n > 0 && largest >= n_items)
    return broken(fmt::format("events.item.u32 names item {} of {}", largest, n_items));
  events = {offsets.view(), item.view(), time.view(), rating.view()};
  return {};
}

Result<PreparedData> PreparedData::open(const Path& folder) {
  auto state = std::make_shared<State>();
  state->folder = folder;
  MOTIVE_TRY(state->read_summary());
  MOTIVE_TRY(state->check_sizes());
  MOTIVE_TRY(state->open_events());
  MOTIVE_ASSIGN(state->items, state->open_table("items", state->summary.at("items")));
  MOTIVE_ASSIGN(state->users, state->open_table("users", state->summary.at("users")));
  PreparedData data;
  data.state_ = std::move(state);
  return data;
}

const EventsView& PreparedData::events() const { return state_->events; }
std::span<const std::uint64_t> PreparedData::positions() const { return state_->position.view(); }
const Catalogue& PreparedData::items() const { return state_->items; }
const UserTable& PreparedData::users() const { return state_->users; }
std::span<const std::uint32_t> PreparedData::item_source_order() const {
  return state_->source_order.view();
}
TimeKind PreparedData::time_kind() const { return state_->time_kind; }
const Json& PreparedData::summary() const { return state_->summary; }

}  // namespace motive
