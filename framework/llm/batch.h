#pragma once
// Purpose: fills the cache by a Batch API (half the price, answers within a day), so that the work then finds its answers.
// The work is gone over by the code that asks for good, with a client that keeps what is lacking instead of sending it;
// so the requests are the same to the byte. Questions that follow from answers come in rounds:
//   round: what is not for batches (other modules; re-asks; what the batches of this run left out) is asked at once
//          -> what can be asked by now and the cache lacks goes into batches -> wait -> the next round, until nothing is lacking
// Files hold requests of one model and one sample each; a line's custom_id is its key's hash.
//   file kept beside the cache -> noted as being sent -> uploaded -> job made -> its id noted -> looked at -> results kept
// A run that is killed anywhere goes on: noted jobs are waited for, and one that was made without our hearing of it is
// found by its mark. Both result files are read however a job ends. No request goes into a second batch of one run.
// Cost: `share` of the endpoint's price; the budget reserves the most that a whole file can cost.
// Memory: two files of requests, some 40 bytes a request. Not for `offline`, replay or refresh: those send nothing here.
// Determinism: which answers come by a batch has no part in any key or result.
// Errors: as client.h; a server without a Batch API, before any other request of the work is sent.

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "framework/llm/client.h"
#include "framework/llm/later.h"

namespace motive::llm {

/// Work as units that do not need each other (users, items).
struct BatchWork {
  std::map<std::string, std::string> modules;  // whose requests go into batches (ChatRequest::module), and their endpoint
  std::size_t units = 0;
  /// Asks `client` what the unit asks, and keeps nothing. Called many times, by many threads; passes to_come() on (later.h).
  std::function<Status(Client& client, std::size_t unit)> ask;
};

struct BatchOptions {
  std::size_t most_lines = 50000, most_bytes = 100 << 20;  // of a file; servers take 50,000 and 200 MB
  double look_every = 30;                                  // seconds
  double share = .5;                                       // of the price
  Progress* progress = nullptr;                            // null: the console
};

struct BatchReport {
  std::uint64_t known = 0;      // in the cache before the first batch
  std::uint64_t pending = 0;    // in jobs of a run before
  std::uint64_t submitted = 0, answered = 0, rejected = 0;
  std::uint64_t lacking = 0;    // submitted, and no result came: asked at once
  std::uint64_t jobs = 0, resumed = 0;
  double cost = 0;
  BatchReport& operator+=(const BatchReport& other);
};

class BatchJobs {
 public:
  /// Returns when nothing that the work asks is lacking.
  static Result<BatchReport> run(Client& client, const BatchWork& work, const BatchOptions& options = {});

 private:
  class Rounds;
};

}  // namespace motive::llm
