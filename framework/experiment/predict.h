#pragma once
// Purpose: recommendations of a stored fit for one user, as the ranks were made: same history, same mask,
// the whole pool.

#include "framework/experiment/run_folder.h"

namespace motive {

struct Recommendation {
  std::string item, title;
  float score = 0;
};
struct Prediction {
  std::string label, dataset;
  CellSeeds seeds;
  std::vector<std::pair<std::string, std::string>> history;  // item, title; oldest first
  std::vector<Recommendation> items;                         // best first
};

/// `label` (or the method's name) names a model of the run in `folder`; with several data sets or seeds the first cell that has
/// this user is taken. Errors (kInvalid): unknown label or user, with the nearest names.
Result<Prediction> predict(const Path& folder, const std::string& label, const std::string& user, std::size_t top);

}  // namespace motive
