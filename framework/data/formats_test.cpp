#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "framework/data/test_compress.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::events_text;
using test::row_of;
using test::Workshop;
using testing::HasSubstr;

std::string text_of(const PreparedData& data, std::string_view item, std::string_view field) {
  return std::string(data.items().text(row_of(data.items(), item), field));
}

constexpr const char* kJson =
    "interactions: {file: a.jsonl, format: json_lines, columns: {user: who.id, item: sku, rating: "
    "stars, timestamp: at}}\n";

TEST(JsonLines, KeysOfObjectsInsideAreNamedWithDots) {
  Workshop shop;
  shop.file(
      "a.jsonl",
      "{\"who\": {\"name\": \"A\", \"id\": \"u\\u00e9\"}, \"sku\": 12, \"stars\": 4.5, \"at\": "
      "1551398400, \"more\": [{\"sku\": 3}]}\n"
      "\n"
      "{\"at\": \"1551398399\", \"stars\": \"3\", \"sku\": \"12\", \"who\": {\"id\": true}}");
  const auto data = shop.prepare(kJson);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u\xc3\xa9:12@1551398400*4.5 true:12@1551398399*3");
  EXPECT_EQ(data->summary().at("reading").at("blank_lines"), 1);
}

TEST(JsonLines, ListsOfTablesAreJoined) {
  Workshop shop;
  shop.file("a.jsonl", "{\"u\":1,\"i\":1}\n{\"u\":1,\"i\":2}\n");
  shop.file("items.jsonl",
            "{\"i\": 1, \"t\": [\"a\", \"\", null, 2], \"c\": [[\"x\", \"y\"], [], [\"z\"]], "
            "\"n\": null}\n"
            "{\"i\": 2, \"t\": \"plain\", \"n\": {\"deep\": \"d\"}}\n");
  const std::string events =
      "interactions: {file: a.jsonl, format: json_lines, columns: {user: u, item: i}}\n";
  const std::string items =
      "items: {file: items.jsonl, format: json_lines, join: \" / \", columns: {item: i, title: t, "
      "categories: c, note: n.deep}}\n";
  const auto data = shop.prepare(events + items);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(text_of(*data, "1", "title"), "a / 2");
  EXPECT_EQ(text_of(*data, "1", "categories"), "x / y; z");
  EXPECT_EQ(text_of(*data, "1", "note"), "");
  EXPECT_EQ(text_of(*data, "2", "title"), "plain");
  EXPECT_EQ(text_of(*data, "2", "note"), "d");
  shop.file("items.jsonl", "{\"i\": 1, \"t\": {\"a\": 1}}\n");
  EXPECT_THAT(shop.failure(events + items),
              HasSubstr("items.jsonl:1: `t` is an object; name a key in it, as in `t.key`"));
  shop.file("items.jsonl", "{\"i\": 1, \"t\": [{\"a\": 1}]}\n");
  EXPECT_THAT(shop.failure(events + items), HasSubstr("the list `t` holds an object"));
}

TEST(JsonLines, AMissingKeyIsNamedWithItsNeighbours) {
  Workshop shop;
  shop.file("a.jsonl", "{\"who\": {\"id\": 1}, \"SKU\": 2, \"stars\": 1, \"at\": 1}\n");
  EXPECT_THAT(
      shop.failure(kJson),
      HasSubstr("a.jsonl:1: there is no key `sku` (for `item`). did you mean `SKU`? The keys "
                "are: `who`, `SKU`, `stars`, `at`"));
  shop.file(
      "a.jsonl",
      "{\"who\": {\"id\": 1}, \"sku\": 2, \"stars\": 1, \"at\": 1}\n{\"sku\": 1, \"stars\": 1}\n");
  EXPECT_THAT(shop.failure(kJson), HasSubstr("a.jsonl:2: column `who.id`: the user is empty"));
}

/// Any strings come back as they were written, plain or compressed.
RC_GTEST_PROP(JsonLines, StringsComeBack, (const std::vector<std::string>& names)) {
  std::string text;
  std::vector<std::string> kept;
  for (const std::string& name : names) {
    std::string utf8;
    append_latin1(name, utf8);
    if (utf8.empty() || utf8.find('\0') != std::string::npos) continue;
    kept.push_back(utf8);
    text += Json{{"u", "x"}, {"i", utf8}}.dump() + "\n";
  }
  if (kept.empty()) return;
  Workshop shop;
  shop.file("a.jsonl", test::gzip(text));
  const auto data = shop.prepare(
      "interactions: {file: a.jsonl, format: json_lines, columns: {user: u, item: i}}\n");
  RC_ASSERT(data.has_value());
  RC_ASSERT(data->events().size() == kept.size());
  for (std::size_t at = 0; at < kept.size(); ++at) {
    RC_ASSERT(data->items().id(index(data->events().items[at])) == kept[at]);
  }
}

