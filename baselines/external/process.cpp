#include "baselines/external/process.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace motive::external {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTailBytes = 4096;  // kept of standard error
constexpr std::size_t kTailLines = 10;    // of these, quoted in an error
constexpr int kPollMs = 50;
constexpr auto kGrace = std::chrono::seconds(1);  // between SIGTERM and SIGKILL

/// The two ends of a pipe, closed at the end of the scope and at exec.
struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) == 0) {
      read = ends[0];
      write = ends[1];
    }
  }
  ~Pipe() {
    close(read);
    close(write);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  static void close(int& end) {
    if (end >= 0) ::close(end);
    end = -1;
  }
};

/// The last lines of `text`, without what could confuse a terminal.
std::string last_lines(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else if (lines.back().size() < 300) {
      lines.back() += static_cast<unsigned char>(c) < 32 || c == 127 ? ' ' : c;
    }
  }
  std::erase_if(lines, [](const std::string& line) {
    return line.find_first_not_of(' ') == std::string::npos;
  });
  if (lines.size() > kTailLines) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kTailLines));
  }
  if (lines.empty()) return "; it wrote nothing to its standard error";
  return fmt::format("; the last it wrote to its standard error:\n  {}", fmt::join(lines, "\n  "));
}

/// Whether a process was started with `entry` (NAME=VALUE) in its environment.
bool has_in_environment(const std::string& process, const std::string& entry) {
  std::ifstream file("/proc/" + process + "/environ", std::ios::binary);
  for (std::string variable; std::getline(file, variable, '\0');) {
    if (variable == entry) return true;
  }
  return false;
}

/// Ends every process that carries the mark, wherever it went: a few rounds, for those it started
/// meanwhile.
void end_marked(const std::string& mark) {
  for (int round = 0; round < 5; ++round) {
    bool found = false;
    std::error_code code;
    for (std::filesystem::directory_iterator at("/proc", code), end; !code && at != end; at.increment(code)) {
      const std::string name = at->path().filename().string();
      const pid_t process = std::atoi(name.c_str());
      if (process <= 1 || process == ::getpid() || !has_in_environment(name, mark)) continue;
      found = ::kill(process, SIGKILL) == 0 || found;
    }
    if (!found) return;
    ::poll(nullptr, 0, 10);
  }
}

std::string new_mark() {
  static std::atomic<int> number{0};
  return fmt::format("MOTIVE_EXTERNAL={}-{}", ::getpid(), ++number);
}

class Process {
 public:
  Process(const Command& command, const OutputReader& output)
      : command_(command), output_(output) {}
  ~Process() {
    if (pid_ > 0) end_group();
    end_marked(mark_);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  Status run() {
    MOTIVE_TRY(start());
    const auto deadline =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(command_.timeout_seconds));
    while (!has_ended()) {
      if (command_.cancel && command_.cancel->is_set()) {
        return Error{fmt::format("'{}' was interrupted", name()), ErrorKind::kCancelled};
      }
      if (Clock::now() >= deadline) {
        return fail("'{}' did not end within {:g} s and was killed; raise `timeout`{}", name(),
                    command_.timeout_seconds, last_lines(tail_));
      }
      MOTIVE_TRY(read_some(kPollMs));
    }
    return finish(deadline);
  }

 private:
  std::string name() const { return fmt::format("{}", fmt::join(command_.arguments, " ")); }

