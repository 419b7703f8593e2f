#pragma once
// Purpose: the ceiling of what an experiment may cost, over all its runs. Before a request is sent the most that it can
// cost is reserved; afterwards what it did cost takes that place:
//   spent (as the cache says) + reserved <= ceiling, at any time.
// A request that fits only when others turn out cheaper than they might waits for them; one that does not fit even then
// is refused. Other processes that pay under the same name are seen by what they have committed (looked up at most once
// a second); what they have on the way is not.
// Money is counted in whole 10^-12 of the currency, so that sums do not depend on their order. Thread-safe.
// Errors: the ceiling is reached (what was spent, what the ceiling is, how to go on); the cache cannot be read.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <utility>

#include "framework/llm/cache.h"
#include "framework/llm/clock.h"
#include "framework/llm/endpoint.h"

namespace motive::llm {

struct Charge {
  double money = 0;
  std::int64_t tokens = 0, calls = 0;
};

/// Whole 10^-12, the nearest.
std::int64_t to_units(double money);
double from_units(std::int64_t units);

class BudgetKeeper;

/// What is set aside for one request. Given back whole when it goes unless settle() was called.
class Reservation {
 public:
  Reservation() = default;
  Reservation(Reservation&& other) noexcept : keeper_(std::exchange(other.keeper_, nullptr)), most_(other.most_) {}
  Reservation& operator=(Reservation&& other) noexcept {
    if (this == &other) return *this;
    settle({});
    keeper_ = std::exchange(other.keeper_, nullptr);
    most_ = other.most_;
    return *this;
  }
  ~Reservation() { settle({}); }
  /// What it did cost, after the cache has committed that.
  void settle(const Charge& paid);

 private:
  friend class BudgetKeeper;
  Reservation(BudgetKeeper* keeper, const Charge& most) : keeper_(keeper), most_(most) {}
  BudgetKeeper* keeper_ = nullptr;
  Charge most_;
};

class BudgetKeeper {
 public:
  /// What the experiment has spent so far; called under a lock, seldom.
  using Lookup = std::function<Result<Spent>()>;
  BudgetKeeper(Budget budget, std::string experiment, Lookup lookup, const Clock& clock);
  /// Blocks while others may still turn out cheaper. kCancelled where give_up() became true.
  Result<Reservation> reserve(const Charge& most, const std::function<bool()>& give_up);

 private:
  friend class Reservation;
  struct Sum {
    std::int64_t money = 0, tokens = 0, calls = 0;
    void add(const Charge& charge, int sign);
    Sum plus(const Sum& other) const { return {money + other.money, tokens + other.tokens, calls + other.calls}; }
  };
  void settle(const Charge& most, const Charge& paid);
  Status look_up(double not_older);
  bool fits(const Sum& sum) const;
  Error reached(const Sum& spent, const Charge& most) const;

  const Budget budget_;
  const std::string experiment_;
  const Lookup lookup_;
  const Clock& clock_;
  std::mutex mutex_;
  std::condition_variable settled_;
  Sum kept_, since_, reserved_;  // as the cache said last; settled since then; on the way
  double looked_up_ = -1, took_ = 0;
};

}  // namespace motive::llm
