#include "framework/experiment/engine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "framework/base/console.h"
#include "framework/experiment/program.h"

namespace motive {
namespace {

volatile sig_atomic_t interrupt_count = 0;

/// A running worker process.
struct Worker {
  std::size_t task = 0;
  pid_t pid = -1;
  int output = -1;    // its standard output, read end
  int messages = -1;  // its standard error, a file in memory
  int threads = 1;
  std::string line;  // the part of a line that has come so far
  double progress = 0;
  std::string note;
  bool reported = false;
};

void read_messages(const Worker& worker, std::string& cause) {
  char tail[2000];
  const off_t size = ::lseek(worker.messages, 0, SEEK_END);
  const off_t from = std::max<off_t>(0, size - static_cast<off_t>(sizeof(tail)));
  const ssize_t n = ::pread(worker.messages, tail, sizeof(tail), from);
  if (n > 0) cause += "; its last words: " + std::string(tail, static_cast<std::size_t>(n));
}

/// The path is made before the fork: after it, nothing may allocate.
Result<Worker> start_worker(std::size_t number, const Task& task, const Store& store, int threads) {
  int in[2], out[2];
  if (::pipe2(in, O_CLOEXEC) != 0) return fail("cannot start a worker: {}", std::strerror(errno));
  if (::pipe2(out, O_CLOEXEC) != 0) {
    ::close(in[0]);
    ::close(in[1]);
    return fail("cannot start a worker: {}", std::strerror(errno));
  }
  Worker worker{.task = number, .threads = threads};
  worker.messages = ::memfd_create("worker messages", MFD_CLOEXEC);
  const Path program = program_file(task.torch);
  worker.pid = ::fork();
  if (worker.pid == 0) {
    ::setpgid(0, 0);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(worker.messages, STDERR_FILENO);
    ::execl(program.c_str(), "motive", "worker", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  worker.output = out[0];
  if (worker.pid < 0) {
    ::close(in[1]);
    ::close(out[0]);
    ::close(worker.messages);
    return fail("cannot start a worker: {}", std::strerror(errno));
  }
  ::setpgid(worker.pid, worker.pid);  // in parent and child: whoever comes first
  const std::string order = WorkOrder{store.root(), task.node, task.context, threads}.to_json().dump() + "\n";
  std::string_view rest = order;
  while (!rest.empty()) {
    const ssize_t n = ::write(in[1], rest.data(), rest.size());
    if (n <= 0) break;  // a worker that is gone is noticed when its output ends
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  ::close(in[1]);
  return worker;
}

class Engine {
 public:
  Engine(std::vector<Task>& tasks, const Store& store, const EngineOptions& options)
      : tasks_(tasks), store_(store), options_(options), started_(std::chrono::steady_clock::now()) {}

  EngineOutcome run() {
    for (const Task& task : tasks_) outcome_.found += task.state == TaskState::kDone;
    while (true) {
      fail_dependents();
      if (interrupted()) break;
      start_ready();
      if (workers_.empty()) break;
      listen();
      show_status();
    }
    if (interrupted()) stop_all();
    Console::instance().clear_status();
    outcome_.interrupted = interrupted();
    return outcome_;
  }

 private:
  void fail_dependents() {
    for (Task& task : tasks_) {
      if (task.state != TaskState::kWaiting) continue;
      for (const std::size_t input : task.inputs) {
        if (tasks_[input].state != TaskState::kFailed && tasks_[input].state != TaskState::kNotApplicable) continue;
        task.state = tasks_[input].state;
        task.cause = tasks_[input].cause;
        break;
      }
    }
  }

  bool is_ready(std::size_t number) const {
    const Task& task = tasks_[number];
    if (task.state != TaskState::kWaiting) return false;
    const auto running = [&](const Worker& worker) { return worker.task == number; };
    if (std::any_of(workers_.begin(), workers_.end(), running)) return false;
    return std::all_of(task.inputs.begin(), task.inputs.end(),
                       [&](std::size_t input) { return tasks_[input].state == TaskState::kDone; });
  }

  void start_ready() {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (is_ready(i)) ready.push_back(i);
    }
    for (const std::size_t number : ready) {
      int used = 0;
      std::uint64_t memory = 0;
      for (const Worker& worker : workers_) {
        used += worker.threads;
        memory += tasks_[worker.task].estimate.memory_bytes;
      }
      if (used >= options_.threads) return;
      Task& task = tasks_[number];
      const auto sends = [&](const Worker& worker) { return tasks_[worker.task].sends; };
      if (task.sends && std::any_of(workers_.begin(), workers_.end(), sends)) continue;
      const bool fits = options_.memory_bytes == 0 || memory + task.estimate.memory_bytes <= options_.memory_bytes;
      if (!fits && !workers_.empty()) continue;
      // A task that can share its loop takes what no other ready task would use.
      const int free = options_.threads - used;
      const int wanted = std::min(task.threads, options_.threads);
      if (wanted > free) continue;
      const int threads = task.splits_over_threads && !task.sends ? std::max(1, free - static_cast<int>(ready.size()) + 1) : wanted;
      auto worker = start_worker(number, task, store_, threads);
      if (!worker) {
        finish(task, TaskState::kFailed, worker.error().message);
      } else {
        workers_.push_back(std::move(*worker));
      }
    }
  }

  void listen() {
    std::vector<pollfd> waits;
    for (const Worker& worker : workers_) waits.push_back({worker.output, POLLIN, 0});
    if (::poll(waits.data(), waits.size(), 200) <= 0) return;
    for (std::size_t i = waits.size(); i-- > 0;) {
      if (waits[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t n = ::read(workers_[i].output, buffer, sizeof(buffer));
      if (n > 0) {
        workers_[i].line.append(buffer, static_cast<std::size_t>(n));
        take_lines(workers_[i]);
      } else if (n == 0 || errno != EINTR) {
        reap(workers_[i]);
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  void take_lines(Worker& worker) {
    for (auto end = worker.line.find('\n'); end != std::string::npos; end = worker.line.find('\n')) {
      const Json message = Json::parse(worker.line.substr(0, end), nullptr, false);
      worker.line.erase(0, end + 1);
      if (!message.is_object()) continue;
      Task& task = tasks_[worker.task];
      if (message.contains("progress")) {
        const double total = message.value("of", 0.0);
        worker.progress = total > 0 ? message.value("progress", 0.0) / total : 0;
        worker.note = message.value("note", "");
      } else if (message.contains("done")) {
        worker.reported = true;
        task.computed = message.value("computed", false);
        finish(task, TaskState::kDone, "");
      } else if (message.contains("error")) {
        worker.reported = true;
        const bool not_applicable = message.value("kind", "") == "n/a";
        finish(task, not_applicable ? TaskState::kNotApplicable : TaskState::kFailed, message.value("error", ""));
      }
    }
  }

  void reap(Worker& worker) {
    int status = 0;
    while (::waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!worker.reported) {
      std::string cause = WIFSIGNALED(status)
                              ? fmt::format("the worker process was ended by signal {} ({})", WTERMSIG(status),
                                            WTERMSIG(status) == SIGKILL ? "killed, perhaps for want of memory"
                                                                        : strsignal(WTERMSIG(status)))
                              : fmt::format("the worker process ended with status {} and no answer", WEXITSTATUS(status));
      read_messages(worker, cause);
      finish(tasks_[worker.task], TaskState::kFailed, cause + "; the same command tries again");
    }
    ::close(worker.output);
    ::close(worker.messages);
  }

  void finish(Task& task, TaskState state, const std::string& cause) {
    task.state = state;
    task.cause = cause;
    if (state == TaskState::kDone) {
      ++(task.computed ? outcome_.computed : outcome_.found);
    } else if (state == TaskState::kFailed && !interrupted()) {
      ++outcome_.failed;
      Console::instance().warning(fmt::format("{}: {}", task.title, cause));
    }
  }

  /// Asks all workers to end, and ends those that do not within two seconds; who asks a server may wait for answers that
  /// are paid for already, until a second interrupt.
  void stop_all() {
    for (const Worker& worker : workers_) ::kill(-worker.pid, SIGTERM);
    const bool answers = std::any_of(workers_.begin(), workers_.end(), [&](const Worker& w) { return tasks_[w.task].sends; });
    if (answers) Console::instance().note("waits for answers that are on their way; interrupt again to give them up");
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(answers ? 180 : 2);
    while (!workers_.empty() && std::chrono::steady_clock::now() < deadline && interrupt_count < 2) listen();
    for (const Worker& worker : workers_) ::kill(-worker.pid, SIGKILL);
    while (!workers_.empty()) listen();
  }

  void show_status() {
    double done = 0, total = 0;
    for (const Task& task : tasks_) {
      if (task.state == TaskState::kDone && !task.computed) continue;  // found: costs nothing
      total += std::max(0.01, task.estimate.seconds);
      if (task.state != TaskState::kWaiting) done += std::max(0.01, task.estimate.seconds);
    }
    std::string running;
    for (const Worker& worker : workers_) {
      done += worker.progress * std::max(0.01, tasks_[worker.task].estimate.seconds);
      running += (running.empty() ? "" : " | ") + tasks_[worker.task].title;
      if (!worker.note.empty()) running += ": " + worker.note;
    }
    const double fraction = total > 0 ? done / total : 1;
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - started_;
    const double left = fraction > 0.02 ? elapsed.count() * (1 - fraction) / fraction : -1;
    Console::instance().status(fraction, running, left);
  }

  std::vector<Task>& tasks_;
  const Store& store_;
  EngineOptions options_;
  std::vector<Worker> workers_;
  EngineOutcome outcome_;
  std::chrono::steady_clock::time_point started_;
};

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupt_count = interrupt_count + 1; };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return interrupt_count > 0; }

EngineOutcome run_tasks(std::vector<Task>& tasks, const Store& store, const EngineOptions& options) {
  return Engine(tasks, store, options).run();
}

}  // namespace motive
