// Filters against a plain recount of plain rows, the funnel, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/data/filter_events.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::events_text;
using test::Workshop;
using testing::HasSubstr;

constexpr const char* kAll =
    "interactions: {file: a.csv, columns: {user: user, item: item, rating: rating, timestamp: time}}\n";
constexpr const char* kPlain = "interactions: {file: a.csv, columns: {user: user, item: item}}\n";

FilterOptions options(const std::string& yaml) {
  config::Errors errors;
  const auto value = config::parse<FilterOptions>(config::parse_yaml(yaml, "filters.yaml", errors), errors);
  EXPECT_TRUE(errors.empty()) << errors.error().message;
  return value;
}

std::string refusal(const std::string& yaml) {
  config::Errors errors;
  (void)config::parse<FilterOptions>(config::parse_yaml(yaml, "filters.yaml", errors), errors);
  return errors.empty() ? "" : errors.error().message;
}

std::string funnel_of(const PreparedData& data) {
  std::string text;
  for (const Json& line : data.summary().at("funnel")) {
    text += fmt::format("{}{}:{}/{}/{}", text.empty() ? "" : " | ", line.at("step").get<std::string>(),
                        line.at("events").get<int>(), line.at("users").get<int>(), line.at("items").get<int>());
  }
  return text;
}

TEST(Filters, EveryStepHasALineInTheFixedOrder) {
  Workshop shop;
  // Days 0 to 5 of 2020; w is rare, z has no title, u repeats x, v has a line twice.
  shop.file("a.csv",
            "user,item,rating,time\n"
            "u,x,5,2020-01-01\nu,y,4,2020-01-02\nu,x,3,2020-01-03\nu,z,5,2020-01-03\n"
            "v,x,4,2020-01-01\nv,x,4,2020-01-01\nv,y,5,2020-01-02\n"
            "w,x,5,2020-01-06\nw,y,1,2020-01-02\nr,q,5,2020-01-02\n");
  shop.file("i.csv", "item,title\nx,X\ny,Y\nz,\nq,Q\nn,N\nm,\n");
  const auto data = shop.prepare(
      std::string(kAll) + "items: {file: i.csv, columns: {item: item, title: title}}\n",
      options("users: {sample: 1, seed: 3}\niterative_kcore: 2\nmin_user_events: 1\nmin_item_events: 2\n"
              "require: [title]\nmin_rating: 2\ntime_range: {from: 2020-01-01, to: 2020-01-05}\nraw_count: 1\n"));
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(funnel_of(*data),
            "source:10/4/4 | raw_count 1:10/4/4 | duplicates drop:9/4/4 | time_range 2020-01-01 to 2020-01-05:8/4/4 | "
            "min_rating 2:7/3/4 | require title:6/3/3 | repeats first:5/3/3 | min_item_events 2:4/2/2 | "
            "min_user_events 1:4/2/2 | iterative_kcore 2:4/2/2 | users sample 1, seed 3:2/1/2");
  // n was never touched and has a title; m has none; z and q lost all events.
  std::set<std::string> left;
  for (std::size_t i = 0; i < data->items().size(); ++i) left.insert(std::string(data->items().id(i)));
  EXPECT_EQ(left, (std::set<std::string>{"n", "x", "y"}));
  EXPECT_EQ(data->summary().at("items"), 3);
  EXPECT_EQ(data->summary().at("items_with_interactions"), 2);
  EXPECT_EQ(data->users().size(), 1u);
  EXPECT_THAT(funnel_text(data->summary().at("funnel")), HasSubstr("min_item_events 2"));
  EXPECT_EQ(funnel_sentence(data->summary().at("funnel")).substr(0, 50), "10 events of the source; duplicates drop -1; time_");
}

TEST(Filters, ADateStandsForItsWholeDay) {
  Workshop shop;
  shop.file("a.csv",
            "user,item,rating,time\nu,a,1,2019-12-31T23:59:59\nu,b,1,2020-01-01\nu,c,1,2020-01-02T23:59:59.9\n"
            "u,d,1,2020-01-03\n");
  const auto days = shop.prepare(kAll, options("time_range: {from: 2020-01-01, to: 2020-01-02}"));
  ASSERT_TRUE(days.has_value()) << days.error().message;
  EXPECT_EQ(events_text(*days), "u:b@1577836800*1 u:c@1578009599*1");
  const auto times = shop.prepare(kAll, options("time_range: {to: \"2020-01-01T00:00:00Z\"}"));
  ASSERT_TRUE(times.has_value()) << times.error().message;
  EXPECT_EQ(events_text(*times), "u:a@1577836799*1 u:b@1577836800*1");
}

TEST(Filters, WithoutTimesADuplicateIsARepeat) {
  Workshop shop;
  shop.file("a.csv", "user,item\nu,1\nu,2\nu,1\n");
  const auto data = shop.prepare(kPlain, options("repeats: keep"));
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:1 u:2 u:1");
  EXPECT_EQ(data->summary().at("repeats").at("repeated"), 1);
  EXPECT_EQ(data->summary().at("repeats").at("exact"), 0);
}

