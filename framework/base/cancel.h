#pragma once
// Purpose: a flag that long loops look at, so that an interrupt ends them at a safe place.

#include <atomic>

namespace motive {

class CancelFlag {
 public:
  void set() { flag_.store(true, std::memory_order_relaxed); }
  bool is_set() const { return flag_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> flag_{false};
};

}  // namespace motive
