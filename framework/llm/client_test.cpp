#include "framework/llm/client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>

#include "framework/llm/test_client.h"

namespace motive::llm {
namespace {

using test::ask;
using test::error;
using test::says;

const std::string kKey = "sk-very-secret-0123456789";

class ClientTest : public ::testing::Test, protected test::ClientWorld {
 protected:
  ClientTest() { ::setenv("MOTIVE_TEST_LLM_KEY", kKey.c_str(), 1); }

  Result<std::unique_ptr<Client>> open(test::FakeTransport::Script script, Mode mode = Mode::kLive) {
    return ClientWorld::open(std::move(script), mode, &cancel);
  }
  std::unique_ptr<Client> client(test::FakeTransport::Script script, Mode mode = Mode::kLive) {
    return ClientWorld::client(std::move(script), mode, &cancel);
  }
  std::string bytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
      std::ifstream in(entry.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(in), {});
    }
    return all;
  }

  CancelFlag cancel;
};

HttpReply echo(const HttpRequest& request, int) { return says("to " + test::prompt_of(request)); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_F(ClientTest, ASecondRunFindsEverythingAndReportsTheSame) {
  auto first = client(echo);
  const auto ask_all = [](Client& client) {
    for (const char* words : {"a", "b", "a"}) EXPECT_EQ(client.chat("main", ask(words), 1)->text, std::string("to ") + words);
    EXPECT_EQ(client.chat("main", ask("a"), 2)->text, "to a");
  };
  ask_all(*first);
  EXPECT_EQ(seen->requests, 3) << "samples are asked for one by one";
  const Json report = first->report();
  EXPECT_EQ(report["mope"]["calls"], 4);
  EXPECT_EQ(report["mope"]["requests"], 3);
  EXPECT_EQ(report["mope"]["prompt_tokens"], 30);
  EXPECT_DOUBLE_EQ(report["mope"]["cost"].get<double>(), 3 * 20e-6);
  EXPECT_EQ(report["models"], Json({{"tested-1", 3}}));
  EXPECT_EQ(first->sent()["answers from the cache"], 1);
  for (const Mode mode : {Mode::kLive, Mode::kReplay, Mode::kRecordNew}) {
    auto again = client(echo, mode);
    ask_all(*again);
    EXPECT_EQ(again->report(), report);
    EXPECT_EQ(again->sent()["requests"], 0);
  }
  EXPECT_EQ(seen->requests, 3);
}

TEST_F(ClientTest, ReplaySaysWhatIsMissing) {
  ASSERT_FALSE(open(echo, Mode::kReplay)) << "no such cache";
  ASSERT_TRUE(client(echo)->chat("main", ask("a"), 1));
  const auto missing = client(echo, Mode::kReplay)->chat("main", ask("What drives\nthis person?"), 7);
  ASSERT_FALSE(missing);
  for (const char* part : {"main", "mope", "What drives this person?", "sample 7", "--llm live"}) {
    EXPECT_TRUE(has(missing.error().message, part)) << missing.error().message;
  }
  EXPECT_EQ(seen->requests, 1);
}

TEST_F(ClientTest, RefreshAsksEachKeyOnce) {
  ASSERT_TRUE(client(echo)->chat("main", ask("a"), 1));
  auto refresh = client([](const HttpRequest&, int count) { return says("new " + std::to_string(count)); }, Mode::kRefresh);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refresh->chat("main", ask("a"), 1)->text, "new 1");
  EXPECT_EQ(client(echo)->chat("main", ask("a"), 1)->text, "new 1");
  EXPECT_EQ(seen->requests, 2);
}

