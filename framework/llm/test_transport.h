#pragma once
// For tests of the client: a transport without sockets, clocks that do not make them wait, bodies and requests.

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "framework/llm/client.h"

namespace motive::llm::test {

/// Time passes when somebody waits for it, at once.
class JumpClock : public Clock {
 public:
  double now() const override { return time_.load(); }
  double utc() const override { return 1.7e9 + time_.load(); }
  void wait(std::condition_variable&, std::unique_lock<std::mutex>& lock, double seconds) const override {
    lock.unlock();
    for (double old = time_.load(); !time_.compare_exchange_weak(old, old + seconds);) {
    }
    std::this_thread::yield();
    lock.lock();
  }
  void add(double seconds) {
    for (double old = time_.load(); !time_.compare_exchange_weak(old, old + seconds);) {
    }
  }

 private:
  mutable std::atomic<double> time_{0};
};

/// Runs so many times faster than the real one.
class FastClock : public Clock {
 public:
  explicit FastClock(double speed) : speed_(speed), start_(Clock::now()) {}
  double now() const override { return (Clock::now() - start_) * speed_; }
  void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, double seconds) const override {
    Clock::wait(changed, lock, seconds / speed_);
  }

 private:
  double speed_, start_;
};

/// What the transports of one test saw, kept after the clients are gone.
struct Seen {
  std::atomic<int> requests{0}, open{0}, most_open{0};
  std::mutex mutex;
  std::vector<HttpRequest> log;
};

class FakeTransport : public Transport {
 public:
  using Script = std::function<HttpReply(const HttpRequest& request, int count)>;  // count: from 0
  FakeTransport(std::shared_ptr<Seen> seen, Script script, bool keep_log = true)
      : seen_(std::move(seen)), script_(std::move(script)), keep_log_(keep_log) {}
  HttpReply exchange(const HttpRequest& request, const CancelFlag*) override {
    const int open = ++seen_->open;
    for (int most = seen_->most_open; open > most && !seen_->most_open.compare_exchange_weak(most, open);) {
    }
    if (keep_log_) {
      const std::lock_guard lock(seen_->mutex);
      seen_->log.push_back(request);
    }
    HttpReply reply = script_(request, seen_->requests++);
    --seen_->open;
    return reply;
  }

 private:
  std::shared_ptr<Seen> seen_;
  Script script_;
  bool keep_log_;
};

inline HttpReply reply(int status, std::string body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  HttpReply reply;
  reply.status = status;
  reply.body = std::move(body);
  reply.headers = std::move(headers);
  reply.sent = true;
  reply.seconds = .01;
  return reply;
}

inline HttpReply failure(std::string why, bool sent) {
  HttpReply reply;
  reply.failure = std::move(why);
  reply.sent = sent;
  return reply;
}

inline HttpReply says(const std::string& text, const std::string& finish = "stop", int prompt = 10, int completion = 5) {
  const Json choice = {{"index", 0}, {"finish_reason", finish}, {"message", {{"role", "assistant"}, {"content", text}}}};
  return reply(200, Json({{"model", "tested-1"},
                          {"choices", Json::array({choice})},
                          {"usage", {{"prompt_tokens", prompt}, {"completion_tokens", completion}}}}).dump());
}

inline HttpReply error(int status, const std::string& message, const Json& code = nullptr,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
  return reply(status, Json({{"error", {{"message", message}, {"type", "error"}, {"code", code}}}}).dump(), std::move(headers));
}

inline std::string prompt_of(const HttpRequest& request) {
  const Json body = Json::parse(request.body, nullptr, false);
  return body.is_object() && body.contains("messages") ? body["messages"].back()["content"].get<std::string>() : "";
}

inline ChatRequest ask(const std::string& words) {
  ChatRequest request;
  request.messages = {{"user", words}};
  request.max_tokens = 100;
  request.module = "mope";
  return request;
}

inline EndpointConfig endpoint() {
  EndpointConfig config;
  config.base_url = "http://localhost:1/v1";
  config.model = "tested";
  config.structured = Structured::kJsonSchema;
  config.price = Price{1, 2, {}, "2025-01-01"};
  return config;
}

}  // namespace motive::llm::test
