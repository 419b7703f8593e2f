#pragma once
// Purpose: statistics of a data set as text for a terminal.

#include <string>

#include "framework/base/json.h"

namespace motive {

/// `statistics`: data_statistics(). Ends with a line break.
std::string statistics_text(const OrderedJson& statistics);

}  // namespace motive
