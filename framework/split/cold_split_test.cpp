// Properties and definitions of the splits with cold users or items.

#include "framework/split/item_cold.h"
#include "framework/split/test_split_world.h"
#include "framework/split/user_cold.h"

namespace motive {
namespace {

using split_test::Event;
using split_test::World;

ColdChoice some_choice(std::vector<Select> selects) {
  ColdChoice choice;
  choice.select = *rc::gen::elementOf(selects);
  choice.fraction = *rc::gen::element(0.1, 0.3, 0.5);
  choice.seed = *rc::gen::inRange<std::uint64_t>(1, 4);
  if (*rc::gen::inRange(0, 3) == 0) {
    choice.folds = 3;
    choice.fold = *rc::gen::inRange<std::uint32_t>(0, 3);
  }
  return choice;
}

RC_GTEST_PROP(UserCold, ColdUsersAreNeverTrainedOn, ()) {
  const World world(*split_test::some_events());
  UserColdOptions options{.choice = some_choice({Select::kRandom, Select::kNewest, Select::kPaper})};
  options.max_history = *rc::gen::inRange<std::uint32_t>(0, 4);
  options.target = *rc::gen::element(Target{TargetRule::kNext, 0}, Target{TargetRule::kNextRatedAbove, 3});
  if (*rc::gen::arbitrary<bool>()) options.order_seed = 5;
  const auto lists = split_test::written(world, make_user_cold(world.data, options));
  if (!lists) return;
  split_test::expect_no_leak(world, *lists);
  const auto cold = split_test::as_set(lists->cold.users), valid_cold = split_test::as_set(lists->valid_cold.users);
  for (const std::uint32_t user : cold) RC_ASSERT(lists->refit.row(user).empty());
  for (const std::uint32_t user : valid_cold) RC_ASSERT(lists->train.row(user).empty() && cold.count(user) == 0);
  const EventsView& all = world.data.events();
  for (std::size_t q = 0; q < lists->test.size(); ++q) {
    const std::uint32_t target = lists->test.targets.row(q)[0];
    RC_ASSERT(cold.count(lists->test.users[q]) == 1);
    RC_ASSERT(lists->test.history.row(q).size() == options.max_history);
    if (options.target.needs_ratings()) {
      RC_ASSERT(all.ratings[target] > 3);
      for (const std::uint32_t event : lists->test.hidden.row(q)) RC_ASSERT(all.ratings[event] <= 3);
    } else {
      RC_ASSERT(lists->test.hidden.row(q).empty());
    }
  }
  for (const std::uint32_t user : lists->valid.users) RC_ASSERT(valid_cold.count(user) == 1);
  // Everyone else trains with all his events.
  for (std::size_t u = 0; u < all.users(); ++u) {
    if (cold.count(static_cast<std::uint32_t>(u)) == 0) {
      RC_ASSERT(lists->refit.row(u).size() == all.offsets[u + 1] - all.offsets[u]);
    }
  }
}

RC_GTEST_PROP(ItemCold, ColdItemsAreNeverTrainedOn, ()) {
  const World world(*split_test::some_events());
  ItemColdOptions options{.choice = some_choice({Select::kRandom, Select::kNewest, Select::kFewest})};
  options.users = *rc::gen::element(ColdItemUsers::kKeep, ColdItemUsers::kRemove);
  options.target.rule = *rc::gen::element(TargetRule::kLast, TargetRule::kLastRatedAbove, TargetRule::kHighestRated);
  options.target.rating = 3;
  if (*rc::gen::arbitrary<bool>()) options.order_seed = 5;
  const auto lists = split_test::written(world, make_item_cold(world.data, options));
  if (!lists) return;
  split_test::expect_no_leak(world, *lists);
  const EventsView& all = world.data.events();
  const auto cold = split_test::as_set(lists->cold.items), valid_cold = split_test::as_set(lists->valid_cold.items);
  for (const std::uint32_t item : split_test::items_of(all, lists->refit.events)) RC_ASSERT(cold.count(item) == 0);
  for (const std::uint32_t item : split_test::items_of(all, lists->train.events)) RC_ASSERT(valid_cold.count(item) + cold.count(item) == 0);
  const auto item = [&](std::uint32_t event) { return static_cast<std::uint32_t>(index(all.items[event])); };
  for (std::size_t q = 0; q < lists->test.size(); ++q) {
    RC_ASSERT(cold.count(item(lists->test.targets.row(q)[0])) == 1);
    RC_ASSERT(!lists->test.history.row(q).empty());
    for (const std::uint32_t event : lists->test.history.row(q)) RC_ASSERT(cold.count(item(event)) == 0);
    for (const std::uint32_t event : lists->test.hidden.row(q)) RC_ASSERT(cold.count(item(event)) == 1);
    if (options.users == ColdItemUsers::kRemove) RC_ASSERT(lists->refit.row(lists->test.users[q]).empty());
  }
  for (std::size_t q = 0; q < lists->test_warm.size(); ++q) {
    RC_ASSERT(cold.count(item(lists->test_warm.targets.row(q)[0])) == 0);
    RC_ASSERT(!lists->test_warm.history.row(q).empty());
  }
  for (std::size_t q = 0; q < lists->valid.size(); ++q) RC_ASSERT(valid_cold.count(item(lists->valid.targets.row(q)[0])) == 1);
}

/// Folds of users (items) are disjoint and cover everyone.
RC_GTEST_PROP(Folds, EachIsColdOnce, ()) {
  const World world(*split_test::some_events());
  std::map<std::uint32_t, int> users, items;
  for (std::uint32_t fold = 0; fold < 3; ++fold) {
    ColdChoice choice{.seed = 2, .folds = 3, .fold = fold};
    if (const auto made = make_user_cold(world.data, {.choice = choice, .max_history = 0})) {
      for (const std::uint32_t u : made->lists.cold.users) ++users[u];
    }
    if (const auto made = make_item_cold(world.data, {.choice = choice})) {
      for (const std::uint32_t i : made->lists.cold.items) ++items[i];
    }
  }
  for (const auto& [id, n] : users) RC_ASSERT(n == 1);
  for (const auto& [id, n] : items) RC_ASSERT(n == 1);
}

// u0 begins at 1, u1 at 2, u2 and u3 at 3: u3 is later in the source.
const std::vector<Event> kFour{{0, 0, 5, 1}, {0, 1, 5, 4}, {0, 2, 5, 5}, {1, 0, 5, 2}, {1, 1, 5, 4}, {1, 3, 5, 6},
                               {2, 0, 5, 3}, {2, 2, 2, 7}, {2, 3, 4, 8}, {3, 1, 5, 3}, {3, 2, 1, 9}, {3, 4, 4, 9}};

TEST(UserCold, NewestAreThoseWhoseFirstEventIsLatest) {
  const World world(kFour);
  const auto made = make_user_cold(world.data, {.choice = {.select = Select::kNewest, .fraction = 0.25}, .max_history = 1});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(world.write(made));
  const SplitLists& lists = made->lists;
  ASSERT_EQ(lists.cold.users.size(), 1u);
  EXPECT_EQ(world.user(lists.cold.users[0]), "u3");  // tied with u2 in time, later in the source
  ASSERT_EQ(lists.valid_cold.users.size(), 1u);
  EXPECT_EQ(world.user(lists.valid_cold.users[0]), "u2");
  EXPECT_EQ(world.item_of(lists.test.history.row(0)[0]), "i1");
  EXPECT_EQ(world.item_of(lists.test.targets.row(0)[0]), "i2");
  EXPECT_EQ(lists.train.events.size(), 6u);
  EXPECT_EQ(lists.refit.events.size(), 9u);  // all events of the validation user join
}

TEST(UserCold, TheRuleSkipsEventsAndHidesThem) {
  const World world(kFour);
  const auto made = make_user_cold(world.data, {.choice = {.select = Select::kNewest, .fraction = 0.25},
                                                .max_history = 1, .target = {TargetRule::kNextRatedAbove, 3}});
  ASSERT_TRUE(world.write(made));
  EXPECT_EQ(world.item_of(made->lists.test.targets.row(0)[0]), "i4");
  ASSERT_EQ(made->lists.test.hidden.row(0).size(), 1u);
  const Split split = *Split::open(world.folder / "split", world.data);
  const QuerySet test = split.test(TestHistory::kTrain);
  EXPECT_EQ(test.history.size(), 1u);
  EXPECT_EQ(test.mask.size(), 2u);  // the hidden one too
}

TEST(UserCold, ColdUsersDoNotDependOnHowMuchTheyShow) {
  const World world(kFour);
  const auto cold = [&](std::uint32_t k) {
    return make_user_cold(world.data, {.choice = {.fraction = 0.5, .seed = 3}, .max_history = k})->lists.cold.users;
  };
  EXPECT_EQ(cold(0), cold(1));
  EXPECT_EQ(cold(0), cold(2));
}

TEST(UserCold, PaperTakesShortLogsAfterTheCut) {
  std::vector<Event> events;
  for (int e = 0; e < 18; ++e) events.push_back({e % 3, e, 5, e + 1});  // three long users
  events.push_back({7, 0, 5, 19});                                      // cut: the 90th percentile of 21 events is 19
  events.push_back({8, 1, 5, 20});
  events.push_back({8, 2, 5, 21});
  const World world(events);
  const auto made = make_user_cold(world.data, {.choice = {.select = Select::kPaper}, .max_history = 1});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->lists.cold.users.size(), 1u);
  EXPECT_EQ(world.user(made->lists.cold.users[0]), "u8");
  const World dense(kFour);  // three events each
  const auto refused = make_user_cold(dense.data, {.choice = {.select = Select::kPaper}, .max_history = 0});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("select: random"), std::string::npos) << refused.error().message;
}

