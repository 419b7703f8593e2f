#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

#include "framework/base/hash.h"
#include "framework/data/ordered_events.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::events_text;
using test::row_of;
using test::Workshop;
using testing::HasSubstr;

constexpr const char* kPlain = "interactions: {file: a.csv, columns: {user: user, item: item}}\n";
constexpr const char* kTimed =
    "interactions: {file: a.csv, columns: {user: user, item: item, timestamp: time}}\n";

TEST(Prepare, ASpreadsheetExportWithEverything) {
  Workshop shop;
  shop.file("orders.csv",
            "\xef\xbb\xbf"
            "Kunde;Artikel;Sterne;Datum\r\n"
            "anna;\"A;1\";4.5;2019-03-02T10:00:00+01:00\r\n"
            "bob;B\"2;3;2019-03-01\r\n"
            "anna;\"line\nbreak \"\"x\"\"\";1;2019-03-01\r\n");
  const auto data = shop.prepare(
      "interactions: {file: orders.csv, separator: ';', columns: {user: Kunde, item: Artikel, "
      "rating: Sterne, timestamp: Datum}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data),
            "anna:line\nbreak \"x\"@1551398400*1 anna:A;1@1551517200*4.5 bob:B\"2@1551398400*3");
  EXPECT_EQ(data->time_kind(), TimeKind::kAbsolute);
  EXPECT_EQ(data->summary().at("reading").at("time_format"), "iso8601");
  EXPECT_EQ(data->summary().at("reading").at("time_format_detected"), true);
  EXPECT_THAT(std::vector<std::uint64_t>(data->positions().begin(), data->positions().end()),
              testing::ElementsAre(2, 0, 1));
}

TEST(Prepare, WithoutTimesAndRatingsTheOrderOfTheSourceHolds) {
  Workshop shop;
  shop.file("a.csv", "user,item\nu,3\nv,1\nu,1\nu,2\n");
  const auto data = shop.prepare(kPlain);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:3 u:1 u:2 v:1");
  EXPECT_EQ(data->time_kind(), TimeKind::kNone);
  EXPECT_TRUE(data->events().times.empty());
  EXPECT_TRUE(data->events().ratings.empty());
}

TEST(Prepare, TiedTimesKeepTheOrderOfTheSourceAndMillisecondsCount) {
  Workshop shop;
  shop.file("a.csv", "user,item,time\nu,c,1551441605900\nu,b,1551441605100\nu,a,1551441605100\n");
  const auto data = shop.prepare(kTimed);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:b@1551441605 u:a@1551441605 u:c@1551441605");
}

TEST(Prepare, DuplicatesAndRepeatsAreToldApartKeptOrDropped) {
  Workshop shop;
  shop.file("a.csv", "user,item,time\nu,x,2\nu,y,3\nu,x,4\nu,x,4\nv,x,1\n");
  const std::map<Repeats, std::string> expected = {
      {Repeats::kKeep, "u:x@2 u:y@3 u:x@4 v:x@1"},
      {Repeats::kFirst, "u:x@2 u:y@3 v:x@1"},
      {Repeats::kLast, "u:y@3 u:x@4 v:x@1"}};
  for (const auto& [rule, text] : expected) {
    FilterOptions filters;
    filters.repeats = rule;
    const auto data = shop.prepare(kTimed, filters);
    ASSERT_TRUE(data.has_value()) << data.error().message;
    EXPECT_EQ(events_text(*data), text);
    EXPECT_EQ(data->summary().at("repeats").at("repeated"), 1);
    EXPECT_EQ(data->summary().at("repeats").at("exact"), 1);
  }
  const auto all = shop.prepare(kTimed);
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(events_text(*all), "u:x@2 u:y@3 u:x@4 u:x@4 v:x@1");
}

TEST(Prepare, ItemNumbersAreAPermutationOfTheOrderOfTheSource) {
  Workshop shop;
  std::string text = "user,item\n";
  for (int i = 0; i < 1000; ++i) text += fmt::format("u{},i{}\n", i % 7, i);
  shop.file("a.csv", text);
  const auto data = shop.prepare(kPlain);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  const auto order = data->item_source_order();
  std::size_t at_home = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    EXPECT_EQ(data->items().id(i), fmt::format("i{}", order[i]));
    if (order[i] == i) ++at_home;
  }
  EXPECT_LT(at_home, 10u);
}

