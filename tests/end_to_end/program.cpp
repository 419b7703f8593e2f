#include "tests/end_to_end/program.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>

namespace motive {
namespace {

/// A child of `parent`, by /proc; 0 where there is none.
pid_t child_of(pid_t parent) {
  std::ifstream file(fmt::format("/proc/{0}/task/{0}/children", parent));
  pid_t child = 0;
  file >> child;
  return child;
}

void send_signal_later(pid_t program, const ProgramOptions& options) {
  std::this_thread::sleep_for(std::chrono::duration<double>(options.signal_after));
  const pid_t target = options.to_worker ? child_of(program) : program;
  if (target > 0) ::kill(target, options.signal);
}

}  // namespace

ProgramResult run_motive(const std::vector<std::string>& words, const ProgramOptions& options) {
  const Workplace place;
  const std::string out = (place.folder / "out").string(), err = (place.folder / "err").string();
  const pid_t program = ::fork();
  if (program == 0) {
    for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
    ::setenv("MOTIVE_HOME", MOTIVE_SOURCE_DIR, 0);
    if (options.largest_file > 0) {
      ::signal(SIGXFSZ, SIG_IGN);  // writes then fail with an error, as on a full disk
      const rlimit limit{options.largest_file, options.largest_file};
      ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ::dup2(::open(out.c_str(), O_CREAT | O_WRONLY, 0600), STDOUT_FILENO);
    ::dup2(::open(err.c_str(), O_CREAT | O_WRONLY, 0600), STDERR_FILENO);
    std::vector<char*> arguments{const_cast<char*>("motive")};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(MOTIVE_PROGRAM, arguments.data());
    ::_exit(127);
  }
  if (options.signal_after >= 0) send_signal_later(program, options);
  int status = 0;
  ::waitpid(program, &status, 0);
  const int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return {code, *read_file(out), *read_file(err)};
}

Workplace::Workplace() {
  static std::atomic<int> number = 0;  // two runs at a time, each in a place of its own
  folder = Path(testing::TempDir()) / fmt::format("motive-{}-{}", ::getpid(), ++number);
  std::filesystem::create_directories(folder);
}

Workplace::~Workplace() {
  std::error_code code;
  std::filesystem::remove_all(folder, code);
}

Path Workplace::write(const std::string& name, const std::string& content) const {
  std::ofstream(folder / name, std::ios::binary) << content;
  return folder / name;
}

std::map<std::string, std::string> printed_files(const Path& run_folder) {
  std::map<std::string, std::string> files;
  for (const char* name : {"metrics.csv", "summary.csv", "table.txt", "table.md", "table.csv", "resolved.yaml"}) {
    const auto content = read_file(run_folder / name);
    files[name] = content ? *content : "missing";
  }
  return files;
}

int nodes_computed(const ProgramResult& result) {
  std::smatch match;
  return std::regex_search(result.err, match, std::regex("([0-9]+) nodes computed")) ? std::stoi(match[1]) : -1;
}

std::string small_experiment() {
  return R"(experiment: small
dataset: {name: tiny-world, world: {users: 80, items: 120, seed: 5}}
seeds: {init: [1, 2], candidates: [1]}
models:
  - random
  - popularity
  - item_knn
  - bpr: {dim: 8, epochs: 3}
evaluation:
  candidates:
    - {name: full}
    - {name: few, negatives: 9}
)";
}

}  // namespace motive
