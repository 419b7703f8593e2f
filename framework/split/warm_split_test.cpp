// Ratio, temporal and imported splits, and the exports.

#include <cmath>

#include "framework/split/export.h"
#include "framework/split/imported.h"
#include "framework/split/item_cold.h"
#include "framework/split/ratio.h"
#include "framework/split/temporal.h"
#include "framework/split/test_split_world.h"

namespace motive {
namespace {

using split_test::Event;
using split_test::World;

RC_GTEST_PROP(Ratio, NeverLeaksAndKeepsTheOrder, ()) {
  const World world(*split_test::some_events());
  RatioOptions options = *rc::gen::element(RatioOptions{}, RatioOptions{0.5, 0.25, 0.25, {}}, RatioOptions{0.6, 0, 0.4, {}});
  if (*rc::gen::arbitrary<bool>()) options.order_seed = 3;
  const auto lists = split_test::written(world, make_ratio(world.data, options));
  if (!lists) return;
  split_test::expect_no_leak(world, *lists);
  const EventsView& all = world.data.events();
  for (std::size_t q = 0; q < lists->test.size(); ++q) {
    const auto user = lists->test.users[q];
    const double n = static_cast<double>(all.offsets[user + 1] - all.offsets[user]);
    RC_ASSERT(lists->test.targets.row(q).size() == static_cast<std::size_t>(std::floor(options.test * n + 0.5 + 1e-9)));
    RC_ASSERT(!lists->train.row(user).empty());
  }
}

RC_GTEST_PROP(Temporal, NothingOfTrainingIsLaterThanAnyTarget, ()) {
  const World world(*split_test::some_events());
  TemporalOptions options;
  if (*rc::gen::arbitrary<bool>()) {
    options.train_until = 5;
    options.valid_until = 8;
  } else {
    options.train_quantile = 0.5;
    options.valid_quantile = 0.75;
  }
  const auto lists = split_test::written(world, make_temporal(world.data, options));
  if (!lists) return;
  split_test::expect_no_leak(world, *lists);
  const EventsView& all = world.data.events();
  for (const std::uint32_t target : lists->test.targets.events) {
    for (const std::uint32_t event : lists->refit.events) RC_ASSERT(all.times[event] < all.times[target]);
  }
  for (const std::uint32_t user : lists->test.users) RC_ASSERT(!lists->train.row(user).empty());
  RC_ASSERT(world.certificate()["later_training_share"] == 0.0);
}

TEST(Temporal, QuantilesAreNearestRanks) {
  const std::vector<std::int64_t> times{50, 10, 40, 20, 30};
  EXPECT_EQ(time_quantile(times, 0.2), 10);
  EXPECT_EQ(time_quantile(times, 0.5), 30);
  EXPECT_EQ(time_quantile(times, 0.8), 40);
  EXPECT_EQ(time_quantile(times, 1), 50);
}

TEST(Temporal, RefusesTimesThatAreNotComparable) {
  const std::vector<Event> events{{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 5, 3}};
  const World none(events, false), relative(events, true, true, true), world(events);
  for (const World* w : {&none, &relative}) {
    const auto refused = make_temporal(w->data, {});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("leave_one_out"), std::string::npos);
  }
  const auto nobody = make_temporal(world.data, {.train_until = 5, .valid_until = 6});
  ASSERT_FALSE(nobody);
  EXPECT_NE(nobody.error().message.find("other cut points"), std::string::npos) << nobody.error().message;
}

const std::vector<Event> kEvents{{0, 0, 5, 1}, {0, 1, 5, 2}, {0, 2, 4, 3}, {0, 0, 3, 9}, {1, 0, 5, 1}, {1, 1, 5, 5}, {2, 3, 1, 7}, {2, 0, 2, 8}};

void write_text(const Path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text;
}

/// The error of a split with this test.csv; "" where there is none.
std::string import_error(const World& world, const std::string& test, const std::string& history = "") {
  const Path folder = world.folder / "given";
  write_text(folder / "train.csv", "user,item\nu0,i1\nu1,i0\n");
  write_text(folder / "test.csv", test);
  std::filesystem::remove(folder / "history.csv");
  if (!history.empty()) write_text(folder / "history.csv", history);
  const Status status = world.write(make_imported(world.data, {folder}));
  return status ? "" : status.error().message;
}

TEST(Imported, RefusesWhatTheDataDoNotHold) {
  const World world(kEvents);
  const auto says = [](const std::string& error, const std::string& what) { return error.find(what) != std::string::npos; };
  EXPECT_EQ(import_error(world, "user,item,timestamp\nu0,i2,3\nu2,i3,7\n"), "");
  EXPECT_TRUE(says(import_error(world, "user,item\nu9,i0\n"), "test.csv:2: the prepared data have no user `u9`"));
  EXPECT_TRUE(says(import_error(world, "user,item\nu0,i2\nu0,i9\n"), "test.csv:3: the prepared data have no item `i9`"));
  EXPECT_TRUE(says(import_error(world, "user,item\nu1,i2\n"), "hold no event of user `u1` with item `i2`"));
  EXPECT_TRUE(says(import_error(world, "user,item,timestamp\nu0,i2,4\n"), "at 4"));
  EXPECT_TRUE(says(import_error(world, "user,item\nu1,i0\n"), "stands in train.csv already"));
  EXPECT_TRUE(says(import_error(world, "user,thing\nu1,i0\n"), "columns user and item"));
  EXPECT_TRUE(says(import_error(world, "user,item\n"), "names no event"));
  EXPECT_TRUE(says(import_error(world, "user,item\nu0,i2\n", "user,item\nu0,i2\n"), "test events stand in histories"));
  const auto missing = make_imported(world.data, {world.folder / "nowhere"});
  ASSERT_FALSE(missing);
  EXPECT_TRUE(says(missing.error().message, "train.csv does not exist"));
}

TEST(Imported, ColdIsWhatHasNoTrainingEvent) {
  const World world(kEvents);
  ASSERT_EQ(import_error(world, "user,item,timestamp\nu0,i2,3\nu2,i3,7\n"), "");
  const SplitLists lists = *read_split_lists(world.folder / "split");
  ASSERT_EQ(lists.cold.items.size(), 2u);  // i2 and i3
  ASSERT_EQ(lists.cold.users.size(), 1u);
  EXPECT_EQ(world.user(lists.cold.users[0]), "u2");
  EXPECT_EQ(lists.test.history.row(0).size(), 1u);  // without history.csv: what trains
}

RC_GTEST_PROP(Export, ImportedAgainGivesTheSameQueries, ()) {
  const World world(*split_test::some_events());
  const auto made = make_item_cold(world.data, {.choice = {.select = Select::kRandom, .fraction = 0.3}});
  if (!made) return;
  RC_ASSERT(world.write(made).has_value());
  RC_ASSERT(export_split(world.folder / "split", world.data, ExportFormat::kCsv, world.folder / "out").has_value());
  RC_ASSERT(world.write(make_imported(world.data, {world.folder / "out"}), "again").has_value());
  const SplitLists again = *read_split_lists(world.folder / "again");
  RC_ASSERT(again.test.users == made->lists.test.users);
  const EventsView& all = world.data.events();
  // Equal events of one user and item may be exchanged; what they say is the same.
  const auto same = [&](const EventLists& a, const EventLists& b) {
    if (a.offsets != b.offsets) return false;
    for (std::size_t i = 0; i < a.events.size(); ++i) {
      if (all.items[a.events[i]] != all.items[b.events[i]] && all.times[a.events[i]] != all.times[b.events[i]]) return false;
    }
    return true;
  };
  RC_ASSERT(same(again.train, made->lists.train));
  RC_ASSERT(same(again.test.targets, made->lists.test.targets));
  RC_ASSERT(same(again.test.history, made->lists.test.history));
}

TEST(Export, RecboleAtomicFiles) {
  const World world({{0, 0, 4, 1}, {0, 1, 5, 2}, {0, 2, 3, 3}, {0, 3, 2, 4}});
  ASSERT_TRUE(world.write(make_ratio(world.data, {0.5, 0.25, 0.25, {}})));
  const auto names = export_split(world.folder / "split", world.data, ExportFormat::kRecbole, world.folder / "w");
  ASSERT_TRUE(names) << names.error().message;
  EXPECT_EQ(*read_file(world.folder / "w" / "w.train.inter"),
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu0\ti0\t4\t1\nu0\ti1\t5\t2\n");
  EXPECT_EQ(*read_file(world.folder / "w" / "w.valid.inter"), "user_id:token\titem_id:token\trating:float\ttimestamp:float\nu0\ti2\t3\t3\n");
  EXPECT_EQ(*read_file(world.folder / "w" / "w.user"), "user_id:token\nu0\n");
  EXPECT_TRUE(std::filesystem::exists(world.folder / "w" / "w.item"));
  EXPECT_FALSE(export_format("parquet"));
}

}  // namespace
}  // namespace motive
