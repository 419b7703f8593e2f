#include "framework/data/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/config/yaml_writer.h"
#include "framework/data/statistics.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

class Sniff : public testing::Test {
 protected:
  Sniffed sniff(const std::string& content, const std::string& name = "a.csv") {
    const auto sniffed = sniff_interactions(folder_.write(name, content));
    if (!sniffed) throw std::runtime_error(sniffed.error().message);
    return *sniffed;
  }
  std::string refusal(const std::string& content) {
    const auto sniffed = sniff_interactions(folder_.write("a.csv", content));
    return sniffed ? "" : sniffed.error().message;
  }
  test::TempFolder folder_;
};

TEST_F(Sniff, ASpreadsheetExport) {
  std::string text = "\xef\xbb\xbfKunde;Artikel;Sterne;Datum;Notiz\r\n";
  for (int i = 0; i < 60; ++i) {
    text +=
        fmt::format("k{};\"a;{}\";{};2020-01-{:02};x,y\r\n", i % 7, i % 11, i % 5 + 1, i % 28 + 1);
  }
  const Sniffed s = sniff(text);
  EXPECT_EQ(s.file.separator, ";");
  EXPECT_TRUE(s.file.header);
  EXPECT_TRUE(s.byte_order_mark);
  EXPECT_EQ(s.file.time_format, "iso8601");
  EXPECT_THAT(s.file.columns, ElementsAre(Pair("item", "Artikel"), Pair("rating", "Sterne"),
                                          Pair("timestamp", "Datum"), Pair("user", "Kunde")));
  EXPECT_THAT(s.examples[0], ElementsAre("k0", "a;0", "1", "2020-01-01", "x,y"));
}

TEST_F(Sniff, WithoutAHeaderValuesDecide) {
  std::string text;
  for (int i = 0; i < 300; ++i)
    text += fmt::format("{}\t{}\t{}\t{}\n", i % 30 + 1, i * 7 % 200, i % 5 + 1, 881250949 + i);
  const Sniffed s = sniff(text);
  EXPECT_EQ(s.file.separator, "tab");
  EXPECT_FALSE(s.file.header);
  EXPECT_EQ(s.file.time_format, "unix");
  EXPECT_THAT(s.file.columns, ElementsAre(Pair("item", "1"), Pair("rating", "2"),
                                          Pair("timestamp", "3"), Pair("user", "0")));
  EXPECT_THAT(s.notes, testing::Contains(HasSubstr("taken for `user` by its place")));
}

TEST_F(Sniff, OtherShapes) {
  EXPECT_EQ(sniff("1::2::5::978300760\n1::3::4::978300761\n").file.separator, "::");
  EXPECT_EQ(sniff("1 2 3 4\n2 3\n3 4 5 6 7\n").file.format, FileFormat::kSequences);
  const Sniffed two = sniff("user_id,product_id\na,b\nc,d\n");
  EXPECT_THAT(two.file.columns, ElementsAre(Pair("item", "product_id"), Pair("user", "user_id")));
  const Sniffed latin = sniff("user,item\nJos\xe9,x\nAna,y\n");
  EXPECT_EQ(latin.file.encoding, Encoding::kLatin1);
  const Sniffed odd = sniff("user,item,date\na,b,01/02/2020\nc,d,03/02/2020\n");
  EXPECT_EQ(odd.file.columns.count("timestamp"), 0u);
  EXPECT_THAT(odd.notes, testing::Contains(HasSubstr("left out until")));
}

TEST_F(Sniff, WhatIsNotInteractionsIsRefused) {
  EXPECT_THAT(refusal(""), HasSubstr("a.csv: the file is empty"));
  EXPECT_THAT(refusal("\n\n"), HasSubstr("only blank lines"));
  EXPECT_THAT(refusal("one\ntwo\nthree\n"), HasSubstr("no separator was found"));
  EXPECT_THAT(refusal(std::string("a,b\n\0,c\n", 8)), HasSubstr("NUL byte"));
  EXPECT_THAT(refusal("\xff\xfeu\0"), HasSubstr("UTF-16"));
}

TEST_F(Sniff, TheProposalIsReadAndPrepared) {
  std::string text = "user,item,time\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("u{},i{},{}\n", i % 4, i % 9, 1600000000 + i);
  const Path csv = folder_.write("sub/my orders.csv", text);
  const auto sniffed = sniff_interactions(csv);
  ASSERT_TRUE(sniffed.has_value()) << sniffed.error().message;
  folder_.write("orders.yaml", config::to_yaml(propose_descriptor(*sniffed, csv, folder_.path())));
  const auto descriptor = test::describe("./orders.yaml", folder_.path());
  ASSERT_TRUE(descriptor.has_value()) << descriptor.error().message;
  EXPECT_EQ(descriptor->name, "my-orders");
  NoProgress progress;
  ASSERT_TRUE(make_folders(folder_.path() / "out").has_value());
  const Status done = prepare(*descriptor, FilterOptions::none(), folder_.path() / "out", progress);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  const auto data = PreparedData::open(folder_.path() / "out");
  ASSERT_TRUE(data.has_value());
  EXPECT_EQ(data->events().size(), 40u);
}

TEST(Statistics, OfASmallDataSet) {
  test::Workshop shop;
  shop.file("a.csv", "user,item,r,time\nu,a,1,10\nu,b,5,10\nu,a,1,10\nv,a,5,90\n");
  shop.file("items.csv", "item,title,empty\na,\xc3\xa9t\xc3\xa9,\nb,,\nc,x,\n");
  const auto data = shop.prepare(
      "interactions: {file: a.csv, time_format: unix, columns: {user: user, item: item, rating: r, "
      "timestamp: time}}\n"
      "items: {file: items.csv, columns: {item: item, title: title, empty: empty}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  const OrderedJson s = data_statistics(*data);
  EXPECT_EQ(s["users"], 2);
  EXPECT_EQ(s["items"], 3);
  EXPECT_EQ(s["items_with_interactions"], 2);
  EXPECT_EQ(s["density"], 1.0);
  EXPECT_EQ(s["events_per_user"]["max"], 3);
  EXPECT_EQ(s["events_per_user"]["median"], 1);
  EXPECT_EQ(s["events_per_user"]["mean"], 2.0);
  EXPECT_EQ(s["ratings"].size(), 2u);
  EXPECT_EQ(s["ratings"][1]["count"], 2);
  EXPECT_NEAR(s["fields"]["items"][1]["share"].get<double>(), 2.0 / 3, 1e-12);
  EXPECT_EQ(s["fields"]["items"][1]["characters"]["mean"], 2.0);
  EXPECT_THAT(s["warnings"].dump(), HasSubstr("field `empty` of items is empty everywhere"));
}

}  // namespace
}  // namespace motive
