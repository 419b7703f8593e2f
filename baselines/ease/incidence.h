#pragma once
// Purpose: the binary user-item matrix X over the items of the model, by user and by item, and what
// EASE needs of it: sparse rows of X'X, and the size of its largest eigenvalue.
// Model numbers: 0..m-1 in the order of the catalogue.

#include <cstdint>
#include <vector>

#include "framework/base/lists.h"
#include "framework/recommend/training_view.h"

namespace motive::ease {

struct Incidence {
  std::vector<std::uint32_t> items;  // [m] catalogue numbers, ascending
  Lists by_user, by_item;            // model numbers, user numbers; ascending, a repeat once
};

/// The items with training events; at most max_items of them, by training events, if it is not 0.
std::vector<std::uint32_t> model_items(const TrainingView& train, std::size_t max_items);
Incidence make_incidence(const TrainingView& train, std::vector<std::uint32_t> items);

/// Entries of X'X that are not 0, at most.
double gram_entries(const Incidence& x);

/// Counts of what stands together with item i into counts[0..m), which comes zeroed and is left so by
/// the caller; touched: the items with a count.
void count_together(const Incidence& x, std::size_t i, std::vector<std::uint32_t>& counts,
                    std::vector<std::uint32_t>& touched);

/// From below: power iteration from the popularities, which such matrices make converge at once.
double largest_eigenvalue(const Incidence& x);

}  // namespace motive::ease
