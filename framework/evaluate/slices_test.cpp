#include "framework/evaluate/slices.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitCategories, KnowsPathsAndLists) {
  EXPECT_THAT(split_categories("Beauty > Nails > Nail Polish"),
              ElementsAre("Beauty", "Nails", "Nail Polish"));
  EXPECT_THAT(split_categories("Animation, Children's, Comedy"),
              ElementsAre("Animation", "Children's", "Comedy"));
  EXPECT_THAT(split_categories("Action|Sci-Fi"), ElementsAre("Action", "Sci-Fi"));
  EXPECT_THAT(split_categories("Home > Bags, Cases; Home > Lamps"),
              ElementsAre("Home", "Bags, Cases", "Lamps"));
  EXPECT_THAT(split_categories(" , ;"), IsEmpty());
}

/// Items i0.. with the given training events and categories; users u0.. with the given histories,
/// known if not empty.
CellFacts facts_of(const std::vector<std::uint32_t>& events,
                   const std::vector<std::vector<std::string>>& categories,
                   const std::vector<std::uint32_t>& histories,
                   const std::vector<std::uint32_t>& targets) {
  CellFacts facts;
  for (std::size_t i = 0; i < events.size(); ++i) {
    facts.items.add(fmt::format("i{}", i));
    if (i < categories.size()) {
      for (const std::string& name : categories[i])
        facts.item_categories.push_back(facts.categories.add(name));
    }
    std::sort(
        facts.item_categories.begin() + static_cast<std::ptrdiff_t>(facts.category_offsets.back()),
        facts.item_categories.end());
    facts.category_offsets.push_back(facts.item_categories.size());
  }
  facts.item_events = events;
  for (std::size_t u = 0; u < histories.size(); ++u) {
    facts.users.add(fmt::format("u{}", u));
    facts.history.push_back(histories[u]);
    facts.user_known.push_back(histories[u] > 0);
  }
  facts.category_targets.assign(facts.categories.size(), 0);
  for (const std::uint32_t item : targets) {
    for (const std::uint32_t category : facts.categories_of(item))
      ++facts.category_targets[category];
  }
  return facts;
}

std::vector<StoredRank> rows_of(const std::string& user, const std::vector<int>& items) {
  std::vector<StoredRank> rows;
  for (const int item : items) rows.push_back({user, fmt::format("i{}", item), 0, 0, 100});
  return rows;
}

/// Slice name to the indices of the user's rows in it.
std::map<std::string, std::vector<std::uint32_t>> chosen(const Slices& slices,
                                                         const std::vector<StoredRank>& rows) {
  std::vector<std::vector<std::uint32_t>> lists;
  slices.choose(rows, lists);
  std::map<std::string, std::vector<std::uint32_t>> result;
  for (std::size_t s = 0; s < lists.size(); ++s) {
    if (!lists[s].empty()) result[slices.names()[s]] = lists[s];
  }
  return result;
}

using Chosen = std::map<std::string, std::vector<std::uint32_t>>;

TEST(Slices, OfUsersHoldAllTheirTargets) {
  const CellFacts facts = facts_of({5, 5}, {}, {0, 1, 2, 3, 10, 11, 21}, {});
  const Slices slices({{SliceKind::kHistory}, {SliceKind::kUser}}, facts);
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"history:0", "user:cold"},   {"history:1-2", "user:warm"},  {"history:1-2", "user:warm"},
      {"history:3-5", "user:warm"}, {"history:6-10", "user:warm"}, {"history:11-20", "user:warm"},
      {"history:21+", "user:warm"}};
  for (std::size_t u = 0; u < expected.size(); ++u) {
    const Chosen found = chosen(slices, rows_of(fmt::format("u{}", u), {0, 1}));
    EXPECT_EQ(found, (Chosen{{expected[u].first, {0, 1}}, {expected[u].second, {0, 1}}})) << u;
  }
  EXPECT_TRUE(chosen(slices, rows_of("stranger", {0})).empty());
}

TEST(Slices, OfPopularityHoldAboutAThirdOfTheEventsEach) {
  // Events of more popular items, of 30: 0, 17, 17 (a tie shares its bucket), 10, 27; the last has
  // none.
  const CellFacts facts = facts_of({10, 5, 5, 7, 3, 0}, {}, {4}, {});
  const Slices slices({{SliceKind::kPopularity}, {SliceKind::kItem}}, facts);
  const Chosen found = chosen(slices, rows_of("u0", {0, 3, 1, 2, 4, 5}));
  EXPECT_EQ(found, (Chosen{{"popularity:head", {0}},
                           {"popularity:mid", {1, 2, 3}},
                           {"popularity:tail", {4}},
                           {"popularity:none", {5}},
                           {"item:warm", {0, 1, 2, 3, 4}},
                           {"item:cold", {5}}}));
}

TEST(Slices, OfCategoriesAreTheOnesWithTheMostTargets) {
  // Everything has "Shop", which so says nothing; "b" and "c" have two targets each, "a" one.
  const CellFacts facts =
      facts_of({1, 1, 1, 1}, {{"Shop", "c", "b"}, {"Shop", "b"}, {"Shop", "c"}, {"Shop", "a"}}, {4},
               {0, 1, 2, 3});
  const Slices slices({{SliceKind::kCategory, 2}}, facts);
  EXPECT_THAT(slices.names(), ElementsAre("category:b", "category:c"));
  EXPECT_EQ(chosen(slices, rows_of("u0", {3, 0, 1})),
            (Chosen{{"category:b", {1, 2}}, {"category:c", {1}}}));
  EXPECT_TRUE(Slices({{SliceKind::kCategory, 2}}, facts_of({1}, {}, {}, {})).names().empty());
}

RC_GTEST_PROP(Slices, EveryTargetIsInOneSliceOfEachKind, ()) {
  const auto events =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<std::uint32_t>>(rc::gen::inRange(0, 9)));
  const CellFacts facts = facts_of(events, {}, {static_cast<std::uint32_t>(*rc::gen::inRange(0, 40))}, {});
  const Slices slices(
      {{SliceKind::kPopularity}, {SliceKind::kItem}, {SliceKind::kHistory}, {SliceKind::kUser}},
      facts);
  std::vector<int> items(events.size());
  for (std::size_t i = 0; i < items.size(); ++i) items[i] = static_cast<int>(i);
  std::map<std::string, std::size_t> found;
  for (const auto& [name, rows] : chosen(slices, rows_of("u0", items)))
    found[slice_kind_of(name)] += rows.size();
  for (const char* kind : {"popularity", "item", "history", "user"})
    RC_ASSERT(found[kind] == events.size());
}

TEST(Slices, NamesOfKindsGoThereAndBack) {
  for (const char* name : {"history", "popularity", "item", "user", "category"}) {
    const auto kind = slice_kind(name);
    ASSERT_TRUE(kind);
    EXPECT_EQ(slice_kind_name(*kind), name);
    EXPECT_FALSE(slice_definition({*kind, 5}).empty());
  }
  EXPECT_FALSE(slice_kind("colour"));
}

}  // namespace
}  // namespace motive
