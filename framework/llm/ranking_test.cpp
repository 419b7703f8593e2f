#include "framework/llm/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

using testing::ElementsAre;
using testing::Pair;

bool is_permutation_of(const std::vector<std::uint32_t>& order, std::size_t n) {
  std::vector<std::uint32_t> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint32_t> all(n);
  std::iota(all.begin(), all.end(), 0U);
  return sorted == all;
}

rc::Gen<std::vector<std::uint32_t>> permutations(std::size_t n) {
  return rc::gen::map(rc::gen::arbitrary<std::uint32_t>(), [n](std::uint32_t row) { return shown_order(n, 99, row, 0); });
}

/// What a model may write: ids of the list, of none, and nonsense.
rc::Gen<std::string> ids(std::size_t n) {
  return rc::gen::oneOf(
      rc::gen::map(rc::gen::inRange<std::size_t>(0, n + 3), [n](std::size_t place) { return candidate_id(place, n); }),
      rc::gen::element<std::string>("", "c", "C01", " c01", "a title", "c00", "c-1"));
}

TEST(CandidateId, HasAsManyDigitsAsNeeded) {
  EXPECT_EQ(candidate_id(0, 30), "c01");
  EXPECT_EQ(candidate_id(29, 30), "c30");
  EXPECT_EQ(candidate_id(0, 9), "c1");
  EXPECT_EQ(candidate_id(0, 100), "c001");
}

TEST(ShownOrder, IsSeeded) {
  EXPECT_EQ(shown_order(30, 1, 2, 3), shown_order(30, 1, 2, 3));
  const std::set<std::vector<std::uint32_t>> different = {shown_order(30, 1, 2, 3), shown_order(30, 2, 2, 3),
                                                          shown_order(30, 1, 3, 3), shown_order(30, 1, 2, 4),
                                                          shown_order(30, 1, 3, 2)};
  EXPECT_EQ(different.size(), 5U);
  EXPECT_TRUE(is_permutation_of(shown_order(30, 1, 2, 3), 30));
  EXPECT_TRUE(shown_order(0, 1, 2, 3).empty());
}

TEST(ShownOrder, PutsACandidateAnywhereEquallyOften) {
  constexpr std::size_t kPlaces = 10, kRows = 20000;
  std::vector<double> counts(kPlaces, 0);
  for (std::uint32_t row = 0; row < kRows; ++row) {
    const auto order = shown_order(kPlaces, 7, row, 0);
    ++counts[static_cast<std::size_t>(std::find(order.begin(), order.end(), 0U) - order.begin())];
  }
  double chi = 0;
  for (const double count : counts) chi += (count - 2000) * (count - 2000) / 2000;
  EXPECT_LT(chi, 27.9);  // 0.999 of chi-square with 9 degrees of freedom
}

TEST(Repair, AListAsAsked) {
  const std::vector<std::string> given = {"c3", "c1", "c2"};
  const RepairedList list = repair(given, 3, 3, 1, 2);
  EXPECT_THAT(list.order, ElementsAre(2, 0, 1));
  EXPECT_EQ(list.listed, 3U);
  EXPECT_TRUE(list.faults.valid());
}

TEST(Repair, CountsEachFault) {
  const std::vector<std::string> given = {"c3", "c3", "c9", "title", "c1", "c3"};
  const RepairedList list = repair(given, 5, 4, 1, 2);
  EXPECT_EQ(list.faults, (ListFaults{2, 2, 2}));
  EXPECT_FALSE(list.faults.valid());
  EXPECT_EQ(list.listed, 2U);
  EXPECT_EQ(list.order[0], 2U);
  EXPECT_EQ(list.order[1], 0U);
  EXPECT_TRUE(is_permutation_of(list.order, 5));
}

TEST(Repair, TenDifferentIdsOfThirtyAreValid) {
  std::vector<std::string> given;
  for (std::size_t place = 0; place < 10; ++place) given.push_back(candidate_id(29 - place, 30));
  EXPECT_TRUE(repair(given, 30, 10, 1, 2).faults.valid());
  given.push_back("c30");
  EXPECT_TRUE(repair(given, 30, 10, 1, 2).faults.valid()) << "what stands behind the ten was not asked for";
  EXPECT_EQ(repair(given, 30, 11, 1, 2).faults, (ListFaults{1, 0, 1}));
}

TEST(Repair, NothingGiven) {
  const RepairedList list = repair({}, 4, 9, 1, 2);
  EXPECT_EQ(list.faults, (ListFaults{0, 0, 4}));
  EXPECT_TRUE(is_permutation_of(list.order, 4));
  EXPECT_TRUE(repair({}, 0, 0, 1, 2).order.empty());
}

