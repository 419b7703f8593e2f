#include "framework/evaluate/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using ::testing::HasSubstr;
using testing::make_folder;
using testing::make_world;
using testing::TestWorld;

Result<Ledger> make_and_open(const TestWorld& world, const LedgerOptions& options,
                             const std::string& name) {
  const Path folder = make_folder(name);
  MOTIVE_TRY(Ledger::make(world.events(), world.n_items, world.queries, options, folder));
  return Ledger::open(folder, world.queries);
}

std::vector<ItemId> negatives_in_order(const Path& folder, std::size_t query, std::size_t n) {
  const auto text = read_file(folder / "negatives.u32");
  const auto* all = reinterpret_cast<const ItemId*>(text->data());
  return {all + query * n, all + (query + 1) * n};
}

TEST(Ledger, NegativesAreUntouchedDistinctAndFromThePool) {
  const auto world = make_world(80, 300, 12, 2, 1);
  const auto ledger = make_and_open(world, {40, 7}, "ledger_plain");
  ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
  EXPECT_EQ(ledger->pool_size(),
            static_cast<std::size_t>(std::count(world.pool.begin(), world.pool.end(), true)));
  for (std::size_t q = 0; q < 80; ++q) {
    const auto candidates = ledger->of(q);
    ASSERT_EQ(candidates.size(), 42u);
    ASSERT_TRUE(std::is_sorted(candidates.begin(), candidates.end()));
    const auto touched = world.events().items_of(user_id(q));
    std::size_t own = 0;
    std::set<ItemId> distinct(candidates.begin(), candidates.end());
    ASSERT_EQ(distinct.size(), candidates.size());
    for (const ItemId item : candidates) {
      ASSERT_TRUE(ledger->in_pool(item));
      own += std::count(touched.begin(), touched.end(), item);
    }
    ASSERT_EQ(own, 2u);  // the targets, and nothing else that the user touched
  }
}

TEST(Ledger, FewerNegativesOfTheSameSeedAreTheFirstOfMore) {
  const auto world = make_world(30, 60, 20, 2, 1);  // also where most of the pool is taken
  std::vector<Path> folders;
  const std::vector<std::size_t> sizes = {3, 17, 35};
  for (const std::size_t n : sizes) {
    folders.push_back(make_folder(fmt::format("ledger_nested_{}", n)));
    ASSERT_TRUE(
        Ledger::make(world.events(), 60, world.queries, {static_cast<int>(n), 5}, folders.back())
            .has_value());
  }
  for (std::size_t q = 0; q < 30; ++q) {
    const auto most = negatives_in_order(folders.back(), q, sizes.back());
    for (std::size_t s = 0; s < sizes.size(); ++s) {
      const auto few = negatives_in_order(folders[s], q, sizes[s]);
      ASSERT_TRUE(std::equal(few.begin(), few.end(), most.begin()));
    }
  }
}

TEST(Ledger, DependsOnTheUserAndNotOnWhoElseIsTested) {
  const auto world = make_world(20, 200, 5, 1, 1);
  TestWorld half = world;
  half.queries.users = {world.queries.users[13]};
  half.queries.targets = {world.queries.targets[13]};
  half.queries.target_offsets = {0, 1};
  const auto all = make_and_open(world, {20, 3}, "ledger_all");
  const auto one = make_and_open(half, {20, 3}, "ledger_one");
  ASSERT_TRUE(all.has_value() && one.has_value());
  EXPECT_TRUE(std::equal(one->of(0).begin(), one->of(0).end(), all->of(13).begin()));
  const auto other = make_and_open(world, {20, 4}, "ledger_other_seed");
  EXPECT_FALSE(std::equal(other->of(13).begin(), other->of(13).end(), all->of(13).begin()));
}

TEST(Ledger, DrawsAreUniform) {
  // 20,000 users who each touched item 0 only: every other item is drawn equally often.
  constexpr std::size_t kUsers = 20000, kItems = 21, kDraws = 5;
  TestWorld world;
  world.n_items = kItems;
  world.offsets = world.queries.target_offsets = {0};
  for (std::size_t u = 0; u < kUsers; ++u) {
    world.items.push_back(item_id(0));
    world.queries.users.push_back(user_id(u));
    world.queries.targets.push_back(item_id(0));
    world.offsets.push_back(u + 1);
    world.queries.target_offsets.push_back(u + 1);
  }
  for (std::size_t i = 1; i < kItems; ++i) world.items.push_back(item_id(i));  // one more user's
  world.offsets.push_back(world.items.size());
  const auto ledger = make_and_open(world, {kDraws, 1}, "ledger_uniform");
  ASSERT_TRUE(ledger.has_value());
  std::vector<double> drawn(kItems, 0);
  for (std::size_t q = 0; q < kUsers; ++q) {
    for (const ItemId item : ledger->of(q)) drawn[index(item)] += 1;
  }
  const double p = kDraws / (kItems - 1.0), sd = std::sqrt(kUsers * p * (1 - p));
  EXPECT_EQ(drawn[0], kUsers);
  for (std::size_t i = 1; i < kItems; ++i) EXPECT_NEAR(drawn[i], kUsers * p, 4.5 * sd) << i;
}

