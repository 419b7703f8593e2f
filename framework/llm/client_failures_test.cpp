// Every row of the failure table, through the client with a transport that fails as told.

#include <gtest/gtest.h>

#include "framework/llm/test_client.h"

namespace motive::llm {
namespace {

using test::ask;
using test::error;
using test::failure;
using test::says;

struct World : test::ClientWorld {
  CacheStats stats() {
    auto cache = Cache::open_readonly(file());
    return *(*cache)->stats();
  }
};

/// The replies in turn, the last for all that follow; the list of models is always there.
test::FakeTransport::Script in_turn(std::vector<HttpReply> replies) {
  return [replies, at = std::make_shared<std::atomic<std::size_t>>(0)](const HttpRequest& request, int) {
    if (request.method == "GET") return test::reply(200, R"({"data":[]})");
    return replies[std::min((*at)++, replies.size() - 1)];
  };
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ClientFailures, TooManyRequestsWaitsAndGoesOn) {
  World world;
  auto client = world.client(in_turn({error(429, "slow", {}, {{"retry-after", "30"}}), says("ok")}));
  const auto answer = client->chat("main", ask("a"), 1);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "ok");
  EXPECT_EQ(world.seen->requests, 2);
  EXPECT_GE(world.clock.now(), 30);
  EXPECT_LT(world.clock.now(), 31);
  EXPECT_EQ(client->sent()["slow-downs"], 1);
  EXPECT_EQ(client->sent()["at a time"]["main"], 6) << "8 x .8";
}

TEST(ClientFailures, ASpentQuotaEndsTheRunAndNothingMoreIsSent) {
  World world;
  auto client = world.client(in_turn({error(429, "You exceeded your current quota", "insufficient_quota"), says("ok")}));
  const auto answer = client->chat("main", ask("a"), 1);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kFailed);
  EXPECT_TRUE(has(answer.error().message, "quota") && has(answer.error().message, "same command")) << answer.error().message;
  const auto next = client->chat("main", ask("b"), 1);
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message, answer.error().message);
  EXPECT_EQ(world.seen->requests, 1);
  client = world.client(in_turn({says("ok")}));  // the same command continues
  EXPECT_TRUE(client->chat("main", ask("a"), 1));
}

TEST(ClientFailures, WhatMayPassIsTriedAgain) {
  for (const HttpReply& bad : {error(408, "late"), error(409, "conflict"), error(500, "oh"), error(502, "gateway"),
                               error(529, "overloaded"), test::reply(503, "<html>proxy</html>"),
                               test::reply(200, R"({"error":{"message":"hm"}})"),
                               test::reply(200, R"({"choices":null})"), failure("could not connect", false),
                               failure("reset by the server", true), failure("timed out", true)}) {
    World world;
    auto client = world.client(in_turn({bad, bad, says("ok")}));
    const auto answer = client->chat("main", ask("a"), 1);
    ASSERT_TRUE(answer) << bad.status << bad.body << answer.error().message;
    EXPECT_EQ(answer->text, "ok");
    EXPECT_EQ(world.seen->requests, 3);
    EXPECT_GE(world.clock.now(), .75 * 1.5);
    EXPECT_EQ(client->sent()["retries"], 2);
  }
}

TEST(ClientFailures, ATimeoutAfterSendingCountsAsPossiblyBilled) {
  World world;
  auto client = world.client(in_turn({failure("timed out", true), says("ok")}));
  ASSERT_TRUE(client->chat("main", ask("a"), 1));
  EXPECT_EQ(client->sent()["possibly billed"], 1);
  EXPECT_EQ(world.stats().possibly_billed, 1U);
  const double most = 100 * 2e-6;  // of the answer that did not come
  EXPECT_GT(client->sent()["cost"].get<double>(), most + 20e-6 - 1e-9);
}