RC_GTEST_PROP(Repair, AlwaysGivesAPermutation, (std::uint64_t seed, std::uint32_t row)) {
  const auto n = *rc::gen::inRange<std::size_t>(0, 40);
  const auto wanted = *rc::gen::inRange<std::size_t>(0, 50);
  const auto given = *rc::gen::container<std::vector<std::string>>(ids(n));
  const RepairedList list = repair(given, n, wanted, seed, row);
  RC_ASSERT(is_permutation_of(list.order, n));
  // The listed ones stand first, in the order given.
  std::vector<std::string> expected;
  for (const std::string& id : given) {
    for (std::size_t place = 0; place < n; ++place) {
      if (id == candidate_id(place, n) && std::find(expected.begin(), expected.end(), id) == expected.end())
        expected.push_back(id);
    }
  }
  RC_ASSERT(list.listed == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) RC_ASSERT(candidate_id(list.order[i], n) == expected[i]);
  RC_ASSERT(list.faults.missing == std::min(wanted, n) - std::min(list.listed, std::min(wanted, n)));
  RC_ASSERT(list.faults.repeated + list.faults.unknown <= given.size() - std::min(given.size(), list.listed));
}

/// Two places that are both missing follow in the same order whatever else the model said and was asked for: what is
/// appended depends on seed and row alone.
RC_GTEST_PROP(Repair, WhatIsAppendedFollowsSeedAndRowAlone, (std::uint64_t seed, std::uint32_t row)) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 30);
  const auto given = *rc::gen::container<std::vector<std::string>>(ids(n));
  const auto wanted = *rc::gen::inRange<std::size_t>(0, n + 1);
  const auto nothing = repair({}, n, n, seed, row).order;
  const RepairedList list = repair(given, n, wanted, seed, row);
  std::vector<std::uint32_t> expected;
  for (const std::uint32_t place : nothing) {
    const auto listed_end = list.order.begin() + static_cast<std::ptrdiff_t>(list.listed);
    if (std::find(list.order.begin(), listed_end, place) == listed_end) expected.push_back(place);
  }
  RC_ASSERT(std::vector<std::uint32_t>(list.order.begin() + static_cast<std::ptrdiff_t>(list.listed), list.order.end()) ==
            expected);
}

TEST(Repair, WhatIsAppendedDoesNotFavourAPlace) {
  // Over the rows, each place as shown comes first equally often: a positive profits from no place.
  constexpr std::size_t kPlaces = 10, kRows = 20000;
  std::vector<double> counts(kPlaces, 0);
  for (std::uint32_t row = 0; row < kRows; ++row) ++counts[repair({}, kPlaces, kPlaces, 7, row).order.front()];
  double chi = 0;
  for (const double count : counts) chi += (count - 2000) * (count - 2000) / 2000;
  EXPECT_LT(chi, 27.9);
}

TEST(Borda, MeanOfPlaces) {
  const std::vector<std::vector<std::uint32_t>> lists = {{0, 1, 2, 3}, {0, 2, 1, 3}, {1, 0, 2, 3}};
  EXPECT_THAT(borda(lists, 1, 1), ElementsAre(0, 1, 2, 3));  // points 11, 9, 7, 3
  EXPECT_TRUE(borda({}, 1, 1).empty());
}

RC_GTEST_PROP(Borda, EqualListsGiveThatList, (std::uint64_t seed, std::uint32_t row)) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 40);
  const auto list = *permutations(n);
  const std::vector<std::vector<std::uint32_t>> lists(*rc::gen::inRange<std::size_t>(1, 6), list);
  RC_ASSERT(borda(lists, seed, row) == list);
}

RC_GTEST_PROP(Borda, DoesNotDependOnTheOrderOfTheLists, (std::uint64_t seed, std::uint32_t row)) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 12);
  auto lists = *rc::gen::container<std::vector<std::vector<std::uint32_t>>>(3, permutations(n));
  const auto order = borda(lists, seed, row);
  RC_ASSERT(is_permutation_of(order, n));
  std::reverse(lists.begin(), lists.end());
  RC_ASSERT(borda(lists, seed, row) == order);
}

TEST(Borda, TiesFollowTheSeed) {
  const std::vector<std::vector<std::uint32_t>> lists = {{0, 1}, {1, 0}};
  std::set<std::uint32_t> firsts;
  for (std::uint32_t row = 0; row < 20; ++row) firsts.insert(borda(lists, 3, row).front());
  EXPECT_EQ(firsts.size(), 2U);
}

TEST(KendallTau, Ends) {
  const std::vector<std::uint32_t> up = {0, 1, 2, 3}, down = {3, 2, 1, 0}, one = {0};
  EXPECT_EQ(kendall_tau(up, up), 1);
  EXPECT_EQ(kendall_tau(up, down), -1);
  EXPECT_EQ(kendall_tau(one, one), 1);
  EXPECT_EQ(kendall_tau({}, {}), 1);
}

