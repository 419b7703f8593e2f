#include "framework/llm/batch.h"

#include <gtest/gtest.h>

#include "framework/llm/test_batches.h"

namespace motive::llm {
namespace {

using test::ask;
using test::BatchServer;
using test::BatchWorld;
using test::error;

/// "prompt 0" .. "prompt n-1", a unit each, which do not depend on any answer.
BatchWork prompts(std::size_t n) {
  const auto one = [](Client& client, std::size_t i) -> Status {
    const auto answer = client.chat("main", ask("prompt " + std::to_string(i)), 1);
    return answer ? Status() : answer.error();
  };
  return {.modules = {{"mope", "main"}}, .units = n, .ask = one};
}

TEST(Batch, FillsTheCacheForChat) {
  BatchWorld world;
  auto client = world.client();
  BatchOptions options;
  options.most_lines = 40;
  ASSERT_TRUE(client->chat("main", ask("prompt 3"), 1));
  const auto report = BatchJobs::run(*client, prompts(100), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->jobs, 3U);
  EXPECT_EQ(report->known, 1U);
  EXPECT_EQ(report->submitted, 99U);
  EXPECT_EQ(report->answered, 99U);
  EXPECT_EQ(report->lacking, 0U);
  EXPECT_NEAR(report->cost, 99 * 10e-6, 1e-9) << "half of 20e-6 each";
  for (int i = 0; i < 100; ++i) {
    const auto answer = client->chat("main", ask("prompt " + std::to_string(i)), 1);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text, (i == 3 ? "live prompt " : "batch prompt ") + std::to_string(i));
  }
  EXPECT_EQ(world.server->chats, 1);
  EXPECT_TRUE(world.no_files());
  EXPECT_EQ(BatchJobs::run(*client, prompts(100), options)->jobs, 0U);
}

TEST(Batch, ReadsBothFilesHoweverAJobEnds) {
  for (const char* status : {"completed", "expired", "cancelled", "failed"}) {
    BatchWorld world;
    world.server->final_status = status;
    world.server->answer = [](const Json& asked) -> Json {
      const int i = std::stoi(BatchServer::words(asked).substr(7));
      if (i % 5 == 1) return nullptr;  // expired
      if (i % 5 == 2) return {{"status_code", 400}, {"body", Json::parse(error(400, "never").body)}};
      if (i % 5 == 3) return {{"status_code", 500}, {"body", Json::parse(error(500, "oh").body)}};
      return BatchServer::batched(test::says("batch " + BatchServer::words(asked)).body);
    };
    auto client = world.client();
    const auto report = BatchJobs::run(*client, prompts(10));
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->answered, 4U);
    EXPECT_EQ(report->rejected, 2U);
    EXPECT_EQ(report->lacking, 4U);
    for (int i = 0; i < 10; ++i) {
      const auto answer = client->chat("main", ask("prompt " + std::to_string(i)), 1);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->outcome, i % 5 == 2 ? Outcome::kRejected : Outcome::kOk);
    }
    EXPECT_EQ(world.server->chats, 4) << "what has no result is asked for";
  }
}

TEST(Batch, AnInterruptedRunWaitsForItsJobsAndSendsNothingTwice) {
  BatchWorld world;
  world.server->on_create = [&] { world.cancel.set(); };
  const auto first = BatchJobs::run(*world.client(&world.cancel), prompts(20));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(world.server->jobs.size(), 1U);
  auto client = world.client();
  const auto second = BatchJobs::run(*client, prompts(25));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->resumed, 1U);
  EXPECT_EQ(second->pending, 20U);
  EXPECT_EQ(second->submitted, 5U);
  EXPECT_EQ(second->answered, 25U);
  EXPECT_EQ(world.server->jobs.size(), 2U);
  EXPECT_TRUE(world.no_files());
}

