#include "framework/data/raw_tables.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace motive {
namespace {

RC_GTEST_PROP(StringPool, NumbersByFirstAppearance, (const std::vector<std::string>& words)) {
  StringPool pool;
  std::map<std::string, std::uint32_t> expected;
  for (const auto& word : words) {
    const auto number =
        expected.emplace(word, static_cast<std::uint32_t>(expected.size())).first->second;
    RC_ASSERT(pool.add(word) == number);
  }
  RC_ASSERT(pool.size() == expected.size());
  for (const auto& [word, number] : expected) {
    RC_ASSERT(pool[number] == word);
    RC_ASSERT(pool.find(word) == number);
  }
}

TEST(StringPool, GrowsAndFindsNothingThatIsAbsent) {
  StringPool pool;
  for (int i = 0; i < 100000; ++i)
    EXPECT_EQ(pool.add(fmt::format("id-{}", i)), static_cast<std::uint32_t>(i));
  for (int i = 0; i < 100000; ++i)
    ASSERT_EQ(pool.find(fmt::format("id-{}", i)), static_cast<std::uint32_t>(i));
  EXPECT_EQ(pool.find("id-100000"), StringPool::kAbsent);
  EXPECT_EQ(pool.find(""), StringPool::kAbsent);
  EXPECT_EQ(pool.add(""), 100000u);
  EXPECT_EQ(pool.find(""), 100000u);
}

TEST(StringPool, NeighboursOfEveryLengthDiffer) {
  StringPool pool;
  std::vector<std::string> words = {""};
  for (std::size_t length = 1; length <= 40; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      for (const char c : {'\0', 'a', '\xff'}) {
        std::string word(length, 'x');
        word[at] = c;
        words.push_back(word);
      }
    }
    words.push_back(std::string(length, 'x'));
  }
  for (std::size_t i = 0; i < words.size(); ++i) ASSERT_EQ(pool.add(words[i]), i);
  for (std::size_t i = 0; i < words.size(); ++i) ASSERT_EQ(pool.find(words[i]), i);
}

TEST(RawTables, KeepsEventsAndFields) {
  RawTables tables;
  tables.time_kind = TimeKind::kAbsolute;
  tables.add_event("a", "x", 5);
  tables.add_event("a", "y", 6);
  tables.add_event("b", "x", 7);
  EXPECT_EQ(tables.size(), 3u);
  EXPECT_EQ(tables.event_user, (std::vector<std::uint32_t>{0, 0, 1}));
  EXPECT_EQ(tables.event_item, (std::vector<std::uint32_t>{0, 1, 0}));
  EXPECT_TRUE(tables.event_rating.empty());
  const auto title = tables.items.field("title");
  tables.items.set(1, title, "why");
  EXPECT_EQ(tables.items.get(0, title), "");
  EXPECT_EQ(tables.items.get(1, title), "why");
  tables.items.set(1, title, "because");
  EXPECT_EQ(tables.items.get(1, title), "because");
  EXPECT_EQ(tables.items.field("title"), title);
}

}  // namespace
}  // namespace motive
