// Each check on data made to have what it looks for, and on data made not to.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/rng.h"
#include "framework/data/inspect.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::Workshop;
using testing::HasSubstr;

constexpr const char* kTimed =
    "interactions: {file: a.csv, time_format: unix, columns: {user: user, item: item, timestamp: time}}\n";

OrderedJson checks_of(const std::string& rows, const std::string& more = "") {
  Workshop shop;
  shop.file("a.csv", "user,item,time\n" + rows);
  shop.file("i.csv", "item,title,brand\n1,one,\n2,two,B\n");
  const auto data = shop.prepare(kTimed + more);
  EXPECT_TRUE(data.has_value()) << data.error().message;
  return inspect_data(*data);
}

/// 400 users with 8 items of 1000: either a walk i, i+1, ..., or the same items in any order.
std::string walks(bool ordered) {
  std::string rows;
  for (int u = 0; u < 400; ++u) {
    Rng rng(7, "walks", static_cast<std::uint64_t>(u));
    std::vector<int> items;
    const auto first = static_cast<int>(rng.below(1000));
    for (int i = 0; i < 8; ++i) items.push_back((first + i) % 1000);
    if (!ordered) rng.shuffle(std::span(items));
    for (int i = 0; i < 8; ++i) rows += fmt::format("u{},i{},{}\n", u, items[static_cast<std::size_t>(i)], 1000 * u + i * 100);
  }
  return rows;
}

TEST(Inspect, OrderIsSeenWhereItIsAndNotWhereItIsNot) {
  const OrderedJson order = checks_of(walks(true))["sequentiality"];
  EXPECT_EQ(order["users"], 400);
  EXPECT_EQ(order["pairs"], 400 * 7);
  EXPECT_GT(order["recurring_share"], 0.9);
  EXPECT_GT(order["ratio"], 3);
  EXPECT_GT(order["rules"], order["rules_shuffled"]);
  EXPECT_FALSE(order["warning"].get<bool>());
  const OrderedJson none = checks_of(walks(false))["sequentiality"];
  EXPECT_NEAR(none["ratio"].get<double>(), 1, 0.2);
  EXPECT_TRUE(none["warning"].get<bool>()) << none.dump();
  EXPECT_THAT(none["remark"].get<std::string>(), HasSubstr("order carries nothing"));
}

TEST(Inspect, ConsecutivePairsAreCountedByHand) {
  // a>b twice, b>c once; the repeat of a by v and its pair are left out.
  const OrderedJson check = checks_of("u,a,1\nu,b,2\nu,c,3\nv,a,1\nv,b,2\nv,a,3\n")["sequentiality"];
  EXPECT_EQ(check["pairs"], 3);
  EXPECT_DOUBLE_EQ(check["recurring_share"].get<double>(), 2.0 / 3);
}

TEST(Inspect, IdsThatFollowPopularityAreSeen) {
  std::string leaking, fair;
  Rng rng(3, "ids");
  std::vector<int> names(60);
  for (int i = 0; i < 60; ++i) names[static_cast<std::size_t>(i)] = i;
  rng.shuffle(std::span(names));
  for (int u = 0; u < 600; ++u) {
    // Item i with probability falling in i; the fair names are shuffled, and the file's order is not.
    const int item = static_cast<int>(rng.uniform() * rng.uniform() * rng.uniform() * 60);
    leaking += fmt::format("u{},{},{}\n", u, item, u);
    fair += fmt::format("u{},{},{}\n", u, names[static_cast<std::size_t>(item)], u);
  }
  const OrderedJson seen = checks_of(leaking)["id_leakage"];
  EXPECT_LT(seen["raw_ids"]["spearman"], -0.8);
  EXPECT_GT(seen["raw_ids"]["hr5_lowest_first"], 0.4);
  EXPECT_NEAR(seen["chance"].get<double>(), 1.0 / 6, 1e-12);
  EXPECT_TRUE(seen["warning"].get<bool>());
  const OrderedJson hidden = checks_of(fair)["id_leakage"];
  EXPECT_LT(std::abs(hidden["raw_ids"]["spearman"].get<double>()), 0.4);
}

TEST(Inspect, TheHitRateOfAnOrderIsTheBinomial) {
  // 31 items once each by one user: the last item is last in the source, so all others stand before it.
  std::string rows;
  for (int i = 0; i < 31; ++i) rows += fmt::format("u,{},{}\n", i, i);
  const OrderedJson check = checks_of(rows)["id_leakage"];
  EXPECT_DOUBLE_EQ(check["source_order"]["hr5_lowest_first"].get<double>(), 0);
  EXPECT_DOUBLE_EQ(check["source_order"]["hr5_highest_first"].get<double>(), 1);
  EXPECT_DOUBLE_EQ(check["source_order"]["spearman"].get<double>(), 0);
}

TEST(Inspect, BusyUsersAndBurstsAreNamed) {
  std::string rows;
  for (int u = 0; u < 50; ++u)
    for (int i = 0; i < 5; ++i) rows += fmt::format("u{},{},{}\n", u, u + i, 100000 * i + u);
  for (int i = 0; i < 300; ++i) rows += fmt::format("robot,{},{}\n", i, i);  // one a second
  const OrderedJson bots = checks_of(rows)["bots"];
  EXPECT_EQ(bots["many_events"]["users"], 1);
  EXPECT_EQ(bots["bursts"]["users"], 1);
  EXPECT_EQ(bots["busiest"][0]["user"], "robot");
  EXPECT_EQ(bots["busiest"][0]["events"], 300);
  EXPECT_EQ(bots["busiest"][0]["burst"], 61);
  EXPECT_TRUE(bots["warning"].get<bool>());
}

TEST(Inspect, TiesRepeatsAndText) {
  const OrderedJson checks = checks_of("u,1,86400\nu,2,86400\nu,3,86400\nu,3,86400\nu,1,172800\n",
                                       "items: {file: i.csv, columns: {item: item, title: title, brand: brand}}\n");
  EXPECT_EQ(checks["ties"]["grain"], "day");
  EXPECT_DOUBLE_EQ(checks["ties"]["tied_share"].get<double>(), 0.75);
  EXPECT_EQ(checks["repeats"]["exact"], 1);
  EXPECT_EQ(checks["repeats"]["repeated"], 1);
  EXPECT_NEAR(checks["text"]["any_share"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_NEAR(checks["text"]["shares"]["brand"].get<double>(), 1.0 / 3, 1e-12);
  for (const auto& [name, check] : checks.items()) EXPECT_FALSE(check["remark"].get<std::string>().empty()) << name;
}

TEST(Inspect, OneEventIsEnough) {
  const OrderedJson checks = checks_of("u,1,86400\n");
  EXPECT_EQ(checks["sequentiality"]["pairs"], 0);
  EXPECT_EQ(checks["bots"]["many_events"]["users"], 0);
}

}  // namespace
}  // namespace motive
