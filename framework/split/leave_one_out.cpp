#include "framework/split/leave_one_out.h"

#include "framework/split/event_order.h"

namespace motive {
namespace {

constexpr std::size_t kMinimumEvents = 3;  // one to train on, one to validate, the target

std::string definition(const LeaveOneOutOptions& options) {
  const std::string shown =
      options.shown ? fmt::format("; histories show the last {} events before the target, training has them all", *options.shown)
                    : "";
  return fmt::format("{}: the target is {}; validation: the event before it, which joins training on refit{}",
                     options.shown ? "warm, truncated histories" : "leave-one-out", describe_target(options.target), shown);
}

}  // namespace

Result<MadeSplit> make_leave_one_out(const PreparedData& data, const LeaveOneOutOptions& options) {
  MOTIVE_TRY(check_target(data, options.target));
  MOTIVE_ASSIGN(const EventLists rows, ordered_events(data, options.order_seed));
  MadeSplit made;
  made.claims = {.definition = definition(options), .source_order = !options.order_seed};
  SplitLists& lists = made.lists;
  lists.shown = options.shown;
  std::uint64_t without_target = 0, too_short = 0;
  for (std::size_t u = 0; u < rows.rows(); ++u) {
    const auto row = rows.row(u);
    const std::size_t target = find_target(data.events(), row, options.target, [](std::size_t) { return true; });
    if (target == kNoTarget || target + 1 < kMinimumEvents) {
      lists.train.add_row(row);
      lists.refit.add_row(row);
      ++(target == kNoTarget ? without_target : too_short);
      continue;
    }
    lists.train.add_row(row.first(target - 1));
    lists.refit.add_row(row.first(target));
    lists.valid.add(static_cast<std::uint32_t>(u), row.subspan(target - 1, 1), row.first(target - 1));
    lists.test.add(static_cast<std::uint32_t>(u), row.subspan(target, 1), row.first(target));
  }
  made.claims.untested = {{"no event that the rule accepts (train only)", without_target},
                         {"fewer than three events up to the target (train only)", too_short}};
  if (lists.test.users.empty()) {
    return invalid("split: no user has a target with at least two events before it; {} users have no event that the "
                   "rule accepts, {} have too few events. Use another rule or other data",
                   without_target, too_short);
  }
  return made;
}

}  // namespace motive
