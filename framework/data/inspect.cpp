#include "framework/data/inspect.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "framework/base/console.h"
#include "framework/base/rng.h"

namespace motive {
namespace {

constexpr std::size_t kSequenceEvents = 2'000'000;
constexpr int kShuffles = 5;
constexpr std::uint64_t kInspectSeed = 1;
constexpr std::int64_t kDay = 86400;
constexpr std::uint64_t kManyEvents = 100;
constexpr std::size_t kBurstOfMinute = 30, kBurstOfDay = 50;
constexpr int kNegatives = 29, kCutoff = 5;

double share(double part, double whole) { return whole > 0 ? part / whole : 0; }
double share(std::uint64_t part, std::uint64_t whole) {
  return share(static_cast<double>(part), static_cast<double>(whole));
}

OrderedJson finish(OrderedJson check, bool warning, std::string remark) {
  check["warning"] = warning;
  check["remark"] = std::move(remark);
  return check;
}

// ---- ties and repeats ------------------------------------------------------------------------

bool whole_days(const EventsView& events) {
  return std::all_of(events.times.begin(), events.times.end(), [](std::int64_t t) { return t % kDay == 0; });
}

OrderedJson check_ties(const EventsView& events) {
  if (events.times.empty()) {
    return finish({{"grain", "none"}}, true, "no timestamps: the order of the source is taken for the order of events");
  }
  std::uint64_t tied = 0;
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (std::size_t at = events.offsets[u] + 1; at < events.offsets[u + 1]; ++at)
      tied += events.times[at] == events.times[at - 1] ? 1 : 0;
  }
  const double tied_share = share(tied, events.size() - events.users());
  const bool days = whole_days(events);
  const OrderedJson values = {{"grain", days ? "day" : "second"}, {"tied_share", tied_share}};
  if (tied_share > 0.2) {
    return finish(values, true,
                  fmt::format("{:.1f} % of events{} stand at the time of the event before: their order is the "
                              "source's; `seeds.order` shows what that decides",
                              100 * tied_share, days ? " (times are whole days)" : ""));
  }
  return finish(values, false, "few events are tied, so the order of events is known");
}

OrderedJson check_repeats(const PreparedData& data) {
  const Json& repeats = data.summary().at("repeats");
  const auto exact = repeats.at("exact").get<std::uint64_t>(), repeated = repeats.at("repeated").get<std::uint64_t>();
  const OrderedJson values = {{"exact", exact}, {"repeated", repeated}};
  std::string remark;
  if (exact > 0)
    remark = fmt::format("{} events are logged twice (same user, item, time, rating): `filters.duplicates` drops "
                         "them", format_count(exact));
  if (repeated > 0) {
    remark += fmt::format("{}{} events repeat an item of their user: `filters.repeats` decides which stay",
                          remark.empty() ? "" : "; ", format_count(repeated));
  }
  const std::uint64_t all = data.events().size();
  return finish(values, share(exact, all) > 0.01, remark.empty() ? "each user has each item once" : remark);
}

// ---- sequentiality ----------------------------------------------------------------------------

/// Histories without repeats, of users drawn until they have enough events.
struct Histories {
  std::vector<std::uint32_t> items;
  std::vector<std::size_t> offsets{0};
  std::size_t users() const { return offsets.size() - 1; }
  std::span<std::uint32_t> of(std::size_t user) {
    return std::span(items).subspan(offsets[user], offsets[user + 1] - offsets[user]);
  }
};

Histories draw_histories(const PreparedData& data) {
  const EventsView& events = data.events();
  std::vector<std::uint32_t> users(events.users());
  std::iota(users.begin(), users.end(), 0u);
  if (events.size() > kSequenceEvents) Rng(kInspectSeed, "inspect/users").shuffle(std::span(users));
  std::vector<std::uint32_t> last_user(data.items().size(), ~0u);
  Histories out;
  for (const std::uint32_t user : users) {
    if (out.items.size() >= kSequenceEvents) break;
    for (const ItemId item : events.items_of(user_id(user))) {
      if (std::exchange(last_user[index(item)], user) == user) continue;
      out.items.push_back(static_cast<std::uint32_t>(index(item)));
    }
    out.offsets.push_back(out.items.size());
  }
  return out;
}

struct PairCounts {
  std::uint64_t pairs = 0, recurring = 0, rules = 0;
};

PairCounts count_pairs(Histories& histories, std::vector<std::uint64_t>& keys) {
  keys.clear();
  for (std::size_t u = 0; u < histories.users(); ++u) {
    const auto items = histories.of(u);
    for (std::size_t i = 1; i < items.size(); ++i)
      keys.push_back(static_cast<std::uint64_t>(items[i - 1]) << 32 | items[i]);
  }
  std::sort(keys.begin(), keys.end());
  PairCounts counts;
  counts.pairs = keys.size();
  for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
    while (end < keys.size() && keys[end] == keys[begin]) ++end;
    if (end - begin >= 2) counts.recurring += end - begin;
    if (end - begin >= 5) ++counts.rules;
  }
  return counts;
}

