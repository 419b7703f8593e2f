#pragma once
// Purpose: what to do after each answer of a server or the lack of one: the failure table of docs/llm-endpoints.md.
//   answer, rejection (400, 422, ..), prompt too long    keep it; it is never asked for again
//   429        wait max(Retry-After, backoff); the endpoint is given up after `most` of them and three minutes in which
//              nobody was answered; after 50 of them the request is broken
//   408, 409, 5xx, 529, 200 with an error, no connection, reset, time-out    wait, at most `most` times
//   the same body of a 5xx (not 502, 503, 504, 529: those speak of the server, not of the request) three times: broken
//   401, 403, 404, a redirect, quota spent (each concerns every request)    the run ends
// When the retries are used up, others tell whose fault it is: if another request to the endpoint was answered since the
// last try, or its list of models is (asked by the sender), this one is broken (left aside, the run goes on), else the
// endpoint is, and the run ends, resumable.
// backoff = min(8, .5 * 2^failures) * (1 - up to a quarter, drawn); Retry-After counts up to 120 s.
// Determinism: waits are functions of the seed. Not thread-safe: one for each request.

#include <cstdint>
#include <string>

#include "framework/base/json.h"
#include "framework/base/rng.h"
#include "framework/llm/transport.h"
#include "framework/llm/wire.h"

namespace motive::llm {

enum class Step {
  kKeep,    // commit it, read it
  kAgain,   // after `wait` seconds
  kBroken,  // commit it as a request that the server fails on
  kGiveUp,  // the endpoint does not answer: the run ends
  kStop,    // the server said that it will not go on: the run ends
};

struct Verdict {
  Step step = Step::kKeep;
  Fate fate = Fate::kAnswer;
  double wait = 0;
  std::string failure;           // in words, "" for kKeep
  bool possibly_billed = false;  // it was sent, and nothing came back
};

/// What happened meanwhile to the other requests to the endpoint.
struct Others {
  bool answered = false;  // one of them, since the last try of this request
  double quiet = 0;       // seconds without any answer, since the first try
};

class Retries {
 public:
  Retries(int most, std::uint64_t seed) : most_(most), rng_(seed, "llm-backoff") {}
  /// utc: seconds since 1970.
  Verdict judge(const HttpReply& reply, double utc, const Others& others);
  int tries() const { return tries_; }

 private:
  bool same_again(const HttpReply& reply);
  int most_, tries_ = 0, failures_ = 0, slow_downs_ = 0, same_ = 0;
  std::string last_body_;  // hash
  Rng rng_;
};

/// failures: how many there were, at least 1.
double backoff(int failures, Rng& rng);

/// Every place of the key becomes "[key]". Keys of fewer than eight characters are placeholders that servers without
/// keys accept ("none"), and stay.
void scrub(std::string& text, const std::string& key);
void scrub(HttpReply& reply, const std::string& key);
/// Those headers that are worth keeping: waiting times, limits, the server's number of the request.
Json kept_headers(const HttpReply& reply);

}  // namespace motive::llm
