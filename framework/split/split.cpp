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
bool fits(const EventLists& rows, std::size_t n_rows, std::size_t n_events) {
  const auto& offsets = rows.offsets;
  return offsets.size() == n_rows + 1 && offsets.front() == 0 && offsets.back() == rows.events.size() &&
         std::is_sorted(offsets.begin(), offsets.end()) &&
         std::all_of(rows.events.begin(), rows.events.end(), [&](std::uint32_t e) { return e < n_events; });
}

bool fits(const QueryLists& set, const EventsView& events) {
  const auto known = [&](std::uint32_t user) { return user < events.users(); };
  return std::all_of(set.users.begin(), set.users.end(), known) && fits(set.targets, set.size(), events.size()) &&
         fits(set.history, set.size(), events.size()) && fits(set.hidden, set.size(), events.size());
}

bool fits(const ColdLists& cold, const PreparedData& data) {
  const auto below = [](const std::vector<std::uint32_t>& ids, std::size_t n) { return ids.empty() || ids.back() < n; };
  return below(cold.users, data.events().users()) && below(cold.items, data.items().size());
}

Status check_lists(const SplitLists& lists, const PreparedData& data, const Path& folder) {
  const EventsView& events = data.events();
  if (fits(lists.train, events.users(), events.size()) && fits(lists.refit, events.users(), events.size()) &&
      fits(lists.valid, events) && fits(lists.test, events) && fits(lists.valid_warm, events) && fits(lists.test_warm, events) &&
      fits(lists.cold, data) && fits(lists.valid_cold, data)) {
    return {};
  }
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

EventsCopy copy_rows(const EventsView& events, const EventLists& rows) {
  EventsCopy copy = empty_copy(events, rows.events.size());
  for (std::size_t u = 0; u < rows.rows(); ++u) gather(events, rows.row(u), copy);
  return copy;
}

void add_mask(QuerySet& set, const EventsView& events, const QueryLists& lists, std::size_t q) {
  const std::size_t first = set.mask.size();
  for (const EventLists* rows : {&lists.history, &lists.hidden}) {
    for (const std::uint32_t event : rows->row(q)) set.mask.push_back(events.items[event]);
  }
  const auto begin = set.mask.begin() + static_cast<std::ptrdiff_t>(first);
  std::sort(begin, set.mask.end());
  set.mask.erase(std::unique(begin, set.mask.end()), set.mask.end());
  set.mask_offsets.push_back(set.mask.size());
}

/// withheld(event): whether the event stays out of visible histories (it is masked all the same).
/// shown: only the last so many of the visible events.
template <class Withheld>
QuerySet build_queries(const EventsView& events, const QueryLists& lists, std::optional<std::uint32_t> shown,
                       const Withheld& withheld) {
  QuerySet set;
  set.target_offsets = lists.targets.offsets;
  set.history_offsets.push_back(0);
  set.mask_offsets.push_back(0);
  std::vector<std::uint32_t> visible;
  for (std::size_t q = 0; q < lists.size(); ++q) {
    set.users.push_back(user_id(lists.users[q]));
    for (const std::uint32_t event : lists.targets.row(q)) set.targets.push_back(events.items[event]);
    visible.clear();
    for (const std::uint32_t event : lists.history.row(q)) {
      if (!withheld(event)) visible.push_back(event);
    }
    const std::size_t skipped = shown && visible.size() > *shown ? visible.size() - *shown : 0;
    for (const std::uint32_t event : std::span(visible).subspan(skipped)) {
      set.history.push_back(events.items[event]);
      if (!events.times.empty()) set.history_times.push_back(events.times[event]);
      if (!events.ratings.empty()) set.history_ratings.push_back(events.ratings[event]);
    }
    set.history_offsets.push_back(set.history.size());
    add_mask(set, events, lists, q);
  }
  return set;
}

}  // namespace

Result<Split> Split::open(const Path& folder, const PreparedData& prepared) {
  auto state = std::make_shared<State>(State{prepared, {}, {}});
  MOTIVE_ASSIGN(state->lists, read_split_lists(folder));
  MOTIVE_TRY(check_lists(state->lists, prepared, folder));
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "certificate.json"));
  state->certificate = Json::parse(text, nullptr, false);
  if (state->certificate.is_discarded()) return fail("{}: certificate.json is not JSON", folder.string());
  Split split;
  split.state_ = std::move(state);
  return split;
}

EventsCopy Split::train() const { return copy_rows(state_->prepared.events(), state_->lists.train); }

EventsCopy Split::train_and_valid() const { return copy_rows(state_->prepared.events(), state_->lists.refit); }

QuerySet Split::validation(TargetSet targets) const {
  const SplitLists& lists = state_->lists;
  return build_queries(state_->prepared.events(), targets == TargetSet::kWarm ? lists.valid_warm : lists.valid, lists.shown,
                       [](std::uint32_t) { return false; });
}

QuerySet Split::test(TestHistory history, TargetSet targets) const {
  const EventsView& events = state_->prepared.events();
  const SplitLists& lists = state_->lists;
  const QueryLists& queries = targets == TargetSet::kWarm ? lists.test_warm : lists.test;
  if (history == TestHistory::kTrainValid) {
    return build_queries(events, queries, lists.shown, [](std::uint32_t) { return false; });
  }
  std::vector<bool> withheld(events.size(), false);  // what joins training on refit
  for (const std::uint32_t event : lists.refit.events) withheld[event] = true;
  for (const std::uint32_t event : lists.train.events) withheld[event] = false;
  return build_queries(events, queries, lists.shown, [&](std::uint32_t event) { return withheld[event]; });
}

std::span<const std::uint32_t> Split::cold_items() const { return state_->lists.cold.items; }
std::span<const std::uint32_t> Split::validation_cold_items() const { return state_->lists.valid_cold.items; }

const Json& Split::certificate() const { return state_->certificate; }

}  // namespace motive
