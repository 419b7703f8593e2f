#include "framework/split/item_cold.h"

#include <algorithm>

#include "framework/split/event_order.h"

namespace motive {
namespace {

constexpr std::uint64_t kUnset = ~std::uint64_t{0};

std::string definition(const ItemColdOptions& o) {
  return fmt::format("item-cold: {} leave training{}; the target is {} after a warm one; shown: the user's warm events "
                     "before it; validation: the same choice among the other items, whose events join training on refit",
                     describe_choice(o.choice, "items"), o.users == ColdItemUsers::kRemove ? " with all users that met one" : "",
                     describe_target(o.target, "event with a cold item"));
}

std::vector<std::uint32_t> choose_items(const PreparedData& data, const EventLists& part,
                                        const std::vector<std::uint64_t>& drawn, const ColdChoice& choice, bool validation) {
  const EventsView& events = data.events();
  const std::size_t n = data.items().size();
  ColdFacts facts{std::vector<std::uint64_t>(n, 0), std::vector<std::uint64_t>(n, kUnset), drawn};
  const auto older = [&](std::uint64_t a, std::uint64_t b) {
    if (!events.times.empty() && events.times[a] != events.times[b]) return events.times[a] < events.times[b];
    return data.positions()[a] < data.positions()[b];
  };
  for (const std::uint32_t event : part.events) {
    const std::size_t item = index(events.items[event]);
    ++facts.events[item];
    if (facts.first[item] == kUnset || older(event, facts.first[item])) facts.first[item] = event;
  }
  return choose_cold(data, facts, choice, validation);
}

struct Step {
  std::vector<std::uint32_t> cold;
  QueryLists queries, warm;  // cold targets; warm targets
  EventLists rest;
  std::uint64_t no_cold = 0, no_warm_before = 0, no_target = 0, removed_users = 0;
};

/// One user's row: a query or none, and what is left of it.
class RowSplitter {
 public:
  RowSplitter(const PreparedData& data, const ItemColdOptions& options, Step& step)
      : events_(data.events()), options_(options), step_(step), cold_(data.items().size(), false) {
    for (const std::uint32_t item : step.cold) cold_[item] = true;
  }

  void take(std::uint32_t user, std::span<const std::uint32_t> row) {
    const auto is_cold = [&](std::uint32_t event) { return cold_[index(events_.items[event])]; };
    const bool any_cold = std::any_of(row.begin(), row.end(), is_cold);
    const auto first_warm = static_cast<std::size_t>(std::find_if_not(row.begin(), row.end(), is_cold) - row.begin());
    const std::size_t target = find_target(events_, row, options_.target,
                                           [&](std::size_t i) { return i > first_warm && is_cold(row[i]); });
    std::uint32_t held_out = kNone;
    if (target != kNoTarget) {
      held_out = add_queries(user, row, target);
    } else if (!any_cold) {
      ++step_.no_cold;
    } else {
      const bool follows = std::any_of(row.begin() + static_cast<std::ptrdiff_t>(std::min(first_warm, row.size())), row.end(), is_cold);
      ++(follows ? step_.no_target : step_.no_warm_before);
    }
    rest_.clear();
    const bool removed = any_cold && options_.users == ColdItemUsers::kRemove;
    step_.removed_users += removed;
    for (const std::uint32_t event : row) {
      if (!removed && !is_cold(event) && event != held_out) rest_.push_back(event);
    }
    step_.rest.add_row(rest_);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Returns the warm event that is held out as a target, or kNone.
  std::uint32_t add_queries(std::uint32_t user, std::span<const std::uint32_t> row, std::size_t target) {
    shown_.clear();
    hidden_.clear();
    std::size_t hidden_before_last = 0;  // hidden events before the last shown one
    for (const std::uint32_t event : row.first(target)) {
      if (cold_[index(events_.items[event])]) {
        hidden_.push_back(event);
      } else {
        shown_.push_back(event);
        hidden_before_last = hidden_.size();
      }
    }
    step_.queries.add(user, row.subspan(target, 1), shown_, hidden_);
    if (shown_.size() < 2) return kNone;
    const std::span<const std::uint32_t> shown(shown_);
    step_.warm.add(user, shown.last(1), shown.first(shown.size() - 1), std::span(hidden_).first(hidden_before_last));
    return shown.back();
  }

  const EventsView& events_;
  const ItemColdOptions& options_;
  Step& step_;
  std::vector<bool> cold_;
  std::vector<std::uint32_t> shown_, hidden_, rest_;
};

Step take_items(const PreparedData& data, const EventLists& part, std::vector<std::uint32_t> cold, const ItemColdOptions& o) {
  Step step;
  step.cold = std::move(cold);
  RowSplitter splitter(data, o, step);
  for (std::size_t u = 0; u < part.rows(); ++u) splitter.take(static_cast<std::uint32_t>(u), part.row(u));
  return step;
}

}  // namespace

Result<MadeSplit> make_item_cold(const PreparedData& data, const ItemColdOptions& options) {
  MOTIVE_TRY(check_target(data, options.target));
  if (options.choice.folds == 0 && options.choice.select == Select::kNewest && data.time_kind() != TimeKind::kAbsolute) {
    return invalid("split: `select: newest` needs timestamps that are comparable between users, and this data set has {}; use "
                   "`select: random` or `select: fewest`",
                   data.time_kind() == TimeKind::kRelative ? "relative times only" : "none");
  }
  MOTIVE_ASSIGN(const EventLists rows, ordered_events(data, options.order_seed));
  const auto drawn = drawn_order(options.choice, "cold items", data.items().size());
  Step test = take_items(data, rows, choose_items(data, rows, drawn, options.choice, false), options);
  if (test.queries.users.empty()) {
    return invalid("split: nobody can be tested on the {} cold items: {} users met none, {} met one but no warm item before it, {} "
                   "have none that the target rule accepts. Use a larger fraction, `select: random` or another rule",
                   test.cold.size(), test.no_cold, test.no_warm_before, test.no_target);
  }
  Step valid = take_items(data, test.rest, choose_items(data, test.rest, drawn, options.choice, true), options);
  if (valid.rest.events.empty()) {
    return invalid("split: {} cold items for testing and {} for validation leave no event to train on; use a smaller fraction{}",
                   test.cold.size(), valid.cold.size(), options.users == ColdItemUsers::kRemove ? " or `users: keep`" : "");
  }
  MadeSplit made;
  made.claims = {.definition = definition(options), .cold_items = true, .source_order = !options.order_seed};
  made.claims.untested = {{"no event with a cold item (train only)", test.no_cold},
                         {"no warm item before their cold ones", test.no_warm_before},
                         {"no event with a cold item that the rule accepts", test.no_target}};
  if (options.users == ColdItemUsers::kRemove) made.claims.details["users removed from training"] = test.removed_users;
  if (options.choice.folds > 0) made.claims.details["fold"] = fmt::format("{} of {}", options.choice.fold + 1, options.choice.folds);
  made.lists.test = std::move(test.queries);
  made.lists.test_warm = std::move(test.warm);
  made.lists.valid = std::move(valid.queries);
  made.lists.valid_warm = std::move(valid.warm);
  made.lists.refit = std::move(test.rest);
  made.lists.train = std::move(valid.rest);
  made.lists.cold.items = std::move(test.cold);
  made.lists.valid_cold.items = std::move(valid.cold);
  return made;
}

}  // namespace motive
