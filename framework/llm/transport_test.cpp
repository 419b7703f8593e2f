#include "framework/llm/transport.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>

namespace motive::llm {
namespace {

constexpr double kNow = 1445412000;  // Wed, 21 Oct 2015 07:20:00 GMT

HttpReply reply_with(std::vector<std::pair<std::string, std::string>> headers) {
  HttpReply reply;
  reply.status = 429;
  reply.headers = std::move(headers);
  return reply;
}

double wait_of(std::vector<std::pair<std::string, std::string>> headers) {
  return retry_after(reply_with(std::move(headers)), kNow);
}

TEST(ParseDuration, ReadsWhatServersWrite) {
  EXPECT_DOUBLE_EQ(parse_duration("6m0s"), 360);
  EXPECT_DOUBLE_EQ(parse_duration("12ms"), .012);
  EXPECT_DOUBLE_EQ(parse_duration("1.5s"), 1.5);
  EXPECT_DOUBLE_EQ(parse_duration("2h3m"), 7380);
  EXPECT_DOUBLE_EQ(parse_duration("1d1h1m1s1ms"), 90061.001);
  EXPECT_DOUBLE_EQ(parse_duration("250us"), 250e-6);
  EXPECT_DOUBLE_EQ(parse_duration("250\u00b5s"), 250e-6);
  EXPECT_DOUBLE_EQ(parse_duration(" 0s "), 0);
}

TEST(ParseDuration, IsNegativeForAnythingElse) {
  const std::string endless = "1" + std::string(306, '0') + "d";
  for (const char* text : {"", " ", "6", "s", "6m0"}) {
    EXPECT_LT(parse_duration(text), 0) << text;
  }
  for (const char* text : {"-1s", "1s-", "6 m", "1x", "inf", "nans", "1e9s", "0x5s", "1..5s", ".", "6m0s!", endless.c_str()}) {
    EXPECT_LT(parse_duration(text), 0) << text;
  }
}

RC_GTEST_PROP(ParseDuration, AddsUpItsParts, ()) {
  const int hours = *rc::gen::inRange(0, 100), minutes = *rc::gen::inRange(0, 60), seconds = *rc::gen::inRange(0, 60);
  RC_ASSERT(parse_duration(fmt::format("{}h{}m{}s", hours, minutes, seconds)) == hours * 3600 + minutes * 60 + seconds);
}

RC_GTEST_PROP(ParseDuration, TakesAnyBytes, (const std::string& text)) {
  const double seconds = parse_duration(text);
  RC_ASSERT(std::isfinite(seconds) && seconds >= -1);
}

TEST(RetryAfter, ReadsEveryForm) {
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "7"}}), 7);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", " 1.5 "}}), 1.5);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "0"}}), 0);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after-ms", "350"}}), .35);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"}}), 480);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "Wednesday, 21-Oct-15 07:28:00 GMT"}}), 480);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "Wed Oct 21 07:28:00 2015"}}), 480);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "Wed, 21 Oct 2015 07:00:00 GMT"}}), 0) << "it is past";
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-requests", "6m0s"}}), 360);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-tokens", "12ms"}}), .012);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-tokens", "30"}}), 30);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-tokens", "1445412009"}}), 9);
}

TEST(RetryAfter, PrefersTheMostExactWord) {
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "1"}, {"retry-after-ms", "350"}, {"x-ratelimit-reset-tokens", "6m0s"}}), .35);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-tokens", "6m0s"}, {"retry-after", "2"}}), 2);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after-ms", "soon"}, {"retry-after", "2"}}), 2);
  EXPECT_DOUBLE_EQ(wait_of({{"retry-after", "later"}, {"x-ratelimit-reset-requests", "3s"}}), 3);
}

TEST(RetryAfter, WaitsForTheLimitThatIsUsedUp) {
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-reset-requests", "1s"}, {"x-ratelimit-reset-tokens", "5s"}}), 5);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-remaining-requests", "0"},
                            {"x-ratelimit-reset-requests", "1s"},
                            {"x-ratelimit-remaining-tokens", "9000"},
                            {"x-ratelimit-reset-tokens", "6m0s"}}),
                   1);
  EXPECT_DOUBLE_EQ(wait_of({{"x-ratelimit-remaining-requests", "59"},
                            {"x-ratelimit-reset-requests", "1s"},
                            {"x-ratelimit-remaining-tokens", "9000"},
                            {"x-ratelimit-reset-tokens", "6m0s"}}),
                   1)
      << "neither is used up: as soon as there is more";
}

TEST(RetryAfter, IsNegativeWhereNothingIsSaid) {
  EXPECT_LT(wait_of({}), 0);
  for (const char* text : {"", "soon", "-3", "inf", "nan", "1e400", "Wed, 99 Foo 2015"}) {
    EXPECT_LT(wait_of({{"retry-after", text}}), 0) << text;
    EXPECT_LT(wait_of({{"retry-after-ms", text}}), 0) << text;
    EXPECT_LT(wait_of({{"x-ratelimit-reset-tokens", text}}), 0) << text;
  }
}

RC_GTEST_PROP(RetryAfter, TakesAnyBytes, (const std::string& text)) {
  const double seconds = retry_after(reply_with({{"retry-after", text}, {"x-ratelimit-reset-tokens", text}}), kNow);
  RC_ASSERT(std::isfinite(seconds) && seconds >= -1);
}

TEST(HttpReply, FindsHeaders) {
  const HttpReply reply = reply_with({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  EXPECT_EQ(reply.header("a"), "1");
  EXPECT_EQ(reply.header("b"), "2");
  EXPECT_EQ(reply.header("c"), "");
}

}  // namespace
}  // namespace motive::llm
