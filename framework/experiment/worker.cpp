// The body of a worker process.

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <chrono>
#include <iostream>
#include <mutex>

#include "framework/experiment/stages.h"
#include "framework/experiment/task.h"

namespace motive {
namespace {

CancelFlag cancel_flag;  // set by SIGTERM

void say(const Json& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  // A plain write: a line is shorter than PIPE_BUF or is read by one reader that waits for the newline.
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t n = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (n <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
}

class PipeProgress final : public Progress {
 public:
  void update(double done, double total, std::string_view note) override {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (now - last_ < std::chrono::milliseconds(100)) return;
    last_ = now;
    say({{"progress", done}, {"of", total}, {"note", std::string(note)}});
  }

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point last_{};
};

const char* kind_name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kFailed: return "failed";
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kNotApplicable: return "n/a";
    case ErrorKind::kUnavailable: return "unavailable";
    case ErrorKind::kCancelled: return "cancelled";
  }
  return "failed";
}

Result<bool> work(const WorkOrder& order) {
  MOTIVE_ASSIGN(const Store store, Store::open(order.store));
  PipeProgress progress;
  const StageContext context{&store, order.threads, &progress, &cancel_flag};
  return store.build(
      order.node, [&](const Path& folder) { return run_stage(order.node, order.context, folder, context); },
      [] { return !cancel_flag.is_set(); });
}

}  // namespace

Json WorkOrder::to_json() const {
  return {{"store", store.string()}, {"kind", node.kind}, {"spec", node.spec}, {"context", context}, {"threads", threads}};
}

Result<WorkOrder> WorkOrder::from_json(const Json& json) {
  if (!json.is_object() || !json.contains("kind") || !json.contains("spec") || !json.contains("store")) {
    return invalid("worker: standard input holds no work order; workers are started by `motive run`");
  }
  WorkOrder order;
  order.store = json["store"].get<std::string>();
  order.node = NodeSpec::make(json["kind"].get<std::string>(), json["spec"]);
  order.context = json.value("context", Json::object());
  order.threads = json.value("threads", 1);
  return order;
}

int worker_main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // a worker never outlives the run that started it
  ::signal(SIGTERM, [](int) { cancel_flag.set(); });
  ::signal(SIGINT, SIG_IGN);  // the run decides what an interrupt means
  ::signal(SIGPIPE, SIG_IGN);
  std::string line;
  std::getline(std::cin, line);
  const auto order = WorkOrder::from_json(Json::parse(line, nullptr, false));
  if (!order) {
    say({{"error", order.error().message}, {"kind", kind_name(order.error().kind)}});
    return 2;
  }
  Result<bool> outcome = false;
  try {
    outcome = work(*order);
  } catch (const std::bad_alloc&) {
    outcome = fail("out of memory; use less data, smaller parameters or a larger machine");
  } catch (const std::exception& e) {
    outcome = fail("{}", e.what());
  }
  if (!outcome) {
    say({{"error", outcome.error().message}, {"kind", kind_name(outcome.error().kind)}});
    return 1;
  }
  say({{"done", true}, {"computed", *outcome}});
  return 0;
}

}  // namespace motive
