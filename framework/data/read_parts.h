#pragma once
// Purpose: the two parts of read_sources (readers.h): interactions, and the tables joined to them.

#include "framework/base/json.h"
#include "framework/base/progress.h"
#include "framework/data/format.h"
#include "framework/data/raw_tables.h"

namespace motive {

/// Sets what the sources have (times, ratings) and appends the events.
Status read_events(const InteractionsFile& description, const Path& folder, RawTables& out,
                   Json& report, Progress& progress);

/// Joins a table of items or users by id. Items that nobody touched stay in the catalogue; users
/// without events do not. The first row of an id counts; fields that are filled already stay. An
/// optional file that is not there is noted.
Status read_table(const TableFile& description, FileUse use, const Path& folder, RawTables& out,
                  Json& report, Progress& progress);

void show_reading(Progress& progress, const TextSource& source);

}  // namespace motive
