#pragma once
// Purpose: runs a command as a process group of its own and reads what it prints.
// Ends: the command's own end; its timeout; cancellation; an error of the reader. In each case the
// whole group is ended: SIGTERM, a second later SIGKILL. Descendants that left the group (setsid) are
// known by a variable of their environment and killed last; where one holds the output open, the
// output is read no further. Out of reach: one that has emptied its environment, and those that left
// where this process itself is killed with SIGKILL (the command itself ends then). Errors: cannot start; exit status other than 0; a signal; timeout; all with the last lines that the
// command wrote to its standard error.

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/status.h"

namespace motive::external {

struct Command {
  std::vector<std::string> arguments;                            // the first is the program
  std::vector<std::pair<std::string, std::string>> environment;  // added to our own
  double timeout_seconds = 3600;
  const CancelFlag* cancel = nullptr;
};

/// Takes the next bytes of standard output. An error ends the process.
using OutputReader = std::function<Status(std::string_view bytes)>;

Status run_command(const Command& command, const OutputReader& output);

}  // namespace motive::external