TEST_F(ClientTest, CallsForOneKeyShareOneRequest) {
  auto shared = client([](const HttpRequest&, int count) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return says("answer " + std::to_string(count));
  });
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 50; ++t) {
    threads.emplace_back([&] {
      const auto answer = shared->chat("main", ask("the same"), 1);
      if (answer && answer->text == "answer 0") ++right;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 50);
  EXPECT_EQ(seen->requests, 1);
  EXPECT_EQ(shared->report()["mope"]["calls"], 50);
  EXPECT_EQ(shared->report()["mope"]["requests"], 1);
}

TEST_F(ClientTest, AMissingKeyIsFoundBeforeAnythingIsSent) {
  config.api_key_env = "MOTIVE_TEST_LLM_KEY_THAT_IS_NOT_SET";
  const auto answer = client(echo)->chat("main", ask("a"), 1);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(has(answer.error().message, "MOTIVE_TEST_LLM_KEY_THAT_IS_NOT_SET")) << answer.error().message;
  EXPECT_EQ(seen->requests, 0);
}

TEST_F(ClientTest, KeysAreSentAndKeptNowhere) {
  config.api_key_env = "MOTIVE_TEST_LLM_KEY";
  const std::vector<HttpReply> replies = {error(500, "server says " + kKey, kKey, {{"x-request-id", kKey}}),
                                          error(400, "key " + kKey), says("you are " + kKey)};
  auto asking = client([&](const HttpRequest& request, int count) {
    EXPECT_EQ(request.api_key, kKey);
    return replies[static_cast<std::size_t>(std::min(count, 2))];
  });
  EXPECT_EQ(asking->chat("main", ask("a"), 1)->outcome, Outcome::kRejected);
  const auto answer = asking->chat("main", ask("b"), 1);
  EXPECT_EQ(answer->text, "you are [key]");
  auto stopped = client([&](const HttpRequest&, int) { return error(401, "Incorrect API key provided: " + kKey); });
  const auto refused = stopped->chat("main", ask("c"), 1);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(has(refused.error().message, "Incorrect API key provided: [key]")) << refused.error().message;
  ASSERT_TRUE(asking->flush());
  EXPECT_FALSE(has(bytes(), kKey));
  EXPECT_FALSE(has(asking->report().dump() + asking->sent().dump(), kKey));
  EXPECT_TRUE((*Cache::open(file()))->export_to(folder.path() / "export.zst"));
  EXPECT_FALSE(has(bytes(), kKey));
}

TEST_F(ClientTest, AfterCancelNothingIsSentAndWhatIsOnItsWayIsKept) {
  auto asking = client([this](const HttpRequest& request, int count) {
    if (count == 0) cancel.set();  // while the first is on its way
    return echo(request, count);
  });
  const auto first = asking->chat("main", ask("a"), 1);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->text, "to a");
  const auto second = asking->chat("main", ask("b"), 1);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kCancelled);
  EXPECT_EQ(second.error().message, "interrupted; the same command continues");
  EXPECT_TRUE(asking->chat("main", ask("a"), 1)) << "it was committed";
  EXPECT_EQ(seen->requests, 1);
}

TEST_F(ClientTest, UnknownEndpointsAndModesAreNamedWithThoseThatAre) {
  const auto answer = client(echo)->chat("mian", ask("a"), 1);
  ASSERT_FALSE(answer);
  EXPECT_TRUE(has(answer.error().message, "main, offline")) << answer.error().message;
  ASSERT_FALSE(mode_from("lve"));
  EXPECT_TRUE(has(mode_from("lve").error().message, "replay"));
  EXPECT_EQ(*mode_from("refresh"), Mode::kRefresh);
}

TEST_F(ClientTest, WidthIsSomewhatMoreThanTheConnections) {
  EXPECT_EQ(client(echo)->width(), 16 + 4 + 1);
  config.connections = 1000;
  EXPECT_EQ(client(echo)->width(), 512);
  ClientOptions options;
  options.threads = 3;
  EXPECT_EQ((*Client::open(options))->width(), 3);
}

ChatRequest with_schema(const std::string& words) {
  ChatRequest request = ask(words);
  request.task = "greeting";
  request.schema = {{"type", "object"}, {"properties", {{"word", {{"type", "string"}}}}}, {"required", {"word"}},
                    {"additionalProperties", false}};
  return request;
}

