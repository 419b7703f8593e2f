// What is wrong with a source file is said with its name, the line and what to do, and leaves
// nothing behind.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/data/test_compress.h"
#include "framework/data/test_data.h"

namespace motive {
namespace {

using test::gzip;
using test::Workshop;
using testing::AllOf;
using testing::HasSubstr;

const std::string kCsv =
    "interactions: {file: a.csv, columns: {user: u, item: i, rating: r, timestamp: t}}\n";
const std::string kUnix =
    "interactions: {file: a.csv, time_format: unix, columns: {user: u, item: i, rating: r, "
    "timestamp: t}}\n";
const std::string kJson =
    "interactions: {file: a.csv, format: json_lines, columns: {user: u, item: i}}\n";
const std::string kAmazon = "interactions: {file: a.csv, format: amazon_reviews}\n";
const std::string kHeader = "u,i,r,t\n";

class BadInput : public testing::Test {
 protected:
  /// The error for this content of a.csv; the prepared folder must be empty.
  std::string error(const std::string& content, const std::string& yaml) {
    shop_.file("a.csv", content);
    const auto data = shop_.prepare(yaml);
    if (data) return "it was read";
    EXPECT_EQ(data.error().kind, ErrorKind::kInvalid) << data.error().message;
    EXPECT_TRUE(std::filesystem::is_empty(shop_.last_folder())) << "something was left behind";
    return data.error().message;
  }
  Workshop shop_;
};

TEST_F(BadInput, TruncatedOrDamagedCompression) {
  std::string text = kHeader;
  for (int i = 0; i < 20000; ++i)
    text += fmt::format("u{},i{},3,{}\n", i % 97, i % 89, 1500000000 + i);
  for (const std::string& whole : {gzip(text), test::zstd(text)}) {
    for (const std::size_t size : {whole.size() / 2, whole.size() - 1}) {
      EXPECT_THAT(error(whole.substr(0, size), kCsv),
                  AllOf(HasSubstr("a.csv: the "),
                        HasSubstr("the file is truncated: fetch or copy it again")));
    }
    std::string damaged = whole;
    damaged[whole.size() / 2] ^= 0x5a;
    EXPECT_THAT(error(damaged, kCsv), HasSubstr("a.csv"));
  }
  EXPECT_THAT(error(gzip(text) + "garbage", kCsv), HasSubstr("a.csv: the gzip data"));
}

TEST_F(BadInput, TruncatedCompressionIsNotSkipped) {
  const std::string whole = gzip(kHeader + "u,i,1,1500000000\n");
  EXPECT_THAT(
      error(whole.substr(0, whole.size() - 3),
            "interactions: {file: a.csv, on_error: skip, max_skipped: 1, columns: {user: u, "
            "item: i}}\n"),
      HasSubstr("the file is truncated"));
}

TEST_F(BadInput, MalformedJsonLines) {
  const std::string good = "{\"u\": 1, \"i\": 2}\n";
  for (const char* line :
       {"{\"u\": 1, \"i\": 2", "{\"u\": 1 \"i\": 2}", "{\"u\": 1, \"i\": }",
        "{\"u\": 1, \"i\": \"2}", "{\"u\": 1, \"i\": 2}}", "{\"u\": 1, \"i\": 2} {}",
        "{\"u\": 1, \"i\": 2x}", "[1, 2]", "u,i", "{\"u\": 1, \"i\": nul}",
        "{\"u\": tru, \"i\": 1}", "{\"u\": \"\\ud800\", \"i\": 1}"}) {
    EXPECT_THAT(error(good + line + "\n" + good, kJson),
                AllOf(HasSubstr("a.csv:2: "), HasSubstr("on_error: skip")))
        << line;
  }
  EXPECT_THAT(error(good + "{\"u\": [1], \"i\": {}}\n", kJson),
              HasSubstr("a.csv:2: `i` is an object"));
  EXPECT_THAT(error(good + "{\"u\": \"a\\u0000b\", \"i\": 1}\n", kJson),
              HasSubstr("a.csv:2: column `u`: the user holds a NUL character"));
}

TEST_F(BadInput, BytesThatAreNoText) {
  EXPECT_THAT(error(kHeader + "u,i,1,5\ncaf\xe9,i,1,5\n", kCsv),
              AllOf(HasSubstr("a.csv:3: byte 0xe9 at position 4 is not valid UTF-8"),
                    HasSubstr("`encoding: latin-1`")));
  EXPECT_THAT(error(kHeader + std::string("u\0x,i,1,5\n", 10), kCsv),
              HasSubstr("a.csv:2: a NUL byte at character 2"));
  EXPECT_THAT(error("{\"u\": \"\xc3\", \"i\": 1}\n", kJson),
              HasSubstr("a.csv:1: byte 0xc3 at position 8"));
  EXPECT_THAT(error(std::string("{\"u\": \"\0\", \"i\": 1}\n", 19), kJson),
              HasSubstr("a.csv:1: a NUL byte"));
  EXPECT_THAT(error("\xff\xfe{\0", kJson), AllOf(HasSubstr("UTF-16"), HasSubstr("iconv")));
}

TEST_F(BadInput, ALineOfAHundredMegabytes) {
  const std::string endless(101 << 20, 'x');
  EXPECT_THAT(
      error(test::zstd(kHeader + "u,i,1,1500000000\n" + endless), kCsv),
      HasSubstr("a.csv:3: the line, or a quoted value that begins here, is longer than 100 MB"));
  EXPECT_THAT(
      error(test::zstd("{\"u\": 1, \"i\": \"" + endless), kJson),
      HasSubstr("a.csv:1: the line, or a quoted value that begins here, is longer than 100 MB"));
}

TEST_F(BadInput, ImpossibleTimesAndRatings) {
  const auto row = [&](const std::string& rating, const std::string& time) {
    return error(kHeader + "u,i," + rating + "," + time + "\n", kUnix);
  };
  EXPECT_THAT(row("3", "99999999999999"),
              HasSubstr("a.csv:2: column `t`: `99999999999999` is outside the years 1 to 9999"));
  EXPECT_THAT(row("3", "-99999999999999"), HasSubstr("is outside the years"));
  EXPECT_THAT(row("3", "1e400"), HasSubstr("a.csv:2: column `t`: `1e400` is not a number"));
  EXPECT_THAT(row("3", "never"), HasSubstr("`never` is not a number (seconds were expected)"));
  EXPECT_THAT(row("3", ""), HasSubstr("a.csv:2: column `t`: it is empty"));
  EXPECT_THAT(row("inf", "1"), HasSubstr("a.csv:2: column `r`: `inf` is not a number"));
  EXPECT_THAT(row("nan", "1"), HasSubstr("`nan` is not a number"));
  EXPECT_THAT(row("1e99", "1"), HasSubstr("`1e99` is too large or too small for a rating"));
  EXPECT_THAT(row("five", "1"), HasSubstr("`five` is not a number"));
  EXPECT_THAT(
      error("{\"reviewerID\": \"a\", \"asin\": \"b\", \"overall\": 5.0, \"unixReviewTime\": "
            "1393545600000000}\n",
            kAmazon),
      HasSubstr("a.csv:1: column `unixReviewTime`: `1393545600000000` is outside the years"));
  EXPECT_THAT(
      error("{\"reviewerID\": \"a\", \"asin\": \"b\", \"overall\": \"\", \"unixReviewTime\": 1}\n"
            "{}\n",
            kAmazon),
      HasSubstr("a.csv:1: column `overall`: the rating is empty"));
}

TEST_F(BadInput, ColumnsAndFields) {
  EXPECT_THAT(error("user,i,r,t\nu,i,1,1\n", kCsv),
              HasSubstr("a.csv:1: there is no column `u` (for `user`)"));
  EXPECT_THAT(error(kHeader + "u,i,1,5\nu,i\n", kCsv),
              HasSubstr("a.csv:3: 2 fields where the header has 4"));
  EXPECT_THAT(error("{\"user\": 1, \"i\": 2}\n", kJson),
              HasSubstr("a.csv:1: there is no key `u` (for `user`)"));
}

TEST_F(BadInput, NothingInIt) {
  EXPECT_THAT(error("", kCsv), HasSubstr("a.csv: the file is empty"));
  EXPECT_THAT(error("\n\n", kCsv), HasSubstr("a.csv: there is no header"));
  EXPECT_THAT(error(kHeader, kCsv), HasSubstr("a.csv: there are no interactions in it"));
  EXPECT_THAT(error("", kJson), HasSubstr("a.csv: there are no interactions in it"));
  EXPECT_THAT(error(gzip(""), kJson), HasSubstr("a.csv: there are no interactions in it"));
}

TEST_F(BadInput, AnotherFileThanDescribed) {
  shop_.file("a.csv", kHeader + "u,i,1,1500000000\n");
  const auto descriptor = test::describe(
      "name: shop\npath: shop\n" + kCsv + "checksums: {a.csv: " + std::string(64, '0') + "}\n",
      shop_.root());
  ASSERT_TRUE(descriptor.has_value());
  EXPECT_THAT(source_fingerprint(*descriptor).error().message,
              AllOf(HasSubstr("a.csv: its SHA-256 is "),
                    HasSubstr("fetch the file again, or correct `checksums`")));
}

TEST_F(BadInput, DeepAndHugeDescriptions) {
  test::TempFolder folder;
  const auto refusal = [&](const std::string& yaml) {
    folder.write("x.yaml", yaml);
    const auto descriptor = test::describe("./x.yaml", folder.path());
    return descriptor ? "it was read" : descriptor.error().message;
  };
  EXPECT_THAT(refusal("name: x\nitems: " + std::string(10000, '[') + "\n"),
              AllOf(HasSubstr("x.yaml:2:"), HasSubstr("nested deeper than")));
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    bomb += fmt::format("{}: &{} [", c, c);
    for (int i = 0; i < 9; ++i) bomb += fmt::format("*{}, ", static_cast<char>(c - 1));
    bomb += "]\n";
  }
  EXPECT_THAT(refusal(bomb), AllOf(HasSubstr("x.yaml:"), HasSubstr("more than")));
  EXPECT_THAT(refusal("name: " + std::string(64 << 20, 'x')), HasSubstr("larger than"));
  EXPECT_THAT(refusal("name: [x\n"), HasSubstr("x.yaml:"));
  EXPECT_THAT(refusal(std::string("name: \0x\n", 9)), HasSubstr("control character U+0000"));
}

class Skipping : public BadInput {
 protected:
  static std::string yaml(const std::string& keys, const std::string& columns) {
    return "interactions: {file: a.csv, on_error: skip, " + keys + "columns: {" + columns + "}}\n";
  }
  const std::string csv_ = yaml("max_skipped: 0.5, ", "user: u, item: i, rating: r");
};

TEST_F(Skipping, BadRecordsAreCountedAndShown) {
  shop_.file("a.csv",
             std::string(
                 "u,i,r\nu,1,3\nu,2\nu,3,good\n,4,1\nc\xe9,5,1\nu\0,5,1\nu,\"6\"x,1\nu,7,2\nu,8,5\n"
                 "u,9,1\nu,10,1\nu,11,1\n",
                 85));
  const auto data = shop_.prepare(csv_);
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(test::events_text(*data), "u:1*3 u:7*2 u:8*5 u:9*1 u:10*1 u:11*1");
  EXPECT_EQ(data->summary().at("reading").at("skipped"), 6);
  EXPECT_THAT(data->summary().at("warnings").dump(),
              HasSubstr("a.csv: 6 of 12 records cannot be read and were skipped; the first: "));
  EXPECT_THAT(data->summary().at("warnings").dump(),
              HasSubstr("a.csv:3: 2 fields where the header has 3"));
}

TEST_F(Skipping, TooManyAreAnError) {
  const std::string text = "u,i,r\nu,1,3\nu,2\nu,3\nu,4,4\n";
  EXPECT_THAT(
      error(text, yaml("max_skipped: 0.4, ", "user: u, item: i")),
      AllOf(HasSubstr("a.csv: 2 of 4 records cannot be read, more than `max_skipped: 0.4` allows; "
                      "the first: "),
            HasSubstr("a.csv:3: ")));
  EXPECT_THAT(error(text, yaml("", "user: u, item: i")),
              HasSubstr("more than `max_skipped: 0.01`"));
}

TEST_F(Skipping, WhatIsWrongWithTheWholeFileIsNotSkipped) {
  EXPECT_THAT(error("u,i,r\n\"open,1,3\nu,2,3\n", yaml("max_skipped: 1, ", "user: u, item: i")),
              HasSubstr("never closes"));
  EXPECT_THAT(error("x,i,r\nu,1,3\n", yaml("max_skipped: 1, ", "user: u, item: i")),
              HasSubstr("there is no column `u`"));
}

TEST_F(Skipping, LinesOfJsonAndRowsOfTables) {
  shop_.file(
      "a.csv",
      "{\"u\": 1, \"i\": 1}\n{\"u\": 1, \n\xff\n[]\n{\"u\": 1, \"i\": 2}\n{\"u\": {}, \"i\": 2}\n");
  shop_.file("b.csv", "i,t\n1,One\n2\n2,Two\n");
  const auto data = shop_.prepare(
      "interactions: {file: a.csv, format: json_lines, on_error: skip, max_skipped: 0.9, columns: "
      "{user: u, "
      "item: i}}\n"
      "items: {file: b.csv, on_error: skip, max_skipped: 0.9, columns: {item: i, title: t}}\n");
  ASSERT_TRUE(data.has_value()) << data.error().message;
  EXPECT_EQ(test::events_text(*data), "1:1 1:2");
  EXPECT_EQ(data->summary().at("reading").at("skipped"), 4);
  EXPECT_EQ(data->summary().at("reading").at("tables")[0].at("skipped"), 1);
  EXPECT_EQ(data->items().text(test::row_of(data->items(), "2"), "title"), "Two");
}

}  // namespace
}  // namespace motive
