#pragma once
// Purpose: one method on one sequence file, timed: what `motive bench line` prints, so that methods can be
// compared side by side with other programs on the same file. Split, masks and metrics: sequence_file.h and
// ranking.h (last item test, second-last validation; ties expected). Methods that use the order see train and
// validation items when they are asked, the others train items. Items without training events rank last unless
// the method can score them. Sampled candidates: N uniform items that the user never touched, from a fixed seed
// of our own, the same for every method.
// Units: seconds, MB of 2^20 bytes; an epoch is what the method announces (Progress::epoch_ended), or the whole
// fit. Determinism: all but times and memory follows from the file, the parameters, seed and threads.
// Errors: those of the file and the method; unknown models, parameters and presets (kInvalid), with the nearest
// name.

#include <optional>
#include <string>
#include <vector>

#include "framework/base/files.h"
#include "framework/base/json.h"

namespace motive {

struct BenchOptions {
  std::string model;  // of the registry, or "evaluation": full ranking by random factors (evaluate/timing.h)
  Path sequences;
  std::optional<int> epochs, dim;  // dim: 64 where neither this nor a preset says
  int threads = 2, max_len = 50;   // max_len: what sequence models look at
  std::uint64_t seed = 1;
  std::vector<std::string> overrides;  // KEY=VALUE of the method, `preset` included
  std::size_t users = 0, items = 0;    // of `evaluation` without a file
};

/// Flat, in the order of docs/performance.md.
Result<OrderedJson> bench_line(const BenchOptions& options);

}  // namespace motive