TEST(Ledger, EveryUntouchedItemCanBeAskedFor) {
  const auto world = make_world(5, 30, 20, 1, 1);
  const std::size_t pool =
      static_cast<std::size_t>(std::count(world.pool.begin(), world.pool.end(), true));
  const auto most = static_cast<int>(pool - 21);
  const auto all = make_and_open(world, {most, 1}, "ledger_most");
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ(all->of(0).size(), pool - 20);
  const auto more = make_and_open(world, {most + 1, 1}, "ledger_more");
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(more.error().message, HasSubstr("5 of 5 test users"));
  EXPECT_THAT(more.error().message, HasSubstr(fmt::format("the fewest is {}", most)));
}

TEST(Ledger, PoolHoldsOnlyItemsWithEvents) {
  auto world = make_world(10, 40, 2, 1, 1);
  world.n_items = 50;  // ten items that nobody touched
  const auto full = make_and_open(world, {0, 1}, "ledger_full");
  ASSERT_TRUE(full.has_value());
  EXPECT_TRUE(full->is_full());
  EXPECT_EQ(full->n_items(), 50u);
  EXPECT_FALSE(full->in_pool(item_id(45)));
}

TEST(Ledger, ForeignAndDamagedFilesAreRefused) {
  const auto world = make_world(20, 200, 5, 1, 1);
  const Path folder = make_folder("ledger_damaged");
  const auto fresh = [&] {
    ASSERT_TRUE(Ledger::make(world.events(), 200, world.queries, {9, 1}, folder).has_value());
    ASSERT_TRUE(Ledger::open(folder, world.queries).has_value());
  };
  fresh();
  auto other = world.queries;
  std::swap(other.targets[0], other.targets[1]);
  EXPECT_THAT(Ledger::open(folder, other).error().message, HasSubstr("another test set"));
  auto shown = world.queries;  // the visible history may differ
  shown.history.clear();
  shown.history_offsets.assign(21, 0);
  EXPECT_TRUE(Ledger::open(folder, shown).has_value());

  for (const char* name : {"candidates.json", "pool.u8", "negatives.u32"}) {
    const std::string content = *read_file(folder / name);
    ASSERT_TRUE(
        write_file_synced(folder / name, content.substr(0, content.size() / 2)).has_value());
    EXPECT_FALSE(Ledger::open(folder, world.queries).has_value()) << name << " cut";
    std::string altered = content;
    altered[altered.size() / 2] ^= 1;
    ASSERT_TRUE(write_file_synced(folder / name, altered).has_value());
    if (std::string(name) != "candidates.json") {
      EXPECT_FALSE(Ledger::open(folder, world.queries).has_value()) << name << " altered";
    }
    std::filesystem::remove(folder / name);
    EXPECT_FALSE(Ledger::open(folder, world.queries).has_value()) << name << " absent";
    fresh();
  }
}

TEST(Ledger, ProtocolNames) {
  EXPECT_EQ(protocol_name({0, 1}), "full");
  EXPECT_EQ(protocol_name({99, 1}), "sampled(99,uniform,catalogue)");
  EXPECT_EQ(protocol_name({0, 1, Distribution::kUniform, Pool::kCold}), "full(cold)");
  EXPECT_EQ(protocol_name({29, 1, Distribution::kPopularity, Pool::kTrain}), "sampled(29,popularity,train)");
  EXPECT_EQ(protocol_name({29, 1, Distribution::kUniform, Pool::kCatalogue, "warm targets"}),
            "sampled(29,uniform,catalogue,warm targets)");
  EXPECT_EQ(protocol_name({0, 1, Distribution::kUniform, Pool::kCatalogue, "", "theirs"}), "listed(theirs)");
  EXPECT_EQ(protocol_name({.retriever = "BPR", .keep = 100}), "retrieved(100,BPR,catalogue)");
}

TEST(Ledger, PoolsHoldWhatTheyName) {
  const auto world = make_world(30, 60, 4, 1, 2);
  std::vector<std::uint32_t> cold;
  for (std::uint32_t i = 0; i < 60; i += 7) {
    if (world.pool[i]) cold.push_back(i);
  }
  const LedgerFacts facts{cold, world.train_counts, nullptr, nullptr};
  const auto in_pool = [&](Pool pool) {
    const Path folder = make_folder("ledger_pool_" + pool_name(pool));
    EXPECT_TRUE(Ledger::make(world.events(), 60, world.queries, {0, 1, Distribution::kUniform, pool}, folder, facts).has_value());
    const auto ledger = Ledger::open(folder, world.queries);
    EXPECT_TRUE(ledger.has_value());
    std::vector<bool> in(60);
    for (std::size_t i = 0; i < 60; ++i) in[i] = ledger->in_pool(item_id(i));
    return in;
  };
  const auto in_cold = in_pool(Pool::kCold), in_warm = in_pool(Pool::kWarm), in_train = in_pool(Pool::kTrain);
  for (std::uint32_t i = 0; i < 60; ++i) {
    const bool is_cold = std::count(cold.begin(), cold.end(), i) > 0;
    EXPECT_EQ(in_cold[i], is_cold);
    EXPECT_EQ(in_warm[i], world.pool[i] && !is_cold);
    EXPECT_EQ(in_train[i], world.train_counts[i] > 0);
  }
}