TEST(Amazon, ReviewsOf2014And2018) {
  Workshop shop;
  shop.file(
      "r.json.gz",
      test::gzip("{\"reviewerID\": \"A1\", \"asin\": \"B1\", \"helpful\": [0, 1], \"reviewText\": "
                 "\"It \\\"works\\\" {[\", \"overall\": 5.0, \"unixReviewTime\": 1393545600, "
                 "\"reviewTime\": \"02 28, 2014\"}\n") +
          test::gzip("{\"overall\": 2.0, \"verified\": true, \"reviewerID\": \"A1\", \"asin\": "
                     "\"B2\", \"style\": {\"Size:\": \" L\"}, \"unixReviewTime\": 1393545601}\n"));
  const auto data = shop.prepare("interactions: {file: r.json.gz, format: amazon_reviews}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "A1:B1@1393545600*5 A1:B2@1393545601*2");
  EXPECT_EQ(data->summary().at("reading").at("time_format_detected"), false);
}

constexpr const char* kReviewed =
    "interactions: {file: r.json, format: amazon_reviews}\n"
    "items: {file: m.json, format: amazon_metadata}\n";

TEST(Amazon, ProductsAsJsonAndAsPythonLiterals) {
  Workshop shop;
  shop.file("r.json",
            "{\"reviewerID\": \"A\", \"asin\": \"B1\", \"overall\": 1, \"unixReviewTime\": "
            "1393545600}\n");
  shop.file("m.json",
            "{'asin': 'B1', 'title': \"Kettle's <b>best</b> &amp; small\", 'price': 12.5, "
            "'categories': [['Home', 'Tea'], ['Gifts']], 'related': {'also_bought': ['B2']}, "
            "'description': 'Line one.<br />Line two'}\n"
            "{\"asin\": \"B2\", \"title\": \"Cup\", \"description\": [\"<p>One.</p>\", \"Two &lt; "
            "three\"], \"category\": [\"Home\", \"Cups\"], \"feature\": [\"Round\", \"Red\"], "
            "\"brand\": \"\", \"price\": \"$3.00\"}\n");
  const auto data = shop.prepare(kReviewed);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(text_of(*data, "B1", "title"), "Kettle's best & small");
  EXPECT_EQ(text_of(*data, "B1", "description"), "Line one. Line two");
  EXPECT_EQ(text_of(*data, "B1", "categories"), "Home > Tea; Gifts");
  EXPECT_EQ(text_of(*data, "B1", "price"), "12.5");
  EXPECT_EQ(text_of(*data, "B2", "description"), "One. Two < three");
  EXPECT_EQ(text_of(*data, "B2", "categories"), "Home > Cups");
  EXPECT_EQ(text_of(*data, "B2", "features"), "Round Red");
  EXPECT_EQ(data->summary().at("items_with_interactions"), 1);
}

TEST(Amazon, NamedColumnsTakeThePlaceOfTheFormats) {
  Workshop shop;
  shop.file("r.json",
            "{\"reviewerID\": \"A\", \"asin\": \"B1\", \"overall\": 1, \"unixReviewTime\": 5}\n");
  shop.file("m.json", "{\"asin\": \"B1\", \"title\": \"Cup\", \"rank\": \"7\"}\n");
  const auto data = shop.prepare(
      "interactions: {file: r.json, format: amazon_reviews, columns: {rating: overall}}\n"
      "items: {file: m.json, format: amazon_metadata, columns: {rank: rank}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "A:B1*1");
  EXPECT_EQ(text_of(*data, "B1", "rank"), "7");
  EXPECT_FALSE(data->items().has("title"));
}

TEST(Amazon, ReviewsAndProductsOf2023) {
  Workshop shop;
  shop.file(
      "r.jsonl",
      "{\"rating\": 5.0, \"asin\": \"C1\", \"parent_asin\": \"P1\", \"user_id\": \"U\", "
      "\"timestamp\": 1588687728923, \"verified_purchase\": true}\n"
      "{\"rating\": 4.0, \"item_id\": \"P2\", \"user_id\": \"U\", \"timestamp\": 1588687728022}\n");
  shop.file(
      "m.jsonl",
      "{\"main_category\": \"Beauty\", \"title\": \"Oil\", \"store\": \"Ours\", \"description\": "
      "[], \"features\": [\"a\", \"b\"], \"categories\": [\"Hair\", \"Oils\"], \"price\": null, "
      "\"details\": {\"Brand\": \"x\"}, \"parent_asin\": \"P1\"}\n");
  const auto data = shop.prepare(
      "interactions: {file: r.jsonl, format: amazon_2023}\nitems: {file: m.jsonl, format: "
      "amazon_2023}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "U:P2@1588687728*4 U:P1@1588687728*5");
  EXPECT_EQ(text_of(*data, "P1", "brand"), "Ours");
  EXPECT_EQ(text_of(*data, "P1", "categories"), "Hair > Oils");
  EXPECT_EQ(text_of(*data, "P1", "price"), "");
  EXPECT_EQ(data->summary().at("reading").at("time_format"), "unix_ms");
}

TEST(Recbole, AtomicFiles) {
  Workshop shop;
  shop.file("a.inter",
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
            "1\t7\t3\t881250949\n1\t8\t4.5\t881250948.0\n");
  shop.file("a.item",
            "item_id:token\tmovie_title:token_seq\tclass:token_seq\n7\tA \"film\"\tNoir War\n");
  const std::string events = "interactions: {file: a.inter, format: recbole}\n";
  const auto data = shop.prepare(events + "items: {file: a.item, format: recbole}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "1:8@881250948*4.5 1:7@881250949*3");
  EXPECT_EQ(text_of(*data, "7", "movie_title"), "A \"film\"");
  EXPECT_EQ(text_of(*data, "7", "class"), "Noir War");
  const auto named = shop.prepare(
      events + "items: {file: a.item, format: recbole, columns: {title: movie_title}}\n");
  ASSERT_TRUE(named.has_value()) << named.error().message;
  EXPECT_EQ(text_of(*named, "7", "title"), "A \"film\"");
  EXPECT_FALSE(named->items().has("class"));
  shop.file("a.inter", "user_id\titem_id\n1\t2\n");
  EXPECT_THAT(shop.failure(events),
              HasSubstr("a.inter:1: column `user_id` has no type of RecBole's"));
  shop.file("a.inter", "session_id:token\titem_id:token\n1\t2\n");
  EXPECT_THAT(shop.failure(events), HasSubstr("there is no column `user_id` (for `user`)"));
  EXPECT_EQ(shop.failure("interactions: {file: a.inter, format: recbole, columns: {user: "
                         "session_id}}\n"),
            "");
}

TEST(Recbole, BenchmarkFilesHoldAHistoryALine) {
  Workshop shop;
  const std::string header = "user_id:token\titem_id_list:token_seq\titem_id:token\n";
  shop.file("a.test.inter", header + "5\t3 1 2\t9\n4\t\t3\n");
  const std::string events = "interactions: {file: a.test.inter, format: recbole}\n";
  const auto data = shop.prepare(events);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "5:3 5:1 5:2 5:9 4:3");
  shop.file("a.test.inter", header + "5\t3 1 2\t9\n5\t3 1\t2\n");
  EXPECT_THAT(
      shop.failure(events),
      HasSubstr("a.test.inter:3: user `5` has an earlier line; files with a line for every"));
}

TEST(JsonObject, UsersWithListsAndItemsWithFields) {
  Workshop shop;
  shop.file("i.json", "{\"u\": [3, \"1\", 2],\n \"v\": [], \"w\": [2]}\n");
  shop.file("t.json",
            "{\n \"1\": {\"title\": \"One\", \"tags\": [\"a\", \"b\"]},\n \"2\": {}\n}\n");
  const std::string both =
      "interactions: {file: i.json, format: json_object}\n"
      "items: {file: t.json, format: json_object, columns: {title: title, tags: tags}}\n";
  const auto data = shop.prepare(both);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "u:3 u:1 u:2 w:2");
  EXPECT_EQ(text_of(*data, "1", "title"), "One");
  EXPECT_EQ(text_of(*data, "1", "tags"), "a, b");
  EXPECT_THAT(data->summary().at("warnings").dump(), HasSubstr("1 lines name a user and no item"));
  shop.file("i.json", "{\"u\": [3],\n \"v\": 3}\n");
  EXPECT_THAT(
      shop.failure(both),
      HasSubstr("i.json:2: a list of items was expected; the format is {user: [items in order]}"));
  shop.file("i.json", "{\"u\": [3]} {}");
  EXPECT_THAT(shop.failure(both), HasSubstr("i.json:1: text stands behind the JSON object"));
  shop.file("i.json", "{\"u\": [3], ");
  EXPECT_THAT(shop.failure(both), HasSubstr("i.json:1: not valid JSON"));
  shop.file("i.json", "");
  EXPECT_THAT(shop.failure(both), HasSubstr("i.json: the file is empty"));
}

TEST(Delimited, MovieLens1MAndLatest) {
  Workshop shop;
  shop.file("ratings.dat", "1::1193::5::978300760\r\n1::661::3::978302109\n");
  shop.file("movies.dat", "1193::Caf\xe9: the end (1975)::Drama\n661::b::Comedy|War\n");
  const auto data = shop.prepare(
      "interactions: {file: ratings.dat, separator: '::', quote: none, header: false, columns: "
      "{user: 0, item: 1, rating: 2, timestamp: 3}}\n"
      "items: {file: movies.dat, separator: '::', quote: none, header: false, encoding: latin-1, "
      "columns: {item: 0, title: 1, categories: 2}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(events_text(*data), "1:1193@978300760*5 1:661@978302109*3");
  EXPECT_EQ(text_of(*data, "1193", "title"), "Caf\xc3\xa9: the end (1975)");
  shop.file("ratings.csv", "userId,movieId,rating,timestamp\n1,11,4.0,964982703\n");
  shop.file("movies.csv",
            "movieId,title,genres\n11,\"American President, The (1995)\",Drama|Romance\n");
  const auto latest = shop.prepare(
      "interactions: {file: ratings.csv, columns: {user: userId, item: movieId, rating: rating, "
      "timestamp: timestamp}}\n"
      "items: {file: movies.csv, columns: {item: movieId, title: title, categories: genres}}\n");
  ASSERT_TRUE(latest.has_value()) << latest.error().message;
  EXPECT_EQ(text_of(*latest, "11", "title"), "American President, The (1995)");
}

TEST(Formats, WhatADescriptionMaySay) {
  const auto refusal = [](const std::string& yaml) {
    const auto descriptor = test::describe("name: x\n" + yaml, "/tmp");
    return descriptor ? "" : descriptor.error().message;
  };
  EXPECT_THAT(refusal("interactions: {file: a, format: sequences, columns: {user: 0}}\n"),
              HasSubstr("`columns` have no meaning in this format"));
  EXPECT_THAT(refusal("interactions: {file: a, format: json_object, columns: {user: u}}\n"),
              HasSubstr("`columns` have no meaning in this format"));
  EXPECT_THAT(refusal("interactions: {file: a, format: amazon_metadata}\n"),
              HasSubstr("this format is for `items`"));
  const std::string events = "interactions: {file: a, format: amazon_reviews}\n";
  EXPECT_THAT(refusal(events + "items: {file: a, format: amazon_reviews}\n"),
              HasSubstr("this format is for `interactions`"));
  EXPECT_THAT(refusal(events + "users: {file: a, format: amazon_2023}\n"), HasSubstr("no users"));
  EXPECT_THAT(refusal(events + "items: {file: a, format: json_lines, columns: {title: t}}\n"),
              HasSubstr("must name the column of `item`"));
  EXPECT_THAT(refusal(events + "items: {file: a, format: json_object}\n"),
              HasSubstr("`columns` must name the fields"));
  EXPECT_THAT(refusal(events + "items: {file: a, format: recbole, flags: {field: g, first: 1, "
                               "names: [x]}}\n"),
              HasSubstr("`flags` belong to format delimited"));
}

TEST(Formats, AnOptionalFileMayBeMissing) {
  Workshop shop;
  shop.file("a.csv", "u,i\n1,2\n");
  const std::string yaml =
      "interactions: {file: a.csv, columns: {user: u, item: i}}\n"
      "items: {file: b.csv, optional: true, columns: {item: i, title: t}}\n";
  auto data = shop.prepare(yaml);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_THAT(data->summary().at("warnings").dump(), HasSubstr("b.csv is not there"));
  const auto descriptor = test::describe("name: shop\npath: shop\n" + yaml, shop.root());
  const Json without = *source_fingerprint(*descriptor);
  shop.file("b.csv", "i,t\n2,Two\n");
  data = shop.prepare(yaml);
  EXPECT_EQ(text_of(*data, "2", "title"), "Two");
  EXPECT_NE(*source_fingerprint(*descriptor), without);
  EXPECT_TRUE(estimate_prepare(*descriptor).has_value());
}

}  // namespace
}  // namespace motive
