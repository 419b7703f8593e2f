#pragma once
// Purpose: what a data set is like, for people: sizes, density, how events spread over users and
// items, ratings, times, text. What may be wrong with it: inspect.h. Complexity: O(N log N).
// Nothing here is used by an experiment.

#include "framework/base/json.h"
#include "framework/data/prepared.h"

namespace motive {

/// Keys: users, items, items_with_interactions, interactions, density, events_per_user and
/// events_per_item (min, p10, p25, median, p75, p90, max, mean; of those with events), ratings
/// (list of {from, to, count} or absent), time (kind, first, last, histogram; absent without times),
/// funnel, fields (share of rows with a value, quantiles of their lengths in characters), warnings.
OrderedJson data_statistics(const PreparedData& data);

}  // namespace motive
