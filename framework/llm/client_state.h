#pragma once
// Inside of the client, for its own files: client.cpp (chat), client_answers.cpp (what brings an answer: cache, flight,
// offline, server), client_embed.cpp, batch_rounds.cpp.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "framework/llm/client.h"
#include "framework/llm/flights.h"
#include "framework/llm/sender.h"
#include "framework/llm/tally.h"

namespace motive::llm {

struct Target;

/// So many callers at a time.
class Turnstile {
 public:
  explicit Turnstile(int most) : free_(most) {}
  void enter();
  void leave();

 private:
  std::mutex mutex_;
  std::condition_variable left_;
  int free_;
};

/// Who decides before a request is asked whether it is (batch.h). Thread-safe.
class Later {
 public:
  virtual ~Later() = default;
  /// to_come() (later.h) where it is not asked now.
  virtual Status see(Target& target, const CacheKey& key, const ChatRequest& request) = 0;
};

/// An endpoint with what this client found out about it.
struct Target {
  Target(const std::string& name, const EndpointConfig& config, const Clock& clock) : line(name, config, clock) {}
  Line line;
  std::mutex probing;
  std::optional<Structured> structured;
  bool doubted = false;  // a fault of the server stood in place of an answer to the probe: it was asked in other ways meanwhile
};

struct Client::State {
  explicit State(ClientOptions client_options) : options(std::move(client_options)), turnstile(std::max(1, options.threads)) {}

  ClientOptions options;
  std::unique_ptr<Cache> cache;  // null: none
  Tally tally;
  std::unique_ptr<Sender> sender;
  std::map<std::string, std::unique_ptr<Target>> targets;
  Flights<StoredAnswer> flights;
  Turnstile turnstile;
  std::mutex refreshed_mutex;
  std::unordered_set<std::string> refreshed;  // key hashes that this client asked for again
  std::function<Status()> before_asking;      // an error of it in place of the first request (batch.h)

  Result<Target*> target(const std::string& name);
  /// later: null where every request is asked. What passes by it is not told of in report(): it is asked again.
  Result<Answer> chat(Target& target, const ChatRequest& request, std::uint64_t sample, const Validate& validate, Later* later);
  /// Of the first attempt.
  Result<CacheKey> key_of(Target& target, const ChatRequest& request, std::uint64_t sample);
  /// What the endpoint honours, asked once.
  Result<Structured> structured(Target& target, const ChatRequest& request);
  Result<Structured> probe(Target& target);
  Result<StoredAnswer> last_probe(Target& target, CacheKey key, StoredAnswer last, int max_tokens);

  /// The kept answer that may be used: none in refresh mode until it was asked for again.
  Result<std::optional<StoredAnswer>> find(const CacheKey& key, const std::string& hash);
  /// From the cache, or from who is asking already, or asked for.
  Result<StoredAnswer> answer(Target& target, const CacheKey& key, const std::string& module, int max_tokens);
  Result<StoredAnswer> ask(Target& target, const CacheKey& key, const std::string& hash, const std::string& module,
                           int max_tokens);
  Result<StoredAnswer> ask_offline(Target& target, const CacheKey& key, const std::string& hash, const std::string& module);
  Status keep(const CacheKey& key, const std::string& hash, const StoredAnswer& answer, const AttemptRecord& attempt,
              bool durable);
  Error miss(const Target& target, const CacheKey& key, const std::string& module) const;

  // client_embed.cpp
  struct TextKeys;
  Result<std::vector<std::vector<float>>> embed(Target& target, const std::vector<std::string>& texts, const std::string& module,
                                                bool tell);
  Status embed_distinct(Target& target, const std::string& module, TextKeys& keys);
  Status embed_missing(Target& target, const std::string& module, TextKeys& keys, const std::vector<std::size_t>& mine);
  Status embed_batch(Target& target, const std::string& module, TextKeys& keys, std::span<const std::size_t> batch);
  Status keep_batch(Target& target, TextKeys& keys, std::span<const std::size_t> batch, const std::string& body,
                    AttemptRecord& attempt, bool durable);
};

/// "2025-03-01T12:00:00Z"
std::string utc_text(double seconds);

}  // namespace motive::llm
