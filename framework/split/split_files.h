#pragma once
// Purpose: what a splitter hands over, and its files. A splitter decides on lists of events; writing
// them, checking them against the split's promise and certifying are the same for all splits.
// An "event" is an index into the prepared events; rows of a user are in the protocol's order.

#include <optional>

#include "framework/split/split.h"

namespace motive {

/// A row of events for each user. offsets [U+1].
struct EventLists {
  std::vector<std::uint64_t> offsets{0};
  std::vector<std::uint32_t> events;

  void add_row(std::span<const std::uint32_t> row);
  std::span<const std::uint32_t> row(std::size_t user) const {
    return std::span(events).subspan(offsets[user], offsets[user + 1] - offsets[user]);
  }
  std::size_t rows() const { return offsets.size() - 1; }
};

/// Queries by event numbers, ascending by user.
struct QueryLists {
  std::vector<std::uint32_t> users;
  EventLists targets, history;
  /// Earlier events that the split hides: never shown, masked in full ranking like the history.
  EventLists hidden;

  std::size_t size() const { return users.size(); }
  void add(std::uint32_t user, std::span<const std::uint32_t> target_events,
           std::span<const std::uint32_t> history_events, std::span<const std::uint32_t> hidden_events = {});
};

/// Users or items that contribute no event to training, ascending.
struct ColdLists {
  std::vector<std::uint32_t> users, items;
};

struct SplitLists {
  EventLists train;  // what a fit sees that selects on validation, and every fit with `refit: none`
  EventLists refit;  // what a fit sees with `refit: train_valid`
  QueryLists valid, test;
  /// Item-cold splits only: a warm target for each user of `valid` and `test` that has one, so that
  /// a mixed pool can be reported with both.
  QueryLists valid_warm, test_warm;
  ColdLists valid_cold, cold;
  /// Only the last so many visible events are shown (the others are masked all the same).
  std::optional<std::uint32_t> shown;
};

/// What only the splitter knows.
struct SplitClaims {
  std::string definition;                                     // one line, for people; says what a refit sees
  std::vector<std::pair<std::string, std::uint64_t>> untested;  // reason, users
  OrderedJson details = OrderedJson::object();                // of this type of split: name -> value
  bool cold_users = false, cold_items = false;                // promised: all test users, all targets are cold
  bool global_time = false;                                   // promised: no training event after a target
  bool source_order = true;    // rows and histories are in the order of the prepared events
  bool earlier_history = true;  // promised: histories end before their targets
};

struct MadeSplit {
  SplitLists lists;
  SplitClaims claims;
};

/// Writes the files, reads them again, checks the promise and writes the certificate. `folder` exists.
Status write_split(const PreparedData& data, const MadeSplit& made, const Path& folder);

Status write_split_lists(const SplitLists& lists, const Path& folder);
Result<SplitLists> read_split_lists(const Path& folder);
/// The files of a split that are there, for its certificate.
std::vector<std::string> split_file_names(const Path& folder);

}  // namespace motive
