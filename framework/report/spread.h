#pragma once
// Purpose: where the spread over seeds comes from: of each row whose cells vary in two kinds of seeds or more, the variance
// of its value by split, order, initialisation, candidates, language model and prompt order (stats/variance_parts.h).
// Determinism: the order of cells plays no part. Errors: none; designs that cannot tell the kinds apart are left out.

#include "framework/report/summary.h"
#include "framework/stats/variance_parts.h"

namespace motive {

/// None where fewer than two kinds of seeds vary.
std::optional<VarianceParts> spread_of(const Summary& summary, const SummaryRow& row, std::size_t spec);

/// dataset,split,protocol,label,variant,metric,k,part,levels,variance,share,cut: a line a part. Header alone where nothing
/// varies.
std::string variance_csv(const Summary& summary);

}  // namespace motive
