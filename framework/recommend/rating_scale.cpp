#include "framework/recommend/rating_scale.h"

#include <algorithm>

#include "framework/recommend/arrays.h"

namespace motive {

float best_rating(const TrainingView& train) {
  float best = 0;
  for (const float rating : train.events.ratings) best = std::max(best, rating);
  return best;
}

Status save_best_rating(float best, const Path& folder, const std::string& method, const std::string& code_version) {
  ArrayWriter writer(folder, method, code_version);
  writer.values()["best_rating"] = best;
  return writer.finish();
}

Result<float> load_best_rating(const Path& folder, const std::string& method, const std::string& code_version) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, method, code_version));
  const auto best = reader.values().find("best_rating");
  if (best == reader.values().end() || !best->is_number()) {
    return fail("{}: has no best_rating; remove the folder, it will be made again", folder.string());
  }
  return best->get<float>();
}

}  // namespace motive
