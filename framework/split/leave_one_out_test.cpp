// Properties of the warm leave-one-out split on random data with ties, repeats and short users.

#include "framework/split/leave_one_out.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "framework/split/export.h"
#include "framework/split/split_files.h"

namespace motive {
namespace {

struct Event {
  int user, item, rating, time;
};

/// A data set prepared from these events, in a folder of its own.
struct World {
  Path folder;
  PreparedData data;

  explicit World(const std::vector<Event>& events, bool with_times = true, bool with_ratings = true) {
    static int number = 0;
    folder = Path(testing::TempDir()) / fmt::format("split-{}-{}", ::getpid(), ++number);
    std::filesystem::create_directories(folder / "prepared");
    std::ofstream csv(folder / "events.csv");
    csv << "u,i,r,t\n";
    for (const Event& e : events) csv << "u" << e.user << ",i" << e.item << ',' << e.rating << ',' << e.time << '\n';
    csv.close();
    Json columns = {{"user", "u"}, {"item", "i"}};
    if (with_times) columns["timestamp"] = "t";
    if (with_ratings) columns["rating"] = "r";
    config::Errors errors;
    const auto node = config::from_json(Json
        {{"name", "w"}, {"path", folder.string()}, {"interactions", {{"file", "events.csv"}, {"time_format", "unix"}, {"columns", columns}}}}, "test");
    const auto descriptor = resolve_descriptor(node, folder, errors);
    if (!descriptor) throw std::runtime_error(errors.error().message);
    NoProgress progress;
    if (auto made = prepare(*descriptor, FilterOptions::none(), folder / "prepared", progress); !made) {
      throw std::runtime_error(made.error().message);
    }
    data = *PreparedData::open(folder / "prepared");
  }
  ~World() { std::filesystem::remove_all(folder); }

