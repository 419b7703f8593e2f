#pragma once
// Purpose: metrics.csv and summary.csv. Columns, and what an empty field means: docs/results.md.
// Numbers are the shortest decimals that read back to the same double; fields are quoted as RFC
// 4180 asks. No times and no paths: the same inputs give the same bytes.

#include <string>

#include "framework/base/csv.h"
#include "framework/report/summary.h"

namespace motive {

std::string csv_number(double value);

std::string metrics_csv(const Summary& summary);
std::string summary_csv(const Summary& summary);

}  // namespace motive
