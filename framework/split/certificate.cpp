#include "framework/split/certificate.h"

#include <algorithm>
#include <cmath>

#include "framework/base/hash.h"

namespace motive {
namespace {

/// No training event may be a held-out event of the same user or come after one.
Status check_promise(const SplitLists& lists, std::size_t n_events) {
  std::vector<bool> held_out(n_events, false);
  for (const auto* queries : {&lists.valid, &lists.test}) {
    for (const std::uint32_t event : queries->targets) held_out[event] = true;
  }
  for (const std::uint32_t event : lists.train) {
    if (held_out[event]) return fail("the split broke its promise: held-out event {} stands in training", event);
  }
  std::vector<bool> test_target(n_events, false);
  for (const std::uint32_t event : lists.test.targets) test_target[event] = true;
  for (const auto* queries : {&lists.valid, &lists.test}) {
    for (const std::uint32_t event : queries->history) {
      if (test_target[event]) return fail("the split broke its promise: test event {} stands in a history", event);
    }
  }
  return {};
}

/// Mean over test events of the share of training events that are later.
double leakage(const EventsView& events, const SplitLists& lists) {
  std::vector<std::int64_t> times;
  times.reserve(lists.train.size());
  for (const std::uint32_t event : lists.train) times.push_back(events.times[event]);
  std::sort(times.begin(), times.end());
  double sum = 0;
  for (const std::uint32_t event : lists.test.targets) {
    const auto later = times.end() - std::upper_bound(times.begin(), times.end(), events.times[event]);
    sum += static_cast<double>(later) / static_cast<double>(std::max<std::size_t>(1, times.size()));
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, lists.test.targets.size()));
}

/// Targets that share their time with the last event of their history: their order is the source's.
std::uint64_t tied_targets(const EventsView& events, const QueryLists& test) {
  std::uint64_t tied = 0;
  for (std::size_t q = 0; q < test.users.size(); ++q) {
    if (test.history_offsets[q] == test.history_offsets[q + 1]) continue;
    const auto last = events.times[test.history[test.history_offsets[q + 1] - 1]];
    tied += events.times[test.targets[test.target_offsets[q]]] == last;
  }
  return tied;
}

std::uint64_t repeated_targets(const EventsView& events, const QueryLists& test) {
  std::uint64_t repeated = 0;
  for (std::size_t q = 0; q < test.users.size(); ++q) {
    const auto target = events.items[test.targets[test.target_offsets[q]]];
    const auto first = test.history.begin() + static_cast<std::ptrdiff_t>(test.history_offsets[q]);
    const auto last = test.history.begin() + static_cast<std::ptrdiff_t>(test.history_offsets[q + 1]);
    repeated += std::any_of(first, last, [&](std::uint32_t event) { return events.items[event] == target; });
  }
  return repeated;
}

std::uint64_t untrained_targets(const EventsView& events, const SplitLists& lists, std::size_t n_items) {
  std::vector<bool> trained(n_items, false);
  for (const std::uint32_t event : lists.train) trained[index(events.items[event])] = true;
  return static_cast<std::uint64_t>(std::count_if(lists.test.targets.begin(), lists.test.targets.end(),
                                                  [&](std::uint32_t e) { return !trained[index(events.items[e])]; }));
}

/// Smallest difference of two hit rates near `rate` that n users show with power .8 at two-sided .05,
/// if the two methods' hits were independent (a paired test does better: this is the cautious side).
double detectable_difference(double rate, std::size_t n) {
  return (1.959964 + 0.841621) * std::sqrt(2 * rate * (1 - rate) / static_cast<double>(std::max<std::size_t>(1, n)));
}

Status add_hashes(const Path& folder, Json& certificate) {
  for (const char* name : {"train.offsets.u64", "train.event.u32", "valid.user.u32", "valid.target.event.u32",
                           "valid.history.event.u32", "test.user.u32", "test.target.event.u32",
                           "test.history.event.u32"}) {
    MOTIVE_ASSIGN(certificate["sha256"][name], sha256_file(folder / name));
  }
  return {};
}

}  // namespace

Status write_certificate(const PreparedData& data, const SplitFacts& facts, const Path& folder) {
  MOTIVE_ASSIGN(const SplitLists lists, read_split_lists(folder));
  const EventsView& events = data.events();
  MOTIVE_TRY(check_promise(lists, events.size()));
  const std::size_t tests = lists.test.users.size();
  Json c;
  c["definition"] = facts.definition;
  c["users"] = {{"all", events.users()},
                {"tested", tests},
                {"validated", lists.valid.users.size()},
                {"train_only_no_target", facts.users_without_target},
                {"train_only_too_few_events", facts.users_too_short}};
  c["items"] = data.items().size();
  c["events"] = {{"all", events.size()},
                 {"train", lists.train.size()},
                 {"valid", lists.valid.targets.size()},
                 {"test", lists.test.targets.size()},
                 {"left_out_after_target", facts.events_after_target}};
  c["held_out_events_in_training"] = 0;  // recounted above; anything else has failed the split
  c["targets_without_training_events"] = untrained_targets(events, lists, data.items().size());
  c["targets_already_in_history"] = repeated_targets(events, lists.test);
  const bool timed = data.time_kind() == TimeKind::kAbsolute;
  c["later_training_share"] = timed ? Json(leakage(events, lists)) : Json("not computable: no absolute times");
  c["tied_targets"] = data.time_kind() == TimeKind::kNone ? Json("not computable: no times")
                                                          : Json(tied_targets(events, lists.test));
  c["detectable_hit_rate_difference"] = {{"at_0.05", detectable_difference(0.05, tests)},
                                         {"at_0.5", detectable_difference(0.5, tests)}};
  MOTIVE_TRY(add_hashes(folder, c));
  return write_file_synced(folder / "certificate.json", c.dump(2) + "\n");
}

std::string describe_certificate(const Json& c) {
  const auto number = [](const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  std::string text = fmt::format("{}\n", c["definition"].get<std::string>());
  text += fmt::format("  users   {} tested of {}, {} validated; train only: {} without a target, {} with too few events\n",
                      number(c["users"]["tested"]), number(c["users"]["all"]), number(c["users"]["validated"]),
                      number(c["users"]["train_only_no_target"]), number(c["users"]["train_only_too_few_events"]));
  text += fmt::format("  events  {} = {} train + {} valid + {} test + {} left out (after the target)\n",
                      number(c["events"]["all"]), number(c["events"]["train"]), number(c["events"]["valid"]),
                      number(c["events"]["test"]), number(c["events"]["left_out_after_target"]));
  text += fmt::format("  proof   {} held-out events in training (recounted from the files)\n",
                      number(c["held_out_events_in_training"]));
  text += fmt::format("  targets {} without training events, {} already in the history, tied in time with the event "
                      "before: {}\n",
                      number(c["targets_without_training_events"]), number(c["targets_already_in_history"]),
                      number(c["tied_targets"]));
  const Json& later = c["later_training_share"];
  text += later.is_number() ? fmt::format("  leakage {:.1f} % of training events are later than the mean test event\n",
                                          100 * later.get<double>())
                            : fmt::format("  leakage {}\n", later.get<std::string>());
  text += fmt::format("  power   differences in hit rate below {:.4f} (near .05) are within noise for {} users\n",
                      c["detectable_hit_rate_difference"]["at_0.05"].get<double>(), number(c["users"]["tested"]));
  return text;
}

}  // namespace motive
