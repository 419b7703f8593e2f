#pragma once
// Purpose: what slices and metrics of lists need of a cell, had again from the store that its ranks
// lie in: the node of the ranks names its fit and candidates, the fit its split, the split its
// data. Nothing is stored twice. In a bundle (bundle.h), which has neither, from the facts that were
// saved with it. Errors: nodes that are gone, with what to do.

#include <functional>
#include <memory>

#include "framework/experiment/cells.h"

namespace motive {

struct CellFacts;  // evaluate/cell_facts.h

/// The facts of a done cell. Tests give their own.
using FactsSource = std::function<Result<std::shared_ptr<const CellFacts>>(const CellResult&)>;

/// From the store. Keeps those of one data set and split at a time. with_text, with_pool: what
/// metrics of lists need.
FactsSource stored_facts(bool with_text, bool with_pool);
/// With what the grid's metrics need.
FactsSource stored_facts(const Grid& grid);

}  // namespace motive
