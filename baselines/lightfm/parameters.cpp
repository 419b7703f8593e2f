#include "baselines/lightfm/parameters.h"

namespace motive::lightfm {

Parameters::Parameters(std::size_t features, std::size_t dim, bool adadelta, Rng rng)
    : vectors_(features, dim),
      sums_(features, dim),
      moments_(adadelta ? features : 0, dim),
      bias_(features, 0.0f),
      bias_sums_(features, adadelta ? 0.0f : 1.0f),
      bias_moments_(adadelta ? features : 0, 0.0f) {
  for (std::size_t f = 0; f < features; ++f) {
    float* const vector = vectors_.row(f);
    for (std::size_t k = 0; k < dim; ++k) {
      vector[k] = static_cast<float>((rng.uniform() - 0.5) / static_cast<double>(dim));
    }
    // The filling too: a sum of 0 would be a learning rate without bounds.
    if (!adadelta) std::fill_n(sums_.row(f), sums_.stride(), 1.0f);
  }
}

void Parameters::divide(double scale) {
  if (scale == 1) return;
  const auto factor = static_cast<float>(1 / scale);
  for (std::size_t f = 0; f < vectors_.size(); ++f) {
    float* const vector = vectors_.row(f);
    for (std::size_t k = 0; k < vectors_.stride(); ++k) vector[k] *= factor;
    bias_[f] *= factor;
  }
}

}  // namespace motive::lightfm
