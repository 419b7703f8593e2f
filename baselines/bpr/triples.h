#pragma once
// Purpose: draws the triples (user, positive, negative) of a batch: the event uniformly with
// replacement, the negative as negatives.h says. Two passes: the first draws all and asks only the
// filter, without a branch that depends on it, so that the accesses to memory of many draws overlap;
// the second looks at the few that may have been seen, and draws those anew that were.
// A negative that is rejected and drawn anew among the unseen has the same law as one drawn there at
// once. Determinism: depends on pool and stream alone.

#include <span>
#include <vector>

#include "baselines/bpr/bpr.h"
#include "baselines/bpr/negatives.h"

namespace motive::bpr {

struct Triple {
  std::uint32_t user, positive, negative;
};

/// What triples are drawn from: all events and items, or a part of them (partition.h).
struct Pool {
  std::span<const Event> positives;  // not empty
  std::span<const Event> popular;    // all events of `items`: where popular negatives come from
  ItemSet items;                     // negatives
};

/// One a thread: it keeps its working space.
class TripleDraws {
 public:
  TripleDraws(const Unseen& unseen, BprNegatives kind) : unseen_(&unseen), kind_(kind) {}
  /// Makes n draws. Users who have seen all of the pool's items give none: batch may be shorter.
  /// Adaptive negatives depend on the step before and are left open.
  void draw(const Pool& pool, std::size_t n, Rng& rng, std::vector<Triple>& batch);

 private:
  template <class Negative>
  void first_pass(const Pool& pool, std::size_t n, Rng& rng, std::vector<Triple>& batch,
                  Negative negative);
  void second_pass(const Pool& pool, Rng& rng, std::vector<Triple>& batch);

  const Unseen* unseen_;
  BprNegatives kind_;
  std::vector<std::uint32_t> doubtful_;  // places in the batch
  std::size_t n_doubtful_ = 0;
};

}  // namespace motive::bpr
