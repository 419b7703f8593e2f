#pragma once
// Purpose: the language-model client of a stage, from the context that the plan gave it, and what it leaves in a node:
//   llm.json     calls, tokens and cost of the answers used, by module: the same in a first run and in a rerun
//   timing.json  "llm": what this run itself sent and paid
// A stage that asks servers takes a lock beside the cache: another run with the same cache waits, so that rate limits
// and budgets hold for both.

#include <memory>

#include "framework/experiment/stages.h"
#include "framework/llm/client.h"

namespace motive {

struct StageLlm {
  std::unique_ptr<llm::Client> client;  // null where the task asks nobody
  std::shared_ptr<void> lock;
  Status write(const Path& folder) const;
  Json sent() const { return client ? client->sent() : Json(); }
};

Result<StageLlm> open_llm(const Json& task_context, const StageContext& stage);

}  // namespace motive
