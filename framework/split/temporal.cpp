#include "framework/split/temporal.h"

#include <algorithm>
#include <cmath>

#include "framework/data/times.h"
#include "framework/split/event_order.h"

namespace motive {

std::int64_t time_quantile(std::vector<std::int64_t> times, double q) {
  const double rank = std::ceil(q * static_cast<double>(times.size()) - 1e-9);
  const auto at = std::clamp<std::size_t>(static_cast<std::size_t>(rank), 1, times.size()) - 1;
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(at), times.end());
  return times[at];
}

Result<MadeSplit> make_temporal(const PreparedData& data, const TemporalOptions& options) {
  const EventsView& events = data.events();
  if (data.time_kind() != TimeKind::kAbsolute || events.times.empty()) {
    return invalid("split: a temporal split needs timestamps that are comparable between users, and this data set has {}; "
                   "use `holdout: leave_one_out` or `holdout: ratio`",
                   data.time_kind() == TimeKind::kRelative ? "relative times only" : "none");
  }
  const std::vector<std::int64_t> times(events.times.begin(), events.times.end());
  const std::int64_t train_until = options.train_until.value_or(time_quantile(times, options.train_quantile));
  const std::int64_t valid_until = options.valid_until.value_or(time_quantile(times, options.valid_quantile));
  MOTIVE_ASSIGN(const EventLists rows, ordered_events(data, options.order_seed));
  const auto count_until = [&](std::span<const std::uint32_t> row, std::int64_t until) {
    return static_cast<std::size_t>(
        std::partition_point(row.begin(), row.end(), [&](std::uint32_t e) { return events.times[e] <= until; }) - row.begin());
  };

  MadeSplit made;
  const std::string cuts = options.train_until
                               ? fmt::format("events until {} train, until {}", format_time(train_until), format_time(valid_until))
                               : fmt::format("events until the {:g} quantile of time train, until the {:g} quantile",
                                             options.train_quantile, options.valid_quantile);
  made.claims = {.definition = "temporal: " + cuts + " validate and join training on refit, later ones are the targets; "
                                                    "users without a training event are not tested",
                .global_time = true, .source_order = !options.order_seed};
  made.claims.details = {{"train_until", format_time(train_until)}, {"valid_until", format_time(valid_until)}};
  SplitLists& lists = made.lists;
  std::uint64_t unknown = 0, no_events = 0;
  for (std::size_t u = 0; u < rows.rows(); ++u) {
    const auto row = rows.row(u);
    const std::size_t train = count_until(row, train_until), refit = count_until(row, valid_until);
    const auto user = static_cast<std::uint32_t>(u);
    lists.train.add_row(row.first(train));
    lists.refit.add_row(row.first(refit));
    if (train > 0 && refit > train) lists.valid.add(user, row.subspan(train, refit - train), row.first(train));
    if (train > 0 && refit < row.size()) lists.test.add(user, row.subspan(refit), row.first(refit));
    unknown += train == 0 && refit < row.size();
    no_events += refit == row.size();
  }
  made.claims.untested = {{"no training event before their test events", unknown}, {"no event after the second cut", no_events}};
  if (lists.test.users.empty()) {
    return invalid("split: nobody can be tested: training ends {}, testing begins after {}; {} users have no event after that, "
                   "{} have test events but none to train on. Choose other cut points",
                   format_time(train_until), format_time(valid_until), no_events, unknown);
  }
  return made;
}

}  // namespace motive
