#include "framework/llm/retry.h"

#include <gtest/gtest.h>

#include "framework/llm/test_transport.h"

namespace motive::llm {
namespace {

using test::error;
using test::failure;
using test::reply;

Verdict first(const HttpReply& reply, Others others = {}) { return Retries(6, 1).judge(reply, 1.7e9, others); }

TEST(Retries, KeepsAnswersAndRejections) {
  EXPECT_EQ(first(test::says("hello")).step, Step::kKeep);
  for (const int status : {400, 422}) {
    const Verdict verdict = first(error(status, "no such thing"));
    EXPECT_EQ(verdict.step, Step::kKeep) << status;
    EXPECT_EQ(verdict.fate, Fate::kRejected) << status;
  }
  EXPECT_EQ(first(error(400, "too long", "context_length_exceeded")).fate, Fate::kTooLong);
}

TEST(Retries, StopsWhereTheServerWillNotGoOn) {
  EXPECT_EQ(first(error(401, "who are you")).step, Step::kStop);
  EXPECT_EQ(first(error(403, "not you")).step, Step::kStop);
  EXPECT_EQ(first(error(429, "pay first", "insufficient_quota")).step, Step::kStop);
}

TEST(Retries, WaitsWhatTheServerAsksForUpToTwoMinutes) {
  const auto wait = [](const std::string& name, const std::string& value) {
    return first(error(429, "slow down", {}, {{name, value}})).wait;
  };
  EXPECT_DOUBLE_EQ(wait("retry-after", "7"), 7);
  EXPECT_DOUBLE_EQ(wait("retry-after-ms", "2500"), 2.5);
  EXPECT_DOUBLE_EQ(wait("retry-after", "3600"), 120);
  EXPECT_DOUBLE_EQ(wait("x-ratelimit-reset-requests", "1m30s"), 90);
  EXPECT_LE(wait("retry-after", "0"), .5) << "the backoff, where that is longer";
  EXPECT_GE(wait("retry-after", "0"), .375);
  EXPECT_LE(first(error(500, "oh", {}, {{"x-ratelimit-reset-tokens", "6m0s"}})).wait, .5) << "says nothing of this failure";
}

TEST(Retries, BackoffDoublesToEightSecondsWithJitter) {
  Rng rng(1, "test");
  const double longest[] = {.5, 1, 2, 4, 8, 8, 8};
  for (int i = 0; i < 7; ++i) {
    const double wait = backoff(i + 1, rng);
    EXPECT_LE(wait, longest[i]);
    EXPECT_GE(wait, longest[i] * .75);
  }
  EXPECT_LE(backoff(1000000, rng), 8);
}

TEST(Retries, RetriesWhatMayPass) {
  for (const int status : {408, 409, 500, 502, 503, 504, 529}) EXPECT_EQ(first(error(status, "oh")).step, Step::kAgain) << status;
  const Verdict refused = first(failure("could not connect", false));
  EXPECT_EQ(refused.step, Step::kAgain);
  EXPECT_FALSE(refused.possibly_billed);
  const Verdict late = first(failure("timed out", true));
  EXPECT_EQ(late.step, Step::kAgain);
  EXPECT_TRUE(late.possibly_billed);
  EXPECT_EQ(late.failure, "timed out after sending");
}

TEST(Retries, TheSameBodyThreeTimesIsBroken) {
  Retries retries(6, 1);
  EXPECT_EQ(retries.judge(error(500, "a"), 0, {}).step, Step::kAgain);
  EXPECT_EQ(retries.judge(error(500, "b"), 0, {}).step, Step::kAgain);
  EXPECT_EQ(retries.judge(error(500, "b"), 0, {}).step, Step::kAgain);
  EXPECT_EQ(retries.judge(error(500, "b"), 0, {}).step, Step::kBroken);
}

TEST(Retries, AnOverloadedServerIsNoBrokenRequest) {
  Retries retries(6, 1);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(retries.judge(error(503, "busy"), 0, {}).step, Step::kAgain) << i;
  EXPECT_EQ(retries.judge(error(503, "busy"), 0, {}).step, Step::kGiveUp);
  Retries others(2, 1);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(others.judge(error(503, "busy"), 0, {}).step, Step::kAgain) << i;
  EXPECT_EQ(others.judge(error(503, "busy"), 0, {true, 0}).step, Step::kBroken) << "others are answered";
}

TEST(Retries, SlowDownsEndWhenNobodyIsAnswered) {
  Retries retries(2, 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(retries.judge(error(429, "slow"), 0, {false, 100}).step, Step::kAgain) << i;
  EXPECT_EQ(retries.judge(error(429, "slow"), 0, {false, 200}).step, Step::kGiveUp);
  Retries endless(2, 1);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(endless.judge(error(429, "slow"), 0, {true, 1}).step, Step::kAgain) << i;
  EXPECT_EQ(endless.judge(error(429, "slow"), 0, {true, 1}).step, Step::kBroken);
}

TEST(Scrub, TakesKeysOutInEveryWriting) {
  HttpReply echo = reply(401, "bad key sk-secret/123\"4 and sk-secret\\/123\"4, {\"k\": \"sk-secret/123\\\"4\"}",
                         {{"x-request-id", "sk-secret/123\"4"}});
  echo.failure = "sk-secret/123\"4";
  scrub(echo, "sk-secret/123\"4");
  EXPECT_EQ(echo.body, "bad key [key] and [key], {\"k\": \"[key]\"}");
  EXPECT_EQ(echo.failure, "[key]");
  EXPECT_EQ(echo.headers[0].second, "[key]");
  std::string text = "none of this";
  scrub(text, "none");
  EXPECT_EQ(text, "none of this");
}

TEST(KeptHeaders, AreThoseOfLimitsAndNumbers) {
  const HttpReply told = reply(200, "", {{"x-request-id", "r1"}, {"set-cookie", "a"}, {"x-ratelimit-limit-requests", "5"}});
  const Json kept = kept_headers(told);
  EXPECT_EQ(kept, Json({{"x-request-id", "r1"}, {"x-ratelimit-limit-requests", "5"}}));
}

}  // namespace
}  // namespace motive::llm
