#include "framework/split/split_files.h"

#include "framework/base/mapped_file.h"
#include "framework/split/certificate.h"

namespace motive {
namespace {

/// Every column of the lists with the name of its file: the one place that pairs them.
template <class Lists, class Visit>
Status each_column(Lists& lists, const Visit& visit) {
  const auto rows = [&](auto& list, const std::string& name) -> Status {
    MOTIVE_TRY(visit(list.offsets, name + ".offsets.u64"));
    return visit(list.events, name + ".event.u32");
  };
  const auto queries = [&](auto& set, const std::string& name) -> Status {
    MOTIVE_TRY(visit(set.users, name + ".user.u32"));
    MOTIVE_TRY(rows(set.targets, name + ".target"));
    MOTIVE_TRY(rows(set.history, name + ".history"));
    return rows(set.hidden, name + ".hidden");
  };
  MOTIVE_TRY(rows(lists.train, "train"));
  MOTIVE_TRY(rows(lists.refit, "refit"));
  MOTIVE_TRY(queries(lists.valid, "valid"));
  MOTIVE_TRY(queries(lists.test, "test"));
  MOTIVE_TRY(queries(lists.valid_warm, "valid_warm"));
  MOTIVE_TRY(queries(lists.test_warm, "test_warm"));
  MOTIVE_TRY(visit(lists.valid_cold.users, "valid_cold.user.u32"));
  MOTIVE_TRY(visit(lists.valid_cold.items, "valid_cold.item.u32"));
  MOTIVE_TRY(visit(lists.cold.users, "cold.user.u32"));
  return visit(lists.cold.items, "cold.item.u32");
}

constexpr const char* kShownFile = "shown.u32";  // one value, or absent

/// A column without a value has no file: most splits have no cold items, no warm targets, nothing hidden.
template <class T>
bool says_nothing(const std::vector<T>& column) {
  return column.empty() || (std::is_same_v<T, std::uint64_t> && column.size() == 1);  // offsets begin with 0
}

}  // namespace

void EventLists::add_row(std::span<const std::uint32_t> row) {
  events.insert(events.end(), row.begin(), row.end());
  offsets.push_back(events.size());
}

void QueryLists::add(std::uint32_t user, std::span<const std::uint32_t> target_events,
                     std::span<const std::uint32_t> history_events, std::span<const std::uint32_t> hidden_events) {
  users.push_back(user);
  targets.add_row(target_events);
  history.add_row(history_events);
  hidden.add_row(hidden_events);
}

Status write_split_lists(const SplitLists& lists, const Path& folder) {
  MOTIVE_TRY(each_column(lists, [&](const auto& column, const std::string& name) -> Status {
    if (says_nothing(column)) return {};
    return write_column(folder / name, std::span(column));
  }));
  if (!lists.shown) return {};
  return write_column(folder / kShownFile, std::span<const std::uint32_t>(&*lists.shown, 1));
}

Result<SplitLists> read_split_lists(const Path& folder) {
  SplitLists lists;
  MOTIVE_TRY(each_column(lists, [&](auto& column, const std::string& name) -> Status {
    using T = typename std::decay_t<decltype(column)>::value_type;
    if (!std::filesystem::exists(folder / name)) return {};
    MOTIVE_ASSIGN(const auto file, Column<T>::open(folder / name));
    column.assign(file.view().begin(), file.view().end());
    return {};
  }));
  if (!std::filesystem::exists(folder / kShownFile)) return lists;
  MOTIVE_ASSIGN(const auto shown, Column<std::uint32_t>::open(folder / kShownFile));
  if (!shown.empty()) lists.shown = shown[0];
  return lists;
}

std::vector<std::string> split_file_names(const Path& folder) {
  std::vector<std::string> names;
  SplitLists lists;
  (void)each_column(lists, [&](const auto&, const std::string& name) -> Status {
    if (std::filesystem::exists(folder / name)) names.push_back(name);
    return {};
  });
  if (std::filesystem::exists(folder / kShownFile)) names.push_back(kShownFile);
  return names;
}

Status write_split(const PreparedData& data, const MadeSplit& made, const Path& folder) {
  MOTIVE_TRY(write_split_lists(made.lists, folder));
  return write_certificate(data, made.claims, folder);
}

}  // namespace motive
