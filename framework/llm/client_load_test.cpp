// Many requests at once, with faults, and with a process that is killed.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <sstream>

#include "framework/base/temporary_folder.h"
#include "framework/llm/test_transport.h"

namespace motive::llm {
namespace {

using test::ask;

/// Calls work(i) for each i < n from `threads` threads.
template <class F>
void from_threads(int threads, int n, const F& work) {
  std::atomic<int> next{0};
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&] {
      for (int i = next++; i < n; i = next++) work(i);
    });
  }
  for (auto& thread : pool) thread.join();
}

ClientOptions options_for(const Path& folder) {
  ClientOptions options;
  options.endpoints = {{"main", test::endpoint()}};
  options.endpoints["main"].connections = 64;
  options.cache = folder / "answers.sqlite";
  options.experiment = "load";
  return options;
}

/// One try in twenty fails, in every way that may pass; one prompt in five hundred is never accepted.
HttpReply faulty(const HttpRequest& request, int count) {
  std::this_thread::sleep_for(std::chrono::microseconds(500));
  const std::string prompt = test::prompt_of(request);
  if (prompt.ends_with("77") && prompt.size() > 9 && prompt[8] == '3') return test::error(400, "never");
  if (count % 20 != 0) return test::says("to " + prompt);
  switch (count / 20 % 6) {
    case 0: return test::error(500, "oh " + std::to_string(count));
    case 1: return test::error(429, "slow");
    case 2: return test::failure("reset by the server", true);
    case 3: return test::failure("timed out", true);
    case 4: return test::failure("could not connect", false);
    default: return test::reply(200, "<html>");
  }
}

TEST(ClientLoad, TwentyThousandRequestsWithFaultsAreAllAccountedFor) {
  constexpr int kRequests = 20000;
  motive::test::TemporaryFolder folder;
  test::FastClock clock(50);
  ClientOptions options = options_for(folder.path());
  options.clock = &clock;
  auto seen = std::make_shared<test::Seen>();
  Json report;
  for (int run = 0; run < 2; ++run) {
    auto client = Client::open(options, std::make_unique<test::FakeTransport>(seen, faulty, false));
    ASSERT_TRUE(client) << client.error().message;
    std::atomic<int> right{0}, rejected{0}, wrong{0};
    from_threads((*client)->width(), kRequests, [&](int i) {
      const std::string prompt = "prompt " + std::to_string(i);
      const auto answer = (*client)->chat("main", ask(prompt), 1);
      if (!answer) ADD_FAILURE() << answer.error().message;
      const bool ok = answer && answer->outcome == Outcome::kOk && answer->text == "to " + prompt;
      ++(ok ? right : answer && answer->outcome == Outcome::kRejected ? rejected : wrong);
    });
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(right + rejected, kRequests);
    EXPECT_GT(rejected, 0);
    if (run == 0) {
      const int sent = seen->requests;
      EXPECT_EQ((*client)->sent()["requests"], sent);
      EXPECT_EQ((*client)->sent()["retries"].get<int>(), sent - kRequests) << "each failure is a try again, nothing else is";
      EXPECT_LE(seen->most_open, 64);
      report = (*client)->report();
      EXPECT_EQ(report["mope"]["calls"], kRequests);
      EXPECT_EQ(report["mope"]["requests"], kRequests);
    } else {
      EXPECT_EQ((*client)->sent()["requests"], 0);
      EXPECT_EQ((*client)->report(), report);
    }
  }
}

