#include "framework/data/filter_events.h"

#include <algorithm>
#include <numeric>

#include "framework/base/console.h"
#include "framework/base/rng.h"

namespace motive {
namespace {

using Mask = std::vector<bool>;  // [N] whether an event stays

std::vector<std::uint64_t> events_per_item(const OrderedEvents& events, std::size_t items) {
  std::vector<std::uint64_t> counts(items, 0);
  for (const std::uint32_t item : events.item) ++counts[item];
  return counts;
}

/// Events of users and items with at least `least` events each, by these counts alone.
Mask by_count(const OrderedEvents& events, const MinimumCounts& least, std::size_t items) {
  const auto of_item = events_per_item(events, items);
  Mask keep(events.size());
  for (std::size_t u = 0; u < events.users(); ++u) {
    const std::uint64_t begin = events.offsets[u], end = events.offsets[u + 1];
    const bool user = end - begin >= static_cast<std::uint64_t>(least.user);
    for (std::uint64_t at = begin; at < end; ++at)
      keep[at] = user && of_item[events.item[at]] >= static_cast<std::uint64_t>(least.item);
  }
  return keep;
}

/// The largest set of events in which every user and item has its minimum: what has too few is
/// peeled off until nothing has, so each event is looked at twice at most.
class Core {
 public:
  Core(const OrderedEvents& events, const MinimumCounts& least, std::size_t items)
      : events_(events), keep_(events.size(), true), item_begin_(items + 1, 0),
        item_events_(events.size()), user_of_(events.size()), user_count_(events.users()),
        least_{static_cast<std::uint64_t>(least.user), static_cast<std::uint64_t>(least.item)} {
    for (const std::uint32_t item : events.item) ++item_begin_[item + 1];
    std::partial_sum(item_begin_.begin(), item_begin_.end(), item_begin_.begin());
    item_count_.resize(items);
    for (std::uint32_t u = 0; u < events.users(); ++u) {
      for (std::uint64_t at = events.offsets[u]; at < events.offsets[u + 1]; ++at) {
        const std::uint32_t item = events.item[at];
        item_events_[item_begin_[item] + item_count_[item]++] = static_cast<std::uint32_t>(at);
        user_of_[at] = u;
      }
      user_count_[u] = events.offsets[u + 1] - events.offsets[u];
    }
  }

  Mask peel() {
    for (std::uint32_t u = 0; u < user_count_.size(); ++u)
      if (user_count_[u] < least_.user) users_.push_back(u);
    for (std::uint32_t i = 0; i < item_count_.size(); ++i)
      if (item_count_[i] < least_.item) items_.push_back(i);
    while (!users_.empty() || !items_.empty()) {
      if (!users_.empty()) {
        const std::uint32_t user = users_.back();
        users_.pop_back();
        for (std::uint64_t at = events_.offsets[user]; at < events_.offsets[user + 1]; ++at) drop(at);
      } else {
        const std::uint32_t item = items_.back();
        items_.pop_back();
        for (std::uint64_t at = item_begin_[item]; at < item_begin_[item + 1]; ++at)
          drop(item_events_[at]);
      }
    }
    return std::move(keep_);
  }

 private:
  struct Least {
    std::uint64_t user, item;
  };
  /// Falling below the minimum happens once: at the step from it to one less.
  void drop(std::uint64_t at) {
    if (!keep_[at]) return;
    keep_[at] = false;
    const std::uint32_t user = user_of_[at], item = events_.item[at];
    if (user_count_[user]-- == least_.user) users_.push_back(user);
    if (item_count_[item]-- == least_.item) items_.push_back(item);
  }

