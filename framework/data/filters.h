#pragma once
// Purpose: what is dropped before anything is split: the key `filters:` of an experiment, what can be
// refused before anything is read, and the funnel, which says what each step cost.
//
//   filters:
//     raw_count: {user: 5, item: 5}              # 1. users and items counted once, in the source as it is
//     duplicates: drop                           # 2. same user, item, time and rating
//     time_range: {from: 2013-01-01, to: 2014-06-30}   # 3.
//     min_rating: 4                              # 4.
//     require: [title]                           # 5. fields an item must have
//     repeats: first                             # 6. a user's repeated events with one item
//     min_item_events: 2                         # 7. one pass, not iterative
//     min_user_events: 2                         # 8. one pass, after the items
//     iterative_kcore: 5                         # 9. users and items until nothing changes
//     users: {sample: 2000, seed: 1}             # 10. of the users that are left, with all their events
//
// The steps run in this order, whatever the order in the file. Each counts events, not distinct items.
// Complexity: O(N log U) in all. Memory: one bit an event; k-core another 8 bytes an event while it
// runs. Determinism: nothing depends on threads; a sample depends on its seed and the source alone.
// Errors (kInvalid): a filter that the data cannot answer, before anything is read where the
// description shows it; a step that leaves no event, by name.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/config/table.h"
#include "framework/data/descriptor.h"

namespace motive {

struct RawTables;

/// What is done with a user's repeated interactions with one item.
enum class Repeats { kFirst, kLast, kKeep };
/// What is done with events that equal an earlier one in user, item, time and rating. Data without
/// times cannot tell them from repeats, and treats them as such.
enum class Duplicates { kDrop, kKeep };

/// `{user: 5, item: 3}`, or one number for both. 0: no minimum.
struct MinimumCounts {
  std::int64_t user = 0, item = 0;
  static const config::Table<MinimumCounts>& table();
};

/// ISO 8601, both inclusive, UTC where no zone is given; a date stands for its whole day.
struct TimeRange {
  std::string from, to;
  /// First tick inside and first tick behind; the extremes where a side is open.
  std::int64_t first_tick() const;
  std::int64_t end_tick() const;
  static const config::Table<TimeRange>& table();
};

struct UserSample {
  std::int64_t sample = 1000;
  std::uint64_t seed = 1;
  static const config::Table<UserSample>& table();
};

struct FilterOptions {
  std::optional<MinimumCounts> raw_count;
  Duplicates duplicates = Duplicates::kDrop;
  std::optional<TimeRange> time_range;
  std::optional<double> min_rating;
  std::vector<std::string> require;
  Repeats repeats = Repeats::kFirst;
  std::int64_t min_item_events = 0, min_user_events = 0;
  std::optional<MinimumCounts> iterative_kcore;
  std::optional<UserSample> users;

  /// Nothing is dropped.
  static FilterOptions none() {
    FilterOptions options;
    options.duplicates = Duplicates::kKeep;
    options.repeats = Repeats::kKeep;
    return options;
  }
  static const config::Table<FilterOptions>& table();
};

/// What differs from the defaults: part of a store key, and what one process hands to another.
Json filters_to_json(const FilterOptions& options);
Result<FilterOptions> filters_from_json(const Json& json);

/// What the description alone can refuse.
Status check_filters(const FilterOptions& options, const Descriptor& descriptor);
/// What is known for sure once the sources are read.
Status check_filters(const FilterOptions& options, const RawTables& raw, const std::string& dataset);

/// A line of the funnel: what was left after a step, of users and items those with events.
struct FunnelLine {
  std::string step;
  std::uint64_t events = 0, users = 0, items = 0;
};

Json funnel_to_json(const std::vector<FunnelLine>& funnel);
/// A table for people, a line a step, from prepared.json's `funnel`; "" where that is empty.
std::string funnel_text(const Json& funnel);
/// In one line: "198,502 events of the source; duplicates -27; min_user_events 5 -200". "" where
/// nothing was lost.
std::string funnel_sentence(const Json& funnel);

}  // namespace motive

namespace motive::config {
template <>
struct Custom<MinimumCounts> {
  static void parse(const Node& node, MinimumCounts& counts, const Scope& scope);
  static OrderedJson echo(const MinimumCounts& counts);
  static OrderedJson schema();
  static std::string name() { return "integer or map of user and item"; }
};
}  // namespace motive::config
