#include "framework/split/ratio.h"

#include <cmath>

#include "framework/split/event_order.h"

namespace motive {

Result<MadeSplit> make_ratio(const PreparedData& data, const RatioOptions& options) {
  MOTIVE_ASSIGN(const EventLists rows, ordered_events(data, options.order_seed));
  MadeSplit made;
  made.claims = {.definition = fmt::format("ratio: the first {:g} % of each user's events train, the next {:g} % validate and "
                                          "join training on refit, the last {:g} % are the targets",
                                          100 * options.train, 100 * options.valid, 100 * options.test),
                .source_order = !options.order_seed};
  SplitLists& lists = made.lists;
  std::uint64_t too_short = 0;
  for (std::size_t u = 0; u < rows.rows(); ++u) {
    const auto row = rows.row(u);
    // The epsilon keeps 0.1 x 5 a half, whatever the binary fraction says.
    const auto share = [&](double part) {
      return static_cast<std::size_t>(std::floor(part * static_cast<double>(row.size()) + 0.5 + 1e-9));
    };
    const std::size_t n_test = share(options.test), n_valid = share(options.valid);
    if (n_test == 0 || n_test + n_valid >= row.size()) {
      lists.train.add_row(row);
      lists.refit.add_row(row);
      ++too_short;
      continue;
    }
    const auto user = static_cast<std::uint32_t>(u);
    const auto refit = row.first(row.size() - n_test), train = refit.first(refit.size() - n_valid);
    lists.train.add_row(train);
    lists.refit.add_row(refit);
    if (n_valid > 0) lists.valid.add(user, refit.last(n_valid), train);
    lists.test.add(user, row.last(n_test), refit);
  }
  made.claims.untested = {{"too few events for the ratio (train only)", too_short}};
  if (lists.test.users.empty()) {
    return invalid("split: no user has enough events for this ratio; use a larger test share, `holdout: leave_one_out`, "
                   "or data with longer histories");
  }
  return made;
}

}  // namespace motive