  Status split(const LeaveOneOutOptions& options, const std::string& name = "split") const {
    std::filesystem::create_directories(folder / name);
    return make_leave_one_out(data, options, folder / name);
  }
};

rc::Gen<std::vector<Event>> some_events() {
  return rc::gen::container<std::vector<Event>>(
      rc::gen::build<Event>(rc::gen::set(&Event::user, rc::gen::inRange(0, 6)), rc::gen::set(&Event::item, rc::gen::inRange(0, 5)),
                            rc::gen::set(&Event::rating, rc::gen::inRange(1, 6)), rc::gen::set(&Event::time, rc::gen::inRange(1, 8))));
}

LeaveOneOutOptions some_options() {
  LeaveOneOutOptions options;
  options.rule = *rc::gen::element(TargetRule::kLast, TargetRule::kLastRatedAbove, TargetRule::kHighestRated);
  options.rating = 3;
  if (*rc::gen::arbitrary<bool>()) options.order_seed = 7;
  return options;
}

RC_GTEST_PROP(LeaveOneOut, NeverLeaksAndAccountsForEveryEvent, ()) {
  const auto events = *rc::gen::suchThat(some_events(), [](const auto& e) { return !e.empty(); });
  const World world(events);
  const LeaveOneOutOptions options = some_options();
  const auto made = world.split(options);
  if (!made) {
    RC_ASSERT(made.error().kind == ErrorKind::kInvalid);  // nobody can be tested
    return;
  }
  const SplitLists lists = *read_split_lists(world.folder / "split");
  const EventsView& all = world.data.events();
  std::set<std::uint32_t> train(lists.train.begin(), lists.train.end());
  RC_ASSERT(train.size() == lists.train.size());
  RC_ASSERT(lists.valid.users == lists.test.users);
  for (std::size_t q = 0; q < lists.test.users.size(); ++q) {
    const std::uint32_t target = lists.test.targets[q], valid = lists.valid.targets[q];
    RC_ASSERT(train.count(target) == 0);
    RC_ASSERT(train.count(valid) == 0);
    RC_ASSERT(target != valid);
    const std::span<const std::uint32_t> history =
        std::span(lists.test.history).subspan(lists.test.history_offsets[q], lists.test.history_offsets[q + 1] - lists.test.history_offsets[q]);
    RC_ASSERT(history.size() >= 2u);
    RC_ASSERT(history.back() == valid);  // the event before the target
    for (const std::uint32_t event : history) {
      RC_ASSERT(event != target);
      RC_ASSERT(all.times[event] <= all.times[target]);
      RC_ASSERT(event == valid || train.count(event) == 1);
    }
  }
  const Json certificate = Split::open(world.folder / "split", world.data)->certificate();
  const auto& counts = certificate["events"];
  RC_ASSERT(counts["train"].get<int>() + counts["valid"].get<int>() + counts["test"].get<int>() +
                counts["left_out_after_target"].get<int>() == counts["all"].get<int>());
}

RC_GTEST_PROP(LeaveOneOut, TargetFollowsTheRule, ()) {
  const auto events = *rc::gen::suchThat(some_events(), [](const auto& e) { return !e.empty(); });
  const World world(events);
  LeaveOneOutOptions options = some_options();
  options.order_seed.reset();
  if (!world.split(options)) return;
  const SplitLists lists = *read_split_lists(world.folder / "split");
  const EventsView& all = world.data.events();
  for (std::size_t q = 0; q < lists.test.users.size(); ++q) {
    const std::uint32_t target = lists.test.targets[q];
    const UserId user = user_id(lists.test.users[q]);
    for (std::size_t e = all.begin(user); e < all.end(user); ++e) {
      const bool later = e > target;
      if (options.rule == TargetRule::kLast) RC_ASSERT(!later);
      if (options.rule == TargetRule::kLastRatedAbove) RC_ASSERT(!(later && all.ratings[e] > 3));
      if (options.rule == TargetRule::kHighestRated) {
        RC_ASSERT(all.ratings[e] <= all.ratings[target]);
        RC_ASSERT(!(later && all.ratings[e] == all.ratings[target]));
      }
    }
    if (options.rule == TargetRule::kLastRatedAbove) RC_ASSERT(all.ratings[target] > 3);
  }
}

TEST(LeaveOneOut, OrderSeedReshufflesTiedEventsOnly) {
  std::vector<Event> events;
  for (int item = 0; item < 8; ++item) events.push_back({0, item, 5, item < 4 ? 1 : 2});
  const World world(events);
  std::set<std::uint32_t> targets;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const std::string name = std::to_string(seed);
    ASSERT_TRUE(world.split({.order_seed = seed}, name));
    const SplitLists lists = *read_split_lists(world.folder / name);
    targets.insert(lists.test.targets[0]);
    for (const std::uint32_t event : std::span(lists.test.history).first(4)) EXPECT_LT(event, 4u);
  }
  EXPECT_EQ(targets, (std::set<std::uint32_t>{4, 5, 6, 7}));
}

TEST(LeaveOneOut, RefusesWhatTheDataCannotDo) {
  const std::vector<Event> events{{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}};
  const World bare(events, false, false);
  const auto rated = bare.split({.rule = TargetRule::kHighestRated});
  ASSERT_FALSE(rated);
  EXPECT_NE(rated.error().message.find("no ratings"), std::string::npos);
  const auto ordered = bare.split({.order_seed = 1});
  ASSERT_FALSE(ordered);
  EXPECT_NE(ordered.error().message.find("no timestamps"), std::string::npos);
  EXPECT_TRUE(bare.split({}));
}

TEST(LeaveOneOut, RefitMergesValidationBackInItsPlace) {
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}, {0, 3, 5, 4}, {1, 0, 5, 1}, {1, 1, 5, 2}});
  ASSERT_TRUE(world.split({}));
  const Split split = *Split::open(world.folder / "split", world.data);
  EXPECT_EQ(split.train().items.size(), 4u);  // two of the first user, two of the one who only trains
  const EventsCopy merged = split.train_and_valid();
  EXPECT_EQ(merged.offsets, (std::vector<std::uint64_t>{0, 3, 5}));
  const auto raw = [&](ItemId item) { return world.data.items().id(index(item)); };
  EXPECT_EQ(raw(merged.items[2]), "i2");
  EXPECT_EQ(split.test(TestHistory::kTrainValid).history.size(), 3u);
  const QuerySet withheld = split.test(TestHistory::kTrain);
  EXPECT_EQ(withheld.history.size(), 2u);
  EXPECT_EQ(withheld.mask.size(), 3u);  // masked although withheld
}

TEST(LeaveOneOut, ForeignSplitIsRefused) {
  const World world({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}});
  const World other({{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}, {1, 0, 5, 1}});
  ASSERT_TRUE(world.split({}));
  EXPECT_FALSE(Split::open(world.folder / "split", other.data));
}

TEST(LeaveOneOut, ExportsRawIds) {
  const World world({{0, 0, 4, 1}, {0, 1, 5, 2}, {0, 2, 3, 3}});
  ASSERT_TRUE(world.split({}));
  ASSERT_TRUE(export_split(world.folder / "split", world.data, world.folder / "out"));
  EXPECT_EQ(*read_file(world.folder / "out" / "test.csv"), "user,item,rating,timestamp\nu0,i2,3,3\n");
  EXPECT_EQ(*read_file(world.folder / "out" / "history.csv"), "user,item,rating,timestamp\nu0,i0,4,1\nu0,i1,5,2\n");
}

}  // namespace
}  // namespace motive
