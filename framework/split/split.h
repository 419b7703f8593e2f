#pragma once
// Purpose: what a split is once made: training events, validation and test queries. All splits
// (protocol.md: warm, user_cold, item_cold, ...) take this form.
// Files (little-endian): train.offsets.u64 [U+1], train.event.u32; for each of valid and test:
// <set>.user.u32 [Q], <set>.target.offsets.u64 [Q+1], <set>.target.event.u32, <set>.history.offsets.u64
// [Q+1], <set>.history.event.u32; certificate.json. An "event" is an index into the prepared events.
// The test history holds the validation event of the user; views can leave it out.

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
  /// Items that full ranking masks: visible history and, even where it is withheld, the validation event. CSR, ascending.
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

enum class TestHistory { kTrain, kTrainValid };

class Split {
 public:
  /// `prepared` must be the data the split was made from.
  static Result<Split> open(const Path& folder, const PreparedData& prepared);

  EventsCopy train() const;
  EventsCopy train_and_valid() const;  // validation events back in their places
  QuerySet validation() const;
  QuerySet test(TestHistory history) const;
  const Json& certificate() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace motive