TEST(Prepare, TablesAreJoinedByIdAndMissingOnesAreCounted) {
  Workshop shop;
  shop.file("a.csv", "user,item\nu,1\nu,2\nv,2\n");
  shop.file("items.csv", "id,name\n2,Zwei\n3,Drei\n2,again\n");
  shop.file("texts.tsv", "id\tt\tname\n2\ttwo\tother\n9\tnine\tNeun\n");
  shop.file("users.csv", "v,30\nw,40\n");
  const auto data =
      shop.prepare(std::string(kPlain) +
                   "items: [{file: items.csv, columns: {item: id, title: name}},\n"
                   "        {file: texts.tsv, separator: tab, columns: {item: id, description: t, "
                   "title: name}}]\n"
                   "users: {file: users.csv, header: false, columns: {user: 0, age: 1}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  const Catalogue& items = data->items();
  ASSERT_EQ(items.size(), 4u);
  EXPECT_EQ(items.text(row_of(items, "1"), "title"), "");
  EXPECT_EQ(items.text(row_of(items, "2"), "title"), "Zwei");
  EXPECT_EQ(items.text(row_of(items, "2"), "description"), "two");
  EXPECT_EQ(items.text(row_of(items, "9"), "title"), "Neun");
  EXPECT_EQ(data->item_source_order()[row_of(items, "3")], 2u);
  EXPECT_EQ(data->users().size(), 2u);
  EXPECT_EQ(data->users().text(row_of(data->users(), "v"), "age"), "30");
  EXPECT_EQ(data->summary().at("items_with_interactions"), 2);
  const std::string warnings = data->summary().at("warnings").dump();
  EXPECT_THAT(warnings, HasSubstr("1 of 2 items with interactions have no fields"));
  EXPECT_THAT(warnings, HasSubstr("items.csv: 1 rows repeat the id of an earlier row"));
  EXPECT_THAT(warnings, HasSubstr("users.csv: 1 users have no interactions"));
}

TEST(Prepare, FlagsBecomeAField) {
  Workshop shop;
  shop.file("a.csv", "user,item\nu,1\nu,2\n");
  shop.file("items.dat", "1|1|0|1\n2|0|0|0\n");
  const std::string flags =
      "items: {file: items.dat, separator: '|', header: false, columns: {item: 0}, "
      "flags: {field: genres, first: 1, names: [War, Love, Noir]}}\n";
  const auto data = shop.prepare(kPlain + flags);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(data->items().text(row_of(data->items(), "1"), "genres"), "War, Noir");
  EXPECT_EQ(data->items().text(row_of(data->items(), "2"), "genres"), "");
  shop.file("items.dat", "1|1|0|2\n");
  EXPECT_THAT(shop.failure(kPlain + flags),
              HasSubstr("items.dat:1: column `3`: `2` is not a flag"));
  shop.file("items.dat", "1|1|0\n");
  EXPECT_THAT(shop.failure(kPlain + flags),
              HasSubstr("items.dat:1: flags 1 to 3 are not all there"));
}

TEST(Prepare, SequencesOneUserALine) {
  Workshop shop;
  shop.file("s.txt", "u 1 2\t3 \r\n\nv 2\nw\nu 9\n");
  const auto data = shop.prepare("interactions: {file: s.txt, format: sequences}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:1 u:2 u:3 u:9 v:2");
  const std::string warnings = data->summary().at("warnings").dump();
  EXPECT_THAT(warnings, HasSubstr("1 lines name a user and no item"));
  EXPECT_THAT(warnings, HasSubstr("1 lines begin with a user whom an earlier line has"));
}

TEST(Prepare, ErrorsNameFileLineColumnAndRemedy) {
  Workshop shop;
  const auto fails = [&](const std::string& content, const std::string& rest,
                         const std::string& message) {
    shop.file("a.csv", content);
    EXPECT_THAT(shop.failure(rest), HasSubstr(message));
  };
  const std::string rated =
      "interactions: {file: a.csv, columns: {user: user, item: item, rating: r}}\n";
  fails("usr,item\nu,1\n", kPlain,
        "a.csv:1: there is no column `user` (for `user`). did you mean `usr`? The columns are: "
        "`usr`, `item`");
  fails("user;item\nu;1\n", kPlain, "should it be `separator: \";\"`?");
  fails("user,item,user\nu,1,v\n", kPlain, "two columns are named `user`");
  fails("user,item\nu,1\nv\n", kPlain, "a.csv:3: 1 fields where the header has 2 (separator `,`)");
  fails("user,item\nu,1\nu,1,2\n", kPlain, "a.csv:3: 3 fields where the header has 2");
  fails("user,item\n,1\n", kPlain, "a.csv:2: column `user`: the user is empty");
  fails("user,item\nu,\n", kPlain, "a.csv:2: column `item`: the item is empty");
  fails("user,item,r\nu,1,5\nu,1,good\n", rated, "a.csv:3: column `r`: `good` is not a number");
  fails("user,item,r\nu,1,nan\n", rated, "a.csv:2: column `r`: `nan` is not a number");
  fails("user,item,r\nu,1,\"3,5\"\n", rated, "decimals are written with a point");
  fails("user,item,r\nu,1,\n", rated, "the rating is empty");
  fails("user,item,time\nu,1,yesterday\n", kTimed,
        "a.csv:2: column `time`: `yesterday` is neither a number nor");
  fails("", kPlain, "a.csv: the file is empty");
  fails("user,item\n", kPlain, "a.csv: there are no interactions in it");
  fails("1 2\n", "interactions: {file: a.csv, header: false, columns: {user: 0, item: 1}}\n",
        "a.csv:1: there is no column 1 (for `item`): the record has 1 fields");
  fails("\n\n", "interactions: {file: a.csv, format: sequences}\n", "there are no interactions");
}

TEST(Prepare, AMissingFileNamesAllPlacesAndTheRemedy) {
  Workshop shop;
  const std::string message = shop.failure(kPlain);
  EXPECT_THAT(message, HasSubstr("data set shop: its files were not found; looked at"));
  EXPECT_THAT(message, HasSubstr((shop.root() / "shop").string()));
  EXPECT_THAT(message, HasSubstr("say where they are: `path:` in the experiment, or $MOTIVE_DATA"));
}

TEST(Prepare, TheSameSourceGivesTheSameBytes) {
  Workshop shop;
  std::string text = "user,item,time\n";
  for (int i = 0; i < 5000; ++i)
    text += fmt::format("u{},i{},{}\n", i * 31 % 97, i * 17 % 113, i * 7 % 50);
  shop.file("a.csv", text);
  std::vector<std::string> sums;
  for (int run = 0; run < 2; ++run) {
    FilterOptions filters;
    filters.repeats = Repeats::kLast;
    ASSERT_TRUE(shop.prepare(kTimed, filters).has_value());
    std::vector<Path> files;
    for (const auto& entry : std::filesystem::directory_iterator(shop.last_folder()))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    std::string sum;
    for (const Path& file : files) sum += file.filename().string() + *sha256_file(file);
    sums.push_back(sum);
  }
  EXPECT_EQ(sums[0], sums[1]);
}

/// Against a plain sort and a plain search of plain rows.
RC_GTEST_PROP(OrderedEvents, AreAStableSortWithoutRepeats, ()) {
  struct Row {
    std::uint32_t user, item;
    std::int64_t time;
    std::uint32_t position;
  };
  const auto times =
      *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 6)));
  RawTables raw;
  raw.time_kind = TimeKind::kAbsolute;
  std::vector<Row> rows;
  for (const int time : times) {
    const auto user = *rc::gen::inRange<std::uint32_t>(0, 4);
    const auto item = *rc::gen::inRange<std::uint32_t>(0, 6);
    raw.add_event(fmt::format("u{}", user), fmt::format("i{}", item), time);
    const auto position = static_cast<std::uint32_t>(rows.size());
    rows.push_back({raw.event_user.back(), raw.event_item.back(), time, position});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(a.user, a.time) < std::pair(b.user, b.time);
  });
  const std::size_t items = raw.items.size();
  OrderedEvents events = order_events(raw);
  std::vector<std::uint32_t> all;
  for (const Row& row : rows) all.push_back(row.position);
  RC_ASSERT(events.position == all);
  for (const Repeats rule : {Repeats::kFirst, Repeats::kLast}) {
    OrderedEvents kept = events;
    keep_events(kept, without_repeats(kept, rule, items));
    std::vector<std::uint32_t> expected;
    for (auto row = rows.begin(); row != rows.end(); ++row) {
      const auto same = [&](const Row& other) {
        return other.user == row->user && other.item == row->item;
      };
      const bool first = std::none_of(rows.begin(), row, same);
      const bool last = std::none_of(row + 1, rows.end(), same);
      if (rule == Repeats::kFirst ? first : last) expected.push_back(row->position);
    }
    RC_ASSERT(kept.position == expected);
    RC_ASSERT(kept.offsets.back() == expected.size());
    RC_ASSERT(kept.time.size() == expected.size());
  }
}

