// The transport against servers that answer late, in pieces or not at all, and callers that give up.

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tests/llm/transport_case.h"

namespace motive::llm {
namespace {

using testing::HasSubstr;

class TransportFailureTest : public TransportTest {};

// What breaks is reported as such, and is asked for once: whether it was paid is not known.
TEST_F(TransportFailureTest, BrokenAnswersAreFailuresAndAreNotAskedForAgain) {
  const ServedReply whole = served::completion("hello");
  struct Case {
    ServedReply reply;
    const char* failure;
  };
  ServedReply nonsense;
  nonsense.raw = "220 welcome to something else\r\n\r\n";
  const std::vector<Case> cases = {{whole.ending(End::kSilent), "closed by the server without an answer"},
                                   {whole.ending(End::kReset), "reset by the server"},
                                   {whole.ending(End::kCutReset, 20), "reset by the server"},
                                   {whole.ending(End::kTruncated, 20), "closed by the server within the answer"},
                                   {whole.ending(End::kTruncated, 0), "closed by the server within the answer"},
                                   {nonsense, "an answer that is not HTTP"}};
  for (const Case& one : cases) {
    for (const bool kept : {false, true}) {  // over a new connection, and over one that had an answer before
      const ScriptedServer server(in_turn(kept ? std::vector{whole, one.reply} : std::vector{one.reply}));
      if (kept) {
        EXPECT_EQ(ask(server).status, 200);
      }
      const HttpReply reply = ask(server);
      EXPECT_EQ(reply.status, 0);
      EXPECT_EQ(reply.body, "");
      EXPECT_TRUE(reply.sent);
      if (!kept || one.reply.end != End::kReset) {  // a reset of a kept connection may be told as its close
        EXPECT_EQ(reply.failure, one.failure) << kept;
      }
      EXPECT_EQ(server.requests(), kept ? 2U : 1U) << one.failure;
      EXPECT_EQ(ask(server).status, reply.status) << "the transport goes on";
    }
  }
}

TEST_F(TransportFailureTest, AConnectionThatWasClosedMeanwhileIsReplaced) {
  const ScriptedServer server(always(served::completion("hello").ending(End::kHangsUp)));
  for (std::size_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(ask(server).status, 200);
    while (server.closed() < i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(server.requests(), 5U);
  EXPECT_EQ(server.connections(), 5U);
}

TEST_F(TransportFailureTest, ASilentServerTimesOut) {
  const ScriptedServer server(always(served::completion("late").after(30)));
  HttpRequest asked = request(server);
  asked.timeout = .2;
  const HttpReply reply = ask(asked);
  EXPECT_EQ(reply.failure, "timed out");
  EXPECT_TRUE(reply.sent);
  EXPECT_GE(reply.seconds, .19);
  EXPECT_LT(reply.seconds, 5);
}

TEST_F(TransportFailureTest, SlowBodiesComeWholeOrTimeOut) {
  const ServedReply whole = served::completion(std::string(2000, 'x'));
  ServedReply slow = whole, endless = whole;
  slow.bytes_per_second = 10000;
  endless.bytes_per_second = 100;
  const ScriptedServer server(in_turn({slow, endless}));
  const HttpReply came = ask(server);
  EXPECT_EQ(came.body, whole.body);
  EXPECT_GT(came.seconds, .15);
  HttpRequest asked = request(server);
  asked.timeout = .2;
  const HttpReply reply = ask(asked);
  EXPECT_EQ(reply.failure, "timed out");
  EXPECT_EQ(reply.body, "");
  EXPECT_TRUE(reply.sent);
}

TEST_F(TransportFailureTest, AServerThatIsNotThereWasSentNothing) {
  HttpRequest asked;
  {
    const ScriptedServer gone(always(served::completion("")));
    asked = request(gone);
  }
  const HttpReply refused = ask(asked);
  EXPECT_EQ(refused.failure, "could not connect");
  EXPECT_FALSE(refused.sent);
  for (const auto& [url, failure] : std::vector<std::pair<std::string, std::string>>{
           {"file:///etc/hostname", "an address that is not http(s)"}, {"ftp://127.0.0.1/", "an address that is not http(s)"},
           {"http://127.0.0.1:port/", "the address is none"},          {"", "the address is none"}}) {
    asked.url = url;
    const HttpReply reply = ask(asked);
    EXPECT_EQ(reply.failure, failure) << url;
    EXPECT_FALSE(reply.sent);
  }
}

TEST_F(TransportFailureTest, AServerThatDoesNotAcceptTimesOutUnsent) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  std::vector<int> before;  // fill its queue
  for (int i = 0; i < 4; ++i) {
    before.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)::connect(before.back(), reinterpret_cast<sockaddr*>(&address), size);
  }
  HttpRequest asked;
  asked.url = fmt::format("http://127.0.0.1:{}/v1", ntohs(address.sin_port));
  asked.body = "{}";
  asked.connect_timeout = .2;
  const HttpReply reply = ask(asked);
  EXPECT_EQ(reply.failure, "could not connect: timed out");
  EXPECT_FALSE(reply.sent);
  EXPECT_LT(reply.seconds, 5);
  for (const int socket : before) ::close(socket);
  ::close(listener);
}

TEST_F(TransportFailureTest, AnswersAreNotLargerThanAllowed) {
  ServedReply large;
  large.body = std::string(100000, 'x');
  ServedReply endless = large;
  endless.bytes_per_second = 10000;
  const ScriptedServer server(in_turn({large, large, endless}));
  HttpRequest asked = request(server);
  asked.most_bytes = 100000;
  EXPECT_EQ(ask(asked).body.size(), 100000U);
  asked.most_bytes = 99999;
  const HttpReply reply = ask(asked);
  EXPECT_EQ(reply.failure, "an answer of more than 99999 bytes");
  EXPECT_EQ(reply.body, "");
  EXPECT_TRUE(reply.sent);
  asked.most_bytes = 1000;
  EXPECT_LT(ask(asked).seconds, 5) << "it is not read to its end";
}

TEST_F(TransportFailureTest, AKeyThatIsNoKeyIsNotSent) {
  const ScriptedServer server(always(served::completion("")));
  HttpRequest asked = request(server);
  asked.api_key = std::string(kKey) + "\r\nX-Other: 1";
  const HttpReply reply = ask(asked);
  EXPECT_THAT(reply.failure, HasSubstr("the key has characters"));
  EXPECT_FALSE(reply.sent);
  EXPECT_EQ(server.requests(), 0U);
}

TEST_F(TransportFailureTest, GivesUpAtOnce) {
  const ScriptedServer server([](const ServedRequest& came) {
    return served::completion("").after(came.body == "late" ? 30 : .3);
  });
  CancelFlag abort, never;
  std::vector<HttpReply> late(8), others(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < late.size(); ++i) {
    threads.emplace_back([&, i] { late[i] = ask(request(server, "late"), &abort); });
    threads.emplace_back([&, i] { others[i] = ask(request(server, "soon"), &never); });
  }
  while (server.requests() < 16) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto begin = std::chrono::steady_clock::now();
  abort.set();
  for (std::size_t i = 0; i < threads.size(); i += 2) threads[i].join();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  for (std::size_t i = 1; i < threads.size(); i += 2) threads[i].join();
  for (const HttpReply& reply : late) {
    EXPECT_EQ(reply.failure, "given up");
    EXPECT_TRUE(reply.sent);
  }
  for (const HttpReply& reply : others) EXPECT_EQ(reply.status, 200);
  const HttpReply reply = ask(request(server, "soon"), &abort);
  EXPECT_EQ(reply.failure, "given up");
  EXPECT_FALSE(reply.sent);
  EXPECT_EQ(server.requests(), 16U);
}

}  // namespace
}  // namespace motive::llm
