#include "framework/llm/limits.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace motive::llm {
namespace {

constexpr double kBurstSeconds = 5, kCoolDown = 15, kLongestPause = 120;
constexpr int kFirstLimit = 8;

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace

TokenBucket::TokenBucket(std::int64_t per_minute, double now)
    : rate_(static_cast<double>(per_minute) / 60),
      capacity_(std::max(1.0, rate_ * kBurstSeconds)),
      level_(capacity_),
      time_(now) {}

void TokenBucket::fill(double now) {
  if (now > time_) level_ = std::min(capacity_, level_ + (now - time_) * rate_);
  time_ = std::max(time_, now);
}

double TokenBucket::wait_for(double amount, double now) {
  if (!limited()) return 0;
  fill(now);
  const double missing = std::min(amount, capacity_) - level_;
  return missing <= 1e-9 * capacity_ ? 0 : missing / rate_;
}

void TokenBucket::take(double amount, double now) {
  if (!limited()) return;
  fill(now);
  level_ -= amount;
}

void TokenBucket::give_back(double amount) { level_ = std::min(capacity_, level_ + amount); }

void TokenBucket::at_most(double left, double now) {
  if (!limited()) return;
  fill(now);
  level_ = std::min(level_, std::max(left, 0.0));
}

Concurrency::Concurrency(int most) : most_(std::max(most, 1)), limit_(std::min(kFirstLimit, most_)) {}

void Concurrency::answered(double now) {
  if (cut_ && now < calm_from_) return;
  if (++in_a_row_ < (cut_ ? limit_ : 1)) return;
  in_a_row_ = 0;
  limit_ = std::min(limit_ + 1, most_);
}

bool Concurrency::slowed_down(double now) {
  in_a_row_ = 0;
  if (cut_ && now < calm_from_) return false;
  cut_ = true;
  calm_from_ = now + kCoolDown;
  limit_ = std::max(1, static_cast<int>(limit_ * .8));
  return true;
}

Gate::Gate(int connections, std::int64_t requests_per_minute, std::int64_t tokens_per_minute, const Clock& clock)
    : clock_(clock),
      concurrency_(connections),
      requests_(requests_per_minute, clock.now()),
      tokens_(tokens_per_minute, clock.now()),
      not_before_(clock.now()) {}

bool Gate::admit(std::int64_t tokens, const std::function<bool()>& give_up) {
  std::unique_lock lock(mutex_);
  const auto self = waiting_.emplace(waiting_.end());
  const auto leave = [&] {
    waiting_.erase(self);
    wake_first();
  };
  while (true) {
    if (give_up()) return leave(), false;
    double wait = .1;
    if (self == waiting_.begin() && open_ < concurrency_.limit()) {
      const double now = clock_.now();
      const double tokens_due = tokens_.wait_for(static_cast<double>(tokens), now);
      const double due = std::max({not_before_ - now, requests_.wait_for(1, now), tokens_due});
      if (due <= 0) {
        requests_.take(1, now);
        tokens_.take(static_cast<double>(tokens), now);
        ++open_;
        return leave(), true;
      }
      wait = std::min(wait, due);
    }
    clock_.wait(self->turn, lock, wait);
  }
}

bool Gate::finish(Ended ended, const HttpReply& reply) {
  const std::lock_guard lock(mutex_);
  const double now = clock_.now();
  --open_;
  bool cut = false;
  if (ended == Ended::kAnswered) concurrency_.answered(now);
  if (ended == Ended::kFailed) concurrency_.failed();
  if (ended == Ended::kSlowedDown) cut = concurrency_.slowed_down(now);
  believe(reply, now);
  wake_first();
  return cut;
}

void Gate::give_back(std::int64_t tokens) {
  const std::lock_guard lock(mutex_);
  tokens_.give_back(static_cast<double>(std::max<std::int64_t>(0, tokens)));
}

void Gate::believe(const HttpReply& reply, double now) {
  const auto one = [&](TokenBucket& bucket, const char* left_name, const char* reset_name) {
    const auto left = number(reply.header(left_name));
    if (!left) return;
    bucket.at_most(*left, now);
    const double reset = parse_duration(reply.header(reset_name));
    if (*left < 1 && reset > 0) not_before_ = std::max(not_before_, now + std::min(reset, kLongestPause));
  };
  one(requests_, "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests");
  one(tokens_, "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens");
}

int Gate::limit() const {
  const std::lock_guard lock(mutex_);
  return concurrency_.limit();
}

/// Held lock. Only the first may be admitted; when it was, the next one is.
void Gate::wake_first() {
  if (!waiting_.empty()) waiting_.front().turn.notify_one();
}

}  // namespace motive::llm