/// Honours nothing, objects or schemas, by what the request asks for.
test::FakeTransport::Script server_that_honours(const std::string& what, int status_else = 200) {
  return [=](const HttpRequest& request, int) {
    const Json body = Json::parse(request.body);
    const std::string wanted = body.contains("response_format") ? body["response_format"]["type"].get<std::string>() : "text";
    if (wanted != "text" && wanted != what) {
      return status_else == 200 ? says("Good morning!") : error(status_else, "unknown response_format");
    }
    if (wanted != "json_schema") return says(R"({"word": "morning"})");
    const Json& properties = body["response_format"]["json_schema"]["schema"]["properties"];
    const auto field = properties.begin();
    return says(Json({{field.key(), field->contains("enum") ? (*field)["enum"][0] : Json("morning")}}).dump());
  };
}

TEST_F(ClientTest, AutoTakesWhatTheServerHonoursAndReplayKnowsIt) {
  config.structured = Structured::kAuto;
  const std::vector<std::tuple<std::string, int, std::string, int>> cases = {{"json_schema", 200, "json_schema", 1},
                                                                             {"json_object", 200, "json_object", 2},
                                                                             {"json_object", 400, "json_object", 2},
                                                                             {"text", 200, "", 2},
                                                                             {"text", 422, "", 2}};
  for (const auto& [what, status, expected, probes] : cases) {
    std::filesystem::remove_all(folder.path());
    seen = std::make_shared<test::Seen>();
    auto asking = client(server_that_honours(what, status));
    for (const char* words : {"a", "b"}) {
      const auto answer = asking->chat("main", with_schema(words), 1);
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->json, Json({{"word", "morning"}})) << answer->problem;
    }
    ASSERT_EQ(seen->requests, probes + 2) << what;
    const Json last = Json::parse(seen->log.back().body);
    EXPECT_EQ(last.contains("response_format") ? last["response_format"]["type"] : Json(""), expected);
    EXPECT_EQ(asking->report()["probe"]["calls"], probes);
    auto replay = client(echo, Mode::kReplay);
    for (const char* words : {"a", "b"}) EXPECT_EQ(replay->chat("main", with_schema(words), 1)->outcome, Outcome::kOk);
    EXPECT_EQ(replay->report(), asking->report());
  }
}

TEST_F(ClientTest, AFaultInPlaceOfAProbePassesAndWhatWasAskedMeanwhileStays) {
  config.structured = Structured::kAuto;
  const auto form_of = [&](std::size_t at) {
    const Json body = Json::parse(seen->log.at(at).body);
    return body.contains("response_format") ? body["response_format"]["type"].get<std::string>() : "";
  };
  auto broken = client(server_that_honours("json_object", 500));
  ASSERT_TRUE(broken->chat("main", with_schema("a"), 1));
  const int first = seen->requests;
  EXPECT_EQ(form_of(static_cast<std::size_t>(first - 1)), "json_object");
  const Json told = broken->report();

  // Within the hour the next stage of the run takes it as it is.
  auto soon = client(server_that_honours("json_object", 500));
  ASSERT_TRUE(soon->chat("main", with_schema("b"), 1));
  EXPECT_EQ(seen->requests, first + 1);
  EXPECT_EQ(form_of(static_cast<std::size_t>(first)), "json_object");

  clock.add(3601);
  auto mended = client(server_that_honours("json_schema"));
  for (const char* words : {"a", "b", "c"}) {
    const auto answer = mended->chat("main", with_schema(words), 1);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->outcome, Outcome::kOk);
  }
  EXPECT_EQ(seen->requests, first + 3) << "the probe and c; a and b are known by the way in which they were asked";
  EXPECT_EQ(form_of(static_cast<std::size_t>(first + 1)), "json_schema");
  EXPECT_EQ(form_of(static_cast<std::size_t>(first + 2)), "json_schema");

  clock.add(10000);
  for (const Mode mode : {Mode::kReplay, Mode::kLive}) {
    auto again = client(echo, mode);
    for (const char* words : {"a", "b", "c"}) EXPECT_EQ(again->chat("main", with_schema(words), 1)->outcome, Outcome::kOk);
    EXPECT_EQ(again->report(), mended->report());
  }
  auto replay = client(echo, Mode::kReplay);
  ASSERT_TRUE(replay->chat("main", with_schema("a"), 1));
  EXPECT_EQ(replay->report(), told) << "as the first run told it";
  EXPECT_EQ(seen->requests, first + 3);
}

