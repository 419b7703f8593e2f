// The data sets of datasets/ as they are: runs where $MOTIVE_DATA is set, and then fails where they
// are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/data/test_data.h"

namespace motive {
namespace {

class RealData : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("MOTIVE_DATA")) GTEST_SKIP() << "MOTIVE_DATA is not set";
  }
  PreparedData load(const std::string& name) {
    const auto descriptor = find_descriptor(name);
    if (!descriptor) throw std::runtime_error(descriptor.error().message);
    const auto checked = source_fingerprint(*descriptor);
    if (!checked) throw std::runtime_error(checked.error().message);
    NoProgress progress;
    if (const auto done = prepare(*descriptor, FilterOptions{}, folder_.path(), progress); !done) {
      throw std::runtime_error(done.error().message);
    }
    const auto data = PreparedData::open(folder_.path());
    if (!data) throw std::runtime_error(data.error().message);
    EXPECT_EQ(descriptor->size->users, data->events().users());
    EXPECT_EQ(descriptor->size->items, data->items().size());
    EXPECT_EQ(descriptor->size->interactions, data->events().size());
    EXPECT_EQ(data->summary().at("repeats").at("repeated"), 0);
    return *data;
  }
  static std::size_t with_text(const TableView& table, const std::string& field) {
    std::size_t count = 0;
    for (std::size_t row = 0; row < table.size(); ++row)
      count += table.text(row, field).empty() ? 0 : 1;
    return count;
  }
  test::TempFolder folder_;
};

TEST_F(RealData, MovieLens100K) {
  const PreparedData data = load("movielens-100k");
  EXPECT_EQ(data.events().users(), 943u);
  EXPECT_EQ(data.items().size(), 1682u);
  EXPECT_EQ(data.events().size(), 100000u);
  EXPECT_EQ(data.events().ratings.size(), 100000u);
  EXPECT_EQ(data.time_kind(), TimeKind::kAbsolute);
  const Catalogue& items = data.items();
  EXPECT_EQ(items.text(test::row_of(items, "543"), "title"), "Mis\xc3\xa9rables, Les (1995)");
  EXPECT_EQ(items.text(test::row_of(items, "1"), "title"), "Toy Story (1995)");
  EXPECT_EQ(items.text(test::row_of(items, "1"), "categories"), "Animation, Children's, Comedy");
  EXPECT_EQ(items.text(test::row_of(items, "1"), "release_date"), "01-Jan-1995");
  EXPECT_THAT(std::string(items.text(test::row_of(items, "1"), "description")),
              testing::StartsWith("A little boy named Andy"));
  EXPECT_EQ(with_text(items, "description"), 1635u);
  EXPECT_EQ(with_text(items, "title"), 1682u);
  const UserTable& users = data.users();
  const std::size_t first = test::row_of(users, "1");
  EXPECT_EQ(users.text(first, "age"), "24");
  EXPECT_EQ(users.text(first, "occupation"), "technician");
  EXPECT_EQ(users.text(first, "zip_code"), "85711");
  const auto [low, high] =
      std::minmax_element(data.events().times.begin(), data.events().times.end());
  EXPECT_EQ(*low, 874724710);
  EXPECT_EQ(*high, 893286638);
}

TEST_F(RealData, Beauty) {
  const PreparedData data = load("amazon-2014-beauty");
  EXPECT_EQ(data.events().users(), 22363u);
  EXPECT_EQ(data.items().size(), 12101u);
  EXPECT_EQ(data.events().size(), 198502u);
  EXPECT_EQ(data.time_kind(), TimeKind::kNone);
  const Catalogue& items = data.items();
  const std::size_t second = test::row_of(items, "2");
  EXPECT_EQ(items.text(second, "title"), "OPI Red Shatter Crackle Nail Polish E55 New");
  EXPECT_EQ(items.text(second, "brand"), "OPI");
  EXPECT_EQ(items.text(second, "categories"), "Beauty > Makeup > Nails > Nail Polish");
  EXPECT_EQ(with_text(items, "title"), 12101u);
  std::string first_user;
  for (const ItemId item : data.events().items_of(user_id(test::row_of(data.users(), "2")))) {
    first_user += fmt::format("{} ", items.id(index(item)));
  }
  EXPECT_EQ(first_user, "6 7 8 9 10 4 11 ");
}

TEST_F(RealData, Sports) {
  const PreparedData data = load("amazon-2014-sports");
  EXPECT_EQ(data.events().users(), 35598u);
  EXPECT_EQ(data.items().size(), 18357u);
  EXPECT_EQ(data.events().size(), 296337u);
  EXPECT_EQ(with_text(data.items(), "categories"), 18357u);
}

TEST_F(RealData, Toys) {
  const PreparedData data = load("amazon-2014-toys");
  EXPECT_EQ(data.events().users(), 19412u);
  EXPECT_EQ(data.items().size(), 11924u);
  EXPECT_EQ(data.events().size(), 167597u);
  EXPECT_EQ(with_text(data.items(), "title"), 11924u);
}

}  // namespace
}  // namespace motive
