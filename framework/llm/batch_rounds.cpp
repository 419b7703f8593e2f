// The rounds of batch.h: what the work asks and the cache lacks, seen by going over the work itself.

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <unordered_set>

#include "framework/llm/batch_run.h"
#include "framework/llm/batch_wire.h"
#include "framework/llm/client_state.h"

namespace motive::llm {

class BatchJobs::Rounds final : public Later {
 public:
  Rounds(Client& client, const BatchWork& work, const BatchOptions& options)
      : client_(client), state_(*client.state_), work_(work), options_(options) {}
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;
  ~Rounds() override { state_.before_asking = nullptr; }

  Result<BatchReport> run();
  Status see(Target& target, const CacheKey& key, const ChatRequest& request) override;

 private:
  Result<std::uint64_t> go_over(BatchRun* filled);
  Result<bool> sends();
  Status look_for_api();
  bool for_batches(const ChatRequest& request, const CacheKey& key) const {
    return key.attempt == 0 && work_.modules.count(request.module) > 0;
  }

  Client& client_;
  Client::State& state_;
  const BatchWork& work_;
  const BatchOptions& options_;
  std::map<std::string, Line*> lines_;  // of all servers, by the endpoint's id
  std::vector<Line*> own_;              // of the modules
  std::mutex looking_;
  bool looked_ = false;
  BatchRun* filled_ = nullptr;  // null: what is lacking is asked at once, unless it waits for its batch
  int round_ = 0;
  BatchReport report_;
  std::mutex mutex_;
  std::unordered_set<std::uint64_t> batched_;  // the first 8 bytes of keys' hashes that went into a batch
};

BatchReport& BatchReport::operator+=(const BatchReport& other) {
  known += other.known;
  pending += other.pending;
  submitted += other.submitted;
  answered += other.answered;
  rejected += other.rejected;
  lacking += other.lacking;
  jobs += other.jobs;
  resumed += other.resumed;
  cost += other.cost;
  return *this;
}

/// Whether there is anything to send, and the means.
Result<bool> BatchJobs::Rounds::sends() {
  for (const auto& [module, endpoint] : work_.modules) {
    MOTIVE_ASSIGN(Target * target, state_.target(endpoint));
    if (!target->line.config.is_offline()) own_.push_back(&target->line);
  }
  if (own_.empty() || state_.options.mode == Mode::kReplay || state_.options.mode == Mode::kRefresh) return false;
  if (!state_.cache) return invalid("batches need a cache: their answers are found there");
  for (const auto& [name, target] : state_.targets) {
    if (!target->line.config.is_offline()) lines_.emplace(target->line.endpoint_id, &target->line);
  }
  return true;
}

/// Once, before anything that costs.
Status BatchJobs::Rounds::look_for_api() {
  const std::lock_guard lock(looking_);
  if (looked_) return {};
  for (Line* line : own_) MOTIVE_TRY(BatchWire(*state_.sender, *line, *state_.options.clock).look_for_api());
  looked_ = true;
  return {};
}

Result<BatchReport> BatchJobs::Rounds::run() {
  MOTIVE_ASSIGN(const bool sends, this->sends());
  if (!sends) return BatchReport();
  state_.before_asking = [this] { return look_for_api(); };
  const Path& cache = state_.options.cache;
  const Path folder = (cache.has_parent_path() ? cache.parent_path() : Path(".")) / "batches";
  for (round_ = 1;; ++round_) {
    // In a pass of its own, when no batch holds a part of the budget for which these requests would wait.
    MOTIVE_ASSIGN(const std::uint64_t waiting, go_over(nullptr));
    BatchRun filled({*state_.sender, *state_.cache, *state_.options.clock, folder}, options_);
    MOTIVE_TRY(filled.resume(lines_));
    if (waiting > 0) MOTIVE_TRY(go_over(&filled));
    MOTIVE_TRY(filled.finish());
    report_ += filled.report();
    if (waiting == 0) return report_;
  }
}

/// How many units wait for an answer.
Result<std::uint64_t> BatchJobs::Rounds::go_over(BatchRun* filled) {
  filled_ = filled;
  Client asks(client_.state_, this);
  std::atomic<std::uint64_t> waiting = 0;
  const auto unit = [&](std::size_t i) -> Status {
    MOTIVE_TRY(state_.sender->may_send());
    const Status status = work_.ask(asks, i);
    if (status || !is_to_come(status.error())) return status;
    ++waiting;
    return {};
  };
  const std::string what = fmt::format("seen, round {}: {}", round_, filled ? "what goes into batches" : "what is asked at once");
  MOTIVE_TRY(asks.each(work_.units, unit, options_.progress, what));
  return waiting.load();
}

Status BatchJobs::Rounds::see(Target& target, const CacheKey& key, const ChatRequest& request) {
  if (target.line.config.is_offline()) return {};
  const std::string hash = key.hash();
  const std::uint64_t number = std::strtoull(hash.substr(0, 16).c_str(), nullptr, 16);
  if (!filled_ && (!for_batches(request, key) || batched_.count(number) > 0)) return {};
  MOTIVE_ASSIGN(const auto found, state_.cache->find(key));
  if (!filled_ || !for_batches(request, key)) return found ? Status() : Status(to_come());
  const std::lock_guard lock(mutex_);
  if (found) {
    report_.known += round_ == 1 ? 1 : 0;
    return {};
  }
  MOTIVE_TRY(look_for_api());
  if (batched_.insert(number).second) MOTIVE_TRY(filled_->add(target.line, key, request.max_tokens));
  return to_come();
}

Result<BatchReport> BatchJobs::run(Client& client, const BatchWork& work, const BatchOptions& options) {
  return Rounds(client, work, options).run();
}

}  // namespace motive::llm