TEST_F(ClientTest, AFaultThatStaysIsSeenOnceInAnHour) {
  config.structured = Structured::kAuto;
  ASSERT_TRUE(client(server_that_honours("text", 500))->chat("main", with_schema("a"), 1));
  int before = seen->requests;
  clock.add(3601);
  ASSERT_TRUE(client(server_that_honours("text", 500))->chat("main", with_schema("a"), 1));
  EXPECT_EQ(seen->requests, before + 6) << "three tries each of two probes; the answer itself is known";
  before = seen->requests;
  ASSERT_TRUE(client(server_that_honours("text", 500))->chat("main", with_schema("a"), 1));
  ASSERT_TRUE(client(echo, Mode::kReplay)->chat("main", with_schema("a"), 1));
  EXPECT_EQ(seen->requests, before);
  // A refusal stays.
  std::filesystem::remove_all(folder.path());
  ASSERT_TRUE(client(server_that_honours("text", 400))->chat("main", with_schema("a"), 1));
  before = seen->requests;
  clock.add(1e6);
  ASSERT_TRUE(client(server_that_honours("json_schema"))->chat("main", with_schema("a"), 1));
  EXPECT_EQ(seen->requests, before);
}

TEST_F(ClientTest, ProbesAreAskedOnceByHoweverManyThreads) {
  config.structured = Structured::kAuto;
  auto asking = client(server_that_honours("json_schema"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 20; ++t) {
    threads.emplace_back([&, t] { EXPECT_TRUE(asking->chat("main", with_schema(std::to_string(t)), 1)); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen->requests, 21);
  EXPECT_TRUE(asking->chat("main", ask("no schema"), 1));
  EXPECT_EQ(seen->requests, 22);
}

TEST_F(ClientTest, OfflineNeedsNoServerAndNoBudget) {
  ClientOptions options;
  options.cache = file();
  options.experiment = "tried";
  options.budget.calls = 0;
  options.threads = 2;
  ChatRequest request = ask("Say something.");
  auto first = Client::open(options);
  ASSERT_TRUE(first) << first.error().message;
  const auto answer = (*first)->chat(kOffline, request, 1);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->cost, 0);
  ASSERT_TRUE((*first)->flush());
  options.mode = Mode::kReplay;
  auto second = Client::open(options);
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ((*second)->chat(kOffline, request, 1)->text, answer->text);
  EXPECT_EQ((*second)->report(), (*first)->report());
  EXPECT_EQ((*second)->sent()["answers from the cache"], 1);
  options.cache = folder.path() / "absent.sqlite";
  auto third = Client::open(options);
  ASSERT_TRUE(third) << "replay without a cache: the stand-in gives the same without it";
  EXPECT_EQ((*third)->chat(kOffline, request, 1)->text, answer->text);
}

TEST_F(ClientTest, WithoutACacheItAsks) {
  ClientOptions options;
  options.endpoints = {{"main", config}};
  auto asking = Client::open(options, std::make_unique<test::FakeTransport>(seen, echo));
  ASSERT_TRUE(asking);
  EXPECT_EQ((*asking)->chat("main", ask("a"), 1)->text, "to a");
  options.mode = Mode::kReplay;
  EXPECT_FALSE(Client::open(options));
}

}  // namespace
}  // namespace motive::llm
