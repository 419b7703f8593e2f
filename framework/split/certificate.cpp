#include "framework/split/certificate.h"

#include <algorithm>
#include <cmath>

#include "framework/base/hash.h"
#include "framework/split/promise.h"

namespace motive {
namespace {

/// Mean over test events of the share of training events that are later.
double leakage(const EventsView& events, const SplitLists& lists) {
  std::vector<std::int64_t> times;
  times.reserve(lists.train.events.size());
  for (const std::uint32_t event : lists.train.events) times.push_back(events.times[event]);
  std::sort(times.begin(), times.end());
  const auto& targets = lists.test.targets.events;
  double sum = 0;
  for (const std::uint32_t event : targets) {
    const auto later = times.end() - std::upper_bound(times.begin(), times.end(), events.times[event]);
    sum += static_cast<double>(later) / static_cast<double>(std::max<std::size_t>(1, times.size()));
  }
  return sum / static_cast<double>(std::max<std::size_t>(1, targets.size()));
}

/// Targets that share their time with the last event of their history: their order is the source's.
std::uint64_t tied_targets(const EventsView& events, const QueryLists& test) {
  std::uint64_t tied = 0;
  for (std::size_t q = 0; q < test.size(); ++q) {
    const auto history = test.history.row(q);
    if (history.empty()) continue;
    for (const std::uint32_t target : test.targets.row(q)) tied += events.times[target] == events.times[history.back()];
  }
  return tied;
}

std::uint64_t repeated_targets(const EventsView& events, const QueryLists& test) {
  std::uint64_t repeated = 0;
  for (std::size_t q = 0; q < test.size(); ++q) {
    const auto history = test.history.row(q);
    for (const std::uint32_t target : test.targets.row(q)) {
      repeated += std::any_of(history.begin(), history.end(),
                              [&](std::uint32_t event) { return events.items[event] == events.items[target]; });
    }
  }
  return repeated;
}

using Flags = std::vector<bool>;

struct Reach {  // who and what is in a part of the split
  Flags users, items;
};

Reach reach(const EventsView& events, std::size_t n_items) { return {Flags(events.users(), false), Flags(n_items, false)}; }

Reach reach(const EventsView& events, std::size_t n_items, const EventLists& rows) {
  Reach part = reach(events, n_items);
  for (std::size_t u = 0; u < rows.rows(); ++u) part.users[u] = !rows.row(u).empty();
  for (const std::uint32_t event : rows.events) part.items[index(events.items[event])] = true;
  return part;
}

Reach reach(const EventsView& events, std::size_t n_items, const QueryLists& queries) {
  Reach part = reach(events, n_items);
  for (const std::uint32_t user : queries.users) part.users[user] = true;
  for (const std::uint32_t event : queries.targets.events) part.items[index(events.items[event])] = true;
  return part;
}

std::uint64_t count(const Flags& flags) { return static_cast<std::uint64_t>(std::count(flags.begin(), flags.end(), true)); }

std::uint64_t common(const Flags& a, const Flags& b) {
  std::uint64_t both = 0;
  for (std::size_t i = 0; i < a.size(); ++i) both += a[i] && b[i];
  return both;
}

/// Each event has one role, so that the counts add up to all.
Json event_roles(const EventsView& events, const SplitLists& lists) {
  enum Role : std::uint8_t { kUnused, kShown, kRefit, kTrain, kWarm, kTest };
  std::vector<std::uint8_t> role(events.size(), kUnused);
  const auto mark = [&](const std::vector<std::uint32_t>& list, Role r) {
    for (const std::uint32_t event : list) role[event] = std::max<std::uint8_t>(role[event], r);
  };
  mark(lists.test.history.events, kShown);
  mark(lists.refit.events, kRefit);
  mark(lists.train.events, kTrain);
  mark(lists.test_warm.targets.events, kWarm);
  mark(lists.test.targets.events, kTest);
  const auto n = [&](Role r) { return std::count(role.begin(), role.end(), static_cast<std::uint8_t>(r)); };
  return {{"all", events.size()}, {"train", n(kTrain)}, {"joining_on_refit", n(kRefit)}, {"test", n(kTest)},
          {"warm_targets", n(kWarm)}, {"shown_only", n(kShown)}, {"left_out", n(kUnused)}};
}

std::uint64_t untrained_targets(const EventsView& events, const QueryLists& queries, const Flags& trained) {
  return static_cast<std::uint64_t>(std::count_if(queries.targets.events.begin(), queries.targets.events.end(),
                                                  [&](std::uint32_t e) { return !trained[index(events.items[e])]; }));
}

/// Smallest difference of two hit rates near `rate` that n users show with power .8 at two-sided .05,
/// if the two methods' hits were independent (a paired test does better: this is the cautious side).
double detectable_difference(double rate, std::size_t n) {
  return (1.959964 + 0.841621) * std::sqrt(2 * rate * (1 - rate) / static_cast<double>(std::max<std::size_t>(1, n)));
}

Json proof(const Broken& b, const SplitClaims& claims) {
  Json json = {{"held_out_events_in_training", b.held_out_in_training},
               {"test_events_in_histories", b.test_targets_in_histories},
               {"events_of_another_user", b.foreign_events},
               {"events_twice_in_training", b.repeated_events}};
  if (claims.earlier_history) json["history_events_not_before_their_targets"] = b.late_histories;
  if (claims.cold_users) json["training_events_of_cold_users"] = b.cold_user_events + b.warm_test_users;
  if (claims.cold_items) json["training_events_of_cold_items"] = b.cold_item_events + b.warm_targets;
  if (claims.global_time) json["training_events_not_before_all_targets"] = b.late_training;
  return json;
}

Json overlap(const EventsView& events, std::size_t n_items, const SplitLists& lists) {
  const Reach train = reach(events, n_items, lists.train), valid = reach(events, n_items, lists.valid),
              test = reach(events, n_items, lists.test);
  const auto pairs = [](const Flags& tr, const Flags& va, const Flags& te) {
    return Json{{"train_valid", common(tr, va)}, {"train_test", common(tr, te)}, {"valid_test", common(va, te)}};
  };
  return {{"users", pairs(train.users, valid.users, test.users)}, {"items", pairs(train.items, valid.items, test.items)}};
}

Json certificate_of(const PreparedData& data, const SplitClaims& claims, const SplitLists& lists, const Broken& broken) {
  const EventsView& events = data.events();
  const std::size_t n_items = data.items().size(), tests = lists.test.size();
  const Reach train = reach(events, n_items, lists.train), refit = reach(events, n_items, lists.refit);
  Flags seen(n_items, false);
  for (const ItemId item : events.items) seen[index(item)] = true;
  Json c = {{"definition", claims.definition}};
  c["users"] = {{"all", events.users()}, {"tested", tests}, {"validated", lists.valid.size()}, {"training", count(train.users)},
                {"cold", lists.cold.users.size()}, {"cold_in_validation", lists.valid_cold.users.size()}};
  c["untested"] = Json::object();
  for (const auto& [reason, users] : claims.untested) c["untested"][reason] = users;
  c["items"] = {{"all", n_items}, {"with_events", count(seen)}, {"training", count(train.items)},
                {"cold", lists.cold.items.size()}, {"cold_in_validation", lists.valid_cold.items.size()}};
  c["events"] = event_roles(events, lists);
  c["proof"] = proof(broken, claims);
  c["overlap"] = overlap(events, n_items, lists);
  c["targets"] = lists.test.targets.events.size();
  c["targets_without_training_events"] = untrained_targets(events, lists.test, refit.items);
  c["targets_already_in_history"] = repeated_targets(events, lists.test);
  if (lists.test_warm.size() > 0) {
    c["warm_targets"] = {{"users", lists.test_warm.size()},
                         {"without_training_events", untrained_targets(events, lists.test_warm, refit.items)}};
  }
  const bool timed = data.time_kind() == TimeKind::kAbsolute;
  c["later_training_share"] = timed ? Json(leakage(events, lists)) : Json("not computable: no absolute times");
  c["tied_targets"] = data.time_kind() == TimeKind::kNone ? Json("not computable: no times") : Json(tied_targets(events, lists.test));
  c["detectable_hit_rate_difference"] = {{"at_0.05", detectable_difference(0.05, tests)},
                                         {"at_0.5", detectable_difference(0.5, tests)}};
  if (data.summary().contains("funnel")) c["funnel"] = data.summary().at("funnel");
  c["details"] = Json::parse(claims.details.dump());
  return c;
}

std::string plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string percent(double share) { return fmt::format("{:.1f} %", 100 * share); }

/// A line of the data's funnel: {"step": .., "events": .., "users": .., "items": ..}.
std::string describe_filter(const Json& line) {
  std::string text = fmt::format("  filter  {}:", line.value("step", ""));
  for (const char* what : {"events", "users", "items"}) {
    if (line.contains(what)) text += fmt::format(" {} {}", plain(line.at(what)), what);
  }
  return text + '\n';
}

std::string describe_people(const Json& c) {
  const auto& users = c["users"];
  const auto& items = c["items"];
  std::string text = fmt::format("  users   {} tested of {}, {} validated, {} in training", plain(users["tested"]), plain(users["all"]),
                                 plain(users["validated"]), plain(users["training"]));
  if (users["cold"] > 0) text += fmt::format("; cold: {}, for validation {}", plain(users["cold"]), plain(users["cold_in_validation"]));
  text += '\n';
  for (const auto& [reason, n] : c["untested"].items()) {
    if (n > 0) text += fmt::format("          not tested: {} {}\n", plain(n), reason);
  }
  text += fmt::format("  items   {} with events of {}, {} in training", plain(items["with_events"]), plain(items["all"]),
                      plain(items["training"]));
  if (items["cold"] > 0) text += fmt::format("; cold: {}, for validation {}", plain(items["cold"]), plain(items["cold_in_validation"]));
  return text + '\n';
}

std::string describe_events(const Json& c) {
  const auto& events = c["events"];
  std::string text = fmt::format("  events  {} = {} train + {} joining on refit + {} test", plain(events["all"]), plain(events["train"]),
                                 plain(events["joining_on_refit"]), plain(events["test"]));
  for (const auto& [key, name] : {std::pair("warm_targets", "warm targets"), std::pair("shown_only", "shown to test users only"),
                                  std::pair("left_out", "left out")}) {
    if (events[key] > 0) text += fmt::format(" + {} {}", plain(events[key]), name);
  }
  return text + '\n';
}

std::string words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

}  // namespace

Status write_certificate(const PreparedData& data, const SplitClaims& claims, const Path& folder) {
  MOTIVE_ASSIGN(const SplitLists lists, read_split_lists(folder));
  const Broken broken = recount(data, claims, lists);
  MOTIVE_TRY(check_promise(broken));
  Json certificate = certificate_of(data, claims, lists, broken);
  for (const std::string& name : split_file_names(folder)) {
    MOTIVE_ASSIGN(certificate["sha256"][name], sha256_file(folder / name));
  }
  return write_file_synced(folder / "certificate.json", certificate.dump(2) + "\n");
}

std::string describe_certificate(const Json& c) {
  std::string text = fmt::format("{}\n", c["definition"].get<std::string>());
  for (const Json& step : c.value("funnel", Json::array())) text += describe_filter(step);
  text += describe_people(c) + describe_events(c);
  text += "  proof   recounted from the files:\n";
  for (const auto& [key, n] : c["proof"].items()) text += fmt::format("          {} {}\n", plain(n), words(key));
  for (const char* what : {"users", "items"}) {
    const Json& o = c["overlap"][what];
    text += fmt::format("  overlap of {}: {} in training and validation, {} in training and test, {} in validation and test\n",
                        what, plain(o["train_valid"]), plain(o["train_test"]),
                        plain(o["valid_test"]));
  }
  text += fmt::format("  targets {}: {} without training events, {} already in the history, tied in time with the event before: {}\n",
                      plain(c["targets"]), plain(c["targets_without_training_events"]), plain(c["targets_already_in_history"]),
                      plain(c["tied_targets"]));
  if (c.contains("warm_targets")) {
    text += fmt::format("          and a warm one for {} of the users ({} without training events), for mixed pools\n",
                        plain(c["warm_targets"]["users"]), plain(c["warm_targets"]["without_training_events"]));
  }
  const Json& later = c["later_training_share"];
  text += later.is_number() ? fmt::format("  leakage {} of training events are later than the mean test event\n", percent(later.get<double>()))
                            : fmt::format("  leakage {}\n", later.get<std::string>());
  for (const auto& [key, value] : c["details"].items()) text += fmt::format("  also    {}: {}\n", words(key), plain(value));
  text += fmt::format("  power   differences in hit rate below {:.4f} (near .05) are within noise for {} users\n",
                      c["detectable_hit_rate_difference"]["at_0.05"].get<double>(), plain(c["users"]["tested"]));
  return text;
}

}  // namespace motive