std::string sequence_remark(double recurring, double shuffled, double deviation) {
  const double ratio = share(recurring, shuffled);
  const std::string figures = fmt::format("{:.2f} % of consecutive pairs recur with another user, {:.2f} % once "
                                          "histories are shuffled", 100 * recurring, 100 * shuffled);
  if (recurring - shuffled < std::max(0.001, 3 * deviation))
    return figures + ": order carries nothing that pairs can show, so a sequence model has little to learn from it";
  if (ratio < 1.2) return figures + ": order carries little";
  return figures + ": order carries something";
}

OrderedJson check_sequentiality(const PreparedData& data) {
  Histories histories = draw_histories(data);
  std::vector<std::uint64_t> keys;
  keys.reserve(histories.items.size());
  const PairCounts real = count_pairs(histories, keys);
  OrderedJson values = {{"users", histories.users()}, {"pairs", real.pairs}};
  if (real.pairs == 0) return finish(values, true, "no user has two items, so there is no order to look at");
  std::vector<double> shuffled;
  double rules = 0;
  for (int round = 0; round < kShuffles; ++round) {
    Rng rng(kInspectSeed, "inspect/order", static_cast<std::uint64_t>(round));
    for (std::size_t u = 0; u < histories.users(); ++u) rng.shuffle(histories.of(u));
    const PairCounts counts = count_pairs(histories, keys);
    shuffled.push_back(share(counts.recurring, counts.pairs));
    rules += static_cast<double>(counts.rules) / kShuffles;
  }
  const double mean = std::accumulate(shuffled.begin(), shuffled.end(), 0.0) / kShuffles;
  double squares = 0;
  for (const double s : shuffled) squares += (s - mean) * (s - mean);
  const double deviation = std::sqrt(squares / (kShuffles - 1));
  const double recurring = share(real.recurring, real.pairs);
  values["recurring_share"] = recurring;
  values["shuffled_share"] = mean;
  values["shuffled_deviation"] = deviation;
  values["ratio"] = mean > 0 ? OrderedJson(recurring / mean) : OrderedJson();
  values["rules"] = real.rules;
  values["rules_shuffled"] = rules;
  const bool none = recurring - mean < std::max(0.001, 3 * deviation);
  return finish(std::move(values), none, sequence_remark(recurring, mean, deviation));
}

// ---- ids ----------------------------------------------------------------------------------------

/// Ranks from 0, the mean rank where values are equal.
std::vector<double> ranks_of(const std::vector<std::uint64_t>& values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
    for (std::size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<double>(begin + end - 1) / 2;
  }
  return ranks;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n, mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

/// P(Binomial(29, p) <= 4): the target is among the first five of thirty.
double hit_chance(double p) {
  if (p >= 1) return 0;
  double term = std::pow(1 - p, kNegatives), sum = term;
  for (int k = 1; k < kCutoff; ++k) {
    term *= p / (1 - p) * (kNegatives - k + 1) / k;
    sum += term;
  }
  return sum;
}

bool parse_number(std::string_view text, std::uint64_t& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size();
}

/// [n] items with events; by raw id, as numbers where all are numbers.
std::vector<std::uint32_t> by_raw_id(const PreparedData& data, const std::vector<std::uint32_t>& items) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::vector<std::uint64_t> numbers(items.size());
  bool numeric = true;
  for (std::size_t i = 0; i < items.size() && numeric; ++i) numeric = parse_number(data.items().id(items[i]), numbers[i]);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (numeric) return numbers[a] < numbers[b];
    return data.items().id(items[a]) < data.items().id(items[b]);
  });
  return order;
}