RC_GTEST_PROP(KendallTau, IsThatOfAllPairs, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(2, 40);
  const auto a = *permutations(n), b = *permutations(n);
  std::vector<std::size_t> place_a(n), place_b(n);
  for (std::size_t i = 0; i < n; ++i) place_a[a[i]] = place_b[b[i]] = 0;
  for (std::size_t i = 0; i < n; ++i) place_a[a[i]] = i;
  for (std::size_t i = 0; i < n; ++i) place_b[b[i]] = i;
  int sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) sum += (place_a[i] < place_a[j]) == (place_b[i] < place_b[j]) ? 1 : -1;
  }
  const double expected = sum / (static_cast<double>(n) * static_cast<double>(n - 1) / 2);
  RC_ASSERT(std::abs(kendall_tau(a, b) - expected) < 1e-12);
  RC_ASSERT(kendall_tau(a, b) == kendall_tau(b, a));
}

TEST(SlidingWindows, FromTheEndToTheStart) {
  EXPECT_THAT(sliding_windows(30, 20, 10), ElementsAre(Pair(10, 30), Pair(0, 20)));
  EXPECT_THAT(sliding_windows(100, 20, 10), testing::SizeIs(9));
  EXPECT_THAT(sliding_windows(35, 20, 10), ElementsAre(Pair(15, 35), Pair(5, 25), Pair(0, 15)));
  EXPECT_THAT(sliding_windows(7, 20, 10), ElementsAre(Pair(0, 7)));
  EXPECT_TRUE(sliding_windows(0, 20, 10).empty());
}

RC_GTEST_PROP(SlidingWindows, CoverEverythingAndOverlap, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 300);
  const auto window = *rc::gen::inRange<std::size_t>(0, 40);
  const auto stride = *rc::gen::inRange<std::size_t>(0, 60);
  const auto windows = sliding_windows(n, window, stride);
  RC_ASSERT(windows.front().second == n);
  RC_ASSERT(windows.back().first == 0U);
  for (std::size_t i = 0; i < windows.size(); ++i) {
    RC_ASSERT(windows[i].first < windows[i].second);
    RC_ASSERT(windows[i].second - windows[i].first <= std::max<std::size_t>(window, 1));
    if (i > 0) RC_ASSERT(windows[i].second >= windows[i - 1].first);
    if (i > 0) RC_ASSERT(windows[i].second < windows[i - 1].second);
  }
}

TEST(RankingSchema, AllowsWhatItShould) {
  const Json plain = ranking_schema(12, 3, false);
  EXPECT_EQ(schema_fault({{"ranking", {"c01", "c12", "c05"}}}, plain), "");
  EXPECT_NE(schema_fault({{"ranking", {"c01", "c12"}}}, plain), "");
  EXPECT_NE(schema_fault({{"ranking", {"c01", "c12", "c13"}}}, plain), "");
  EXPECT_NE(schema_fault({{"ranking", {"c01", "c12", "c05"}}, {"more", 1}}, plain), "");
  const Json reasons = ranking_schema(2, 9, true);
  EXPECT_EQ(schema_fault({{"ranking", {{{"id", "c2"}, {"reason", "x"}}, {{"id", "c1"}, {"reason", ""}}}}}, reasons), "");
  EXPECT_NE(schema_fault({{"ranking", {{{"id", "c2"}, {"reason", "x"}}, {{"id", "c1"}}}}}, reasons), "");
  EXPECT_NE(schema_fault({{"ranking", {"c1", "c2"}}}, reasons), "");
  EXPECT_FALSE(ranking_schema(1001, 10, false)["properties"]["ranking"]["items"].contains("enum"));
}

TEST(IdsIn, BothForms) {
  EXPECT_THAT(ids_in({{"ranking", {"c2", "c1"}}}).ids, ElementsAre("c2", "c1"));
  const ListedIds reasons = ids_in({{"ranking", {{{"id", "c2"}, {"reason", "fits"}}, {{"id", "c1"}}}}});
  EXPECT_THAT(reasons.ids, ElementsAre("c2", "c1"));
  EXPECT_THAT(reasons.reasons, ElementsAre("fits", ""));
  EXPECT_THAT(ids_in({{"ranking", {"c2", 7, nullptr}}}).ids, ElementsAre("c2", "", ""));
  EXPECT_TRUE(ids_in({{"ranking", "c2"}}).ids.empty());
  EXPECT_TRUE(ids_in(nullptr).ids.empty());
}

}  // namespace
}  // namespace motive::llm
