#pragma once
// Purpose: what the HTML report shows of a run folder beside the grid and its summary: times, memory and
// answers of each cell (cells.jsonl), learning curves (curves.csv), certificates (splits/*.json), what the run
// was made with (manifest.json) and the experiment as given. Every file may be missing or damaged: what can be
// read is there, and `faults` says the rest. Units: seconds, bytes, tokens, the endpoint's currency.
// Determinism: cells, curves and certificates in the order of their files (certificates: by name).

#include <optional>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/experiment/cells.h"

namespace motive {

struct CellCost {
  CellResult cell;  // as in the file, without folders of ranks
  std::optional<double> fit_seconds, rank_seconds, peak_memory, tuning_seconds;
  double cached_tokens = 0;  // of the prompt tokens
};

struct CurvePoint {
  int epoch = 0;
  std::optional<double> loss, validation;
};

/// One fit: of one seed, fold and stage.
struct Curve {
  std::string label, dataset, split, split_seed, init_seed;
  std::string stage;  // "select": chooses its epochs on validation; "fit": is ranked
  std::vector<CurvePoint> points;
};

struct SplitCertificate {
  std::string dataset, split;
  std::string instance;  // "seed 1, fold 2"
  Json json;
};

struct RunRecord {
  std::vector<CellCost> cells;
  std::vector<Curve> curves;
  std::vector<SplitCertificate> certificates;
  Json manifest = Json::object();
  std::string experiment_yaml;
  std::vector<std::string> faults;
};

RunRecord read_run_record(const Grid& grid, const Path& folder);

/// Whether there is a file or folder; one that cannot be looked at counts as absent.
bool is_there(const Path& path);

/// A member of an object, or null where there is none.
const Json& json_at(const Json& json, const std::string& key);
/// A number, or nothing where there is none.
std::optional<double> json_number(const Json& json, const std::string& key);

}  // namespace motive
