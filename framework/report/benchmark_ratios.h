#pragma once
// Purpose: two runs of Google Benchmark (their JSON) side by side, as ratios of medians over the repetitions.
//   ratio = median time now / median time of the baseline (below 1: faster)
// Flagged "faster" or "slower" where the medians differ by more than a tenth and the ranges of the repetitions
// do not overlap: one slow phase of the machine flags nothing. Says when the two ran on different processors.
// Complexity: O(n log n) in runs. Errors: none; what has no partner is listed without a ratio.

#include <string>

#include "framework/base/json.h"

namespace motive {

std::string ratio_table(const Json& baseline, const Json& now);

}  // namespace motive