  Status start() {
    Pipe failure;  // carries errno out of the child where exec fails
    if (out_.read < 0 || err_.read < 0 || failure.read < 0) {
      return fail("'{}': cannot make a pipe: {}", name(), std::strerror(errno));
    }
    std::vector<std::string> environment;
    environment.push_back(mark_);
    for (const auto& [key, value] : command_.environment) environment.push_back(key + "=" + value);
    for (char** e = environ; *e; ++e) environment.emplace_back(*e);
    std::vector<char*> arguments, variables;
    for (const std::string& a : command_.arguments)
      arguments.push_back(const_cast<char*>(a.c_str()));
    for (const std::string& v : environment) variables.push_back(const_cast<char*>(v.c_str()));
    arguments.push_back(nullptr);
    variables.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ < 0) return fail("'{}': cannot start a process: {}", name(), std::strerror(errno));
    if (pid_ == 0) become(arguments.data(), variables.data(), failure.write);
    ::setpgid(pid_, pid_);  // here and in the child: whoever comes first
    Pipe::close(out_.write);
    Pipe::close(err_.write);
    Pipe::close(failure.write);
    int number = 0;
    if (::read(failure.read, &number, sizeof number) == sizeof number) {
      return fail(
          "cannot run '{}': {}; `command` is looked for in PATH and from the folder you are in",
          command_.arguments.front(), std::strerror(number));
    }
    ::fcntl(out_.read, F_SETFL, O_NONBLOCK);
    ::fcntl(err_.read, F_SETFL, O_NONBLOCK);
    return {};
  }

  /// In the child: only calls that are safe after fork in a program with threads.
  [[noreturn]] void become(char* const* arguments, char* const* variables, int failure) const {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // should we be killed ourselves
    struct sigaction standard {};
    standard.sa_handler = SIG_DFL;
    for (const int number : {SIGINT, SIGTERM, SIGPIPE, SIGHUP})
      ::sigaction(number, &standard, nullptr);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out_.write, STDOUT_FILENO);
    ::dup2(err_.write, STDERR_FILENO);
    ::close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    ::execvpe(arguments[0], arguments, variables);
    const int number = errno;
    [[maybe_unused]] const ssize_t written = ::write(failure, &number, sizeof number);
    ::_exit(127);
  }

  /// True once the leader has ended; it stays a zombie, so that its number and its group's stay
  /// ours.
  bool has_ended() {
    siginfo_t info{};
    return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == pid_;
  }

  /// Reads what there is, waiting for at most `ms`.
  Status read_some(int ms) {
    pollfd ends[] = {{out_.read, POLLIN, 0}, {err_.read, POLLIN, 0}};  // -1: ignored
    if (::poll(ends, 2, ms) <= 0) return {};
    if (ends[0].revents == 0 && ends[1].revents == 0) return {};
    MOTIVE_TRY(read_end(err_.read, [&](std::string_view bytes) -> Status {
      tail_.append(bytes);
      if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
      return {};
    }));
    return read_end(out_.read, [&](std::string_view bytes) -> Status {
      if (auto status = output_(bytes); !status) {
        Error error = status.error();
        error.message = fmt::format("'{}': {}{}", name(), error.message, last_lines(tail_));
        return error;
      }
      return {};
    });
  }

  Status read_end(int& end, const OutputReader& take) {
    if (end < 0) return {};
    const ssize_t n = ::read(end, buffer_.data(), buffer_.size());
    if (n > 0) return take({buffer_.data(), static_cast<std::size_t>(n)});
    if (n == 0) Pipe::close(end);
    return {};
  }

  /// The leader has ended: its group follows, then comes what is left in the pipes.
  Status finish(Clock::time_point deadline) {
    ::kill(-pid_, SIGKILL);
    siginfo_t info{};
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 && errno == EINTR) {
    }
    pid_ = 0;
    while ((out_.read >= 0 || err_.read >= 0) && Clock::now() < deadline) {
      pollfd ends[] = {{out_.read, POLLIN, 0}, {err_.read, POLLIN, 0}};
      // Nothing there and not at its end: somebody who left the group holds it. All that ours wrote
      // is in the pipe by now.
      if (::poll(ends, 2, 0) <= 0) break;
      MOTIVE_TRY(read_some(0));
    }
    if (info.si_code != CLD_EXITED) {
      return fail("'{}' was ended by signal {} ({}){}", name(), info.si_status,
                  ::strsignal(info.si_status), last_lines(tail_));
    }
    if (info.si_status != 0) {
      return fail("'{}' ended with exit status {}{}", name(), info.si_status, last_lines(tail_));
    }
    return {};
  }

  void end_group() {
    ::kill(-pid_, SIGTERM);
    for (const auto until = Clock::now() + kGrace; !has_ended() && Clock::now() < until;) {
      ::poll(nullptr, 0, 10);
    }
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
  }

  const Command& command_;
  const OutputReader& output_;
  const std::string mark_ = new_mark();  // in the environment of all that it starts
  pid_t pid_ = 0;
  Pipe out_, err_;
  std::string tail_;
  std::string buffer_ = std::string(std::size_t{1} << 16, '\0');
};

}  // namespace

Status run_command(const Command& command, const OutputReader& output) {
  if (command.arguments.empty()) return invalid("external: `command` is empty");
  return Process(command, output).run();
}

}  // namespace motive::external