TEST(ItemCold, NewestByFirstEventWithItsWarmTargets) {
  // First events: i0 at 1, i1 at 2, i2 at 3, i3 at 8.
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 3, 5, 9}, {0, 2, 5, 10}, {1, 2, 5, 3}, {1, 0, 5, 4}, {1, 3, 5, 8}, {2, 3, 5, 8}, {2, 1, 5, 9}});
  const auto made = make_item_cold(world.data, {.choice = {.select = Select::kNewest, .fraction = 0.25}});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_TRUE(world.write(made));
  const SplitLists& lists = made->lists;
  ASSERT_EQ(lists.cold.items.size(), 1u);
  EXPECT_EQ(world.data.items().id(lists.cold.items[0]), "i3");
  ASSERT_EQ(lists.test.size(), 2u);  // u2 met it before anything warm
  EXPECT_EQ(world.item_of(lists.test_warm.targets.row(0)[0]), "i1");  // u0: i0 shown, i1 the warm target
  EXPECT_EQ(world.item_of(lists.test_warm.targets.row(1)[0]), "i0");
  EXPECT_EQ(lists.test.history.row(0).size(), 2u);
  // keep: what is left of all users but cold events and warm targets
  EXPECT_EQ(lists.refit.events.size(), 9u - 3u - 2u);
  const Json certificate = world.certificate();
  EXPECT_EQ(certificate["proof"]["training_events_of_cold_items"], 0);
  EXPECT_EQ(certificate["items"]["cold"], 1);
  EXPECT_EQ(certificate["warm_targets"]["users"], 2);
}

