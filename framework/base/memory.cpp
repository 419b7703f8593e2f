#include "framework/base/memory.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace motive {

std::uint64_t available_memory() {
  std::uint64_t available = 0;
  std::ifstream info("/proc/meminfo");
  for (std::string key; info >> key;) {
    std::uint64_t kilobytes = 0;
    if (key == "MemAvailable:" && info >> kilobytes) available = kilobytes * 1024;
  }
  std::uint64_t limit = 0, used = 0;
  if (std::ifstream("/sys/fs/cgroup/memory.max") >> limit && std::ifstream("/sys/fs/cgroup/memory.current") >> used) {
    available = std::min(available, limit > used ? limit - used : 0);
  }
  return available;
}

}  // namespace motive