TEST(Ledger, PopularNegativesFollowTrainingCountsWithoutReplacement) {
  // One item has half of all training events: it is among a few draws far more often than the others.
  auto world = make_world(300, 40, 3, 1, 4);
  world.train_counts.assign(40, 1);
  world.train_counts[5] = 40;
  world.train_counts[6] = 0;
  const LedgerFacts facts{{}, world.train_counts, nullptr, nullptr};
  const LedgerOptions options{4, 1, Distribution::kPopularity};
  const Path folder = make_folder("ledger_popular");
  ASSERT_TRUE(Ledger::make(world.events(), 40, world.queries, options, folder, facts).has_value());
  std::size_t first = 0, free = 0;
  for (std::size_t q = 0; q < 300; ++q) {
    const auto drawn = negatives_in_order(folder, q, 4);
    EXPECT_EQ(std::set<ItemId>(drawn.begin(), drawn.end()).size(), 4u);
    EXPECT_EQ(std::count(drawn.begin(), drawn.end(), item_id(6)), 0);
    const auto own = world.events().items_of(user_id(q));
    for (const ItemId item : drawn) EXPECT_EQ(std::count(own.begin(), own.end(), item), 0);
    if (std::count(own.begin(), own.end(), item_id(5)) > 0) continue;
    ++free;
    first += drawn[0] == item_id(5);
  }
  // P(first) = 40 / (40 + 38 - about 4): about .54 for users who do not have it.
  EXPECT_NEAR(static_cast<double>(first) / static_cast<double>(free), 0.54, 0.12);
  // Nested, and too many are refused with their number.
  const Path more = make_folder("ledger_popular_more");
  ASSERT_TRUE(Ledger::make(world.events(), 40, world.queries, {30, 1, Distribution::kPopularity}, more, facts).has_value());
  for (std::size_t q = 0; q < 300; ++q) {
    const auto few = negatives_in_order(folder, q, 4), many = negatives_in_order(more, q, 30);
    ASSERT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
  }
  const auto refused = Ledger::make(world.events(), 40, world.queries, {38, 1, Distribution::kPopularity}, more, facts);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().message, HasSubstr("only those with training events"));
}

/// A table of ids "<prefix>0", "<prefix>1", ... that stays alive.
struct Ids {
  std::vector<std::uint64_t> offsets{0};
  std::string bytes;
  Ids(const std::string& prefix, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
      bytes += fmt::format("{}{}", prefix, i);
      offsets.push_back(bytes.size());
    }
  }
  TableView view() const { return {StringsView(offsets, bytes), {}}; }
};

TEST(Ledger, CandidatesFromAFile) {
  const auto world = make_world(2, 30, 3, 1, 6);
  const Ids user_ids("u", 2), item_ids("i", 30);
  const TableView users = user_ids.view(), items = item_ids.view();
  const LedgerFacts facts{{}, {}, &items, &users};
  const Path folder = make_folder("ledger_listed");
  LedgerOptions options;
  options.listed = "theirs";
  options.file = folder / "given.csv";
  const auto made = [&](const std::string& csv) {
    EXPECT_TRUE(write_file_synced(options.file, csv).has_value());
    return Ledger::make(world.events(), 30, world.queries, options, folder, facts);
  };
  ASSERT_TRUE(made("user,item,score\nu0,i3,1\nu1,i4,1\nu0,i3,2\nu0,i9,1\nu7,i1,1\n").has_value());
  const auto ledger = Ledger::open(folder, world.queries);
  ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
  EXPECT_FALSE(ledger->is_full());
  std::set<ItemId> expected{item_id(3), item_id(9), world.queries.targets_of(0)[0]};
  EXPECT_EQ(std::set<ItemId>(ledger->of(0).begin(), ledger->of(0).end()), expected);
  EXPECT_THAT(*read_file(folder / "candidates.json"), HasSubstr("\"rows_of_users_who_are_not_tested\": 1"));
  EXPECT_THAT(made("user,item\nu0,i3\n").error().message, HasSubstr("1 of 2 test users have no candidates"));
  EXPECT_THAT(made("user,item\nu0,i3\nu1,i99\n").error().message, HasSubstr("given.csv:3: the data have no item `i99`"));
  EXPECT_THAT(made("user,thing\nu0,i3\n").error().message, HasSubstr("columns user and item"));
}

}  // namespace
}  // namespace motive