class Folders : public testing::Test {
 protected:
  void SetUp() override {
    shop_.file("a.csv", "user,item,time\nu,1,5\nu,2,6\nv,1,7\n");
    ASSERT_TRUE(shop_.prepare(kTimed).has_value());
    folder_ = shop_.last_folder();
  }
  std::string refusal() const {
    const auto data = PreparedData::open(folder_);
    return data ? "" : data.error().message;
  }
  void edit(const std::string& from, const std::string& to) {
    std::string text = *read_file(folder_ / "prepared.json");
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    ASSERT_TRUE(write_file_synced(folder_ / "prepared.json", text).has_value());
  }
  Workshop shop_;
  Path folder_;
};

TEST_F(Folders, EveryTruncatedOrMissingFileIsRefused) {
  EXPECT_EQ(refusal(), "");
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string content = *read_file(entry.path());
    if (content.empty()) continue;
    ASSERT_TRUE(write_file_synced(entry.path(), content.substr(0, content.size() - 1)).has_value());
    // prepared.json ends with a newline that is not missed.
    if (entry.path().filename() != "prepared.json") {
      EXPECT_THAT(refusal(), HasSubstr("prepared.json says")) << entry.path();
    }
    ASSERT_TRUE(write_file_synced(entry.path(), content.substr(0, content.size() / 2)).has_value());
    EXPECT_THAT(refusal(), HasSubstr("not a whole prepared data set")) << entry.path();
    std::filesystem::remove(entry.path());
    EXPECT_THAT(refusal(), HasSubstr("not a whole prepared data set")) << entry.path();
    ASSERT_TRUE(write_file_synced(entry.path(), content).has_value());
  }
  EXPECT_EQ(refusal(), "");
}

