#pragma once
// Purpose: what a split is once made: training events, validation and test queries. All splits
// (protocol.md: warm, user_cold, item_cold, ...) take this form.
// Files (little-endian; a row of events is NAME.offsets.u64 and NAME.event.u32): train and refit [U rows];
// for each set of queries (valid, test; valid_warm and test_warm of item-cold splits) <set>.user.u32 [Q] and
// <set>.target, .history, .hidden [Q rows]; cold.{user,item}.u32 and valid_cold.{user,item}.u32, ascending;
// shown.u32; certificate.json. What is empty has no file. An "event" is an index into the prepared events.
// The test history holds the user's validation events; views can leave them out.

#include <memory>

#include "framework/base/files.h"
#include "framework/data/prepared.h"

namespace motive {

/// Training events as columns of their own, gathered once. Owns its memory.
struct EventsCopy {
  std::vector<std::uint64_t> offsets;
  std::vector<ItemId> items;
  std::vector<std::int64_t> times;
  std::vector<float> ratings;
  EventsView view() const { return {offsets, items, times, ratings}; }
};

/// Queries with their truths. [Q] users; CSR of target items and of history items.
struct QuerySet {
  std::vector<UserId> users;                  // [Q]
  std::vector<std::uint64_t> target_offsets;  // [Q+1]
  std::vector<ItemId> targets;
  std::vector<std::uint64_t> history_offsets;  // [Q+1]
  std::vector<ItemId> history;                 // visible events, oldest first
  std::vector<std::int64_t> history_times;     // beside history, or empty
  std::vector<float> history_ratings;          // beside history, or empty
  /// Items that full ranking masks: all that the user met before, shown, withheld or hidden. CSR, ascending.
  std::vector<std::uint64_t> mask_offsets;  // [Q+1]
  std::vector<ItemId> mask;

  std::size_t size() const { return users.size(); }
  std::span<const ItemId> targets_of(std::size_t q) const {
    return std::span(targets).subspan(target_offsets[q], target_offsets[q + 1] - target_offsets[q]);
  }
  std::span<const ItemId> history_of(std::size_t q) const {
    return std::span(history).subspan(history_offsets[q], history_offsets[q + 1] - history_offsets[q]);
  }
  std::span<const ItemId> mask_of(std::size_t q) const {
    return std::span(mask).subspan(mask_offsets[q], mask_offsets[q + 1] - mask_offsets[q]);
  }
};

/// What histories of test queries show: with kTrain, events that join training on refit are withheld.
enum class TestHistory { kTrain, kTrainValid };

/// Which targets: those of the split, or the warm ones that item-cold splits hold beside them.
enum class TargetSet { kSplit, kWarm };

class Split {
 public:
  /// `prepared` must be the data the split was made from.
  static Result<Split> open(const Path& folder, const PreparedData& prepared);

  EventsCopy train() const;
  EventsCopy train_and_valid() const;  // what a refit sees
  QuerySet validation(TargetSet targets = TargetSet::kSplit) const;
  QuerySet test(TestHistory history, TargetSet targets = TargetSet::kSplit) const;
  /// [I] items that contribute nothing to training, ascending; of the split, or of its validation.
  std::span<const std::uint32_t> cold_items() const;
  std::span<const std::uint32_t> validation_cold_items() const;
  const Json& certificate() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace motive
