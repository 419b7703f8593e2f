#include "framework/llm/retry.h"

#include <algorithm>
#include <array>

#include "framework/base/hash.h"

namespace motive::llm {
namespace {

constexpr double kFirstWait = .5, kLongestWait = 8, kLongestRetryAfter = 120, kLongestQuiet = 180;
constexpr int kSameBodies = 3, kMostSlowDowns = 50;
constexpr std::size_t kShortestKey = 8;

bool speaks_of_the_server(int status) { return status == 502 || status == 503 || status == 504 || status == 529; }

std::string words(const HttpReply& reply) {
  if (reply.status == 0) {
    const std::string failure = reply.failure.empty() ? "no answer" : reply.failure;
    return reply.sent ? failure + " after sending" : failure;
  }
  const std::string text = error_text(reply.body);
  return text.empty() ? fmt::format("status {}", reply.status) : fmt::format("status {}: {}", reply.status, text);
}

}  // namespace

double backoff(int failures, Rng& rng) {
  const double wait = std::min(kLongestWait, kFirstWait * static_cast<double>(1 << std::clamp(failures - 1, 0, 10)));
  return wait * (1 - .25 * rng.uniform());
}

bool Retries::same_again(const HttpReply& reply) {
  if (reply.status == 0 || (reply.status >= 400 && reply.status < 500) || speaks_of_the_server(reply.status)) {
    same_ = 0;
    last_body_.clear();
    return false;
  }
  const std::string body = sha256_hex(fmt::format("{}\n{}", reply.status, reply.body));
  same_ = body == last_body_ ? same_ + 1 : 1;
  last_body_ = body;
  return same_ >= kSameBodies;
}

Verdict Retries::judge(const HttpReply& reply, double utc, const Others& others) {
  ++tries_;
  Verdict verdict;
  verdict.fate = reply.status == 0 ? Fate::kRetry : fate_of(reply.status, reply.body);
  if (verdict.fate == Fate::kAnswer || verdict.fate == Fate::kRejected || verdict.fate == Fate::kTooLong) return verdict;
  verdict.failure = words(reply);
  verdict.possibly_billed = reply.status == 0 && reply.sent;
  if (verdict.fate == Fate::kStop) {
    verdict.step = Step::kStop;
    return verdict;
  }
  const bool slow_down = verdict.fate == Fate::kSlowDown;
  const int failures = slow_down ? ++slow_downs_ : ++failures_;
  const Step left_aside = others.answered ? Step::kBroken : Step::kGiveUp;
  if (slow_down) {
    const bool blocked = failures > most_ && others.quiet >= kLongestQuiet;
    verdict.step = failures > kMostSlowDowns ? left_aside : blocked ? Step::kGiveUp : Step::kAgain;
  } else if (same_again(reply)) {
    verdict.step = Step::kBroken;
  } else {
    verdict.step = failures > most_ ? left_aside : Step::kAgain;
  }
  verdict.wait = backoff(failures, rng_);
  // When limits are filled up again (x-ratelimit-reset-*) says something about a 429, nothing about other failures.
  if (slow_down || !reply.header("retry-after").empty() || !reply.header("retry-after-ms").empty()) {
    verdict.wait = std::max(verdict.wait, std::min(retry_after(reply, utc), kLongestRetryAfter));
  }
  return verdict;
}

void scrub(std::string& text, const std::string& key) {
  if (key.size() < kShortestKey) return;
  const auto replace = [&](const std::string& secret) {
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "[key]");
    }
  };
  replace(key);
  // As JSON writes it inside a string, where that differs.
  const std::string quoted = Json(key).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (quoted.size() != key.size() + 2) replace(quoted.substr(1, quoted.size() - 2));
  if (key.find('/') == std::string::npos) return;
  std::string slashes;
  for (const char c : key) slashes += c == '/' ? std::string("\\/") : std::string(1, c);
  replace(slashes);
}

void scrub(HttpReply& reply, const std::string& key) {
  scrub(reply.body, key);
  scrub(reply.failure, key);
  for (auto& header : reply.headers) scrub(header.second, key);
}

Json kept_headers(const HttpReply& reply) {
  static constexpr std::array kNames = {"retry-after", "retry-after-ms", "x-should-retry", "x-request-id", "openai-processing-ms",
                                        "openai-version"};
  Json kept = Json::object();
  for (const auto& [name, value] : reply.headers) {
    if (std::find(kNames.begin(), kNames.end(), name) != kNames.end() || name.rfind("x-ratelimit-", 0) == 0) {
      kept[name] = value.substr(0, 200);
    }
  }
  return kept;
}

}  // namespace motive::llm
