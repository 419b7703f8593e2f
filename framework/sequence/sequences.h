#pragma once
// Purpose: training events as networks over sequences want them: items numbered over those with training events
// (0..m-1), users' sequences of such numbers. Determinism: follows from the view alone. Complexity: O(events log).

#include <cstdint>
#include <span>
#include <vector>

#include "framework/base/lists.h"
#include "framework/base/rng.h"
#include "framework/recommend/training_view.h"

namespace motive {

inline constexpr std::uint32_t kNoNumber = ~std::uint32_t{0};

/// Items with training events, numbered.
struct ModelItems {
  std::vector<std::uint32_t> catalogue;  // [m] index of the item in the catalogue
  std::vector<std::uint32_t> number;     // [I]; kNoNumber: not in the model
  static ModelItems of(const TrainingView& train);
  /// Numbers of a history, oldest first; items that are not in the model are left out.
  void append(std::span<const ItemId> history, std::vector<std::int64_t>& numbers) const;
};

struct Sequences {
  Lists events;                      // [U] numbers of each user's events, in order
  Lists seen;                        // [U] the same, ascending, a repeat once
  std::vector<std::uint32_t> users;  // with `fewest` events or more
  static Sequences of(const TrainingView& train, const ModelItems& items, std::size_t fewest);
  bool has_seen(std::uint32_t user, std::uint32_t item) const;
};

/// Runs of samples, such as users.
using Parts = std::vector<std::span<const std::uint32_t>>;
/// At most `parts` of like size, none of them empty.
Parts split_evenly(std::span<const std::uint32_t> samples, std::size_t parts);

}  // namespace motive