TEST(Batch, AJobOfWhichNothingWasHeardIsFoundByItsMark) {
  BatchWorld world;
  world.server->forget_create = true;
  const auto report = BatchJobs::run(*world.client(), prompts(20));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(world.server->jobs.size(), 1U);
  EXPECT_EQ(report->answered, 20U);

  BatchWorld killed;  // between the server's making it and our noting it
  killed.server->forget_create = true;
  killed.server->on_create = [&] { killed.cancel.set(); };
  ASSERT_FALSE(BatchJobs::run(*killed.client(&killed.cancel), prompts(20)));
  const auto resumed = BatchJobs::run(*killed.client(), prompts(20));
  ASSERT_TRUE(resumed) << resumed.error().message;
  EXPECT_EQ(killed.server->jobs.size(), 1U);
  EXPECT_EQ(resumed->submitted, 0U);
  EXPECT_EQ(resumed->answered, 20U);
}

TEST(Batch, TheBudgetHoldsForWholeFiles) {
  BatchWorld world;
  BatchOptions options;
  options.most_lines = 10;
  world.budget.calls = 5;
  ASSERT_FALSE(BatchJobs::run(*world.client(), prompts(20), options));
  EXPECT_EQ(world.server->jobs.size(), 0U);
  // Each line may cost 100 tokens of answer, so that two files at a time do not fit; they cost far less.
  world.budget = {};
  world.budget.tokens = 2500;
  const auto report = BatchJobs::run(*world.client(), prompts(50), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->answered, 50U);
}

TEST(Batch, AServerWithoutOneIsNamedBeforeAnythingIsPaid) {
  BatchWorld world;
  world.config.structured = Structured::kAuto;  // which would be asked first
  const auto script = [](const HttpRequest& request, int) {
    return request.url.ends_with(kChatPath) ? test::says("{}") : error(404, "Not Found");
  };
  auto client = world.ClientWorld::client(script);
  BatchWork work = prompts(3);
  const auto structured = [](Client& asks, std::size_t) -> Status {
    ChatRequest request = ask("a");
    request.schema = {{"type", "object"}};
    request.task = "t";
    const auto answer = asks.chat("main", request, 1);
    return answer ? Status() : answer.error();
  };
  const auto of_another_module = [](Client& asks, std::size_t) -> Status {
    ChatRequest request = ask("a");
    request.module = "other";
    const auto answer = asks.chat("main", request, 1);
    return answer ? Status() : answer.error();
  };
  for (const auto& unit : {work.ask, decltype(work.ask)(structured), decltype(work.ask)(of_another_module)}) {
    work.ask = unit;
    const auto report = BatchJobs::run(*client, work);
    ASSERT_FALSE(report);
    EXPECT_NE(report.error().message.find("no Batch API"), std::string::npos) << report.error().message;
  }
  for (const HttpRequest& request : world.seen->log) EXPECT_FALSE(request.url.ends_with(kChatPath));
}

/// Three questions a unit: two that are free, and one about what they brought.
Status chain(Client& client, std::size_t i, std::vector<std::string>* said = nullptr, const std::string& third = "mope") {
  IndependentCalls calls;
  std::string together;
  for (const char* which : {"first", "second"}) {
    const auto answer = client.chat("main", ask(fmt::format("{} of {}", which, i)), 1);
    MOTIVE_TRY(calls.made(answer));
    if (answer) together += "(" + answer->text + ")";
  }
  MOTIVE_TRY(calls.all_there());
  ChatRequest request = ask("after " + together);
  request.module = third;
  MOTIVE_ASSIGN(const Answer last, client.chat("main", request, 1));
  if (said) said->at(i) = last.text;
  return {};
}

BatchWork chains(std::size_t n, const std::string& third = "mope") {
  return {.modules = {{"mope", "main"}}, .units = n, .ask = [third](Client& client, std::size_t i) {
            return chain(client, i, nullptr, third);
          }};
}

