#pragma once
// Purpose: which of a user's events is to be predicted. Complexity: O(events of the user).

#include <limits>

#include "framework/split/split_files.h"

namespace motive {

enum class TargetRule {
  kLast,            // the last one
  kLastRatedAbove,  // the last one rated above `rating`
  kHighestRated,    // the highest rated one, ties to the latest
  kNext,            // the first one
  kNextRatedAbove,  // the first one rated above `rating`
};

struct Target {
  TargetRule rule = TargetRule::kLast;
  double rating = 0;  // strictly above
  bool needs_ratings() const { return rule != TargetRule::kLast && rule != TargetRule::kNext; }
};

inline constexpr std::size_t kNoTarget = std::numeric_limits<std::size_t>::max();

/// Place of the target among the row's events for which accept(place) holds, or kNoTarget.
template <class Accept>
std::size_t find_target(const EventsView& events, std::span<const std::uint32_t> row, const Target& target,
                        const Accept& accept) {
  const bool first = target.rule == TargetRule::kNext || target.rule == TargetRule::kNextRatedAbove;
  const bool above = target.rule == TargetRule::kLastRatedAbove || target.rule == TargetRule::kNextRatedAbove;
  std::size_t best = kNoTarget;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (!accept(i)) continue;
    if (above && !(static_cast<double>(events.ratings[row[i]]) > target.rating)) continue;
    if (first) return i;
    const bool lower = target.rule == TargetRule::kHighestRated && best != kNoTarget &&
                       events.ratings[row[i]] < events.ratings[row[best]];
    if (!lower) best = i;
  }
  return best;
}

/// "last", "last_rated_above", ...: the words of experiment files.
std::string target_rule_name(TargetRule rule);
/// "the user's last event rated above 3".
std::string describe_target(const Target& target, const std::string& event = "event");
/// kInvalid where the rule needs ratings and there are none.
Status check_target(const PreparedData& data, const Target& target);

}  // namespace motive
