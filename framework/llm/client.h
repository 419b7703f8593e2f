#pragma once
// Purpose: asks language models. chat() blocks; many threads call it at once, and what they ask for is served in turn:
//   cache -> single-flight -> budget -> rate limits and connections -> send -> commit -> read -> validate -> re-ask
// Nothing is sent that the cache knows; an answer is committed before anything looks at it; two calls for one key share
// one request. Failures: docs/llm-endpoints.md has the table. Concurrency adapts: it starts at a few, grows while
// answers come, and is cut by 429 (cool-down of 15 s).
// Determinism: answers come from the cache, so a rerun gets the same; `offline` gives the same without it.
// Cancel: after the flag is set nothing new is sent; what is on its way is waited for and committed.
// Errors: end the run (all resumable): a refused key, a spent quota, the budget, a miss in replay, a full disk. What
// concerns one request is an Answer with its outcome.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/progress.h"
#include "framework/llm/cache.h"
#include "framework/llm/clock.h"
#include "framework/llm/endpoint.h"
#include "framework/llm/transport.h"
#include "framework/llm/wire.h"

namespace motive::llm {

enum class Mode {
  kLive,       // the cache, else the server
  kReplay,     // the cache alone: a miss is an error, no socket is opened
  kRecordNew,  // as live, and an error where the cache file is read-only: for making an artefact
  kRefresh,    // the server, replacing what the cache has (once a key in a run)
};
Result<Mode> mode_from(const std::string& name);  // "live", "replay", "record-new", "refresh"

struct ClientOptions {
  Endpoints endpoints;
  Mode mode = Mode::kLive;
  Path cache;                 // file; empty: no cache (tests)
  std::string experiment;     // whose budget pays
  Budget budget;
  const CancelFlag* cancel = nullptr;  // drain
  int threads = 1;            // that may compute (offline)
  const Clock* clock = nullptr;  // null: the real one (tests have others)
};

class Later;  // of batch.h

struct Answer {
  Outcome outcome = Outcome::kOk;
  Json json;             // of a request with a schema, where the outcome is kOk
  std::string text;
  std::string problem;   // in words, where not kOk
  Json logprobs;
  Usage usage;           // of all attempts
  double cost = 0;       // when it was paid, by whoever
  int attempts = 1;      // 1 + re-asks
};

class Client {
 public:
  /// Opens the cache; starts no thread and no socket before something is sent. transport: null for the real one.
  static Result<std::unique_ptr<Client>> open(ClientOptions options, std::unique_ptr<Transport> transport = nullptr);
  ~Client();

  /// "" or why the answer will not do, beyond its schema. Wrong answers are asked for again, `reasks` times.
  using Validate = std::function<std::string(const Json& answer)>;
  Result<Answer> chat(const std::string& endpoint, const ChatRequest& request, std::uint64_t sample,
                      const Validate& validate = {});
  /// Vectors of the texts, each of length 1.
  Result<std::vector<std::vector<float>>> embed(const std::string& endpoint, const std::vector<std::string>& texts,
                                                const std::string& module);

  const EndpointConfig& endpoint(const std::string& name) const;
  /// How many callers keep the endpoints busy: threads for `offline`, somewhat more than the connections else.
  int width() const;
  /// unit(0) .. unit(n - 1), so many at a time; the first error ends it after those under way. what: they are ("users").
  Status each(std::size_t n, const std::function<Status(std::size_t)>& unit, Progress* progress, std::string_view what) const;
  Status flush();  // what was stored without waiting

  /// What was asked through this client, by module: {"mope": {"calls", "requests", "prompt_tokens", "cached_tokens",
  /// "completion_tokens", "cost", "re-asks", "outcomes": {"ok": ..}}}; "models": those the servers named, with answers of
  /// each. Calls, re-asks and outcomes count every chat(); requests, tokens and cost a key once a module, at the price
  /// that was paid. So the numbers are those of the answers used: same for a run that asked and one that found everything.
  Json report() const;
  /// What this client itself found, sent and paid, and how long answers took: differs from run to run.
  Json sent() const;

 private:
  friend class BatchJobs;
  struct State;
  explicit Client(std::shared_ptr<State> state, Later* later = nullptr);
  std::shared_ptr<State> state_;
  Later* later_;  // null: all is asked for good
};

}  // namespace motive::llm