  const OrderedEvents& events_;
  Mask keep_;
  std::vector<std::uint64_t> item_begin_;     // [I+1]
  std::vector<std::uint32_t> item_events_;    // [N] events by item
  std::vector<std::uint32_t> user_of_;        // [N]
  std::vector<std::uint64_t> user_count_, item_count_;
  Least least_;
  std::vector<std::uint32_t> users_, items_;  // to be peeled off
};

Mask in_range(const OrderedEvents& events, const TimeRange& range) {
  const std::int64_t first = range.first_tick(), end = range.end_tick();
  Mask keep(events.size());
  for (std::size_t at = 0; at < events.size(); ++at)
    keep[at] = events.time[at] >= first && events.time[at] < end;
  return keep;
}

Mask rated(const OrderedEvents& events, double least) {
  Mask keep(events.size());
  for (std::size_t at = 0; at < events.size(); ++at)
    keep[at] = static_cast<double>(events.rating[at]) >= least;
  return keep;
}

Mask with_fields(const OrderedEvents& events, const RawTable& items, const std::vector<std::string>& required) {
  Mask whole(items.size(), true);
  for (const RawField& field : items.fields()) {
    if (std::find(required.begin(), required.end(), field.name()) == required.end()) continue;
    for (std::size_t row = 0; row < items.size(); ++row)
      if (field.get(row).empty()) whole[row] = false;
  }
  Mask keep(events.size());
  for (std::size_t at = 0; at < events.size(); ++at) keep[at] = whole[events.item[at]];
  return keep;
}

Mask sampled(const OrderedEvents& events, const UserSample& sample) {
  std::vector<std::uint32_t> users(events.users());
  std::iota(users.begin(), users.end(), 0u);
  Rng(sample.seed, "filters/users").shuffle(std::span(users));
  users.resize(std::min<std::size_t>(users.size(), static_cast<std::size_t>(sample.sample)));
  Mask keep(events.size(), false);
  for (const std::uint32_t user : users) {
    for (std::uint64_t at = events.offsets[user]; at < events.offsets[user + 1]; ++at) keep[at] = true;
  }
  return keep;
}

std::string counts_name(const char* step, const MinimumCounts& counts) {
  return counts.user == counts.item ? fmt::format("{} {}", step, counts.user)
                                    : fmt::format("{} user {}, item {}", step, counts.user, counts.item);
}

/// Does one step after the other and writes the funnel.
class Steps {
 public:
  Steps(const RawTables& raw, OrderedEvents& events, std::vector<FunnelLine>& funnel, const CancelFlag* cancel)
      : raw_(raw), events_(events), funnel_(funnel), cancel_(cancel) {}

  void add_line(std::string step) {
    std::uint64_t items = 0;
    for (const std::uint64_t count : events_per_item(events_, raw_.items.size())) items += count > 0 ? 1 : 0;
    funnel_.push_back({std::move(step), events_.size(), events_.users(), items});
  }

  Status apply(std::string step, const Mask& keep) {
    if (cancel_ && cancel_->is_set()) return Error{"interrupted", ErrorKind::kCancelled};
    const std::size_t before = events_.size();
    keep_events(events_, keep);
    if (events_.size() == 0) {
      return invalid("the filter `{}` leaves no interactions: {} were there before it. Relax it, or leave it out; "
                     "`motive data inspect` shows what the data holds", step, format_count(before));
    }
    add_line(std::move(step));
    return {};
  }

 private:
  const RawTables& raw_;
  OrderedEvents& events_;
  std::vector<FunnelLine>& funnel_;
  const CancelFlag* cancel_;
};

}  // namespace

Status filter_events(const FilterOptions& options, const RawTables& raw, OrderedEvents& events,
                     std::vector<FunnelLine>& funnel, const CancelFlag* cancel) {
  const std::size_t items = raw.items.size();
  Steps steps(raw, events, funnel, cancel);
  steps.add_line("source");
  if (options.raw_count)
    MOTIVE_TRY(steps.apply(counts_name("raw_count", *options.raw_count), by_count(events, *options.raw_count, items)));
  if (options.duplicates == Duplicates::kDrop && !events.time.empty())
    MOTIVE_TRY(steps.apply("duplicates drop", without_duplicates(events)));
  if (options.time_range) {
    const TimeRange& range = *options.time_range;
    MOTIVE_TRY(steps.apply(fmt::format("time_range {} to {}", range.from.empty() ? "the first" : range.from,
                                       range.to.empty() ? "the last" : range.to),
                           in_range(events, range)));
  }
  if (options.min_rating)
    MOTIVE_TRY(steps.apply(fmt::format("min_rating {}", *options.min_rating), rated(events, *options.min_rating)));
  if (!options.require.empty())
    MOTIVE_TRY(steps.apply(fmt::format("require {}", fmt::join(options.require, ", ")),
                           with_fields(events, raw.items, options.require)));
  if (options.repeats != Repeats::kKeep)
    MOTIVE_TRY(steps.apply(options.repeats == Repeats::kFirst ? "repeats first" : "repeats last",
                           without_repeats(events, options.repeats, items)));
  if (options.min_item_events > 0)
    MOTIVE_TRY(steps.apply(fmt::format("min_item_events {}", options.min_item_events),
                           by_count(events, {0, options.min_item_events}, items)));
  if (options.min_user_events > 0)
    MOTIVE_TRY(steps.apply(fmt::format("min_user_events {}", options.min_user_events),
                           by_count(events, {options.min_user_events, 0}, items)));
  if (options.iterative_kcore)
    MOTIVE_TRY(steps.apply(counts_name("iterative_kcore", *options.iterative_kcore),
                           Core(events, *options.iterative_kcore, items).peel()));
  if (options.users)
    MOTIVE_TRY(steps.apply(fmt::format("users sample {}, seed {}", options.users->sample, options.users->seed),
                           sampled(events, *options.users)));
  return {};
}

}  // namespace motive
