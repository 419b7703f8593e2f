#pragma once
// Purpose: how fast an endpoint is asked: a token bucket each for requests and tokens per minute, and a number of
// requests at a time that adapts. Callers are admitted in the order in which they came.
//   bucket: level <= rate * 5 s, filled at `rate`; a request larger than the bucket goes when it is full, on credit.
//   at a time: starts at min(8, most). Until the first 429 each answer adds one (so the number doubles in the time of
//   one answer); after it, as many answers in a row as there are requests at a time add one. 429: x .8, at least 1;
//   for 15 s after that it is neither cut again nor raised.
// Tokens are reserved as the most that a request can use, and what it did not use is given back. Servers that say how
// much is left (x-ratelimit-remaining-*) are believed where that is less.
// Determinism: functions of calls and times; Gate is thread-safe, the others are not.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>

#include "framework/llm/clock.h"
#include "framework/llm/transport.h"

namespace motive::llm {

class TokenBucket {
 public:
  /// per_minute 0: no limit.
  TokenBucket(std::int64_t per_minute, double now);
  /// Seconds until `amount` may be taken; 0: now.
  double wait_for(double amount, double now);
  void take(double amount, double now);
  void give_back(double amount);
  /// The server says that no more than this is left.
  void at_most(double left, double now);
  bool limited() const { return rate_ > 0; }

 private:
  void fill(double now);
  double rate_, capacity_, level_, time_;
};

class Concurrency {
 public:
  explicit Concurrency(int most);
  int limit() const { return limit_; }
  void answered(double now);
  void failed() { in_a_row_ = 0; }
  /// A 429 came. True where that cut the number.
  bool slowed_down(double now);

 private:
  int most_, limit_, in_a_row_ = 0;
  bool cut_ = false;
  double calm_from_ = 0;
};

/// What became of an admitted request.
enum class Ended { kAnswered, kSlowedDown, kFailed };

class Gate {
 public:
  Gate(int connections, std::int64_t requests_per_minute, std::int64_t tokens_per_minute, const Clock& clock);
  /// Blocks until the request may be sent; false where give_up() became true first (it is asked ten times a second).
  bool admit(std::int64_t tokens, const std::function<bool()>& give_up);
  /// Its answer is there: another may be sent. True where the number of requests at a time was cut.
  bool finish(Ended ended, const HttpReply& reply);
  /// Of the tokens that admit() reserved, so many were not used.
  void give_back(std::int64_t tokens);
  int limit() const;

 private:
  struct Waiter {
    std::condition_variable turn;
  };
  void believe(const HttpReply& reply, double now);
  void wake_first();

  const Clock& clock_;
  mutable std::mutex mutex_;
  Concurrency concurrency_;
  TokenBucket requests_, tokens_;
  std::list<Waiter> waiting_;
  int open_ = 0;
  double not_before_ = 0;
};

}  // namespace motive::llm
