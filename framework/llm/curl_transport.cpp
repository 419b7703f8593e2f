// The transport over sockets: callers hand their exchange to one thread, which drives all of them by libcurl's multi
// interface and sleeps in between.

#include <curl/curl.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "framework/llm/curl_exchange.h"

namespace motive::llm {
namespace {

constexpr long kKeptConnections = 1024;  // idle ones; libcurl's own rule closes them when few are in use
constexpr int kAbortMilliseconds = 10;   // how soon a set abort flag is seen
constexpr int kIdleMilliseconds = 60'000;
constexpr const char* kGivenUp = "given up";

class CurlTransport : public Transport {
 public:
  CurlTransport() = default;
  ~CurlTransport() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    if (multi_) ::curl_multi_wakeup(multi_);
    if (thread_.joinable()) thread_.join();
    if (multi_) ::curl_multi_cleanup(multi_);
  }

  HttpReply exchange(const HttpRequest& request, const CancelFlag* abort) override {
    const auto begin = std::chrono::steady_clock::now();
    CurlExchange exchange(request, abort);
    if (exchange.aborted()) exchange.fail(kGivenUp);
    else if (std::string why = exchange.prepare(); !why.empty()) exchange.fail(std::move(why));
    else submit(exchange);
    exchange.reply.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::move(exchange.reply);
  }

 private:
  /// Hands it over and waits.
  void submit(CurlExchange& exchange) {
    std::unique_lock lock(mutex_);
    if (stop_ || !start()) return exchange.fail("libcurl does not start (out of memory?)");
    waiting_.push_back(&exchange);
    lock.unlock();
    ::curl_multi_wakeup(multi_);
    lock.lock();
    exchange.ready.wait(lock, [&] { return exchange.done; });
  }

  /// With the first request, so that a run that finds every answer in its cache has neither thread nor socket.
  bool start() {
    if (thread_.joinable()) return true;
    if (!multi_) multi_ = ::curl_multi_init();
    if (!multi_) return false;
    ::curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kKeptConnections);
    ::curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread_ = std::thread([this] { serve(); });
    return true;
  }

  void serve() {
    sigset_t all;  // interrupts are for other threads; a write to a closed TLS connection must not end the program
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (take_waiting()) {
      int running = 0;
      CURLMcode code = ::curl_multi_perform(multi_, &running);
      finish_ended();
      end_open(false);
      if (code == CURLM_OK) code = ::curl_multi_poll(multi_, nullptr, 0, patience(), nullptr);
      if (code == CURLM_OK) continue;
      failure_ = ::curl_multi_strerror(code);
      end_open(true);
    }
    end_open(true);
  }

  /// False: the end.
  bool take_waiting() {
    std::vector<CurlExchange*> fresh;
    bool stop = false;
    {
      const std::lock_guard lock(mutex_);
      fresh.swap(waiting_);
      stop = stop_;
    }
    for (CurlExchange* exchange : fresh) {
      open_.push_back(exchange);
      if (const CURLMcode code = ::curl_multi_add_handle(multi_, exchange->easy()); code != CURLM_OK) {
        exchange->fail(::curl_multi_strerror(code));
        release(exchange);
      }
    }
    return !stop;
  }

  void finish_ended() {
    int left = 0;
    while (const CURLMsg* message = ::curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      char* exchange = nullptr;
      ::curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
      const CURLcode code = message->data.result;  // the message goes with its handle
      reinterpret_cast<CurlExchange*>(exchange)->finish(code);
      release(reinterpret_cast<CurlExchange*>(exchange));
    }
  }

  /// Those whose abort flag is set, or all.
  void end_open(bool all) {
    for (std::size_t i = open_.size(); i-- > 0;) {  // from the end: release() takes it out
      CurlExchange* exchange = open_[i];
      if (!all && !exchange->aborted()) continue;
      exchange->fail(failure_.empty() ? kGivenUp : failure_);
      release(exchange);
    }
    failure_.clear();
  }

  /// The exchange is the caller's again.
  void release(CurlExchange* exchange) {
    ::curl_multi_remove_handle(multi_, exchange->easy());
    std::erase(open_, exchange);
    const std::lock_guard lock(mutex_);
    exchange->done = true;
    exchange->ready.notify_one();  // within the lock: the caller destroys it as soon as it sees `done`
  }

  /// Milliseconds; libcurl takes less where a timer of its own ends sooner.
  int patience() const {
    const bool flags = std::any_of(open_.begin(), open_.end(), [](const CurlExchange* one) { return one->has_abort(); });
    return flags ? kAbortMilliseconds : kIdleMilliseconds;
  }

  std::mutex mutex_;
  bool stop_ = false;
  std::vector<CurlExchange*> waiting_;  // to be taken by the thread
  CURLM* multi_ = nullptr;
  std::thread thread_;
  // Of the thread alone:
  std::vector<CurlExchange*> open_;
  std::string failure_;
};

}  // namespace

Result<std::unique_ptr<Transport>> make_curl_transport() {
  static const CURLcode kReady = ::curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kReady != CURLE_OK) return fail("libcurl does not start: {}", ::curl_easy_strerror(kReady));
  return std::unique_ptr<Transport>(std::make_unique<CurlTransport>());
}

}  // namespace motive::llm
