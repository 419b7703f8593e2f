#include "framework/split/leave_one_out.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "framework/base/rng.h"
#include "framework/split/certificate.h"
#include "framework/split/split_files.h"

namespace motive {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kMinimumEvents = 3;  // one to train on, one to validate, the target

/// The user's events as numbers, tied ones reshuffled where an order seed asks for it.
void ordered_events(const EventsView& events, UserId user, const std::optional<std::uint64_t>& order_seed,
                    std::vector<std::uint32_t>& out) {
  out.resize(events.end(user) - events.begin(user));
  std::iota(out.begin(), out.end(), static_cast<std::uint32_t>(events.begin(user)));
  if (!order_seed) return;
  Rng rng(*order_seed, "order of tied events", index(user));
  for (std::size_t first = 0; first < out.size();) {
    std::size_t last = first + 1;
    while (last < out.size() && events.times[out[last]] == events.times[out[first]]) ++last;
    rng.shuffle(std::span(out).subspan(first, last - first));
    first = last;
  }
}

/// Place of the target in the user's ordered events, or kNone.
std::size_t find_target(const EventsView& events, std::span<const std::uint32_t> ordered,
                        const LeaveOneOutOptions& options) {
  if (ordered.empty()) return kNone;
  if (options.rule == TargetRule::kLast) return ordered.size() - 1;
  std::size_t best = kNone;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const float rating = events.ratings[ordered[i]];
    const bool qualifies = options.rule == TargetRule::kLastRatedAbove
                               ? static_cast<double>(rating) > options.rating
                               : best == kNone || rating >= events.ratings[ordered[best]];  // ties to the latest
    if (qualifies) best = i;
  }
  return best;
}

std::string describe(const LeaveOneOutOptions& options) {
  switch (options.rule) {
    case TargetRule::kLast: return "the target is the user's last event";
    case TargetRule::kLastRatedAbove:
      return fmt::format("the target is the user's last event rated above {}", options.rating);
    case TargetRule::kHighestRated: return "the target is the user's highest rated event (ties: the latest)";
  }
  return {};
}

Status check(const PreparedData& data, const LeaveOneOutOptions& options) {
  if (options.rule != TargetRule::kLast && data.events().ratings.empty()) {
    return invalid("split: this data set has no ratings, which the target rule needs; use `target: {{rule: last}}`");
  }
  if (options.order_seed && data.time_kind() == TimeKind::kNone) {
    return invalid("seeds.order: this data set has no timestamps, so no events are tied; leave seeds.order out");
  }
  if (data.events().size() > std::numeric_limits<std::uint32_t>::max()) {
    return invalid("split: {} events; at most 4,294,967,295 are supported", data.events().size());
  }
  return {};
}

}  // namespace

Status make_leave_one_out(const PreparedData& data, const LeaveOneOutOptions& options, const Path& folder) {
  MOTIVE_TRY(check(data, options));
  const EventsView& events = data.events();
  SplitLists lists;
  SplitFacts facts{.definition = "leave-one-out: " + describe(options) + "; validation: the event before it"};
  std::vector<std::uint32_t> ordered;
  for (std::size_t u = 0; u < events.users(); ++u) {
    ordered_events(events, user_id(u), options.order_seed, ordered);
    const std::size_t target = find_target(events, ordered, options);
    const bool tested = target != kNone && target + 1 >= kMinimumEvents;
    if (!tested) {
      lists.train.insert(lists.train.end(), ordered.begin(), ordered.end());
      ++(target == kNone ? facts.users_without_target : facts.users_too_short);
    } else {
      const std::span<const std::uint32_t> all(ordered);
      lists.train.insert(lists.train.end(), ordered.begin(), ordered.begin() + static_cast<std::ptrdiff_t>(target - 1));
      lists.valid.add(static_cast<std::uint32_t>(u), all.subspan(target - 1, 1), all.first(target - 1));
      lists.test.add(static_cast<std::uint32_t>(u), all.subspan(target, 1), all.first(target));
      facts.events_after_target += ordered.size() - target - 1;
    }
    lists.train_offsets.push_back(lists.train.size());
  }
  if (lists.test.users.empty()) {
    return invalid("split: no user has a target with at least two events before it; {} users have no event that the "
                   "rule accepts, {} have too few events. Use another rule or other data",
                   facts.users_without_target, facts.users_too_short);
  }
  MOTIVE_TRY(write_split_lists(lists, folder));
  return write_certificate(data, facts, folder);
}

}  // namespace motive
