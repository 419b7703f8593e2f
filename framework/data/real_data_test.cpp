// The data sets of datasets/ as they are: runs where $MOTIVE_DATA is set, and then fails where they
// are missing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "framework/data/test_data.h"
#include "framework/data/times.h"

namespace motive {
namespace {

class RealData : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("MOTIVE_DATA")) GTEST_SKIP() << "MOTIVE_DATA is not set";
  }
  /// `repeated`: events that repeat an item of their user; they are kept.
  PreparedData load(const std::string& name, std::uint64_t repeated = 0) {
    const auto descriptor = find_descriptor(name);
    if (!descriptor) throw std::runtime_error(descriptor.error().message);
    const auto checked = source_fingerprint(*descriptor);
    if (!checked) throw std::runtime_error(checked.error().message);
    NoProgress progress;
    if (const auto done = prepare(*descriptor, FilterOptions::none(), folder_.path(), progress); !done) {
      throw std::runtime_error(done.error().message);
    }
    const auto data = PreparedData::open(folder_.path());
    if (!data) throw std::runtime_error(data.error().message);
    EXPECT_EQ(descriptor->size->users, data->events().users());
    EXPECT_EQ(descriptor->size->items, data->summary().at("items_with_interactions"));
    EXPECT_EQ(descriptor->size->interactions, data->events().size());
    const Json& repeats = data->summary().at("repeats");
    EXPECT_EQ(repeats.at("repeated").get<int>() + repeats.at("exact").get<int>(), repeated);
    return *data;
  }
  static std::size_t with_text(const TableView& table, const std::string& field) {
    std::size_t count = 0;
    for (std::size_t row = 0; row < table.size(); ++row)
      count += table.text(row, field).empty() ? 0 : 1;
    return count;
  }
  /// How many events have each rating from 1 to 5.
  static std::vector<std::size_t> ratings_of(const PreparedData& data) {
    std::vector<std::size_t> counts(5, 0);
    for (const float rating : data.events().ratings)
      ++counts.at(static_cast<std::size_t>(rating) - 1);
    return counts;
  }
  /// First and last day.
  static std::string days_of(const PreparedData& data) {
    const auto times = data.events().times;
    const auto [low, high] = std::minmax_element(times.begin(), times.end());
    return format_time(*low).substr(0, 10) + " " + format_time(*high).substr(0, 10);
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

TEST_F(RealData, MovieLens100KOfRecboleIsTheSame) {
  const PreparedData data = load("movielens-100k-recbole");
  EXPECT_EQ(days_of(data), "1997-09-20 1998-04-22");
  EXPECT_EQ(data.items().text(test::row_of(data.items(), "1"), "title"), "Toy Story");
  EXPECT_EQ(data.users().text(test::row_of(data.users(), "1"), "occupation"), "technician");
}

TEST_F(RealData, BeautyWithTimesHasTheOrderOfTheSequences) {
  const PreparedData data = load("amazon-2014-beauty-timed");
  EXPECT_EQ(days_of(data), "2002-06-12 2014-07-23");
  EXPECT_EQ(with_text(data.items(), "title"), 12101u);
  EXPECT_EQ(with_text(data.items(), "categories"), 12101u);
}

TEST_F(RealData, SportsWithTimes) {
  const PreparedData data = load("amazon-2014-sports-timed");
  EXPECT_EQ(days_of(data), "2002-03-07 2014-07-23");
}

TEST_F(RealData, ToysWithRelativeTimes) {
  const PreparedData data = load("amazon-2014-toys-timed");
  EXPECT_EQ(data.time_kind(), TimeKind::kRelative);
  EXPECT_EQ(with_text(data.items(), "title"), 11924u);
}

TEST_F(RealData, MusicalInstrumentsOf2014) {
  const PreparedData data = load("amazon-2014-musical-instruments-raw");
  EXPECT_EQ(ratings_of(data), (std::vector<std::size_t>{217, 250, 772, 2084, 6938}));
  EXPECT_EQ(days_of(data), "2004-09-18 2014-07-22");
}

TEST_F(RealData, GiftCardsOf2018) {
  const PreparedData data = load("amazon-2018-gift-cards-raw", 2972 - 2965);
  EXPECT_EQ(ratings_of(data), (std::vector<std::size_t>{22, 11, 33, 154, 2752}));
  EXPECT_EQ(days_of(data), "2012-01-31 2018-08-22");
  EXPECT_EQ(data.items().size(), 1547u);
  std::map<std::string, std::size_t> texts;
  std::vector<bool> touched(data.items().size(), false);
  for (const ItemId item : data.events().items) touched[index(item)] = true;
  for (std::size_t row = 0; row < touched.size(); ++row) {
    for (const auto& [field, column] : data.items().fields())
      texts[field] += touched[row] && !column[row].empty() ? 1 : 0;
  }
  EXPECT_EQ(texts["title"], 148u);
  EXPECT_EQ(texts["description"], 145u);
  EXPECT_EQ(texts["features"], 119u);
  EXPECT_EQ(texts["brand"], 119u);
  EXPECT_EQ(texts["categories"], 146u);
  EXPECT_EQ(texts["price"], 107u);
  for (std::size_t row = 0; row < touched.size(); ++row) {
    const auto description = data.items().text(row, "description");
    EXPECT_EQ(description.find("<br"), std::string_view::npos) << description;
    EXPECT_EQ(description.find("&amp;"), std::string_view::npos) << description;
  }
}

TEST_F(RealData, AllBeautyAndFashionOf2018) {
  const PreparedData beauty = load("amazon-2018-all-beauty-raw", 5269 - 4092);
  EXPECT_EQ(ratings_of(beauty), (std::vector<std::size_t>{115, 64, 109, 332, 4649}));
  EXPECT_EQ(days_of(beauty), "2004-09-21 2018-08-23");
  const PreparedData fashion = load("amazon-2018-fashion-raw", 3176 - 3042);
  EXPECT_EQ(ratings_of(fashion), (std::vector<std::size_t>{117, 93, 337, 471, 2158}));
  EXPECT_EQ(days_of(fashion), "2009-12-25 2018-07-05");
}

TEST_F(RealData, ScientificOf2018InTwoPreparations) {
  const PreparedData data = load("amazon-2018-scientific");
  EXPECT_EQ(with_text(data.items(), "title"), 4344u);
  EXPECT_GT(with_text(data.items(), "description"), 4200u);
  const PreparedData other = load("amazon-2018-scientific-cowpirec", 289);
  EXPECT_EQ(with_text(other.items(), "asin"), 4385u);
}

TEST_F(RealData, VideoGamesOfLlmRank) {
  const PreparedData data = load("amazon-2018-video-games-llmrank");
  EXPECT_EQ(with_text(data.items(), "title"), 16859u);
}

TEST_F(RealData, AllBeautyOf2023) {
  const PreparedData data = load("amazon-2023-all-beauty", 3315 - 2852);
  EXPECT_EQ(ratings_of(data), (std::vector<std::size_t>{151, 141, 353, 806, 1864}));
  EXPECT_EQ(days_of(data), "2011-04-01 2023-08-21");
  EXPECT_EQ(with_text(data.items(), "title"), 479u);
  EXPECT_GT(with_text(data.items(), "description"), 460u);
}

}  // namespace
}  // namespace motive
