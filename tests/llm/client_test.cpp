// The client over real sockets: failures, a process that is killed, and what all of it costs beside the network.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>

#include "framework/base/temporary_folder.h"
#include "framework/llm/client.h"
#include "tests/llm/server.h"

namespace motive::llm {
namespace {

class ClientOverSockets : public testing::Test {
 protected:
  ClientOverSockets() { ::setenv("no_proxy", "127.0.0.1", 1); }

  ClientOptions options(const ScriptedServer& server) const {
    EndpointConfig config;
    config.base_url = server.url();
    config.model = "scripted";
    config.structured = Structured::kJsonSchema;
    config.connections = 64;
    config.timeout = 20;
    config.price = Price{1, 2, {}, "2025-01-01"};
    ClientOptions options;
    options.endpoints = {{"main", config}};
    options.cache = folder_.path() / "answers.sqlite";
    options.experiment = "sockets";
    return options;
  }
  static std::unique_ptr<Client> open(const ClientOptions& options) {
    auto client = Client::open(options);
    EXPECT_TRUE(client) << (client ? "" : client.error().message);
    return std::move(*client);
  }
  static ChatRequest ask(const std::string& words) {
    ChatRequest request;
    request.messages = {{"user", words}};
    request.max_tokens = 100;
    request.module = "mope";
    return request;
  }
  motive::test::TemporaryFolder folder_;
};

std::string prompt_of(const ServedRequest& request) { return request.json()["messages"].back()["content"]; }

/// Calls work(i) for begin <= i < end from `threads` threads; seconds it took.
template <class F>
double from_threads(int threads, int begin, int end, const F& work) {
  const auto start = std::chrono::steady_clock::now();
  std::atomic<int> next{begin};
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&] {
      for (int i = next++; i < end; i = next++) work(i);
    });
  }
  for (auto& thread : pool) thread.join();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST_F(ClientOverSockets, FailuresOfEveryKindEndInAnAnswerOrAnError) {
  using namespace served;
  const std::map<std::string, std::vector<ServedReply>> scripts = {
      {"slow down", {slow_down("0"), slow_down_ms(100), completion("ok")}},
      {"server", {error(500, "a"), overloaded(), completion("ok")}},
      {"proxy", {html(502), completion("ok")}},
      {"reset", {completion("lost").ending(End::kReset), completion("ok")}},
      {"silent", {completion("lost").ending(End::kSilent), completion("ok")}},
      {"cut", {completion("lost").ending(End::kCutReset, 20), completion("ok")}},
      {"hidden", {error_in_200("hm"), null_choices(), completion("ok")}},
      {"limit", {cut_at_limit("o"), completion("ok")}},
      {"refusal", {refusal("no"), filtered(), completion("ok")}},
      {"too long", {too_long()}},
      {"rejected", {detail(422, "no")}},
      {"broken", {error(500, "assertion failed")}}};
  std::map<std::string, std::size_t> asked;
  ScriptedServer server([&](const ServedRequest& request) {
    const auto& script = scripts.at(prompt_of(request));
    return script[std::min(asked[prompt_of(request)]++, script.size() - 1)];
  });
  const auto client = open(options(server));
  std::vector<std::string> prompts;
  for (const auto& entry : scripts) prompts.push_back(entry.first);
  for (int run = 0; run < 2; ++run) {
    from_threads(12, 0, static_cast<int>(prompts.size()), [&](int i) {
      const std::string& prompt = prompts[static_cast<std::size_t>(i)];
      const auto answer = client->chat("main", ask(prompt), 1);
      ASSERT_TRUE(answer) << answer.error().message;
      const Outcome expected = prompt == "too long" ? Outcome::kTooLong
                               : prompt == "rejected" ? Outcome::kRejected
                               : prompt == "broken"   ? Outcome::kBroken
                                                      : Outcome::kOk;
      EXPECT_EQ(answer->outcome, expected) << prompt << ": " << answer->problem;
      if (expected == Outcome::kOk) {
        EXPECT_EQ(answer->text, "ok") << prompt;
      }
    });
    for (const auto& [prompt, script] : scripts) EXPECT_EQ(asked[prompt], prompt == "broken" ? 3 : script.size()) << prompt;
  }
}

