#pragma once
// Purpose: what LightFM learns of the features of one side (users or items).
// Shapes: a row a feature, [F×D] padded to whole blocks; biases [F]. Memory: 2 F D floats with
// Adagrad, 3 F D with Adadelta.

#include <vector>

#include "baselines/lightfm/update.h"
#include "framework/base/aligned_rows.h"
#include "framework/base/rng.h"

namespace motive::lightfm {

class Parameters {
 public:
  /// Vectors start at U(-.5, .5)/D, biases at 0; sums of squares at 1 (Adagrad) or 0 (Adadelta).
  Parameters(std::size_t features, std::size_t dim, bool adadelta, Rng rng);

  Row<float> row(std::size_t feature) {
    const bool moments = moments_.size() > 0;
    return {vectors_.row(feature),      sums_.row(feature),
            moments ? moments_.row(feature) : nullptr,
            &bias_[feature],            &bias_sums_[feature],
            moments ? &bias_moments_[feature] : nullptr};
  }
  const float* vector(std::size_t feature) const { return vectors_.row(feature); }
  const float* sums(std::size_t feature) const { return sums_.row(feature); }
  float bias(std::size_t feature) const { return bias_[feature]; }
  std::size_t size() const { return vectors_.size(); }
  std::size_t dim() const { return vectors_.dim(); }
  std::size_t blocks() const { return vectors_.blocks(); }
  std::size_t stride() const { return vectors_.stride(); }

  /// Divides vectors and biases by the scale of lazy regularisation.
  void divide(double scale);

 private:
  AlignedRows vectors_, sums_, moments_;
  std::vector<float> bias_, bias_sums_, bias_moments_;
};

}  // namespace motive::lightfm
