#pragma once
// Purpose: the filters on ordered events, in the fixed order of filters.h.

#include "framework/base/cancel.h"
#include "framework/data/filters.h"
#include "framework/data/ordered_events.h"

namespace motive {

/// Drops what `options` says from `events`; `funnel` gets the source's line and one a step.
/// `cancel` may be null. Errors: a step that leaves nothing (kInvalid), an interrupt (kCancelled).
Status filter_events(const FilterOptions& options, const RawTables& raw, OrderedEvents& events,
                     std::vector<FunnelLine>& funnel, const CancelFlag* cancel);

}  // namespace motive