TEST_F(Folders, ForeignContentIsRefused) {
  edit("\"format\": 1", "\"format\": 99");
  EXPECT_THAT(refusal(), HasSubstr("its format is 99, this version reads 1"));
  edit("\"format\": 99", "\"format\": 1");
  const Path items = folder_ / "events.item.u32";
  const std::string content = *read_file(items);
  ASSERT_TRUE(write_file_synced(items, std::string(content.size(), '\x7f')).has_value());
  EXPECT_THAT(refusal(), HasSubstr("events.item.u32 names item"));
  ASSERT_TRUE(write_file_synced(items, content).has_value());
  const Path offsets = folder_ / "users.id.offsets.u64";
  ASSERT_TRUE(write_file_synced(offsets, std::string(3 * 8, '\x01')).has_value());
  EXPECT_THAT(refusal(), HasSubstr("users.id.offsets.u64 does not fit"));
  ASSERT_TRUE(write_file_synced(folder_ / "prepared.json", "[1,2]").has_value());
  EXPECT_THAT(refusal(), HasSubstr("not a JSON object"));
  EXPECT_THAT(PreparedData::open(shop_.root() / "nowhere").error().message,
              HasSubstr("it has no prepared.json"));
}

TEST(SourceFiles, FingerprintSeesEveryEditAndChecksums) {
  Workshop shop;
  shop.file("a.csv", "user,item\nu,1\n");
  const auto fingerprint = [&](const std::string& rest) {
    auto descriptor = test::describe("name: shop\npath: shop\n" + rest, shop.root());
    EXPECT_TRUE(descriptor.has_value());
    return source_fingerprint(*descriptor);
  };
  const auto before = fingerprint(kPlain);
  ASSERT_TRUE(before.has_value()) << before.error().message;
  EXPECT_EQ(*before, *fingerprint(kPlain));
  shop.file("a.csv", "user,item\nu,2\n");
  EXPECT_NE(*before, *fingerprint(kPlain));
  const std::string wrong =
      std::string(kPlain) + "checksums: {a.csv: " + std::string(64, '0') + "}\n";
  EXPECT_THAT(fingerprint(wrong).error().message, HasSubstr("a.csv: its SHA-256 is "));
}

TEST(SourceFiles, TheEstimateIsOfTheRightSize) {
  Workshop shop;
  std::string text = "user,item\n";
  for (int i = 0; i < 200000; ++i) text += fmt::format("u{},i{}\n", i % 997, i % 101);
  shop.file("a.csv", text);
  auto descriptor = test::describe(std::string("name: shop\npath: shop\n") + kPlain, shop.root());
  const auto estimate = estimate_prepare(*descriptor);
  ASSERT_TRUE(estimate.has_value());
  EXPECT_NEAR(static_cast<double>(estimate->events), 200000, 10000);
  EXPECT_GT(estimate->memory_bytes, 200000u * 20);
}

}  // namespace
}  // namespace motive
