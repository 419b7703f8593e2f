// What holds in every world: counts, times, ratings, the truth, determinism, refusals.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "framework/base/hash.h"
#include "framework/data/descriptor.h"
#include "tests/world/world_support.h"

namespace motive::test {
namespace {

constexpr std::int64_t kStart = 17897;  // 2019-01-01 in days since 1970

WorldOptions random_options() {
  WorldOptions options;
  options.users = *rc::gen::inRange(1, 60);
  options.items = *rc::gen::inRange(100, 400);
  options.min_events = *rc::gen::inRange(1, 6);
  options.events_per_user = static_cast<double>(options.min_events) + *rc::gen::inRange(0, 5);
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  options.fit = *rc::gen::inRange(0, 21);
  options.interest = *rc::gen::inRange(0, 21);
  options.popularity = *rc::gen::inRange(0, 31) / 10.0;
  options.noise = *rc::gen::inRange(1, 41) / 4.0;
  options.text_noise = *rc::gen::inRange(0, 11) / 10.0;
  options.sentences = *rc::gen::inRange(1, 12);
  options.same_day = *rc::gen::inRange(0, 11) / 10.0;
  options.released_at_start = *rc::gen::inRange(5, 11) / 10.0;
  options.days = *rc::gen::inRange(30, 2000);
  return options;
}

void check_items(const World& world) {
  const RawTable& items = world.tables.items;
  for (std::uint32_t row = 0; row < items.size(); ++row) {
    for (std::size_t f = 0; f < items.fields().size(); ++f) {
      const std::string_view text = items.get(row, f);
      RC_ASSERT(!text.empty());
      RC_ASSERT(text.find_first_of("{}\n\t") == std::string_view::npos);
    }
  }
}

void check_truth(const Csv& csv, const RawTable& table) {
  RC_ASSERT(csv.rows.size() == table.size());
  const std::size_t first = csv.column(kTraits.front());
  for (std::uint32_t row = 0; row < table.size(); ++row) {
    RC_ASSERT(csv.rows[row][0] == table.ids()[row]);
    double sum = 0;
    for (std::size_t m = 0; m < kTraits.size(); ++m) sum += std::stod(csv.rows[row][first + m]);
    RC_ASSERT(std::abs(sum - 1) < 1e-9);
  }
}

void check_events(const World& world, const WorldOptions& options) {
  const RawTables& tables = world.tables;
  const std::vector<double> release = world.items.numbers("release_day");
  std::vector<std::int64_t> counts(tables.users.size());
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::size_t e = 0; e < tables.size(); ++e) {
    RC_ASSERT(tables.event_time[e] % 86400 == 0);
    const std::int64_t day = tables.event_time[e] / 86400 - kStart;
    RC_ASSERT(day >= 0 && day < options.days);
    RC_ASSERT(static_cast<double>(day) >= release[tables.event_item[e]]);
    if (e > 0 && tables.event_user[e] == tables.event_user[e - 1]) {
      RC_ASSERT(tables.event_time[e] >= tables.event_time[e - 1]);
    }
    const float rating = tables.event_rating[e];
    RC_ASSERT(rating >= 1 && rating <= 5 && rating == std::floor(rating));
    ++counts[tables.event_user[e]];
    RC_ASSERT(pairs.emplace(tables.event_user[e], tables.event_item[e]).second);  // no repeats
  }
  for (const std::int64_t count : counts) RC_ASSERT(count >= options.min_events);
}

RC_GTEST_PROP(World, HoldsItsPromises, ()) {
  const WorldOptions options = random_options();
  RC_PRE(options.contradiction().empty());
  const World world = make_world(options);
  RC_ASSERT(world.tables.users.size() == static_cast<std::size_t>(options.users));
  RC_ASSERT(world.tables.items.size() == static_cast<std::size_t>(options.items));
  check_items(world);
  check_truth(world.users, world.tables.users);
  check_truth(world.items, world.tables.items);
  check_events(world, options);
}

RC_GTEST_PROP(World, SameOptionsSameBytes, ()) {
  const WorldOptions options = random_options();
  RC_PRE(options.contradiction().empty());
  RawTables without_truth;
  RC_ASSERT(generate_world(options, without_truth, {}).has_value());
  RC_ASSERT(contents(make_world(options).tables) == contents(without_truth));
  WorldOptions other = options;
  ++other.seed;
  RC_ASSERT(contents(make_world(other).tables) != contents(without_truth));
}

// Whoever changes these bytes raises kWorldVersion; a compiler or a processor must not.
TEST(World, BytesOfTheSmallWorldArePinned) {
  RawTables tables;
  ASSERT_TRUE(generate_world(WorldOptions{}, tables, {}).has_value());
  EXPECT_EQ(kWorldVersion, "1");
  EXPECT_EQ(tables.size(), 11616u);
  EXPECT_EQ(sha256_hex(contents(tables)),
            "0454839cf585e5e0c2e0c618129ca180a6b30f2dbf20844ab248bb068ee5801d");
}

TEST(World, TheDescribedWorldsAreSound) {
  for (const std::string name : {"synthetic-small", "synthetic-medium"}) {
    const auto descriptor = find_descriptor(name);
    ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
    ASSERT_TRUE(descriptor->synthetic()) << name;
    EXPECT_EQ(descriptor->world->contradiction(), "") << name;
  }
}

TEST(World, TruthNamesItsOptions) {
  const TemporaryFolder folder;
  RawTables tables;
  WorldOptions options;
  options.fit = 4.5;
  ASSERT_TRUE(generate_world(options, tables, folder.path() / "new" / "truth").has_value());
  const Json world = Json::parse(*read_file(folder.path() / "new" / "truth" / "world.json"));
  EXPECT_EQ(world["options"]["fit"], 4.5);
  EXPECT_EQ(world["world_version"], kWorldVersion);
  EXPECT_EQ(world["words_sha256"], *sha256_file(world_words_file()));
  EXPECT_EQ(world["events"], tables.size());
}

TEST(World, MeanLengthAndRepeatsAreAsAsked) {
  WorldOptions options;
  options.users = 5000;
  options.items = 2000;
  options.repeats = 0.2;
  const World world = make_world(options);
  const auto events = static_cast<double>(world.tables.size());
  EXPECT_NEAR(events / 5000, 12, 0.6);
  std::set<std::pair<std::uint32_t, std::uint32_t>> pairs;
  for (std::size_t e = 0; e < world.tables.size(); ++e) {
    pairs.emplace(world.tables.event_user[e], world.tables.event_item[e]);
  }
  // The first event of a user cannot repeat.
  EXPECT_NEAR(1 - static_cast<double>(pairs.size()) / events, 0.2 * (1 - 1 / 12.0), 0.01);
}

TEST(World, RatingsLeanToFourAndFive) {
  const World world = make_world({});
  std::vector<double> share(6);
  for (const float rating : world.tables.event_rating) {
    share[static_cast<std::size_t>(rating)] += 1.0 / static_cast<double>(world.tables.size());
  }
  EXPECT_GT(share[5], 0.4);
  EXPECT_GT(share[4] + share[5], 0.65);
  for (std::size_t stars = 1; stars <= 5; ++stars) EXPECT_GT(share[stars], 0.02) << stars;
}

TEST(World, ContradictionsAreRefusedWithTheReason) {
  WorldOptions options;
  options.min_events = 20;
  RawTables tables;
  const Status few = generate_world(options, tables, {});
  ASSERT_FALSE(few.has_value());
  EXPECT_EQ(few.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(few.error().message.find("events_per_user (12) must be at least min_events (20)"),
            std::string::npos);
  options = {};
  options.items = 40;
  const Status small = generate_world(options, tables, {});
  ASSERT_FALSE(small.has_value());
  EXPECT_NE(small.error().message.find("a quarter of the 24 items"), std::string::npos);
}

TEST(World, AnUnwritableTruthFolderIsAnError) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomic(folder.path() / "taken", "a file").has_value());
  RawTables tables;
  const Status status = generate_world({}, tables, folder.path() / "taken");
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message.find("taken"), std::string::npos);
}

}  // namespace
}  // namespace motive::test
