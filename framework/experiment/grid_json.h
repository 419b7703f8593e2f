#pragma once
// Purpose: the grid and its cells as JSON, for manifest.json and cells.jsonl.

#include "framework/base/json.h"
#include "framework/experiment/cells.h"

namespace motive {

OrderedJson cell_to_json(const CellResult& cell);  // all but the folder of ranks, which the store knows
Result<CellResult> cell_from_json(const Json& json);
OrderedJson grid_to_json(const Grid& grid);  // without its cells
Result<Grid> grid_from_json(const Json& json);

}  // namespace motive