// The ceiling holds for what a whole run of many threads pays, whatever single answers cost.
TEST(ClientLoad, ManyThreadsDoNotPassTheBudget) {
  motive::test::TemporaryFolder folder;
  ClientOptions options = options_for(folder.path());
  options.budget.money = .02;
  auto seen = std::make_shared<test::Seen>();
  const auto costs = [](const HttpRequest&, int count) {
    std::this_thread::sleep_for(std::chrono::microseconds(300));
    return test::says("hello", "stop", 5 + count % 7, 1 + count * 31 % 100);
  };
  auto client = Client::open(options, std::make_unique<test::FakeTransport>(seen, costs, false));
  ASSERT_TRUE(client);
  std::atomic<int> answered{0};
  std::mutex mutex;
  std::set<std::string> errors;
  from_threads(64, 1000, [&](int i) {
    const auto answer = (*client)->chat("main", ask("prompt " + std::to_string(i)), 1);
    if (answer) ++answered;
    const std::lock_guard lock(mutex);
    if (!answer) errors.insert(answer.error().message);
  });
  const auto spent = (*Cache::open_readonly(options.cache))->spent("load");
  ASSERT_TRUE(spent);
  EXPECT_LE(spent->money, .02);
  EXPECT_GT(spent->money, .02 - 3e-4) << "it is used up to what one more request may cost";
  EXPECT_EQ(spent->calls, answered);
  ASSERT_EQ(errors.size(), 1U) << "everybody gets the first one";
  EXPECT_NE(errors.begin()->find("budget"), std::string::npos);
}

/// Notes each request in a file before it answers, so that a killed process leaves word of them.
class NotingTransport : public Transport {
 public:
  explicit NotingTransport(const Path& file) : file_(::open(file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600)) {}
  ~NotingTransport() override { ::close(file_); }
  HttpReply exchange(const HttpRequest& request, const CancelFlag*) override {
    const std::string prompt = test::prompt_of(request) + "\n";
    if (::write(file_, prompt.data(), prompt.size()) < 0) std::abort();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    return test::says("to " + prompt);
  }

 private:
  int file_;
};

std::map<std::string, int> noted(const Path& file) {
  std::map<std::string, int> times;
  std::istringstream lines(read_file(file) ? *read_file(file) : "");
  for (std::string line; std::getline(lines, line);) ++times[line];
  return times;
}

void run_all(const ClientOptions& options, const Path& notes, int n) {
  auto client = Client::open(options, std::make_unique<NotingTransport>(notes));
  ASSERT_TRUE(client) << client.error().message;
  from_threads(24, n, [&](int i) {
    const auto answer = (*client)->chat("main", ask("prompt " + std::to_string(i)), 1);
    ASSERT_TRUE(answer) << answer.error().message;
  });
}

std::set<std::string> committed(const ClientOptions& options, int n) {
  std::set<std::string> prompts;
  const auto cache = Cache::open_readonly(options.cache);
  const EndpointConfig& endpoint = options.endpoints.at("main");
  for (int i = 0; cache && i < n; ++i) {
    const std::string prompt = "prompt " + std::to_string(i);
    const std::string body = canonical(chat_body(ask(prompt), endpoint, Structured::kText));
    const CacheKey key{body, canonical(endpoint.identity()), kChatPath, 1, 0};
    const auto found = (*cache)->find(key);
    if (found && *found) prompts.insert(prompt);
  }
  return prompts;
}

TEST(ClientLoad, AKilledRunNeverAsksAgainForWhatItCommitted) {
  constexpr int kRequests = 1500;
  motive::test::TemporaryFolder folder;
  const Path notes = folder.path() / "notes";
  const ClientOptions options = options_for(folder.path());
  std::map<std::string, int> allowed;  // requests at the time at which an answer was first seen committed
  for (const std::size_t after : {100U, 400U, 800U}) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      run_all(options, notes, kRequests);
      ::_exit(0);
    }
    while (noted(notes).size() < after) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it was to be killed before it ended";
    const auto times = noted(notes);
    for (const std::string& prompt : committed(options, kRequests)) allowed.try_emplace(prompt, times.at(prompt));
  }
  EXPECT_GT(allowed.size(), 500U);
  run_all(options, notes, kRequests);
  const auto times = noted(notes);
  EXPECT_EQ(times.size(), static_cast<std::size_t>(kRequests));
  for (const auto& [prompt, most] : allowed) EXPECT_EQ(times.at(prompt), most) << prompt;
  int twice = 0;
  for (const auto& [prompt, count] : times) twice += count > 1;
  EXPECT_LE(twice, 3 * 24) << "only what was on its way";
}

}  // namespace
}  // namespace motive::llm
