#pragma once
// Purpose: proves that a split keeps what it promises, by recounting from the lists that were read back from
// its files. All splits: an event stands once in training; no target of any set stands in the training it is
// held out of; no test target stands in any history; rows and histories are the user's own, and earlier than
// the targets. Cold splits: no training event of what is cold, in either training. Global time: no training
// event later than any target. Complexity: O(N).

#include "framework/split/split_files.h"

namespace motive {

/// What was counted; all are 0 in a split that keeps its promise.
struct Broken {
  std::uint64_t held_out_in_training = 0, test_targets_in_histories = 0, foreign_events = 0, repeated_events = 0;
  std::uint64_t late_histories = 0, cold_user_events = 0, cold_item_events = 0, warm_test_users = 0, warm_targets = 0;
  std::uint64_t late_training = 0;
};

Broken recount(const PreparedData& data, const SplitClaims& claims, const SplitLists& lists);

/// An error that names what was broken and how often.
Status check_promise(const Broken& broken);

}  // namespace motive
