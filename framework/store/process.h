#pragma once
// Purpose: telling whether the process that wrote a file still lives. A process number alone is not
// enough, since numbers are used again: the start time belongs to it.

#include <cstdint>
#include <string>

namespace motive {

struct ProcessMark {
  std::int64_t pid = 0;
  std::uint64_t start = 0;  // clock ticks after boot
};

ProcessMark this_process();
bool is_alive(const ProcessMark& process);
/// Host and boot: a reboot makes all earlier processes dead.
std::string host_name();

}  // namespace motive
