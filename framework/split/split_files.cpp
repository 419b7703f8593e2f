#include "framework/split/split_files.h"

#include "framework/base/mapped_file.h"

namespace motive {
namespace {

Status write_queries(const QueryLists& queries, const Path& folder, const std::string& set) {
  MOTIVE_TRY(write_column<std::uint32_t>(folder / (set + ".user.u32"), queries.users));
  MOTIVE_TRY(write_column<std::uint64_t>(folder / (set + ".target.offsets.u64"), queries.target_offsets));
  MOTIVE_TRY(write_column<std::uint32_t>(folder / (set + ".target.event.u32"), queries.targets));
  MOTIVE_TRY(write_column<std::uint64_t>(folder / (set + ".history.offsets.u64"), queries.history_offsets));
  return write_column<std::uint32_t>(folder / (set + ".history.event.u32"), queries.history);
}

template <class T>
Status read_vector(const Path& file, std::vector<T>& out) {
  MOTIVE_ASSIGN(const auto column, Column<T>::open(file));
  out.assign(column.view().begin(), column.view().end());
  return {};
}

Status read_queries(const Path& folder, const std::string& set, QueryLists& queries) {
  MOTIVE_TRY(read_vector(folder / (set + ".user.u32"), queries.users));
  MOTIVE_TRY(read_vector(folder / (set + ".target.offsets.u64"), queries.target_offsets));
  MOTIVE_TRY(read_vector(folder / (set + ".target.event.u32"), queries.targets));
  MOTIVE_TRY(read_vector(folder / (set + ".history.offsets.u64"), queries.history_offsets));
  return read_vector(folder / (set + ".history.event.u32"), queries.history);
}

}  // namespace

void QueryLists::add(std::uint32_t user, std::span<const std::uint32_t> target_events,
                     std::span<const std::uint32_t> history_events) {
  users.push_back(user);
  targets.insert(targets.end(), target_events.begin(), target_events.end());
  target_offsets.push_back(targets.size());
  history.insert(history.end(), history_events.begin(), history_events.end());
  history_offsets.push_back(history.size());
}

Status write_split_lists(const SplitLists& lists, const Path& folder) {
  MOTIVE_TRY(write_column<std::uint64_t>(folder / "train.offsets.u64", lists.train_offsets));
  MOTIVE_TRY(write_column<std::uint32_t>(folder / "train.event.u32", lists.train));
  MOTIVE_TRY(write_queries(lists.valid, folder, "valid"));
  return write_queries(lists.test, folder, "test");
}

Result<SplitLists> read_split_lists(const Path& folder) {
  SplitLists lists;
  MOTIVE_TRY(read_vector(folder / "train.offsets.u64", lists.train_offsets));
  MOTIVE_TRY(read_vector(folder / "train.event.u32", lists.train));
  MOTIVE_TRY(read_queries(folder, "valid", lists.valid));
  MOTIVE_TRY(read_queries(folder, "test", lists.test));
  return lists;
}

}  // namespace motive
