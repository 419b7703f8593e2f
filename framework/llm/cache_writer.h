#pragma once
// Purpose: the one thread that writes a cache's file. What has come within a few milliseconds is one transaction, so
// that many callers share a sync of the disk; what nobody waits for gathers for longer, since thousands of rows at once
// write each page of the index of keys, which come in no order, once instead of thousands of times.
// Thread-safe. The thread starts with the first write. Private to the cache.
// Errors: a write that fails is tried alone, so that it takes no other one with it.

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>

#include "framework/llm/cache_tables.h"

namespace motive::llm {

class Writer {
 public:
  using Write = std::function<Status(Tables& tables)>;

  explicit Writer(std::unique_ptr<Tables> tables) : tables_(std::move(tables)) {}
  /// Everything posted is committed.
  ~Writer();

  /// Returns when it is committed.
  Status run(const Write& write);
  /// Returns at once, unless some 64 MB wait already. `done` is called after the commit, or when it has failed.
  Status post(Write write, std::size_t bytes, std::function<void()> done);
  /// All that was posted is committed, or the first error of it since the last flush.
  Status flush();

 private:
  struct Job {
    Write write;
    std::size_t bytes = 0;
    std::function<void()> done;
    std::promise<Status>* waiter = nullptr;
  };
  void start();  // mutex_ held
  void gather(std::unique_lock<std::mutex>& lock);
  void loop();
  void write(std::vector<Job>& jobs);
  Status commit(std::vector<Job>& jobs);  // within a transaction that has begun
  void conclude(Job& job, const Status& status);

  std::unique_ptr<Tables> tables_;
  std::mutex mutex_;
  std::condition_variable wake_, room_;
  std::deque<Job> queue_;
  std::size_t waiting_bytes_ = 0, waiters_ = 0;  // of the queue
  bool hurry_ = false, stop_ = false;
  Status lost_;  // of what nobody waits for
  std::thread thread_;
};

}  // namespace motive::llm
