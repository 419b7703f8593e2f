#pragma once
// Purpose: what one query is ranked among, as far as it differs from the scored items of the pool.

#include "framework/evaluate/rank_sink.h"

namespace motive {

struct Collector::Plan {
  std::span<const ItemId> positives;
  std::span<const ItemId> listed;  // sampled: the candidates, ascending
  std::vector<ItemId> excluded;    // full: masked items that are no targets, ascending
  std::vector<ItemId> hidden;      // full: those of them that the pass over the pool counts
  std::uint32_t scored = 0;        // candidates that the method can score
  std::uint32_t unscored = 0;      // candidates that it cannot
};

/// Scores that a plan needs beside the pass over the pool. NaN for positives that cannot be scored.
struct PlanScores {
  std::vector<float> positives;  // beside Plan::positives
  std::vector<float> hidden;     // beside Plan::hidden
};

}  // namespace motive
