#pragma once
// Purpose: what the notes of a table say of tests: who beats every rival of his column, what the declared reference
// reaches against each rival, and what became of the claims.

#include "framework/report/table.h"

namespace motive {

std::vector<TableNote> test_notes(const Grid& grid, const Summary& summary, const Table& table);

}  // namespace motive
