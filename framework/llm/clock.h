#pragma once
// Purpose: the time as the client sees it, so that tests need not wait. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace motive::llm {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Seconds of a clock that only goes forward.
  virtual double now() const { return seconds(std::chrono::steady_clock::now().time_since_epoch()); }
  /// Seconds since 1970.
  virtual double utc() const { return seconds(std::chrono::system_clock::now().time_since_epoch()); }
  /// Waits for `changed`, at most so many seconds of this clock.
  virtual void wait(std::condition_variable& changed, std::unique_lock<std::mutex>& lock, double seconds) const {
    changed.wait_for(lock, std::chrono::duration<double>(seconds));
  }

  /// Waits until the time has passed, or give_up() is true; looks ten times a second.
  void sleep(double seconds, const std::function<bool()>& give_up) const {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    const double end = now() + seconds;
    for (double left = seconds; left > 0 && !give_up(); left = end - now()) wait(never, lock, left < .1 ? left : .1);
  }

  static Clock& real() {
    static Clock clock;
    return clock;
  }

 private:
  template <class D>
  static double seconds(D duration) {
    return std::chrono::duration<double>(duration).count();
  }
};

}  // namespace motive::llm