TEST(BatchRounds, QuestionsThatFollowFromAnswersGoIntoTheNextBatch) {
  BatchWorld world;
  auto client = world.client();
  const auto report = BatchJobs::run(*client, chains(7));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->jobs, 2U) << "what does not rest on an answer goes together";
  EXPECT_EQ(report->submitted, 21U);
  EXPECT_EQ(report->answered, 21U);
  EXPECT_EQ(client->report(), Json({{"models", Json::object()}})) << "nobody has used an answer yet";
  std::vector<std::string> said(7);
  for (std::size_t i = 0; i < 7; ++i) ASSERT_TRUE(chain(*client, i, &said));
  EXPECT_EQ(said[3], "batch after (batch first of 3)(batch second of 3)");
  EXPECT_EQ(client->report()["mope"]["calls"], 21);
  EXPECT_EQ(world.server->chats, 0);
  EXPECT_EQ(world.server->lines().size(), 21U);

  // Everything is there: nothing is sent at all.
  const int sent = world.seen->requests;
  ASSERT_TRUE(BatchJobs::run(*world.client(), chains(7)));
  EXPECT_EQ(world.seen->requests, sent);
  ASSERT_TRUE(BatchJobs::run(*world.client(nullptr, Mode::kReplay), chains(7)));
}

TEST(BatchRounds, OtherModulesAndReasksAreAskedAtOnceAndWhatABatchLeavesOutAsWell) {
  BatchWorld world;
  world.server->answer = [](const Json& asked) -> Json {
    const std::string words = BatchServer::words(asked);
    if (words == "first of 2") return nullptr;
    return BatchServer::batched(test::says("batch " + words, words == "second of 4" ? "length" : "stop").body);
  };
  auto client = world.client();
  const auto report = BatchJobs::run(*client, chains(6, "mar"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->jobs, 1U);
  EXPECT_EQ(report->lacking, 1U);
  EXPECT_EQ(world.server->chats, 6 + 1 + 1) << "a third question each, one that expired, one that was cut and is asked again";
  std::vector<std::string> said(6);
  for (std::size_t i = 0; i < 6; ++i) ASSERT_TRUE(chain(*client, i, &said, "mar"));
  EXPECT_EQ(said[2], "live after (live first of 2)(batch second of 2)");
  EXPECT_EQ(said[4], "live after (batch first of 4)(live second of 4)");
  EXPECT_EQ(world.server->chats, 8);
}

TEST(BatchRounds, AKilledRunGoesOnInTheRoundThatItWasIn) {
  BatchWorld world;
  int made = 0;
  world.server->on_create = [&] {
    if (++made == 2) world.cancel.set();
  };
  const auto first = BatchJobs::run(*world.client(&world.cancel), chains(5));
  ASSERT_FALSE(first);
  EXPECT_EQ(first.error().kind, ErrorKind::kCancelled);
  const auto second = BatchJobs::run(*world.client(), chains(5));
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->resumed, 1U);
  EXPECT_EQ(second->submitted, 0U);
  EXPECT_EQ(world.server->jobs.size(), 2U);
  EXPECT_EQ(world.server->lines().size(), 15U);
  EXPECT_EQ(world.server->chats, 0);
  EXPECT_TRUE(world.no_files());
}

TEST(BatchRounds, ABudgetThatHoldsOneFileAtATimeStopsNobodyForEver) {
  BatchWorld world;
  world.budget.tokens = 2000;  // files of 10 may cost more than 1,000, and 10 requests at once as much; 15 are paid for each
  BatchOptions options;
  options.most_lines = 10;
  const auto report = BatchJobs::run(*world.client(), chains(10, "mar"), options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->jobs, 2U);
  EXPECT_EQ(world.server->chats, 10);
}

TEST(BatchRounds, OfflineHasNoBatches) {
  ClientOptions options;
  auto client = Client::open(options);
  ASSERT_TRUE(client);
  const auto fails = [](Client&, std::size_t) -> Status { return fail("asked"); };
  const BatchWork work{.modules = {{"mope", kOffline}}, .units = 3, .ask = fails};
  EXPECT_TRUE(BatchJobs::run(**client, work)) << "not gone over at all, without a cache as well";
}

}  // namespace
}  // namespace motive::llm