TEST(ClientFailures, TheSame500ThreeTimesIsLeftAsideForGood) {
  World world;
  const auto script = [](const HttpRequest& request, int) {
    return test::prompt_of(request) == "poison" ? error(500, "assertion failed") : says("ok");
  };
  auto client = world.client(script);
  const auto poison = client->chat("main", ask("poison"), 1);
  ASSERT_TRUE(poison) << poison.error().message;
  EXPECT_EQ(poison->outcome, Outcome::kBroken);
  EXPECT_TRUE(has(poison->problem, "assertion failed")) << poison->problem;
  EXPECT_EQ(world.seen->requests, 3);
  EXPECT_TRUE(client->chat("main", ask("good"), 1)) << "the run goes on";
  const Json report = client->report();
  client = world.client(script);
  EXPECT_EQ(client->chat("main", ask("poison"), 1)->outcome, Outcome::kBroken);
  EXPECT_TRUE(client->chat("main", ask("good"), 1));
  EXPECT_EQ(world.seen->requests, 4);
  EXPECT_EQ(client->report(), report);
  EXPECT_EQ(report["mope"]["outcomes"], Json({{"broken", 1}, {"ok", 1}}));
}

TEST(ClientFailures, AServerThatFailsOnEverythingEndsTheRun) {
  World world;
  auto client = world.client(in_turn({error(500, "engine is dead")}));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(client->chat("main", ask(std::to_string(i)), 1)->outcome, Outcome::kBroken);
  const auto sixth = client->chat("main", ask("5"), 1);
  ASSERT_FALSE(sixth);
  EXPECT_TRUE(has(sixth.error().message, "in a row") && has(sixth.error().message, "engine is dead")) << sixth.error().message;
}

TEST(ClientFailures, AServerThatIsGoneEndsTheRunAfterItsRetries) {
  World world;
  world.config.retries = 3;
  auto client = world.client([](const HttpRequest&, int) { return failure("could not connect", false); });
  const auto answer = client->chat("main", ask("a"), 1);
  ASSERT_FALSE(answer);
  for (const char* part : {"main", "localhost:1", "mope", "4 tries", "could not connect", "same command"}) {
    EXPECT_TRUE(has(answer.error().message, part)) << answer.error().message;
  }
  EXPECT_EQ(world.seen->requests, 5) << "four, and a look at whether the server is there";
}

TEST(ClientFailures, ARequestThatNeverEndsIsLeftAsideWhereTheServerIsThere) {
  World world;
  world.config.retries = 1;
  auto client = world.client(in_turn({failure("timed out", true)}));
  const auto answer = client->chat("main", ask("a"), 1);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->outcome, Outcome::kBroken);
  EXPECT_TRUE(has(answer->problem, "timed out")) << answer->problem;
  client = world.client(in_turn({says("ok")}), Mode::kReplay);
  EXPECT_EQ(client->chat("main", ask("a"), 1)->outcome, Outcome::kBroken) << "replay finds it too";
}

TEST(ClientFailures, RejectionsAreNeverAskedAgain) {
  for (const auto& [bad, outcome] : std::vector<std::pair<HttpReply, Outcome>>{
           {error(400, "no"), Outcome::kRejected}, {error(422, "no"), Outcome::kRejected},
           {error(400, "maximum context length is 10", "context_length_exceeded"), Outcome::kTooLong}}) {
    World world;
    auto client = world.client(in_turn({bad}));
    for (int i = 0; i < 3; ++i) {
      const auto answer = client->chat("main", ask("a"), 1);
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->outcome, outcome);
      EXPECT_EQ(answer->attempts, 1);
    }
    client = world.client(in_turn({says("ok")}));
    EXPECT_EQ(client->chat("main", ask("a"), 1)->outcome, outcome);
    EXPECT_EQ(world.seen->requests, 1);
  }
}

TEST(ClientFailures, ARefusedKeyEndsTheRun) {
  for (const int status : {401, 403}) {
    World world;
    auto client = world.client(in_turn({error(status, "who are you")}));
    const auto answer = client->chat("main", ask("a"), 1);
    ASSERT_FALSE(answer);
    const std::string& message = answer.error().message;
    EXPECT_TRUE(has(message, "who are you") && has(message, "api_key_env")) << message;
    EXPECT_EQ(world.seen->requests, 1);
  }
}

