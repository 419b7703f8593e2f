#pragma once
// Purpose: what stands below a table, so that a number can be judged without the experiment's file:
// data, split, protocol, ties, refit policy, seeds, users, the marks, the smallest detectable
// difference, and what a reader should be warned of.

#include "framework/report/table.h"

namespace motive {

/// The rows of the summary that a table shows.
using TableSource = std::vector<const SummaryRow*>;

std::vector<TableNote> table_notes(const Grid& grid, const Summary& summary,
                                   const TableSource& source, const Table& table);

}  // namespace motive
