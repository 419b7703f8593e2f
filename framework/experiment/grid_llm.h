#pragma once
// Purpose: what cells that ask language models leave beside their ranks, for cells.jsonl and for the notes of tables: calls
// and costs by module, outcomes of answers, leaks looked for, hits by place of presentation, agreement of permutations.
// Read from llm.json and diagnostics.json of the nodes; the same in a first run and in a rerun.

#include "framework/experiment/plan.h"

namespace motive {

/// Of the cell's ranks, all folds; nothing where it asks nobody.
std::optional<LlmUse> llm_use(const Plan& plan, const Store& store, const PlannedCell& planned);

/// {"mope": {"calls", "prompt_tokens", ...}} of the ranks, and of features that the cell shares with others; costs a user
/// and a candidate.
void add_modules(const Plan& plan, const Store& store, const PlannedCell& planned, OrderedJson& line);

/// A note a method, data set, split and protocol, and a warning where the embedded stand-in answered.
void add_answers(const Plan& plan, const Store& store, Grid& grid);

}  // namespace motive
