#include "framework/store/process.h"

#include <unistd.h>

#include <fstream>
#include <sstream>

namespace motive {
namespace {

/// Field 22 of /proc/PID/stat, counted after the name in parentheses, which may hold anything. 0: no such process.
std::uint64_t start_time(std::int64_t pid) {
  std::ifstream stream("/proc/" + std::to_string(pid) + "/stat");
  std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto close = text.rfind(')');
  if (close == std::string::npos) return 0;
  std::istringstream rest(text.substr(close + 1));
  std::string field;
  rest >> field;
  if (field == "Z" || field == "X") return 0;  // dead, only not yet waited for
  for (int i = 4; i <= 22 && rest >> field; ++i) {
  }
  return std::stoull("0" + field);
}

}  // namespace

ProcessMark this_process() { return {::getpid(), start_time(::getpid())}; }

bool is_alive(const ProcessMark& process) {
  const std::uint64_t start = start_time(process.pid);
  return start != 0 && start == process.start;
}

std::string host_name() {
  char name[256] = "unknown";
  ::gethostname(name, sizeof(name) - 1);
  std::ifstream boot("/proc/sys/kernel/random/boot_id");
  std::string id;
  boot >> id;
  return std::string(name) + "/" + id;
}

}  // namespace motive