TEST(ClientFailures, AWrongAddressOrModelEndsTheRunAndIsNotKept) {
  World world;
  auto client = world.client(in_turn({error(404, "The model `tested` does not exist")}));
  const auto answer = client->chat("main", ask("a"), 1);
  ASSERT_FALSE(answer);
  const std::string& message = answer.error().message;
  EXPECT_TRUE(has(message, "does not exist") && has(message, "`base_url`")) << message;
  client = world.client(in_turn({says("ok")}));
  EXPECT_EQ(client->chat("main", ask("a"), 1)->text, "ok");
}

TEST(ClientFailures, WrongAnswersAreAskedForAgainAndCounted) {
  ChatRequest request = ask("a");
  request.task = "t";
  request.schema = {{"type", "object"}, {"properties", {{"n", {{"type", "integer"}}}}}, {"required", {"n"}},
                    {"additionalProperties", false}};
  const HttpReply refusal = test::reply(200, R"({"choices":[{"finish_reason":"stop","message":{"content":null,"refusal":"no"}}],
                                                "usage":{"prompt_tokens":10,"completion_tokens":5}})");
  const std::vector<std::pair<HttpReply, Outcome>> bad = {{says("no json"), Outcome::kWrongFormat},
                                                          {says(R"({"n":"1"})"), Outcome::kWrongFormat},
                                                          {says(R"({"n":7})"), Outcome::kWrongFormat},  // validate() dislikes it
                                                          {says(R"({"n":)", "length"), Outcome::kTruncated},
                                                          {says(R"({"n":1})", "stop", 10, 500), Outcome::kTruncated},
                                                          {refusal, Outcome::kRefused},
                                                          {says("", "content_filter"), Outcome::kRefused}};
  const auto validate = [](const Json& json) { return json["n"] == 7 ? "7 is not wanted" : ""; };
  for (const auto& [first, outcome] : bad) {
    World world;
    auto client = world.client(in_turn({first, says(R"({"n":1})")}));
    const auto mended = client->chat("main", request, 1, validate);
    ASSERT_TRUE(mended) << mended.error().message;
    EXPECT_EQ(mended->outcome, Outcome::kOk) << mended->problem;
    EXPECT_EQ(mended->json, Json({{"n", 1}}));
    EXPECT_EQ(mended->attempts, 2);
    EXPECT_EQ(mended->usage.prompt, 20);
    EXPECT_EQ(client->report()["mope"]["re-asks"], 1);
    const Json report = client->report();
    client = world.client(in_turn({says("never")}), Mode::kReplay);
    EXPECT_EQ(client->chat("main", request, 1, validate)->json, Json({{"n", 1}}));
    EXPECT_EQ(client->report(), report);
    EXPECT_EQ(world.seen->requests, 2);

    World stubborn;
    client = stubborn.client(in_turn({first}));
    const auto never = client->chat("main", request, 1, validate);
    ASSERT_TRUE(never);
    EXPECT_EQ(never->outcome, outcome) << never->problem;
    EXPECT_FALSE(never->problem.empty());
    EXPECT_TRUE(never->json.is_null());
    EXPECT_EQ(never->attempts, 3);
    EXPECT_EQ(stubborn.seen->requests, 3);
  }
}

TEST(ClientFailures, TheBudgetEndsTheRunBeforeItIsPassed) {
  World world;
  world.budget.calls = 3;
  auto client = world.client(in_turn({says("ok")}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(client->chat("main", ask(std::to_string(i)), 1)) << i;
  const auto fourth = client->chat("main", ask("3"), 1);
  ASSERT_FALSE(fourth);
  EXPECT_TRUE(has(fourth.error().message, "spent 3 of 3")) << fourth.error().message;
  client = world.client(in_turn({says("ok")}));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client->chat("main", ask(std::to_string(i)), 1)) << "what is known costs nothing";
  EXPECT_FALSE(client->chat("main", ask("3"), 1)) << "over all runs";
  world.budget.calls = 4;
  client = world.client(in_turn({says("ok")}));
  EXPECT_TRUE(client->chat("main", ask("3"), 1)) << "raised, it goes on";
  EXPECT_EQ(world.seen->requests, 4);
}

}  // namespace
}  // namespace motive::llm
