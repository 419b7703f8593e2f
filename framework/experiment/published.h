#pragma once
// Purpose: `published:` of a table: numbers that were printed elsewhere, beside ours. NAME is results/published/NAME.csv of
// the checkout, or a path to a .csv file, relative to the experiment's. Columns (others are ignored):
//   source, dataset, split, model, protocol, metric, k, value
// Rows of the table's split, data sets, models (method or label) and metrics are shown, whatever their protocol, which
// the notes tell. Errors (kInvalid): a file that is missing or lacks a column, values that are no numbers, by line.

#include <string>
#include <vector>

#include "framework/base/files.h"
#include "framework/experiment/cells.h"

namespace motive {

/// Where NAME lies. base: folder of the experiment's file.
Path published_file(const std::string& name, const Path& base);

Result<std::vector<PublishedNumber>> read_published(const Path& file);

}  // namespace motive
