#pragma once
// Purpose: the unit of work. A task makes one node of the store in a worker process of its own. Its node's
// spec names its inputs by hash, so a worker needs the spec, the store and nothing else.

#include <string>
#include <vector>

#include "framework/recommend/registry.h"
#include "framework/store/store.h"

namespace motive {

enum class TaskState { kWaiting, kDone, kFailed, kNotApplicable };

struct Task {
  NodeSpec node;
  std::vector<std::size_t> inputs;  // tasks that must be done before
  std::string title;                // "fit bpr · beauty · warm · init 2"
  /// What the worker needs beside the spec but what does not determine the result: where files lie.
  Json context = Json::object();
  Estimate estimate;
  bool splits_over_threads = false;  // gains from several threads, with the same result
  int threads = 1;                   // else: as many as its result is for
  bool torch = false;                // its method needs the program with LibTorch
  bool sends = false;                // asks servers: one such task at a time, so that limits and budgets hold for all
  TaskState state = TaskState::kWaiting;
  bool computed = false;  // by this run, rather than found
  std::string cause;      // why it failed or does not apply
};

/// What a worker is told, one line of JSON on its standard input, and back.
struct WorkOrder {
  Path store;
  NodeSpec node;
  Json context;
  int threads = 1;
  Json to_json() const;
  static Result<WorkOrder> from_json(const Json& json);
};

/// The body of `motive worker`: reads an order from standard input, makes the node, and writes lines of
/// JSON to standard output: {"progress": .., "of": .., "note": ..} and at the end {"done": true,
/// "computed": ..} or {"error": .., "kind": ..}. Returns the exit status.
int worker_main();

}  // namespace motive
