#pragma once
// Purpose: the source files of a data set, read into raw tables.
// Complexity: O(bytes). Memory: raw_tables.h. Errors: the first bad record ends it, with file,
// line, column.

#include "framework/base/progress.h"
#include "framework/data/descriptor.h"
#include "framework/data/raw_tables.h"

namespace motive {

/// Reads interactions, then items, then users. `folder`: find_files(). `report` gets what people
/// want to know of the reading: events, blank lines, the time format and whether it was detected,
/// what was left out of the tables and why. Sentences go to out.warnings.
Status read_sources(const Descriptor& descriptor, const Path& folder, RawTables& out, Json& report,
                    Progress& progress);

}  // namespace motive
