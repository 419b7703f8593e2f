#pragma once
// Purpose: what a run leaves behind: experiment.yaml, resolved.yaml, manifest.json, cells.jsonl and
// splits/*.json; and how it is read again. All files are replaced atomically. The numbers and tables
// beside them (metrics.csv, summary.csv, table.*) are framework/report's.

#include "framework/experiment/plan.h"
#include "framework/experiment/cells.h"

namespace motive {

/// Fills the grid from the finished tasks: states, causes, counts of the data, definitions, warnings.
Result<Grid> collect_grid(const LoadedExperiment& experiment, const Plan& plan, const Store& store);

Status write_run_folder(const LoadedExperiment& experiment, const Plan& plan, const Store& store, const Grid& grid,
                        const Path& folder);

/// The grid of a run folder again, for `motive table`.
Result<Grid> read_grid(const Path& folder);
/// The store that a run folder was made with; a relative one lies in the folder.
Result<Path> store_of(const Path& folder);
/// Hashes of the cells of an earlier run in this folder; empty where there is none.
std::vector<std::string> earlier_cells(const Path& folder);

/// One line of cells.jsonl.
struct CellRecord {
  CellResult result;
  std::string fit;  // store key of the fit; with folds, those of all joined by +
};
Result<std::vector<CellRecord>> read_cells(const Path& folder);
/// Those of them that are done and that `label` (or the method's name) means. Errors (kInvalid): none, with the nearest label.
Result<std::vector<CellRecord>> done_cells_of(const Path& folder, const std::string& label);

/// Version, compiler, processor, threads: for the manifest and `motive version`.
OrderedJson environment();

}  // namespace motive