/// What one order of the items tells. order: [n] places in `items`, first to last.
OrderedJson order_leak(const PreparedData& data, const std::vector<std::uint32_t>& items,
                       const std::vector<std::uint64_t>& counts, const std::vector<std::uint32_t>& order) {
  std::vector<double> place(items.size());
  std::vector<double> place_of(data.items().size(), 0);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    place[order[rank]] = static_cast<double>(rank);
    place_of[items[order[rank]]] = static_cast<double>(rank);
  }
  const EventsView& events = data.events();
  const double others = std::max(1.0, static_cast<double>(items.size()) - 1);
  double first = 0, last = 0;
  for (std::size_t u = 0; u < events.users(); ++u) {
    const double p = place_of[index(events.items[events.offsets[u + 1] - 1])] / others;
    first += hit_chance(p);
    last += hit_chance(1 - p);
  }
  const auto users = static_cast<double>(events.users());
  return {{"spearman", correlation(place, ranks_of(counts))}, {"hr5_lowest_first", first / users},
          {"hr5_highest_first", last / users}};
}

OrderedJson check_ids(const PreparedData& data) {
  std::vector<std::uint64_t> all(data.items().size(), 0), counts;
  for (const ItemId item : data.events().items) ++all[index(item)];
  std::vector<std::uint32_t> items;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    if (all[i] == 0) continue;
    items.push_back(i);
    counts.push_back(all[i]);
  }
  std::vector<std::uint32_t> source(items.size());
  std::iota(source.begin(), source.end(), 0u);
  const auto places = data.item_source_order();
  std::sort(source.begin(), source.end(), [&](std::uint32_t a, std::uint32_t b) { return places[items[a]] < places[items[b]]; });
  const double chance = static_cast<double>(kCutoff) / (kNegatives + 1);
  OrderedJson values = {{"chance", chance}, {"source_order", order_leak(data, items, counts, source)},
                        {"raw_ids", order_leak(data, items, counts, by_raw_id(data, items))}};
  double strongest = 0, best = 0;
  for (const char* key : {"source_order", "raw_ids"}) {
    strongest = std::max(strongest, std::abs(values[key]["spearman"].get<double>()));
    for (const char* end : {"hr5_lowest_first", "hr5_highest_first"}) best = std::max(best, values[key][end].get<double>());
  }
  const std::string figures = fmt::format("ranking by id or place in the file alone reaches hr@5 {:.3f} of 1+29 (chance "
                                          "{:.3f}), correlation with popularity up to {:.2f}", best, chance, strongest);
  if (best > 1.25 * chance || strongest > 0.3)
    return finish(std::move(values), true, figures + ": ids tell what is popular, so item numbers are shuffled before any method sees them");
  return finish(std::move(values), false, figures + ": ids tell nothing");
}

// ---- users --------------------------------------------------------------------------------------

/// The most events of a user inside a window of so many seconds.
std::size_t busiest(std::span<const std::int64_t> times, std::int64_t window) {
  std::size_t most = 0, begin = 0;
  for (std::size_t end = 0; end < times.size(); ++end) {
    while (times[end] - times[begin] > window) ++begin;
    most = std::max(most, end - begin + 1);
  }
  return most;
}

double implausible_count(std::vector<std::uint64_t> counts) {
  std::sort(counts.begin(), counts.end());
  const double q1 = std::log(static_cast<double>(counts[counts.size() / 4]));
  const double q3 = std::log(static_cast<double>(counts[counts.size() * 3 / 4]));
  return std::max(static_cast<double>(kManyEvents), std::exp(q3 + 3 * (q3 - q1)));
}

