#pragma once
// Purpose: the local engine. Starts worker processes for the tasks whose inputs are done, as many as the
// thread budget and the memory allow, shows progress, and keeps going when a task fails: what needs it
// fails with the same cause, the rest goes on. An interrupt ends all workers and leaves the store whole.

#include "framework/experiment/task.h"

namespace motive {

struct EngineOptions {
  int threads = 1;
  std::uint64_t memory_bytes = 0;  // workers at a time may use no more (by estimate); 0: no limit
};

struct EngineOutcome {
  std::size_t computed = 0, found = 0, failed = 0;
  bool interrupted = false;
};

/// Runs all tasks that are not done. Tasks stand after their inputs.
EngineOutcome run_tasks(std::vector<Task>& tasks, const Store& store, const EngineOptions& options);

/// From now on SIGINT and SIGTERM ask for an orderly end instead of ending the process.
void catch_interrupts();
bool interrupted();

}  // namespace motive
