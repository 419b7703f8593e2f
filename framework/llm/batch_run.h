#pragma once
// Inside of batch.h: one run.

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "framework/llm/batch.h"
#include "framework/llm/batch_wire.h"

namespace motive::llm {

/// What a run needs of the client.
struct BatchSetting {
  Sender& sender;
  Cache& cache;
  const Clock& clock;
  Path folder;  // of the files of requests
};

/// A file of requests that is being filled.
struct BatchFile {
  std::string lines;
  std::size_t count = 0;
  Charge most;
};

class BatchRun {
 public:
  BatchRun(BatchSetting setting, const BatchOptions& options) : setting_(std::move(setting)), options_(options) {}
  /// Jobs of a run before, of these lines.
  Status resume(const std::map<std::string, Line*>& lines);
  /// What the cache lacks; nothing where it is in a file or a job already.
  Status add(Line& line, const CacheKey& key, std::int64_t max_tokens);
  /// Submits what is left and waits for everything.
  Status finish();
  const BatchReport& report() const { return report_; }

 private:
  struct Open {
    Line* line;
    std::string id;
    Json state;
    Reservation reserved;
  };
  using Place = std::pair<Line*, std::uint64_t>;  // and sample
  Status resume_one(Line& line, const std::string& id, Json state);
  Status submit(const Place& place, BatchFile file);
  Result<Reservation> reserve(const Charge& most);
  Status note(const std::string& id, Json state, const char* stage);
  Status wait_for_one();
  void say_what_is_waited_for() const;
  Status collect(Open& open, const BatchJob& job);
  Result<Charge> keep_results(Open& open, const std::string& requests, const std::string& results,
                              std::unordered_set<std::string>& seen);
  Path file_of(const Json& state) const { return setting_.folder / (state.at("mark").get<std::string>() + ".jsonl"); }

  BatchSetting setting_;
  BatchOptions options_;
  BatchReport report_;
  std::map<Place, BatchFile> files_;
  std::deque<Open> open_;
  std::unordered_set<std::string> taken_;  // hashes that are in a file or a job
};

}  // namespace motive::llm