TEST_F(ClientOverSockets, KeysGoToTheServerAndNowhereElse) {
  const std::string key = "sk-of-this-test-4711";
  ::setenv("MOTIVE_TEST_SOCKET_KEY", key.c_str(), 1);
  ScriptedServer server(always(served::error(401, "no account has the key " + key)));
  ClientOptions with_key = options(server);
  with_key.endpoints["main"].api_key_env = "MOTIVE_TEST_SOCKET_KEY";
  const auto answer = open(with_key)->chat("main", ask("a"), 1);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("no account has the key [key]"), std::string::npos) << answer.error().message;
  ASSERT_EQ(server.requests(), 1U);
  EXPECT_EQ(server.log()[0].header("authorization"), "Bearer " + key);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(read_file(entry.path())->find(key), std::string::npos) << entry.path();
  }
}

TEST_F(ClientOverSockets, AKilledRunGoesOnWhereItWas) {
  constexpr int kRequests = 600;
  ScriptedServer server([](const ServedRequest& request) { return served::completion("to " + prompt_of(request)).after(.02); });
  const ClientOptions mine = options(server);
  const auto run = [&] {
    const auto client = open(mine);
    from_threads(client->width(), 0, kRequests, [&](int i) {
      EXPECT_TRUE(client->chat("main", ask("prompt " + std::to_string(i)), 1));
    });
  };
  for (const std::size_t after : {100U, 350U}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      run();
      ::_exit(0);
    }
    while (server.requests() < after) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
  }
  const auto committed = (*Cache::open(mine.cache))->stats();
  ASSERT_TRUE(committed);
  const std::size_t before = server.requests();
  run();
  EXPECT_EQ(server.requests() - before, kRequests - committed->answers) << "what was committed is not asked for again";
  std::set<std::string> prompts;
  for (const ServedRequest& request : server.log()) prompts.insert(prompt_of(request));
  EXPECT_EQ(prompts.size(), static_cast<std::size_t>(kRequests));
  EXPECT_LE(server.most_open(), 2 * 64U);
}

// 64 connections and 200 ms an answer: nothing can have more than 320 answers a second, and bare sockets have that
// (throughput_test.cpp). Here every answer is committed as well. The start, when there are few at a time, is not counted.
TEST_F(ClientOverSockets, IsAsFastAsTheServer) {
  constexpr int kWarm = 500, kCounted = 64 * 20;
  constexpr double kMost = 64 / .2;
  double best = 0;
  for (int attempt = 0; attempt < 3 && best < .97; ++attempt) {  // other programs may be at work here
    const ScriptedServer server(always(served::completion(std::string(800, 'x')).after(.2)));
    const auto client = open(options(server));
    const std::string text(4000, 'x');
    std::atomic<int> right{0};
    const auto one = [&](int i) {
      const auto answer = client->chat("main", ask(fmt::format("{} {} {}", attempt, i, text)), 1);
      right += answer && answer->outcome == Outcome::kOk;
    };
    const double warm = from_threads(client->width(), 0, kWarm, one);
    // The last round of a load has fewer and fewer at a time, for a bare loop too: 64 x 20 are 20 rounds at best.
    const double seconds = from_threads(client->width(), kWarm, kWarm + kCounted, one);
    ASSERT_EQ(right, kWarm + kCounted);
    EXPECT_LE(server.most_open(), 64U);
    best = std::max(best, kCounted / seconds / kMost);
    fmt::print("{:.1f} answers a second of {:.0f} that can be: {:.4f}; {:.1f} in the first {:.1f} s\n", kCounted / seconds, kMost,
               kCounted / seconds / kMost, kWarm / warm, warm);
  }
  EXPECT_GE(best, .9);  // .97 and more where nothing else runs
}

}  // namespace
}  // namespace motive::llm
