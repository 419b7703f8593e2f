#pragma once
// Purpose: the scale of the ratings, for methods that learn nothing else and show ratings to people or models: "4 of 5".
// Errors: a stored scale that is missing, damaged or another method's.

#include <string>

#include "framework/base/files.h"
#include "framework/recommend/training_view.h"

namespace motive {

/// The best rating of the training events; 0: there are none.
float best_rating(const TrainingView& train);
Status save_best_rating(float best, const Path& folder, const std::string& method, const std::string& code_version);
Result<float> load_best_rating(const Path& folder, const std::string& method, const std::string& code_version);

}  // namespace motive
