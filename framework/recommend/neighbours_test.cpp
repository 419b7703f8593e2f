#include "framework/recommend/neighbours.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "framework/recommend/history_sums.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Neighbours, CountWhatStandsTogether) {
  const testing::Data data({{0, 1, 0}, {}, {1, 2}, {1, 0}}, 4);
  const SeenItems seen = seen_items(data.view());
  const Lists holders = item_users(seen, 4);
  EXPECT_THAT(holders.of(0), ElementsAre(0, 3));
  EXPECT_THAT(holders.of(1), ElementsAre(0, 2, 3));
  EXPECT_THAT(holders.of(3), IsEmpty());
  CoOccurrences together(seen, holders);
  for (int time = 0; time < 2; ++time) {  // counters are zero again
    std::map<std::uint32_t, std::uint32_t> counts;
    together.of(1, [&](std::uint32_t j, std::uint32_t n) { counts[j] = n; });
    EXPECT_EQ(counts, (std::map<std::uint32_t, std::uint32_t>{{0, 2}, {1, 3}, {2, 1}}));
    together.of(3, [&](std::uint32_t, std::uint32_t) { FAIL() << "an item without users"; });
  }
}

RC_GTEST_PROP(NeighboursProperty, TheNearestAreKept, ()) {
  const auto values = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5));
  const auto k = *rc::gen::inRange<std::size_t>(0, 12);
  std::vector<Neighbour> row;
  std::vector<std::pair<int, int>> all;  // nearest first, then by number
  for (std::size_t i = 0; i < values.size(); ++i) {
    row.push_back({static_cast<float>(values[i]), static_cast<std::uint32_t>(i)});
    all.emplace_back(-values[i], static_cast<int>(i));
  }
  std::sort(all.begin(), all.end());
  all.resize(std::min(all.size(), k));
  std::sort(all.begin(), all.end(), [](auto a, auto b) { return a.second < b.second; });
  keep_nearest(row, k);
  RC_ASSERT(row.size() == all.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    RC_ASSERT(static_cast<int>(row[i].number) == all[i].second);
    RC_ASSERT(static_cast<int>(row[i].similarity) == -all[i].first);
  }
}

TEST(Neighbours, RowsOfTilesAreJoinedInOrder) {
  testing::Contexts contexts;
  const MakeTile make = [](std::size_t first, std::size_t last, RowTile& tile) {
    for (std::size_t i = first; i < last; ++i) {
      std::vector<Neighbour> row;
      for (std::uint32_t j = 0; j < i % 3; ++j) row.push_back({static_cast<float>(i), j});
      tile.add_row(row);
    }
  };
  for (const int threads : {1, 3}) {
    contexts.fit.threads = threads;
    const auto rows = rows_by_tiles(500, 7, make, "something", contexts.fit);
    ASSERT_TRUE(rows);
    EXPECT_EQ(rows->size(), 500u);
    EXPECT_EQ(rows->n_columns, 7u);
    for (std::size_t i = 0; i < 500; ++i) {
      EXPECT_EQ(rows->columns_of(i).size(), i % 3);
      for (const float value : rows->values_of(i)) EXPECT_EQ(value, static_cast<float>(i));
    }
  }
  const auto none = rows_by_tiles(0, 0, make, "something", contexts.fit);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->size(), 0u);
}

TEST(Neighbours, AnInterruptWithinATileIsAnInterrupt) {
  testing::Contexts contexts;
  const MakeTile make = [&](std::size_t, std::size_t, RowTile&) { contexts.cancel.set(); };
  const auto rows = rows_by_tiles(10, 10, make, "something", contexts.fit);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().kind, ErrorKind::kCancelled);
  EXPECT_THAT(rows.error().message, HasSubstr("the fit of something"));
}

SparseRows three_rows() {
  SparseRows rows;
  rows.n_columns = 3;
  rows.offsets = {0, 2, 3, 3};
  rows.columns = {1, 2, 0};
  rows.values = {2, 3, 4};
  return rows;
}

TEST(HistorySums, AddRowsOfDistinctItems) {
  testing::Queries all(CandidateKind::kAll, 3), some(CandidateKind::kRagged, 3);
  all.add(0, true, {1, 0, 1, 9}).add(1, true, {});
  some.add(0, true, {1, 0, 1}, {2, 0}).add(1, true, {2}, {0, 1, 2});
  std::vector<std::vector<float>> scores(4);
  std::vector<std::span<float>> out;
  for (const std::size_t size : {3, 3, 2, 3}) {
    scores[out.size()].assign(size, -1);
    out.push_back(scores[out.size()]);
  }
  const SparseRows rows = three_rows();
  ASSERT_TRUE(score_histories(rows, "m", all.list(), std::span(out).first(2)));
  ASSERT_TRUE(score_histories(rows, "m", some.list(), std::span(out).subspan(2)));
  EXPECT_THAT(scores[0], ElementsAre(4, 2, 3));
  EXPECT_THAT(scores[1], ElementsAre(0, 0, 0));
  EXPECT_THAT(scores[2], ElementsAre(3, 4));
  EXPECT_THAT(scores[3], ElementsAre(0, 0, 0));  // what the query before left is cleared
}

TEST(HistorySums, RefuseAnotherCatalogue) {
  testing::Queries all(CandidateKind::kAll, 4), some(CandidateKind::kRagged, 4);
  all.add(0, true, {1});
  some.add(0, true, {1}, {3});
  std::vector<float> four(4), one(1);
  const std::span<float> row(four), entry(one);
  const SparseRows rows = three_rows();
  const Status other = score_histories(rows, "m", all.list(), std::span(&row, 1));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("m was fitted on 3 items and asked for 4"));
  const Status beyond = score_histories(rows, "m", some.list(), std::span(&entry, 1));
  ASSERT_FALSE(beyond);
  EXPECT_THAT(beyond.error().message, HasSubstr("asked for number 3"));
}

TEST(HistorySums, FilesOfRowsAreChecked) {
  const ItemRowNames names{"m", "1", "neighbours", "weights"};
  const testing::TemporaryFolder good, bad;
  ASSERT_TRUE(save_item_rows(three_rows(), names, good.path()));
  const auto again = load_item_rows(names, good.path());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->offsets, three_rows().offsets);
  EXPECT_EQ(again->values, three_rows().values);
  SparseRows rows = three_rows();
  rows.columns[1] = 3;
  ASSERT_TRUE(save_item_rows(rows, names, bad.path()));
  const auto refused = load_item_rows(names, bad.path());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("out of range"));
  EXPECT_FALSE(load_item_rows({"m", "2", "neighbours", "weights"}, good.path()));
}

}  // namespace
}  // namespace motive
