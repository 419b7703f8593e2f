#include "framework/llm/cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <set>
#include <thread>

#include "framework/llm/cache_tables.h"
#include "framework/llm/cache_testing.h"
#include "framework/base/compress.h"

namespace motive::llm {
namespace {

using namespace test;
using testing::HasSubstr;
using testing::Not;

class CacheTest : public testing::Test {
 protected:
  std::unique_ptr<Cache> open() { return must(Cache::open(file_)); }
  /// The first value of a query, past the cache.
  std::string value(const char* sql) {
    std::string text;
    must(must(Database::open(file_, Access::kWrite))->run(sql, &text));
    return text;
  }
  TemporaryFolder folder_;
  Path file_ = folder_.path() / "llm" / "answers.sqlite";
};

TEST(CacheKeyTest, DependsOnEveryPartAndOnItsLimits) {
  const CacheKey key{"body", "endpoint", "/path", 1, 0};
  std::set<std::string> hashes = {key.hash(),
                                  CacheKey{"bodyX", "endpoint", "/path", 1, 0}.hash(),
                                  CacheKey{"bodyend", "point", "/path", 1, 0}.hash(),
                                  CacheKey{"body", "endpoint/path", "", 1, 0}.hash(),
                                  CacheKey{"body", "endpoint", "/path", 2, 0}.hash(),
                                  CacheKey{"body", "endpoint", "/path", 1, 1}.hash(),
                                  CacheKey{std::string("body\0", 5), "endpoint", "/path", 1, 0}.hash()};
  EXPECT_EQ(hashes.size(), 7U);
  // Answers that were paid for are found under this for good.
  EXPECT_EQ(key.hash(), "af48c51f3eb70a4681fce6928f995e8eefd59432150b8a99aaa4d5b7b48a99fd");
}

TEST_F(CacheTest, GivesBackWhatWasStored) {
  {
    const auto cache = open();
    EXPECT_FALSE(must(cache->find(key_of(1))).has_value());
    must(cache->store(key_of(1), answer_of(1), attempt_of(), false));
    EXPECT_EQ(body_of(*cache, key_of(1)), answer_of(1).body);
  }
  const auto found = must(open()->find(key_of(1)));
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->status, 200);
  EXPECT_EQ(found->body, answer_of(1).body);
  EXPECT_EQ(found->usage.prompt, 100);
  EXPECT_EQ(found->usage.cached, 20);
  EXPECT_EQ(found->usage.completion, 1);
  EXPECT_TRUE(found->usage.reported);
  EXPECT_EQ(found->cost, .5);
  EXPECT_EQ(found->model, "m-2");
  EXPECT_EQ(found->received, "2024-01-02T03:04:05Z");
  EXPECT_FALSE(must(open()->find(key_of(2))).has_value());
}

TEST_F(CacheTest, KeepsTheFirstAnswerUnlessToldToReplaceIt) {
  const auto cache = open();
  must(cache->store(key_of(1), answer_of(1), attempt_of(), false));
  must(cache->store(key_of(1), answer_of(2), attempt_of(), false));
  EXPECT_EQ(body_of(*cache, key_of(1)), answer_of(1).body);
  must(cache->store(key_of(1), answer_of(3), attempt_of(), true));
  EXPECT_EQ(body_of(*cache, key_of(1)), answer_of(3).body);
  EXPECT_EQ(must(cache->stats()).answers, 1U);
  EXPECT_EQ(must(cache->stats()).attempts, 3U) << "each was paid for";
}

TEST_F(CacheTest, AnyBytesSurvive) {
  const auto cache = open();
  const bool fine = rc::check("bodies, requests and names are bytes", [&](const std::string& body, const std::string& asked) {
    const CacheKey key{asked, asked, "/p", std::uint64_t(-1), 3};
    StoredAnswer answer = answer_of(1);
    answer.body = body;
    answer.model = asked;
    RC_ASSERT(cache->store(key, answer, attempt_of(), true).has_value());
    const auto found = cache->find(key);
    RC_ASSERT(found && *found && (*found)->body == body && (*found)->model == asked);
  });
  EXPECT_TRUE(fine);
  EXPECT_TRUE(must(cache->verify()).empty());
}

TEST_F(CacheTest, KeepsNoHeaderThatSaysWhoAsked) {
  AttemptRecord attempt = attempt_of();
  attempt.headers = {{"Authorization", "Bearer sk-secret"}, {"Set-Cookie", "session=secret"}, {"x-api-key", "sk-secret"},
                     {"Retry-After-Ms", "12"},              {"X-RateLimit-Remaining-Tokens", "7"}, {"x-request-id", "r1"},
                     {"openai-processing-ms", "5"},         {"Content-Type", "application/json"}};
  must(open()->store(key_of(1), answer_of(1), attempt, false));
  EXPECT_EQ(value("SELECT CAST(headers AS TEXT) FROM attempt"),
            R"({"content-type":"application/json","openai-processing-ms":"5","retry-after-ms":"12",)"
            R"("x-ratelimit-remaining-tokens":"7","x-request-id":"r1"})");
  EXPECT_THAT(must(read_file(file_)), Not(HasSubstr("secret")));
  EXPECT_EQ(kept_headers(Json("Authorization: x")), "{}");
  EXPECT_EQ(kept_headers(Json()), "{}");
  EXPECT_EQ(kept_headers({{"retry-after", "\xff"}}), "{\"retry-after\":\"\xef\xbf\xbd\"}");
}

TEST_F(CacheTest, SumsWhatAnExperimentHasPaid) {
  const auto cache = open();
  EXPECT_EQ(must(cache->spent("e")).calls, 0);
  must(cache->store(key_of(1), answer_of(1), attempt_of("e"), false));
  must(cache->store(key_of(2), answer_of(2), attempt_of("e"), false));
  must(cache->store(key_of(3), answer_of(3), attempt_of("another"), false));
  AttemptRecord failed;
  failed.experiment = "e";
  failed.status = 429;
  must(cache->record(failed));
  failed.status = 0;
  failed.failure = "timeout after sending";
  failed.possibly_billed = true;
  failed.cost = .125;
  must(cache->record(failed));
  const Spent spent = must(cache->spent("e"));
  EXPECT_EQ(spent.money, .625);
  EXPECT_EQ(spent.tokens, 220);
  EXPECT_EQ(spent.calls, 3) << "two answers, and one that may have been billed; a 429 costs nothing";
  EXPECT_EQ(must(cache->stats()).possibly_billed, 1U);
}

TEST_F(CacheTest, CountsAnswersByModel) {
  const auto cache = open();
  StoredAnswer other = answer_of(5);
  other.model = "a";
  must(cache->store(key_of(1), answer_of(1), attempt_of(), false));
  must(cache->store(key_of(2), answer_of(2), attempt_of(), false));
  must(cache->store(key_of(3), other, attempt_of(), false));
  const CacheStats stats = must(cache->stats());
  EXPECT_EQ(stats.answers, 3U);
  EXPECT_EQ(stats.usage.prompt, 300);
  EXPECT_EQ(stats.usage.completion, 8);
  EXPECT_EQ(stats.cost, 1.5);
  EXPECT_GT(stats.bytes, 4096U);
  ASSERT_EQ(stats.models.size(), 2U);
  EXPECT_EQ(stats.models[0], (std::pair<std::string, std::uint64_t>{"a", 1}));
  EXPECT_EQ(stats.models[1], (std::pair<std::string, std::uint64_t>{"m-2", 2}));
}

TEST_F(CacheTest, WhatIsNotWaitedForIsFoundAtOnceAndThereAfterAFlush) {
  const auto cache = open();
  for (int i = 0; i < 500; ++i) {
    must(cache->store(key_of(i), answer_of(i), attempt_of(), false, false));
    ASSERT_EQ(body_of(*cache, key_of(i)), answer_of(i).body);
  }
  must(cache->flush());
  EXPECT_EQ(value("SELECT COUNT(*) FROM request"), "500");
  must(cache->store(key_of(500), answer_of(500), attempt_of(), false, false));
}

TEST_F(CacheTest, ClosingCommitsWhatIsLeft) {
  must(open()->store(key_of(1), answer_of(1), attempt_of(), false, false));
  EXPECT_EQ(body_of(*open(), key_of(1)), answer_of(1).body);
}

TEST_F(CacheTest, ServesManyThreads) {
  const auto cache = open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 16; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const int number = i * 16 + t;
        must(cache->store(key_of(number), answer_of(number), attempt_of(), false, i % 2 == 0));
        EXPECT_EQ(body_of(*cache, key_of(number)), answer_of(number).body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  must(cache->flush());
  EXPECT_EQ(must(cache->stats()).answers, 320U);
  EXPECT_EQ(must(cache->spent("e")).calls, 320);
}

TEST_F(CacheTest, RemembersBatches) {
  must(open()->put_batch("batch_2", {{"state", "sent"}}));
  const auto cache = open();
  must(cache->put_batch("batch_1", {{"state", "sent"}}));
  must(cache->put_batch("batch_2", {{"state", "completed"}}));
  const auto batches = must(cache->batches());
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].first, "batch_1");
  EXPECT_EQ(batches[1].second["state"], "completed");
}

