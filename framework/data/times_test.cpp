#include "framework/data/times.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>

namespace motive {
namespace {

std::optional<double> seconds(const std::string& format, const std::string& text) {
  auto parser = TimeParser::make(format);
  std::int64_t ticks = 0;
  if (!parser || !parser->parse(text, ticks).empty()) return std::nullopt;
  return static_cast<double>(ticks) / kTicksPerSecond;
}

TEST(Times, Iso8601) {
  EXPECT_EQ(seconds("iso8601", "1970-01-01"), 0);
  EXPECT_EQ(seconds("iso8601", "2019-03-01"), 1551398400);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00"), 1551441600);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00:05Z"), 1551441605);
  EXPECT_EQ(seconds("iso8601", "2019-03-01 12:00:05.25"), 1551441605.25);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00:05+02:00"), 1551434405);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00:05 +02:00"), 1551434405);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00:05-0530"), 1551461405);
  EXPECT_EQ(seconds("iso8601", "2019-03-01T12:00:05+02"), 1551434405);
  EXPECT_EQ(seconds("iso8601", "1969-12-31T23:59:59"), -1);
  EXPECT_EQ(seconds("iso8601", "2020-02-29"), 1582934400);
  for (const char* wrong : {"2019-02-29", "2019-13-01", "2019-00-01", "2019-1-1", "19-01-01",
                            "2019-03-01T25:00", "2019-03-01T12", "2019-03-01T12:60", "2019-03-01x",
                            "2019-03-01T12:00:05+2", "2019-03-01T12:00:05.", "", "abc"}) {
    EXPECT_EQ(seconds("iso8601", wrong), std::nullopt) << wrong;
  }
}

TEST(Times, UnixInFourUnits) {
  EXPECT_EQ(seconds("unix", " 1551441605 "), 1551441605);
  EXPECT_EQ(seconds("unix", "1551441605.5"), 1551441605.5);
  EXPECT_EQ(seconds("unix", "1.551441605e9"), 1551441605);
  EXPECT_EQ(seconds("unix_ms", "1551441605250"), 1551441605.25);
  EXPECT_EQ(seconds("unix_us", "1551441605250000"), 1551441605.25);
  EXPECT_EQ(seconds("unix_ns", "1551441605250000000"), 1551441605.25);
  EXPECT_EQ(seconds("unix", "1551441605250"), std::nullopt);  // year 51132
  for (const char* wrong : {"", "1e999", "nan", "inf", "12a", "0x10", "99999999999999999999999"}) {
    EXPECT_EQ(seconds("unix", wrong), std::nullopt) << wrong;
    EXPECT_EQ(seconds("auto", wrong), std::nullopt) << wrong;
  }
}

TEST(Times, PatternsAndWrongFormats) {
  EXPECT_EQ(seconds("%d-%b-%Y", "01-Jan-1995"), 788918400);
  EXPECT_EQ(seconds("%Y%m%d %H:%M:%S", "20190301 12:00:05"), 1551441605);
  EXPECT_EQ(seconds("%Y-%m-%dT%H:%M:%S%z", "2019-03-01T12:00:05+0200"), 1551434405);
  EXPECT_EQ(seconds("%d-%m-%Y", "31-02-2019"), std::nullopt);
  EXPECT_EQ(seconds("%d-%m-%Y", "01-02-2019 x"), std::nullopt);
  EXPECT_THAT(TimeParser::make("unixx").error().message,
              testing::HasSubstr("is not a time format"));
}

TEST(Times, AutoDecidesByTheFirstValueAndKeepsToIt) {
  std::int64_t ticks = 0;
  auto parser = *TimeParser::make("auto");
  EXPECT_EQ(parser.format(), "");
  EXPECT_EQ(parser.parse("1551441605250", ticks), "");
  EXPECT_EQ(parser.format(), "unix_ms");
  EXPECT_TRUE(parser.detected());
  EXPECT_THAT(parser.parse("1551441605", ticks),
              testing::HasSubstr("does not look like milliseconds"));
  auto iso = *TimeParser::make("auto");
  EXPECT_EQ(iso.parse("2019-03-01", ticks), "");
  EXPECT_EQ(iso.format(), "iso8601");
  EXPECT_THAT(iso.parse("1551441605", ticks), testing::HasSubstr("not an ISO 8601 date"));
  auto neither = *TimeParser::make("auto");
  EXPECT_THAT(neither.parse("01/03/2019", ticks), testing::HasSubstr("time_format: \"%d-%b-%Y\""));
}

RC_GTEST_PROP(Times, WhatIsPrintedIsReadBack, ()) {
  const auto time = *rc::gen::inRange<std::int64_t>(-60000000000, 250000000000);
  RC_ASSERT(seconds("iso8601", format_time(time)) == static_cast<double>(time));
}

}  // namespace
}  // namespace motive
