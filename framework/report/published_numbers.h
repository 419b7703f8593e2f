#pragma once
// Purpose: numbers printed elsewhere, as every form of table shows them: the number, and ours minus it where we have one.
// Determinism: pure functions. Errors: none.

#include "framework/report/table.h"

namespace motive {

/// Of a cell with values and of one without; column: an index of Table::columns.
std::optional<double> published_number(const TableEntry& entry, std::size_t column);
/// Ours minus it; none where there is nothing to compare.
std::optional<double> published_difference(const TableEntry& entry, std::size_t column);
/// "+0.0012", "-0.0012"; what rounds to zero has no sign.
std::string signed_number(double value);
/// "0.0512 (+0.0012)", "0.0512", or "".
std::string published_text(const TableEntry& entry, std::size_t column);
bool has_published(const Table& table, std::size_t dataset, std::size_t column);

}  // namespace motive
