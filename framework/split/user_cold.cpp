#include "framework/split/user_cold.h"

#include <algorithm>

#include "framework/split/event_order.h"
#include "framework/split/temporal.h"

namespace motive {
namespace {

std::string definition(const UserColdOptions& o) {
  const std::string shown = o.max_history == 0 ? "nothing is shown of them" : fmt::format("shown: their first {} events", o.max_history);
  return fmt::format("user-cold: {} leave training with all their events; {}; the target is {}; validation: the same choice among the "
                     "other users, whose events join training on refit",
                     describe_choice(o.choice, "users"), shown, describe_target(o.target));
}

Status check(const PreparedData& data, const UserColdOptions& o) {
  MOTIVE_TRY(check_target(data, o.target));
  const bool timed = o.choice.folds == 0 && (o.choice.select == Select::kNewest || o.choice.select == Select::kPaper);
  if (timed && data.time_kind() != TimeKind::kAbsolute) {
    return invalid("split: `select: {}` needs timestamps that are comparable between users, and this data set has {}; use "
                   "`select: random`",
                   select_name(o.choice.select), data.time_kind() == TimeKind::kRelative ? "relative times only" : "none");
  }
  return {};
}

/// The users of the part whose whole log lies after the cut and is short.
std::vector<std::uint32_t> paper_users(const EventsView& events, const EventLists& part) {
  std::vector<std::int64_t> times;
  for (const std::uint32_t event : part.events) times.push_back(events.times[event]);
  if (times.empty()) return {};
  const std::int64_t cut = time_quantile(std::move(times), kPaperQuantile);
  std::vector<std::uint32_t> chosen;
  for (std::size_t u = 0; u < part.rows(); ++u) {
    const auto row = part.row(u);
    if (row.empty() || row.size() >= kPaperEvents || events.times[row[0]] <= cut) continue;
    chosen.push_back(static_cast<std::uint32_t>(u));
  }
  return chosen;
}

std::vector<std::uint32_t> choose_users(const PreparedData& data, const EventLists& part,
                                        const std::vector<std::uint64_t>& drawn, const ColdChoice& choice, bool validation) {
  if (choice.select == Select::kPaper && choice.folds == 0) return paper_users(data.events(), part);
  ColdFacts facts{std::vector<std::uint64_t>(part.rows(), 0), std::vector<std::uint64_t>(part.rows(), 0), drawn};
  for (std::size_t u = 0; u < part.rows(); ++u) {
    facts.events[u] = part.row(u).size();
    // Rows may be reshuffled among ties; the first in the source's order has the smallest number.
    if (facts.events[u] > 0) facts.first[u] = data.events().begin(user_id(u));
  }
  return choose_cold(data, facts, choice, validation);
}

struct Step {
  std::vector<std::uint32_t> cold;
  QueryLists queries;
  EventLists rest;  // the part without the cold users
  std::uint64_t too_short = 0, no_target = 0;
};

Step take_users(const PreparedData& data, const EventLists& part, std::vector<std::uint32_t> cold, const UserColdOptions& o) {
  Step step;
  step.cold = std::move(cold);
  const std::size_t k = o.max_history;
  for (std::size_t u = 0; u < part.rows(); ++u) {
    const auto row = part.row(u);
    if (!std::binary_search(step.cold.begin(), step.cold.end(), static_cast<std::uint32_t>(u))) {
      step.rest.add_row(row);
      continue;
    }
    step.rest.add_row({});
    const std::size_t target = find_target(data.events(), row, o.target, [&](std::size_t i) { return i >= k; });
    if (target == kNoTarget) {
      ++(row.size() <= k ? step.too_short : step.no_target);
      continue;
    }
    step.queries.add(static_cast<std::uint32_t>(u), row.subspan(target, 1), row.first(k), row.subspan(k, target - k));
  }
  return step;
}

Error nobody(const UserColdOptions& o, const Step& test) {
  if (o.choice.select == Select::kPaper && o.choice.folds == 0 && test.cold.empty()) {
    return invalid("split: `select: paper` takes users whose whole log lies after the 90th percentile of time and who have fewer "
                   "than {} events; this data set has none (5-core data cannot have any). Use `select: random` or `select: "
                   "newest`, or data without a filter on users' events", kPaperEvents);
  }
  return invalid("split: none of the {} cold users can be tested: {} have no event after their first {}, {} have none that the "
                 "target rule accepts. Use a smaller max_history, a larger fraction or another rule",
                 test.cold.size(), test.too_short, o.max_history, test.no_target);
}

}  // namespace

Result<MadeSplit> make_user_cold(const PreparedData& data, const UserColdOptions& options) {
  MOTIVE_TRY(check(data, options));
  MOTIVE_ASSIGN(const EventLists rows, ordered_events(data, options.order_seed));
  const auto drawn = drawn_order(options.choice, "cold users", rows.rows());
  Step test = take_users(data, rows, choose_users(data, rows, drawn, options.choice, false), options);
  if (test.queries.users.empty()) return nobody(options, test);
  Step valid = take_users(data, test.rest, choose_users(data, test.rest, drawn, options.choice, true), options);
  if (valid.rest.events.empty()) {
    return invalid("split: {} cold users for testing and {} for validation leave no event to train on; use a smaller fraction",
                   test.cold.size(), valid.cold.size());
  }
  MadeSplit made;
  made.claims = {.definition = definition(options), .cold_users = true, .source_order = !options.order_seed};
  made.claims.untested = {{"known users (train only)", rows.rows() - test.cold.size()},
                         {fmt::format("cold, but no event after their first {} (left out)", options.max_history), test.too_short},
                         {"cold, but no later event that the rule accepts (left out)", test.no_target}};
  if (options.choice.folds > 0) made.claims.details["fold"] = fmt::format("{} of {}", options.choice.fold + 1, options.choice.folds);
  made.lists.test = std::move(test.queries);
  made.lists.valid = std::move(valid.queries);
  made.lists.refit = std::move(test.rest);
  made.lists.train = std::move(valid.rest);
  made.lists.cold.users = std::move(test.cold);
  made.lists.valid_cold.users = std::move(valid.cold);
  return made;
}

}  // namespace motive
