#pragma once
// Purpose: a split as CSV for other tools: train, valid, test and history (what test users show), with raw
// ids: user,item,rating,timestamp. Missing ratings and times are empty.

#include "framework/split/split.h"

namespace motive {

Status export_split(const Path& split_folder, const PreparedData& data, const Path& out);

}  // namespace motive
