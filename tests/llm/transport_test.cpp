// The transport over real sockets, against a server that answers as it is told.

#include <atomic>
#include <ctime>
#include <thread>

#include "tests/llm/transport_case.h"

namespace motive::llm {
namespace {

TEST_F(TransportTest, SendsTheRequestAsItIs) {
  const ScriptedServer server(always(served::completion("hello").with("X-Request-Id", " abc ")));
  HttpRequest asked = request(server, R"({"model": "m", "text": "é\u0000"})");
  const HttpReply reply = ask(asked);
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.sent);
  EXPECT_GT(reply.seconds, 0);
  EXPECT_EQ(reply.body, served::completion_body("hello"));
  EXPECT_EQ(reply.header("x-request-id"), "abc");
  EXPECT_EQ(reply.header("content-type"), "application/json");
  const ServedRequest came = server.log().at(0);
  EXPECT_EQ(came.method, "POST");
  EXPECT_EQ(came.path, "/v1/chat/completions");
  EXPECT_EQ(came.body, asked.body);
  EXPECT_EQ(came.header("content-type"), "application/json");
  EXPECT_EQ(came.header("authorization"), std::string("Bearer ") + kKey);
  EXPECT_THAT(came.header("user-agent"), testing::StartsWith("motive/"));
  EXPECT_EQ(came.headers.count("expect"), 0U);
}

TEST_F(TransportTest, SendsNoKeyAndNoBodyWhereThereIsNone) {
  const ScriptedServer server(always(served::completion("hello")));
  HttpRequest asked = request(server, "");
  asked.api_key.clear();
  asked.method = "GET";
  EXPECT_EQ(ask(asked).status, 200);
  const ServedRequest came = server.log().at(0);
  EXPECT_EQ(came.method, "GET");
  for (const char* name : {"authorization", "content-type", "content-length"}) EXPECT_EQ(came.headers.count(name), 0U) << name;
}

TEST_F(TransportTest, LargeBodiesGoBothWays) {
  std::string text(3 << 20, 'x');
  for (std::size_t i = 0; i < text.size(); i += 997) text[i] = static_cast<char>('a' + i % 23);
  const ScriptedServer server([](const ServedRequest& came) {
    ServedReply reply;
    reply.body = came.body;
    return reply;
  });
  const HttpReply reply = ask(request(server, text));
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body == text);
  EXPECT_EQ(server.log().at(0).headers.count("expect"), 0U);
}

TEST_F(TransportTest, EveryStatusIsAnAnswer) {
  const std::vector<ServedReply> replies = {
      served::error(500, "broken"), served::error(503, "later"), served::overloaded(),      served::html(502),
      served::error(400, "no"),     served::detail(422, "no"),   served::bare_error(404, "no"), served::too_long(),
      served::wrong_key(),          served::quota_spent(),       served::error_in_200("no"),  served::null_choices(),
      served::refusal("no"),        served::filtered(),          served::cut_at_limit("{\"a"), served::wrong_schema(),
      served::embeddings({{1, 0}}), served::error(408, "slow"),  served::error(409, "busy"),  served::completion("")};
  const ScriptedServer server(in_turn(replies));
  for (const ServedReply& reply : replies) {
    const HttpReply came = ask(server);
    EXPECT_EQ(came.status, reply.status);
    EXPECT_EQ(came.body, reply.body);
    EXPECT_EQ(came.header("content-type"), reply.content_type);
  }
  EXPECT_EQ(server.requests(), replies.size());
  EXPECT_EQ(server.connections(), 1U) << "an error does not end a connection";
}

TEST_F(TransportTest, HearsHowLongToWait) {
  const auto now = static_cast<std::int64_t>(std::time(nullptr));
  const std::vector<std::pair<ServedReply, double>> cases = {
      {served::slow_down(), -1},          {served::slow_down("3"), 3},
      {served::slow_down("1.5"), 1.5},    {served::slow_down_ms(350), .35},
      {served::slow_down_until(now + 90), 90}, {served::slow_down_reset("6m0s", ""), 360},
      {served::slow_down_reset("", "12ms"), .012}, {served::slow_down_reset("1s", "6m0s"), 360}};
  std::vector<ServedReply> replies;
  for (const auto& [reply, wait] : cases) replies.push_back(reply);
  const ScriptedServer server(in_turn(replies));
  for (const auto& [reply, wait] : cases) {
    const HttpReply came = ask(server);
    EXPECT_EQ(came.status, 429);
    EXPECT_DOUBLE_EQ(retry_after(came, static_cast<double>(now)), wait);
  }
}

TEST_F(TransportTest, FollowsNoRedirect) {
  const ScriptedServer elsewhere(always(served::completion("stolen")));
  const ScriptedServer server(always(served::error(307, "moved").with("Location", elsewhere.url())));
  EXPECT_EQ(ask(server).status, 307);
  EXPECT_EQ(elsewhere.requests(), 0U);
}

TEST_F(TransportTest, UnderstandsAnswersOfOtherForms) {
  const auto raw = [](std::string bytes) {
    ServedReply reply;
    reply.raw = std::move(bytes);
    return reply;
  };
  const std::string last = "\r\nConnection: close";
  const ScriptedServer server(in_turn(
      {raw("HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-B: 2" + last + "\r\n\r\nok"),
       raw("HTTP/1.1 200 OK" + last + "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
       raw("HTTP/1.0 200 OK\r\n\r\nok"),
       raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok"),
       raw("HTTP/1.1 200 OK\r\nX-Long: " + std::string(90000, 'x') + "\r\nX-Long: " + std::string(90000, 'x') + "\r\nX-Long: " +
           std::string(90000, 'x') + "\r\n\r\nok")}));
  for (int i = 0; i < 3; ++i) {
    const HttpReply reply = ask(server);
    EXPECT_EQ(reply.status, 200) << i;
    EXPECT_EQ(reply.body, "ok") << i;
    EXPECT_EQ(reply.header("x-a"), "");
    EXPECT_EQ(reply.header("x-b"), i == 0 ? "2" : "");
  }
  EXPECT_EQ(ask(server).failure, "closed by the server within the answer");
  EXPECT_EQ(ask(server).failure, "headers without end");
}

TEST_F(TransportTest, ManyCallersShareConnections) {
  const ScriptedServer server([](const ServedRequest& came) { return served::completion(came.body).after(.02); });
  constexpr int kCallers = 64, kRounds = 10;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int caller = 0; caller < kCallers; ++caller) {
    threads.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string body = fmt::format("caller {} round {}", caller, round);
        const HttpReply reply = ask(request(server, body));
        wrong += reply.status != 200 || reply.body != served::completion_body(body);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0) << "everyone gets their own answer";
  EXPECT_EQ(server.requests(), static_cast<std::size_t>(kCallers * kRounds));
  EXPECT_LE(server.connections(), static_cast<std::size_t>(kCallers));
  EXPECT_LE(server.most_open(), static_cast<std::size_t>(kCallers));
  EXPECT_GT(server.most_open(), 1U);
}

TEST_F(TransportTest, NothingIsWrittenToTheScreen) {
  const ScriptedServer server(always(served::completion("")));
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  ask(server);
  transport_.reset();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace motive::llm
