#pragma once
// Purpose: brings one request to its end: stop and cancel -> key -> budget -> limits -> send -> commit -> again where the
// failure table (retry.h) says so. What came is committed before the reservation is settled, and every try is recorded.
// After an error that ends the run nothing more is sent: later requests get the same error, those on their way are kept.
// Keys are read from the environment when a request is sent, and taken out of everything that a server says.
// Thread-safe. Errors: as client.h; for single requests there are none but those.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "framework/base/cancel.h"
#include "framework/llm/budget.h"
#include "framework/llm/cache.h"
#include "framework/llm/limits.h"
#include "framework/llm/retry.h"
#include "framework/llm/tally.h"

namespace motive::llm {

/// An endpoint and what is known of it while the program runs.
struct Line {
  Line(std::string line_name, EndpointConfig line_config, const Clock& clock);
  std::string name, endpoint_id;
  EndpointConfig config;
  Gate gate;
  std::atomic<double> last_answer;  // or rejection: it is there; by the clock
  std::atomic<int> broken_in_a_row{0}, notes{0};
};

struct Parcel {
  std::string path, body, module, key_hash;
  std::int64_t prompt_tokens = 0, most_completion = 0;  // the most that it can use
  int calls = 1;                                        // that it counts as
};

/// How it ended.
struct Delivered {
  HttpReply reply;  // nothing secret in it
  Fate fate = Fate::kAnswer;
  bool broken = false;
  AttemptRecord attempt;  // of the last try
};
/// Keeps what came, for good, with the attempt, into which it writes what the answer cost (fate kAnswer). Called before
/// anything else looks at the answer.
using Keep = std::function<Status(Delivered& delivered)>;

class Sender {
 public:
  struct Parts {
    Cache* cache = nullptr;  // may be null
    Tally* tally = nullptr;
    const Clock* clock = nullptr;
    const CancelFlag* cancel = nullptr;
    std::string experiment;
    Budget budget;
  };
  Sender(Parts parts, std::unique_ptr<Transport> transport);

  Result<Delivered> deliver(Line& line, const Parcel& parcel, const Keep& keep);
  /// One exchange without budget, limits and retries (the Batch API's own calls); scrubbed.
  Result<HttpReply> exchange(Line& line, HttpRequest request);

  /// An error where nothing more may be sent.
  Status may_send() const;
  BudgetKeeper& budget() { return budget_; }
  bool cancelled() const { return parts_.cancel != nullptr && parts_.cancel->is_set(); }
  const std::string& experiment() const { return parts_.experiment; }

 private:
  struct Course;  // of one parcel
  Status try_once(Course& course);
  Result<Reservation> be_admitted(const Course& course);
  void leave_the_gate(const Course& course);
  Status keep_what_came(Course& course);
  bool alive(Line& line);
  Error end_of_run(const Course& course) const;
  Result<Transport*> transport();
  bool gives_up() const { return !may_send().has_value(); }
  Error stop(Error error);

  Parts parts_;
  BudgetKeeper budget_;
  std::mutex transport_mutex_;
  std::unique_ptr<Transport> transport_;
  mutable std::mutex stop_mutex_;
  std::atomic<bool> stopped_{false};
  std::optional<Error> stop_error_;
};

/// The key that the endpoint wants, from the environment. "" where it wants none.
Result<std::string> api_key(const Line& line);

}  // namespace motive::llm
