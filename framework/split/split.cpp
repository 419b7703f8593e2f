#include "framework/split/split.h"

#include <algorithm>

#include "framework/split/split_files.h"

namespace motive {

struct Split::State {
  PreparedData prepared;
  SplitLists lists;
  Json certificate;
};

namespace {

/// Offsets must start at 0, never fall and end at n; numbers must be below their bound.
Status check_csr(std::span<const std::uint64_t> offsets, std::span<const std::uint32_t> events, std::size_t rows,
                 std::size_t n_events, const Path& folder) {
  const bool shaped = offsets.size() == rows + 1 && offsets.front() == 0 && offsets.back() == events.size() &&
                      std::is_sorted(offsets.begin(), offsets.end());
  const bool known = std::all_of(events.begin(), events.end(), [&](std::uint32_t e) { return e < n_events; });
  if (shaped && known) return {};
  return fail("{}: this split does not belong to this data (shapes differ); remove the folder, it will be made again",
              folder.string());
}

void gather(const EventsView& events, std::span<const std::uint32_t> numbers, EventsCopy& out) {
  for (const std::uint32_t event : numbers) {
    out.items.push_back(events.items[event]);
    if (!events.times.empty()) out.times.push_back(events.times[event]);
    if (!events.ratings.empty()) out.ratings.push_back(events.ratings[event]);
  }
  out.offsets.push_back(out.items.size());
}

EventsCopy empty_copy(const EventsView& events, std::size_t size) {
  EventsCopy copy;
  copy.offsets.reserve(events.users() + 1);
  copy.offsets.push_back(0);
  copy.items.reserve(size);
  if (!events.times.empty()) copy.times.reserve(size);
  if (!events.ratings.empty()) copy.ratings.reserve(size);
  return copy;
}

std::span<const std::uint32_t> row(std::span<const std::uint64_t> offsets, std::span<const std::uint32_t> values,
                                   std::size_t r) {
  return values.subspan(offsets[r], offsets[r + 1] - offsets[r]);
}

void add_mask(QuerySet& set, const EventsView& events, std::span<const std::uint32_t> history) {
  const std::size_t first = set.mask.size();
  for (const std::uint32_t event : history) set.mask.push_back(events.items[event]);
  const auto begin = set.mask.begin() + static_cast<std::ptrdiff_t>(first);
  std::sort(begin, set.mask.end());
  set.mask.erase(std::unique(begin, set.mask.end()), set.mask.end());
  set.mask_offsets.push_back(set.mask.size());
}

/// withheld(event): whether the event stays out of visible histories (it is masked all the same).
template <class Withheld>
QuerySet build_queries(const EventsView& events, const QueryLists& lists, const Withheld& withheld) {
  QuerySet set;
  set.target_offsets = lists.target_offsets;
  set.history_offsets.push_back(0);
  set.mask_offsets.push_back(0);
  for (std::size_t q = 0; q < lists.users.size(); ++q) {
    set.users.push_back(user_id(lists.users[q]));
    for (const std::uint32_t event : row(lists.target_offsets, lists.targets, q)) {
      set.targets.push_back(events.items[event]);
    }
    const auto history = row(lists.history_offsets, lists.history, q);
    for (const std::uint32_t event : history) {
      if (withheld(event)) continue;
      set.history.push_back(events.items[event]);
      if (!events.times.empty()) set.history_times.push_back(events.times[event]);
      if (!events.ratings.empty()) set.history_ratings.push_back(events.ratings[event]);
    }
    set.history_offsets.push_back(set.history.size());
    add_mask(set, events, history);
  }
  return set;
}

}  // namespace

Result<Split> Split::open(const Path& folder, const PreparedData& prepared) {
  auto state = std::make_shared<State>(State{prepared, {}, {}});
  MOTIVE_ASSIGN(state->lists, read_split_lists(folder));
  const SplitLists& lists = state->lists;
  const std::size_t n = prepared.events().size();
  MOTIVE_TRY(check_csr(lists.train_offsets, lists.train, prepared.events().users(), n, folder));
  for (const auto* queries : {&lists.valid, &lists.test}) {
    MOTIVE_TRY(check_csr(queries->target_offsets, queries->targets, queries->users.size(), n, folder));
    MOTIVE_TRY(check_csr(queries->history_offsets, queries->history, queries->users.size(), n, folder));
  }
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "certificate.json"));
  state->certificate = Json::parse(text, nullptr, false);
  if (state->certificate.is_discarded()) return fail("{}: certificate.json is not JSON", folder.string());
  Split split;
  split.state_ = std::move(state);
  return split;
}

EventsCopy Split::train() const {
  const EventsView& events = state_->prepared.events();
  const SplitLists& lists = state_->lists;
  EventsCopy copy = empty_copy(events, lists.train.size());
  for (std::size_t u = 0; u < events.users(); ++u) gather(events, row(lists.train_offsets, lists.train, u), copy);
  return copy;
}

EventsCopy Split::train_and_valid() const {
  const EventsView& events = state_->prepared.events();
  const SplitLists& lists = state_->lists;
  EventsCopy copy = empty_copy(events, lists.train.size() + lists.valid.targets.size());
  std::vector<std::uint32_t> merged;
  std::size_t q = 0;  // validation queries are in the order of users
  for (std::size_t u = 0; u < events.users(); ++u) {
    const auto train = row(lists.train_offsets, lists.train, u);
    merged.assign(train.begin(), train.end());
    if (q < lists.valid.users.size() && lists.valid.users[q] == u) {
      const auto valid = row(lists.valid.target_offsets, lists.valid.targets, q++);
      merged.insert(merged.end(), valid.begin(), valid.end());
    }
    gather(events, merged, copy);
  }
  return copy;
}

QuerySet Split::validation() const {
  return build_queries(state_->prepared.events(), state_->lists.valid, [](std::uint32_t) { return false; });
}

QuerySet Split::test(TestHistory history) const {
  const EventsView& events = state_->prepared.events();
  if (history == TestHistory::kTrainValid) {
    return build_queries(events, state_->lists.test, [](std::uint32_t) { return false; });
  }
  std::vector<std::uint32_t> valid = state_->lists.valid.targets;
  std::sort(valid.begin(), valid.end());
  return build_queries(events, state_->lists.test, [&](std::uint32_t event) {
    return std::binary_search(valid.begin(), valid.end(), event);
  });
}

const Json& Split::certificate() const { return state_->certificate; }

}  // namespace motive