OrderedJson check_bots(const PreparedData& data) {
  const EventsView& events = data.events();
  std::vector<std::uint64_t> counts(events.users());
  for (std::size_t u = 0; u < counts.size(); ++u) counts[u] = events.offsets[u + 1] - events.offsets[u];
  const double limit = implausible_count(counts);
  const bool timed = !events.times.empty(), days = timed && whole_days(events);
  const std::int64_t window = days ? 0 : 60;
  const std::size_t burst_limit = days ? kBurstOfDay : kBurstOfMinute;
  std::uint64_t many = 0, many_events = 0, bursts = 0;
  for (std::size_t u = 0; u < counts.size(); ++u) {
    if (static_cast<double>(counts[u]) > limit) ++many, many_events += counts[u];
    if (timed && counts[u] >= burst_limit)
      bursts += busiest(events.times.subspan(events.offsets[u], counts[u]), window) >= burst_limit ? 1 : 0;
  }
  std::vector<std::uint32_t> top(counts.size());
  std::iota(top.begin(), top.end(), 0u);
  const auto shown = static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, top.size()));
  std::partial_sort(top.begin(), top.begin() + shown, top.end(), [&](std::uint32_t a, std::uint32_t b) {
    return counts[a] != counts[b] ? counts[a] > counts[b] : a < b;
  });
  OrderedJson busy = OrderedJson::array();
  for (std::ptrdiff_t i = 0; i < shown; ++i) {
    const std::uint32_t u = top[static_cast<std::size_t>(i)];
    OrderedJson user = {{"user", std::string(data.users().id(u))}, {"events", counts[u]}};
    if (timed) user["burst"] = busiest(events.times.subspan(events.offsets[u], counts[u]), window);
    busy.push_back(std::move(user));
  }
  const double many_share = share(many_events, events.size());
  OrderedJson values = {{"many_events", {{"limit", limit}, {"users", many}, {"share_of_events", many_share}}}};
  if (timed) values["bursts"] = {{"window_seconds", days ? kDay : window}, {"limit", burst_limit}, {"users", bursts}};
  values["busiest"] = std::move(busy);
  std::string remark;
  if (many > 0)
    remark = fmt::format("{} users have more than {:.0f} events ({:.1f} % of all): programs, shops or shared accounts?",
                         format_count(many), limit, 100 * many_share);
  if (bursts > 0) {
    remark += fmt::format("{}{} users have {} or more events {}: lists filled in or imported, not things consumed one by one",
                          remark.empty() ? "" : "; ", format_count(bursts), burst_limit, days ? "on one day" : "within a minute");
  }
  const bool warning = many_share > 0.01 || share(bursts, counts.size()) > 0.01;
  return finish(std::move(values), warning, remark.empty() ? "no user is implausibly busy" : remark);
}

// ---- text ---------------------------------------------------------------------------------------

OrderedJson check_text(const PreparedData& data) {
  const auto& fields = data.items().fields();
  std::vector<bool> touched(data.items().size(), false);
  for (const ItemId item : data.events().items) touched[index(item)] = true;
  std::uint64_t items = 0, with_any = 0;
  std::vector<std::uint64_t> with(fields.size(), 0);
  for (std::size_t row = 0; row < touched.size(); ++row) {
    if (!touched[row]) continue;
    ++items;
    bool any = false;
    for (std::size_t f = 0; f < fields.size(); ++f) {
      if (fields[f].second[row].empty()) continue;
      ++with[f];
      any = true;
    }
    with_any += any ? 1 : 0;
  }
  OrderedJson shares = OrderedJson::object();
  for (std::size_t f = 0; f < fields.size(); ++f) shares[fields[f].first] = share(with[f], items);
  const OrderedJson values = {{"items", items}, {"any_share", share(with_any, items)}, {"shares", shares}};
  if (fields.empty()) return finish(values, true, "items have no fields: methods that read text have nothing to read");
  if (with_any == items) return finish(values, false, "every item with events has some text");
  return finish(values, share(items - with_any, items) > 0.01,
                fmt::format("{} items with events have no text at all: methods that read it see nothing of them "
                            "(`filters.require` drops them)", format_count(items - with_any)));
}

}  // namespace

OrderedJson inspect_data(const PreparedData& data) {
  return {{"ties", check_ties(data.events())},
          {"repeats", check_repeats(data)},
          {"sequentiality", check_sequentiality(data)},
          {"id_leakage", check_ids(data)},
          {"bots", check_bots(data)},
          {"text", check_text(data)}};
}

}  // namespace motive
