#pragma once
// Purpose: what a method may learn from, and nothing else: the training events, item text, user fields.
// Held-out events are not reachable from here. Users without training events have empty rows; items
// without training events stand in the catalogue with count 0.

#include <vector>

#include "framework/data/interactions.h"

namespace motive {

struct TrainingView {
  EventsView events;  // training events by user, in order
  const Catalogue* items = nullptr;
  const UserTable* users = nullptr;

  std::size_t n_users() const { return events.users(); }
  std::size_t n_items() const { return items->size(); }
  std::size_t n_events() const { return events.size(); }
};

/// Training events per item [I].
std::vector<std::uint32_t> item_counts(const TrainingView& train);

/// Distinct items of each user, ascending, as CSR. For negative sampling and similarity.
struct SeenItems {
  std::vector<std::uint64_t> offsets;  // [U+1]
  std::vector<ItemId> items;
  std::span<const ItemId> of(UserId u) const {
    return std::span(items).subspan(offsets[index(u)], offsets[index(u) + 1] - offsets[index(u)]);
  }
  bool contains(UserId u, ItemId i) const;  // binary search
};
SeenItems seen_items(const TrainingView& train);

}  // namespace motive