TEST(ItemCold, FewestTakesRareItemsAndRemoveTakesTheirUsersOut) {
  const World world(kFour);  // i4 once; i3 twice; i0, i1, i2 three times
  const auto made = make_item_cold(world.data, {.choice = {.select = Select::kFewest, .fraction = 0.2}, .users = ColdItemUsers::kRemove});
  ASSERT_TRUE(made) << made.error().message;
  ASSERT_EQ(made->lists.cold.items.size(), 1u);
  EXPECT_EQ(world.data.items().id(made->lists.cold.items[0]), "i4");
  EXPECT_EQ(made->lists.refit.events.size(), 9u);  // all but the three of u3
}

TEST(ColdSplits, RandomShareOfASeedIsPartOfItsLargerShare) {
  std::vector<Event> events;
  for (int u = 0; u < 40; ++u) {
    for (int e = 0; e < 3; ++e) events.push_back({u, (u + e) % 11, 5, 10 * u + e});
  }
  const World world(events);
  const auto cold = [&](double fraction, std::uint64_t seed) {
    return split_test::as_set(make_user_cold(world.data, {.choice = {.fraction = fraction, .seed = seed}, .max_history = 1})->lists.cold.users);
  };
  const auto small = cold(0.1, 1), large = cold(0.3, 1);
  EXPECT_EQ(small.size(), 4u);
  EXPECT_EQ(large.size(), 12u);
  EXPECT_TRUE(std::includes(large.begin(), large.end(), small.begin(), small.end()));
  EXPECT_NE(cold(0.1, 1), cold(0.1, 2));
}

