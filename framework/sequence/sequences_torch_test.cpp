#include "framework/sequence/sequences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::uint32_t> list(std::span<const std::uint32_t> values) { return {values.begin(), values.end()}; }

TEST(ModelItemsTest, ItemsWithEventsAreNumberedInTheOrderOfTheCatalogue) {
  const testing::Data data({{5, 1, 5}, {3}, {}}, 7);
  const ModelItems items = ModelItems::of(data.view());
  EXPECT_THAT(items.catalogue, ElementsAre(1, 3, 5));
  EXPECT_THAT(items.number, ElementsAre(kNoNumber, 0, kNoNumber, 1, kNoNumber, 2, kNoNumber));
}

TEST(ModelItemsTest, HistoriesLoseWhatTheModelDoesNotKnow) {
  const testing::Data data({{5, 1, 5}, {3}, {}}, 7);
  const ModelItems items = ModelItems::of(data.view());
  std::vector<std::int64_t> numbers{9};
  const std::vector<ItemId> history = {item_id(5), item_id(0), item_id(3), item_id(1000000), item_id(5)};
  items.append(history, numbers);
  EXPECT_THAT(numbers, ElementsAre(9, 2, 1, 2)) << "behind what stood there";
}

TEST(ModelItemsTest, NoEventsAreNoItems) {
  const testing::Data data({{}}, 2);
  const ModelItems items = ModelItems::of(data.view());
  EXPECT_THAT(items.catalogue, IsEmpty());
  EXPECT_THAT(items.number, ElementsAre(kNoNumber, kNoNumber));
}

TEST(SequencesTest, EventsKeepTheirOrderAndWhatIsSeenIsSorted) {
  const testing::Data data({{5, 1, 5, 3}, {3}, {}, {3, 3}}, 7);
  const Sequences sequences = Sequences::of(data.view(), ModelItems::of(data.view()), 2);
  EXPECT_THAT(list(sequences.events.of(0)), ElementsAre(2, 0, 2, 1));
  EXPECT_THAT(list(sequences.seen.of(0)), ElementsAre(0, 1, 2));
  EXPECT_THAT(list(sequences.events.of(2)), IsEmpty());
  EXPECT_THAT(list(sequences.events.of(3)), ElementsAre(1, 1));
  EXPECT_THAT(list(sequences.seen.of(3)), ElementsAre(1));
  EXPECT_THAT(sequences.users, ElementsAre(0, 3));
  EXPECT_TRUE(sequences.has_seen(0, 2));
  EXPECT_FALSE(sequences.has_seen(1, 2));
  EXPECT_FALSE(sequences.has_seen(2, 0));
}

TEST(SplitEvenlyTest, RunsAreInOrderOfLikeSizeAndNotEmpty) {
  std::vector<std::uint32_t> users(23);
  std::iota(users.begin(), users.end(), 100u);
  for (std::size_t n = 0; n <= users.size(); ++n) {
    for (std::size_t parts = 1; parts <= 30; ++parts) {
      const auto all = std::span<const std::uint32_t>(users).first(n);
      const auto runs = split_evenly(all, parts);
      ASSERT_EQ(runs.size(), std::min(n, parts)) << n << " users, " << parts << " parts";
      std::vector<std::uint32_t> together;
      for (const auto run : runs) {
        EXPECT_GE(run.size(), n / parts);
        EXPECT_LE(run.size(), (n + parts - 1) / parts);
        EXPECT_FALSE(run.empty());
        together.insert(together.end(), run.begin(), run.end());
      }
      EXPECT_EQ(together, list(all));
    }
  }
}

}  // namespace
}  // namespace motive