TEST_F(CacheTest, VerifyNamesTheRowsThatAreNotWhatTheySay) {
  for (int i = 0; i < 4; ++i) must(open()->store(key_of(i), answer_of(i), attempt_of(), false));
  EXPECT_TRUE(must(open()->verify()).empty());
  {
    const auto database = must(Database::open(file_, Access::kWrite));
    Statement change = must(database->prepare("UPDATE request SET asked=?2 WHERE key=?1"));
    must(change.run(key_bytes(key_of(1).hash()), pack("another request")));
    change = must(database->prepare("UPDATE request SET answer=substr(answer, 1, length(answer) - 3) WHERE key=?1"));
    must(change.run(key_bytes(key_of(2).hash())));
  }
  const auto cache = must(Cache::open_readonly(file_));
  EXPECT_THAT(must(cache->verify()), testing::UnorderedElementsAre(key_of(1).hash() + ": is not the hash of its request",
                                                           HasSubstr(key_of(2).hash() + ": the answer is not as it was")));
  EXPECT_THAT(error_of(cache->find(key_of(2))), HasSubstr("`motive cache verify` lists all such rows"));
  EXPECT_EQ(body_of(*cache, key_of(0)), answer_of(0).body);
}

TEST(CacheFileTest, LiesInTheUsersCacheFolder) {
  const char* const before = std::getenv("MOTIVE_CACHE");
  const std::string kept = before ? before : "";
  ::setenv("MOTIVE_CACHE", "/some/folder", 1);
  EXPECT_EQ(cache_file(), "/some/folder/llm/answers.sqlite");
  ::setenv("MOTIVE_CACHE", "/some/folder/", 1);
  EXPECT_EQ(cache_file(), "/some/folder/llm/answers.sqlite");
  if (before) ::setenv("MOTIVE_CACHE", kept.c_str(), 1);
  else ::unsetenv("MOTIVE_CACHE");
}

}  // namespace
}  // namespace motive::llm