TEST(ColdSplits, RefuseWhatTheDataCannotDo) {
  const World none(kFour, false, false), relative(kFour, true, false, true);
  for (const World* world : {&none, &relative}) {
    const auto users = make_user_cold(world->data, {.choice = {.select = Select::kNewest}, .max_history = 1});
    ASSERT_FALSE(users);
    EXPECT_NE(users.error().message.find("select: random"), std::string::npos);
    const auto items = make_item_cold(world->data, {.choice = {.select = Select::kNewest}});
    ASSERT_FALSE(items);
    EXPECT_NE(items.error().message.find("select: fewest"), std::string::npos);
  }
  const auto rated = make_user_cold(none.data, {.max_history = 0, .target = {TargetRule::kNextRatedAbove, 3}});
  ASSERT_FALSE(rated);
  EXPECT_NE(rated.error().message.find("no ratings"), std::string::npos);
  const World world(kFour);
  const auto long_history = make_user_cold(world.data, {.max_history = 3});
  ASSERT_FALSE(long_history);
  EXPECT_NE(long_history.error().message.find("smaller max_history"), std::string::npos);
}

TEST(Promise, ABrokenOneFailsTheSplit) {
  const World world(kFour);
  const auto good = make_item_cold(world.data, {.choice = {.select = Select::kNewest, .fraction = 0.2}});
  ASSERT_TRUE(good);
  const auto broken = [&](const auto& damage) {
    MadeSplit made = *good;
    damage(made.lists);
    const Status status = world.write(Result<MadeSplit>(made), "broken");
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(broken([](SplitLists&) {}), "");
  // A cold item's event comes back into training.
  const std::uint32_t target = good->lists.test.targets.events[0];
  const auto put = [&](EventLists& rows, std::uint32_t user, std::uint32_t event) {
    EventLists changed;
    for (std::size_t u = 0; u < rows.rows(); ++u) {
      std::vector<std::uint32_t> row(rows.row(u).begin(), rows.row(u).end());
      if (u == user) row.push_back(event);
      changed.add_row(row);
    }
    rows = changed;
  };
  EXPECT_NE(broken([&](SplitLists& l) { put(l.train, l.test.users[0], target); }).find("cold items"), std::string::npos);
  EXPECT_NE(broken([&](SplitLists& l) { put(l.refit, l.test.users[0], target); }).find("held-out"), std::string::npos);
  EXPECT_NE(broken([&](SplitLists& l) { put(l.test.history, 0, target); }).find("histories"), std::string::npos);
  EXPECT_NE(broken([&](SplitLists& l) { put(l.train, 0, l.train.row(1)[0]); }).find("another user"), std::string::npos);
}

}  // namespace
}  // namespace motive