TEST(Filters, DuplicatesAreFoundAmongOtherRatingsOfTheSameTime) {
  Workshop shop;
  shop.file("a.csv", "user,item,rating,time\nu,x,5,9\nu,x,4,9\nu,x,5,9\nu,y,5,9\nv,x,5,9\n");
  const auto data = shop.prepare(kAll, options("repeats: keep"));
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:x@9*5 u:x@9*4 u:y@9*5 v:x@9*5");
}

TEST(Filters, AStepThatLeavesNothingIsNamed) {
  Workshop shop;
  shop.file("a.csv", "user,item,rating,time\nu,a,1,2020-01-01\nu,b,2,2020-01-02\nv,b,2,2020-01-02\n");
  const auto fails = [&](const std::string& yaml, const std::string& message) {
    EXPECT_THAT(shop.failure(kAll, options(yaml)), HasSubstr(message));
    EXPECT_TRUE(std::filesystem::is_empty(shop.last_folder()));
  };
  fails("min_rating: 4", "data set shop: the filter `min_rating 4` leaves no interactions: 3 were there before it");
  fails("time_range: {from: 2021-01-01}", "the filter `time_range 2021-01-01 to the last` leaves no interactions");
  fails("iterative_kcore: {user: 3, item: 2}", "the filter `iterative_kcore user 3, item 2` leaves no interactions");
  fails("min_rating: 2\nmin_user_events: 2", "the filter `min_user_events 2` leaves no interactions: 2 were there");
}

TEST(Filters, WhatTheDataCannotAnswerIsRefusedBeforeItIsRead) {
  // No file is there: a refusal that came after reading would speak of it.
  Workshop shop;
  EXPECT_THAT(shop.failure(kPlain, options("min_rating: 4")), HasSubstr("`shop` has no ratings"));
  EXPECT_THAT(shop.failure(kPlain, options("time_range: {from: 2020-01-01}")), HasSubstr("`shop` has no timestamps"));
  EXPECT_THAT(shop.failure("interactions: {file: a.csv, time_format: relative, columns: {user: u, item: i, "
                           "timestamp: t}}\n", options("time_range: {from: 2020-01-01}")),
              HasSubstr("count from each user's first event"));
  EXPECT_THAT(shop.failure(std::string(kPlain) + "items: {file: i.csv, columns: {item: item, title: name, brand: b}}\n",
                           options("require: [titel]")),
              HasSubstr("have no field `titel`; did you mean `title`? they have: brand, title"));
  EXPECT_THAT(shop.failure(kPlain, options("require: [title]")), HasSubstr("has no fields of items"));
  EXPECT_THAT(shop.failure("interactions: {file: s.txt, format: sequences}\n", options("min_rating: 4")),
              HasSubstr("has no ratings"));
  const auto world = test::describe("name: w\nworld: {users: 80, items: 120, seed: 5}\n", shop.root());
  ASSERT_TRUE(world.has_value());
  NoProgress progress;
  ASSERT_TRUE(make_folders(shop.root() / "w").has_value());
  const auto refused = prepare(*world, options("require: [titel]"), shop.root() / "w", progress);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("did you mean `title`?"));
}

TEST(Filters, TheConfigurationIsStrict) {
  EXPECT_THAT(refusal("time_range: {from: 2020-02-01, to: 2020-01-01}"), HasSubstr("later than `to`"));
  EXPECT_THAT(refusal("time_range: {from: soon}"), HasSubstr("write a date as 2014-07-23"));
  EXPECT_THAT(refusal("time_range: {}"), HasSubstr("needs `from`, `to`, or both"));
  EXPECT_THAT(refusal("iterative_kcore: {}"), HasSubstr("needs `user`, `item`, or both"));
  EXPECT_THAT(refusal("iterative_kcore: 0"), HasSubstr("iterative_kcore"));
  EXPECT_THAT(refusal("users: {seed: 1}"), HasSubstr("sample"));
  EXPECT_THAT(refusal("min_user_event: 2"), HasSubstr("did you mean `min_user_events`?"));
  EXPECT_EQ(filters_to_json(FilterOptions{}), Json::object());
  const FilterOptions all = options("iterative_kcore: {user: 5}\nusers: {sample: 10}\ntime_range: {to: 2020-01-01}\n"
                                    "min_rating: 3.5\nrequire: [a, b]\nrepeats: keep\n");
  const auto again = filters_from_json(filters_to_json(all));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(filters_to_json(*again), filters_to_json(all));
  EXPECT_EQ(again->iterative_kcore->item, 0);
}

struct Pair {
  std::uint32_t user, item;
};

