#pragma once
// Purpose: the lists of events that a splitter decides on, and their files. A splitter fills a
// SplitLists; writing, checking against the split's promise and certifying are the same for all.

#include "framework/split/split.h"

namespace motive {

/// Queries by event numbers (indices into the prepared events).
struct QueryLists {
  std::vector<std::uint32_t> users;
  std::vector<std::uint64_t> target_offsets{0};
  std::vector<std::uint32_t> targets;
  std::vector<std::uint64_t> history_offsets{0};
  std::vector<std::uint32_t> history;

  void add(std::uint32_t user, std::span<const std::uint32_t> target_events,
           std::span<const std::uint32_t> history_events);
};

struct SplitLists {
  std::vector<std::uint64_t> train_offsets{0};  // [U+1]
  std::vector<std::uint32_t> train;
  QueryLists valid, test;
};

Status write_split_lists(const SplitLists& lists, const Path& folder);
Result<SplitLists> read_split_lists(const Path& folder);

}  // namespace motive
