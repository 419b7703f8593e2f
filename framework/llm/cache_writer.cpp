#include "framework/llm/cache_writer.h"

#include <utility>

namespace motive::llm {
namespace {

constexpr auto kGather = std::chrono::milliseconds(2), kGatherUnwaited = std::chrono::milliseconds(500);
constexpr std::size_t kMostWaiting = 64 << 20, kManyWaiting = kMostWaiting / 2, kMostJobs = 1 << 16;

}  // namespace

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Writer::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
}

Status Writer::run(const Write& write) {
  std::promise<Status> promise;
  auto committed = promise.get_future();
  {
    const std::lock_guard lock(mutex_);
    start();
    queue_.push_back({write, 0, {}, &promise});
    ++waiters_;
  }
  wake_.notify_all();
  return committed.get();
}

Status Writer::post(Write write, std::size_t bytes, std::function<void()> done) {
  std::unique_lock lock(mutex_);
  start();
  room_.wait(lock, [&] { return waiting_bytes_ < kMostWaiting; });
  if (!lost_) return lost_;
  waiting_bytes_ += bytes;
  queue_.push_back({std::move(write), bytes, std::move(done)});
  if (queue_.size() == 1 || waiting_bytes_ >= kManyWaiting) wake_.notify_all();
  return {};
}

Status Writer::flush() {
  {
    const std::lock_guard lock(mutex_);
    if (!thread_.joinable()) return {};
    hurry_ = true;
  }
  MOTIVE_TRY(run([](Tables&) { return Status(); }));
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_, Status());
}

void Writer::gather(std::unique_lock<std::mutex>& lock) {
  const auto hurry = [&] { return stop_ || hurry_ || waiting_bytes_ >= kManyWaiting; };
  wake_.wait_for(lock, kGatherUnwaited, [&] { return hurry() || waiters_ > 0; });
  if (waiters_ > 0) wake_.wait_for(lock, kGather, hurry);
}

void Writer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (queue_.empty()) return;
    gather(lock);
    std::vector<Job> jobs;
    std::size_t bytes = 0;
    while (!queue_.empty() && jobs.size() < kMostJobs) {
      bytes += queue_.front().bytes;
      if (queue_.front().waiter) --waiters_;
      jobs.push_back(std::move(queue_.front()));
      queue_.pop_front();
    }
    if (queue_.empty()) hurry_ = false;
    lock.unlock();
    write(jobs);
    lock.lock();
    waiting_bytes_ -= bytes;
    room_.notify_all();
  }
}

void Writer::write(std::vector<Job>& jobs) {
  const Status begun = tables_->begin();
  const Status together = begun ? commit(jobs) : begun;
  if (together || !begun || jobs.size() == 1) {
    for (Job& job : jobs) conclude(job, together);
    return;
  }
  for (Job& job : jobs) {
    std::vector<Job> alone;
    alone.push_back(std::move(job));
    Status status = tables_->begin();
    if (status) status = commit(alone);
    conclude(alone.front(), status);
  }
}

Status Writer::commit(std::vector<Job>& jobs) {
  Status status;
  for (Job& job : jobs) {
    if (status) status = job.write(*tables_);
  }
  if (status) {
    kill_point();
    status = tables_->commit();
    kill_point();
  }
  if (!status) tables_->roll_back();
  return status;
}

void Writer::conclude(Job& job, const Status& status) {
  if (job.waiter) {
    job.waiter->set_value(status);
    return;
  }
  if (job.done) job.done();
  const std::lock_guard lock(mutex_);
  if (!status && lost_) lost_ = status;
}

}  // namespace motive::llm
