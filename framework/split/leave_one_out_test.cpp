// Properties of the warm leave-one-out split on random data with ties, repeats and short users.

#include "framework/split/leave_one_out.h"

#include "framework/split/export.h"
#include "framework/split/test_split_world.h"

namespace motive {
namespace {

using split_test::Event;
using split_test::World;

Status split(const World& world, const LeaveOneOutOptions& options, const std::string& name = "split") {
  return world.write(make_leave_one_out(world.data, options), name);
}

LeaveOneOutOptions some_options() {
  LeaveOneOutOptions options;
  options.target.rule = *rc::gen::element(TargetRule::kLast, TargetRule::kLastRatedAbove, TargetRule::kHighestRated);
  options.target.rating = 3;
  if (*rc::gen::arbitrary<bool>()) options.order_seed = 7;
  return options;
}

RC_GTEST_PROP(LeaveOneOut, NeverLeaksAndAccountsForEveryEvent, ()) {
  const World world(*split_test::some_events());
  const auto lists = split_test::written(world, make_leave_one_out(world.data, some_options()));
  if (!lists) return;
  split_test::expect_no_leak(world, *lists);
  RC_ASSERT(lists->valid.users == lists->test.users);
  const auto train = split_test::as_set(lists->train.events);
  for (std::size_t q = 0; q < lists->test.size(); ++q) {
    const auto history = lists->test.history.row(q);
    RC_ASSERT(lists->test.targets.row(q).size() == 1u);
    RC_ASSERT(history.size() >= 2u);
    RC_ASSERT(history.back() == lists->valid.targets.row(q)[0]);  // the event before the target
    for (const std::uint32_t event : history.first(history.size() - 1)) RC_ASSERT(train.count(event) == 1);
  }
}

RC_GTEST_PROP(LeaveOneOut, TargetFollowsTheRule, ()) {
  const World world(*split_test::some_events());
  LeaveOneOutOptions options = some_options();
  options.order_seed.reset();
  if (!split(world, options)) return;
  const SplitLists lists = *read_split_lists(world.folder / "split");
  const EventsView& all = world.data.events();
  for (std::size_t q = 0; q < lists.test.users.size(); ++q) {
    const std::uint32_t target = lists.test.targets.events[q];
    const UserId user = user_id(lists.test.users[q]);
    for (std::size_t e = all.begin(user); e < all.end(user); ++e) {
      const bool later = e > target;
      if (options.target.rule == TargetRule::kLast) RC_ASSERT(!later);
      if (options.target.rule == TargetRule::kLastRatedAbove) RC_ASSERT(!(later && all.ratings[e] > 3));
      if (options.target.rule == TargetRule::kHighestRated) {
        RC_ASSERT(all.ratings[e] <= all.ratings[target]);
        RC_ASSERT(!(later && all.ratings[e] == all.ratings[target]));
      }
    }
    if (options.target.rule == TargetRule::kLastRatedAbove) RC_ASSERT(all.ratings[target] > 3);
  }
}

TEST(LeaveOneOut, OrderSeedReshufflesTiedEventsOnly) {
  std::vector<Event> events;
  for (int item = 0; item < 8; ++item) events.push_back({0, item, 5, item < 4 ? 1 : 2});
  const World world(events);
  std::set<std::uint32_t> targets;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string name = std::to_string(seed);
    ASSERT_TRUE(split(world, {.order_seed = seed}, name));
    const SplitLists lists = *read_split_lists(world.folder / name);
    targets.insert(lists.test.targets.events[0]);
    for (const std::uint32_t event : lists.test.history.row(0).first(4)) EXPECT_LT(event, 4u);
  }
  EXPECT_EQ(targets, (std::set<std::uint32_t>{4, 5, 6, 7}));
}

TEST(LeaveOneOut, RefusesWhatTheDataCannotDo) {
  const std::vector<Event> events{{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}};
  const World bare(events, false, false);
  const auto rated = split(bare, {.target = {.rule = TargetRule::kHighestRated}});
  ASSERT_FALSE(rated);
  EXPECT_NE(rated.error().message.find("no ratings"), std::string::npos);
  const auto ordered = split(bare, {.order_seed = 1});
  ASSERT_FALSE(ordered);
  EXPECT_NE(ordered.error().message.find("no timestamps"), std::string::npos);
  EXPECT_TRUE(split(bare, {}));
}

TEST(LeaveOneOut, RefitMergesValidationBackInItsPlace) {
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}, {0, 3, 5, 4}, {1, 0, 5, 1}, {1, 1, 5, 2}});
  ASSERT_TRUE(split(world, {}));
  const Split opened = *Split::open(world.folder / "split", world.data);
  EXPECT_EQ(opened.train().items.size(), 4u);  // two of the first user, two of the one who only trains
  const EventsCopy merged = opened.train_and_valid();
  EXPECT_EQ(merged.offsets, (std::vector<std::uint64_t>{0, 3, 5}));
  const auto raw = [&](ItemId item) { return world.data.items().id(index(item)); };
  EXPECT_EQ(raw(merged.items[2]), "i2");
  EXPECT_EQ(opened.test(TestHistory::kTrainValid).history.size(), 3u);
  const QuerySet withheld = opened.test(TestHistory::kTrain);
  EXPECT_EQ(withheld.history.size(), 2u);
  EXPECT_EQ(withheld.mask.size(), 3u);  // masked although withheld
}

TEST(LeaveOneOut, TruncatedHistoriesShowTheLastEventsAndMaskAll) {
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}, {0, 3, 5, 4}, {0, 4, 5, 5}});
  ASSERT_TRUE(split(world, {.shown = 2}));
  const Split opened = *Split::open(world.folder / "split", world.data);
  EXPECT_EQ(opened.train().items.size(), 3u);  // training has them all
  const QuerySet test = opened.test(TestHistory::kTrainValid);
  ASSERT_EQ(test.history.size(), 2u);
  EXPECT_EQ(world.data.items().id(index(test.history[0])), "i2");
  EXPECT_EQ(test.mask.size(), 4u);
  const QuerySet withheld = opened.test(TestHistory::kTrain);
  ASSERT_EQ(withheld.history.size(), 2u);  // the last two of those that may be seen
  EXPECT_EQ(world.data.items().id(index(withheld.history[1])), "i2");
}

TEST(LeaveOneOut, ForeignSplitIsRefused) {
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}});
  const World other({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}, {1, 0, 5, 1}});
  ASSERT_TRUE(split(world, {}));
  EXPECT_FALSE(Split::open(world.folder / "split", other.data));
}

TEST(LeaveOneOut, ExportsRawIds) {
  const World world({{0, 0, 4, 1}, {0, 1, 5, 2}, {0, 2, 3, 3}});
  ASSERT_TRUE(split(world, {}));
  ASSERT_TRUE(export_split(world.folder / "split", world.data, ExportFormat::kCsv, world.folder / "out"));
  EXPECT_EQ(*read_file(world.folder / "out" / "test.csv"), "user,item,rating,timestamp\nu0,i2,3,3\n");
  EXPECT_EQ(*read_file(world.folder / "out" / "history.csv"), "user,item,rating,timestamp\nu0,i0,4,1\nu0,i1,5,2\n");
}

}  // namespace
}  // namespace motive
