#pragma once
// Purpose: fills the cache by a Batch API (half the price, answers within a day), so that chat() then finds them. What
// the cache lacks goes into files of requests, one model and one sample each; a line's custom_id is its key's hash.
//   file kept beside the cache -> noted as being sent -> uploaded -> job made -> its id noted -> looked at -> results kept
// A run that is killed anywhere goes on: noted jobs are waited for, and one that was made without our hearing of it is
// found by its mark. Both result files are read however a job ends; what it lacks (expired, failed) chat() asks for.
// Cost: `share` of the endpoint's price; the budget reserves the most that a whole file can cost.
// Memory: two files of requests. Not for `offline`, replay or refresh: those send nothing here.
// Errors: as client.h; a server without a Batch API.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "framework/llm/client.h"

namespace motive::llm {

struct BatchItem {
  std::string endpoint;
  ChatRequest request;
  std::uint64_t sample = 1;
};

struct BatchOptions {
  std::size_t most_lines = 50000, most_bytes = 100 << 20;  // of a file; servers take 50,000 and 200 MB
  double look_every = 30;                                  // seconds
  double share = .5;                                       // of the price
};

struct BatchReport {
  std::uint64_t known = 0;      // in the cache
  std::uint64_t pending = 0;    // in jobs of a run before
  std::uint64_t submitted = 0, answered = 0, rejected = 0;
  std::uint64_t lacking = 0;    // submitted, and no result came: chat() will ask
  std::uint64_t jobs = 0, resumed = 0;
  double cost = 0;
};

class BatchJobs {
 public:
  /// The requests one by one, until nothing.
  using Next = std::function<std::optional<BatchItem>()>;
  /// Returns when all jobs have ended.
  static Result<BatchReport> run(Client& client, const Next& next, const BatchOptions& options = {});
};

}  // namespace motive::llm
