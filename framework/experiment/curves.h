#pragma once
// Purpose: what methods reported of every epoch, as one table: curves.csv in the run folder.
//   label, dataset, split, split_seed, init_seed, stage, epoch, loss, ndcg@10
// stage: "select" for a fit that looks at validation to choose its epochs, "fit" for the one that is ranked. ndcg@10: on
// validation, in the epochs that looked. One row an epoch of a fit. Errors: none; a fit without a curve has no rows.

#include <string>

#include "framework/experiment/plan.h"

namespace motive {

/// "" where no fit has a curve.
std::string curves_csv(const Plan& plan, const Store& store);

}  // namespace motive
