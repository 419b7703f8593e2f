#include "framework/report/bundle_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "framework/base/temporary_folder.h"

namespace motive {
namespace {

using testing::HasSubstr;

CellFacts small_facts(bool with_text) {
  CellFacts facts;
  for (const char* item : {"B0,1", "B\"2", "B03"}) facts.items.add(item);
  facts.item_events = {5, 0, 2};
  facts.in_pool = {true, false, true};
  for (const char* user : {"ada", "bob, jr"}) facts.users.add(user);
  facts.history = {3, 0};
  facts.user_known = {true, false};
  for (const char* category : {"Skin Care", "Hair, Dye"}) facts.categories.add(category);
  facts.category_offsets = {0, 2, 2, 3};
  facts.item_categories = {0, 1, 1};
  facts.category_targets = {1, 7};
  if (!with_text) return facts;
  facts.categories = StringPool();
  facts.category_offsets = {0, 0, 0, 0};
  facts.item_categories.clear();
  facts.category_targets.clear();
  facts.text.n_columns = 9;
  facts.text.offsets = {0, 2, 2, 3};
  facts.text.columns = {1, 8, 0};
  facts.text.values = {0.1F, 0.70710677F, 1.0F};
  return facts;
}

std::string same(std::string_view user) { return std::string(user); }
std::string initial(std::string_view user) { return std::string(user.substr(0, 1)); }

std::vector<std::string> strings(const StringPool& pool) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < pool.size(); ++i) out.emplace_back(pool[i]);
  return out;
}

void expect_same(const CellFacts& a, const CellFacts& b) {
  EXPECT_EQ(strings(a.items), strings(b.items));
  EXPECT_EQ(strings(a.users), strings(b.users));
  EXPECT_EQ(strings(a.categories), strings(b.categories));
  EXPECT_EQ(a.item_events, b.item_events);
  EXPECT_EQ(a.in_pool, b.in_pool);
  EXPECT_EQ(a.history, b.history);
  EXPECT_EQ(a.user_known, b.user_known);
  EXPECT_EQ(a.category_offsets, b.category_offsets);
  EXPECT_EQ(a.item_categories, b.item_categories);
  EXPECT_EQ(a.category_targets, b.category_targets);
  EXPECT_EQ(a.text.offsets, b.text.offsets);
  EXPECT_EQ(a.text.columns, b.text.columns);
  EXPECT_EQ(a.text.values, b.text.values);
  EXPECT_EQ(a.text.n_columns, b.text.n_columns);
}

class BundleFacts : public testing::Test {
 protected:
  Path saved(const CellFacts& facts, const UserName& name = same) {
    const auto hash = save_facts(facts, name, folder_.path());
    EXPECT_TRUE(hash) << hash.error().message;
    return folder_.path() / *hash;
  }
  test::TemporaryFolder folder_;
};

TEST_F(BundleFacts, ComeBackAsTheyWere) {
  for (const bool with_text : {false, true}) {
    const CellFacts facts = small_facts(with_text);
    const auto back = load_facts(saved(facts));
    ASSERT_TRUE(back) << back.error().message;
    expect_same(facts, *back);
  }
}

TEST_F(BundleFacts, UsersHaveTheirNewNames) {
  const auto back = load_facts(saved(small_facts(false), initial));
  ASSERT_TRUE(back);
  EXPECT_EQ(strings(back->users), (std::vector<std::string>{"a", "b"}));
}

TEST_F(BundleFacts, EqualFactsAreSavedOnce) {
  EXPECT_EQ(saved(small_facts(false)), saved(small_facts(false)));
  EXPECT_NE(saved(small_facts(false)), saved(small_facts(true)));
  EXPECT_NE(saved(small_facts(false)), saved(small_facts(false), initial));
}

TEST_F(BundleFacts, AnyWeightsComeBackExactly) {
  const bool fine = rc::check("weights of words", [&](const std::vector<float>& values) {
    CellFacts facts = small_facts(true);
    facts.text.n_columns = values.size() + 1;
    facts.text.columns.clear();
    facts.text.values.clear();
    for (std::size_t i = 0; i < values.size(); ++i) {
      facts.text.columns.push_back(static_cast<std::uint32_t>(i));
      facts.text.values.push_back(values[i]);
    }
    facts.text.offsets = {0, 0, values.size(), values.size()};
    const auto back = load_facts(saved(facts));
    RC_ASSERT(back.has_value());
    RC_ASSERT(back->text.values == values && back->text.offsets == facts.text.offsets);
  });
  EXPECT_TRUE(fine);
}

TEST_F(BundleFacts, TheIndexLeadsFromRanksToFacts) {
  const Path store = folder_.path();
  const auto none = saved_facts(store, "abc");
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->has_value()) << "a store that has its splits";
  ASSERT_TRUE(write_facts_index(store / "facts", {{"abc", "0123"}}));
  const auto found = saved_facts(store, "abc");
  ASSERT_TRUE(found);
  EXPECT_EQ(**found, store / "facts" / "0123");
  EXPECT_THAT(saved_facts(store, "other").error().message, HasSubstr("other"));
  ASSERT_TRUE(write_file_synced(store / "facts" / "index.json", "["));
  EXPECT_FALSE(saved_facts(store, "abc"));
}

TEST_F(BundleFacts, DamageIsNamed) {
  const Path folder = saved(small_facts(true));
  EXPECT_THAT(load_facts(folder / "no").error().message, HasSubstr("facts.json"));
  const std::string counts = *read_file(folder / "facts.json");
  ASSERT_TRUE(write_file_synced(folder / "facts.json", R"({"items.csv.zst": 2})"));
  EXPECT_THAT(load_facts(folder).error().message, HasSubstr("categories.csv.zst"));
  ASSERT_TRUE(write_file_synced(folder / "facts.json", counts));
  for (const char* name : {"items.csv.zst", "users.csv.zst", "categories.csv.zst", "text.csv.zst"}) {
    const std::string content = *read_file(folder / name);
    for (std::size_t size = 0; size < content.size(); size += 5) {
      ASSERT_TRUE(write_file_synced(folder / name, content.substr(0, size)));
      EXPECT_FALSE(load_facts(folder)) << name << " cut to " << size;
    }
    ASSERT_TRUE(write_file_synced(folder / name, content));
  }
  EXPECT_TRUE(load_facts(folder));
}

}  // namespace
}  // namespace motive