/// Random events of a few users and items.
OrderedEvents random_events(RawTables& raw, std::vector<Pair>& pairs) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 60);
  for (std::size_t i = 0; i < n; ++i) {
    const auto user = *rc::gen::inRange<std::uint32_t>(0, 8), item = *rc::gen::inRange<std::uint32_t>(0, 8);
    raw.add_event(fmt::format("u{}", user), fmt::format("i{}", item));
  }
  OrderedEvents events = order_events(raw);
  for (std::size_t u = 0; u < events.users(); ++u) {
    for (std::size_t at = events.offsets[u]; at < events.offsets[u + 1]; ++at)
      pairs.push_back({events.user_rows[u], events.item[at]});
  }
  return events;
}

/// Drops what has too few, again and again.
std::vector<Pair> plain_core(std::vector<Pair> pairs, std::size_t user, std::size_t item) {
  for (std::size_t before = pairs.size() + 1; before != pairs.size();) {
    before = pairs.size();
    std::map<std::uint32_t, std::size_t> users, items;
    for (const Pair& p : pairs) ++users[p.user], ++items[p.item];
    std::erase_if(pairs, [&](const Pair& p) { return users[p.user] < user || items[p.item] < item; });
  }
  return pairs;
}

RC_GTEST_PROP(Filters, KCoreIsWhatDroppingAgainAndAgainLeaves, ()) {
  RawTables raw;
  std::vector<Pair> pairs;
  OrderedEvents events = random_events(raw, pairs);
  FilterOptions filters = FilterOptions::none();
  filters.iterative_kcore = MinimumCounts{*rc::gen::inRange(0, 5), *rc::gen::inRange(1, 5)};
  const auto expected = plain_core(pairs, static_cast<std::size_t>(filters.iterative_kcore->user),
                                   static_cast<std::size_t>(filters.iterative_kcore->item));
  std::vector<FunnelLine> funnel;
  const Status done = filter_events(filters, raw, events, funnel, nullptr);
  RC_ASSERT(done.has_value() == !expected.empty());
  RC_ASSERT(events.size() == expected.size());
  std::size_t at = 0;
  for (std::size_t u = 0; u < events.users(); ++u) {
    RC_ASSERT(events.offsets[u + 1] > events.offsets[u]);
    for (std::size_t e = events.offsets[u]; e < events.offsets[u + 1]; ++e, ++at) {
      RC_ASSERT(events.user_rows[u] == expected[at].user);
      RC_ASSERT(events.item[e] == expected[at].item);
    }
  }
}

RC_GTEST_PROP(Filters, ASampleHoldsWholeUsersAndAsManyAsAsked, ()) {
  RawTables raw;
  std::vector<Pair> pairs;
  OrderedEvents events = random_events(raw, pairs);
  const std::size_t all_users = events.users();
  std::map<std::uint32_t, std::size_t> sizes;
  for (const Pair& p : pairs) ++sizes[p.user];
  FilterOptions filters = FilterOptions::none();
  filters.users = UserSample{*rc::gen::inRange(1, 10), *rc::gen::arbitrary<std::uint64_t>()};
  std::vector<FunnelLine> funnel;
  RC_ASSERT(filter_events(filters, raw, events, funnel, nullptr).has_value());
  RC_ASSERT(events.users() == std::min(all_users, static_cast<std::size_t>(filters.users->sample)));
  for (std::size_t u = 0; u < events.users(); ++u)
    RC_ASSERT(events.offsets[u + 1] - events.offsets[u] == sizes[events.user_rows[u]]);
}

RC_GTEST_PROP(Filters, OnePassCountsWhatWasThereBeforeIt, ()) {
  RawTables raw;
  std::vector<Pair> pairs;
  OrderedEvents events = random_events(raw, pairs);
  FilterOptions filters = FilterOptions::none();
  const auto user = *rc::gen::inRange(1, 5), item = *rc::gen::inRange(1, 5);
  const bool raw_count = *rc::gen::arbitrary<bool>();
  if (raw_count) {
    filters.raw_count = MinimumCounts{user, item};
  } else {
    filters.min_user_events = user;
    filters.min_item_events = item;
  }
  std::map<std::uint32_t, int> users, items;
  std::vector<Pair> expected = pairs;
  for (const Pair& p : expected) ++users[p.user], ++items[p.item];
  std::erase_if(expected, [&](const Pair& p) { return items[p.item] < item || (raw_count && users[p.user] < user); });
  users.clear();
  for (const Pair& p : expected) ++users[p.user];
  if (!raw_count) std::erase_if(expected, [&](const Pair& p) { return users[p.user] < user; });
  std::vector<FunnelLine> funnel;
  const Status done = filter_events(filters, raw, events, funnel, nullptr);
  RC_ASSERT(done.has_value() == !expected.empty());
  if (done) RC_ASSERT(funnel.back().events == expected.size());
}

}  // namespace
}  // namespace motive
