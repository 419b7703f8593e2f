#include "framework/split/promise.h"

#include <algorithm>

namespace motive {
namespace {

class Recount {
 public:
  Recount(const PreparedData& data, const SplitClaims& claims, const SplitLists& lists)
      : events_(data.events()), claims_(claims), lists_(lists) {}

  Broken run() {
    training(lists_.train, {&lists_.valid, &lists_.valid_warm, &lists_.test, &lists_.test_warm});
    training(lists_.refit, {&lists_.test, &lists_.test_warm});
    histories();
    cold_training(lists_.train, lists_.valid_cold);
    cold_training(lists_.train, lists_.cold);
    cold_training(lists_.refit, lists_.cold);
    // Told from the test queries, not from the list of what is cold.
    if (claims_.cold_users) broken_.warm_test_users += known_users(lists_.test, lists_.refit) + known_users(lists_.valid, lists_.train);
    if (claims_.cold_items) broken_.warm_targets += known_items(lists_.test, lists_.refit) + known_items(lists_.valid, lists_.train);
    if (claims_.global_time) broken_.late_training += later(lists_.refit, lists_.test) + later(lists_.train, lists_.valid);
    return broken_;
  }

 private:
  bool is_own(std::size_t user, std::uint32_t event) const {
    return event >= events_.offsets[user] && event < events_.offsets[user + 1];
  }

  void training(const EventLists& rows, std::initializer_list<const QueryLists*> held_out) {
    std::vector<std::uint8_t> mark(events_.size(), 0);
    for (const QueryLists* queries : held_out) {
      for (const std::uint32_t event : queries->targets.events) mark[event] = 1;
    }
    for (std::size_t u = 0; u < rows.rows(); ++u) {
      for (const std::uint32_t event : rows.row(u)) {
        broken_.held_out_in_training += mark[event] == 1;
        broken_.repeated_events += mark[event] == 2;
        broken_.foreign_events += !is_own(u, event);
        mark[event] = 2;
      }
    }
  }

  void histories() {
    std::vector<bool> target(events_.size(), false);
    for (const std::uint32_t event : lists_.test.targets.events) target[event] = true;
    for (const QueryLists* set : {&lists_.valid, &lists_.test, &lists_.valid_warm, &lists_.test_warm}) {
      for (std::size_t q = 0; q < set->size(); ++q) {
        for (const EventLists* shown : {&set->history, &set->hidden}) {
          for (const std::uint32_t event : shown->row(q)) {
            broken_.test_targets_in_histories += target[event];
            broken_.foreign_events += !is_own(set->users[q], event);
            if (claims_.earlier_history) late(*set, q, event);
          }
        }
        for (const std::uint32_t event : set->targets.row(q)) broken_.foreign_events += !is_own(set->users[q], event);
      }
    }
  }

  void late(const QueryLists& set, std::size_t q, std::uint32_t event) {
    for (const std::uint32_t target : set.targets.row(q)) {
      const bool later = claims_.source_order ? event >= target : events_.times[event] > events_.times[target];
      broken_.late_histories += later || event == target;
    }
  }

  void cold_training(const EventLists& rows, const ColdLists& cold) {
    for (const std::uint32_t user : cold.users) broken_.cold_user_events += rows.row(user).size();
    if (cold.items.empty()) return;
    std::vector<bool> is_cold(1 + *std::max_element(cold.items.begin(), cold.items.end()), false);
    for (const std::uint32_t item : cold.items) is_cold[item] = true;
    for (const std::uint32_t event : rows.events) {
      const std::size_t item = index(events_.items[event]);
      broken_.cold_item_events += item < is_cold.size() && is_cold[item];
    }
  }

  static std::uint64_t known_users(const QueryLists& queries, const EventLists& rows) {
    return static_cast<std::uint64_t>(
        std::count_if(queries.users.begin(), queries.users.end(), [&](std::uint32_t u) { return !rows.row(u).empty(); }));
  }

  std::uint64_t known_items(const QueryLists& queries, const EventLists& rows) const {
    std::vector<bool> trained;
    for (const std::uint32_t event : rows.events) {
      const std::size_t item = index(events_.items[event]);
      if (item >= trained.size()) trained.resize(item + 1, false);
      trained[item] = true;
    }
    return static_cast<std::uint64_t>(
        std::count_if(queries.targets.events.begin(), queries.targets.events.end(), [&](std::uint32_t event) {
          const std::size_t item = index(events_.items[event]);
          return item < trained.size() && trained[item];
        }));
  }

  /// Training events that are not before every target.
  std::uint64_t later(const EventLists& rows, const QueryLists& queries) const {
    if (queries.targets.events.empty()) return 0;
    std::int64_t first = events_.times[queries.targets.events.front()];
    for (const std::uint32_t event : queries.targets.events) first = std::min(first, events_.times[event]);
    return static_cast<std::uint64_t>(
        std::count_if(rows.events.begin(), rows.events.end(), [&](std::uint32_t e) { return events_.times[e] >= first; }));
  }

  const EventsView& events_;
  const SplitClaims& claims_;
  const SplitLists& lists_;
  Broken broken_;
};

}  // namespace

Broken recount(const PreparedData& data, const SplitClaims& claims, const SplitLists& lists) {
  return Recount(data, claims, lists).run();
}

Status check_promise(const Broken& b) {
  const std::pair<std::uint64_t, const char*> all[] = {
      {b.held_out_in_training, "held-out events stand in training"},
      {b.test_targets_in_histories, "test events stand in histories"},
      {b.foreign_events, "events stand in the row of another user"},
      {b.repeated_events, "events stand twice in training"},
      {b.late_histories, "events of histories are not before their targets"},
      {b.cold_user_events, "training events are of cold users"},
      {b.cold_item_events, "training events are of cold items"},
      {b.warm_test_users, "cold test users have training events"},
      {b.warm_targets, "cold targets have training events"},
      {b.late_training, "training events are not earlier than all targets"}};
  std::string text;
  for (const auto& [count, what] : all) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, what);
  }
  if (text.empty()) return {};
  return fail("the split broke its promise: {}; this is an error of the program, and no number of this split could be trusted", text);
}

}  // namespace motive
