#include "framework/split/export.h"

#include "framework/split/split_files.h"

namespace motive {
namespace {

void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_event(std::string& out, const PreparedData& data, std::uint32_t user, std::uint32_t event) {
  const EventsView& events = data.events();
  append_field(out, data.users().id(user));
  out += ',';
  append_field(out, data.items().id(index(events.items[event])));
  out += ',';
  if (!events.ratings.empty()) out += fmt::format("{}", events.ratings[event]);
  out += ',';
  if (!events.times.empty()) out += fmt::format("{}", events.times[event]);
  out += '\n';
}

std::string rows(const PreparedData& data, std::span<const std::uint32_t> users, std::span<const std::uint64_t> offsets,
                 std::span<const std::uint32_t> events) {
  std::string out = "user,item,rating,timestamp\n";
  for (std::size_t r = 0; r + 1 < offsets.size(); ++r) {
    const auto user = users.empty() ? static_cast<std::uint32_t>(r) : users[r];
    for (std::uint64_t e = offsets[r]; e < offsets[r + 1]; ++e) append_event(out, data, user, events[e]);
  }
  return out;
}

}  // namespace

Status export_split(const Path& split_folder, const PreparedData& data, const Path& out) {
  MOTIVE_ASSIGN(const SplitLists lists, read_split_lists(split_folder));
  const auto& test = lists.test;
  MOTIVE_TRY(write_file_atomic(out / "train.csv", rows(data, {}, lists.train_offsets, lists.train)));
  MOTIVE_TRY(write_file_atomic(out / "valid.csv", rows(data, lists.valid.users, lists.valid.target_offsets, lists.valid.targets)));
  MOTIVE_TRY(write_file_atomic(out / "test.csv", rows(data, test.users, test.target_offsets, test.targets)));
  return write_file_atomic(out / "history.csv", rows(data, test.users, test.history_offsets, test.history));
}

}  // namespace motive
