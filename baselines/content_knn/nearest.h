#pragma once
// Purpose: what both kinds of content_knn do alike: keeping the largest products of an item, refusing other data.

#include <algorithm>
#include <span>

#include "framework/base/status.h"

namespace motive {

/// Puts a value into a short descending list.
inline void insert(std::span<float> list, float value) {
  for (float& at : list) {
    if (value > at) std::swap(value, at);
  }
}

inline float mean_of(std::span<const float> list) {
  float sum = 0;
  for (const float value : list) sum += value;
  return sum / static_cast<float>(list.size());
}

inline Error of_other_data(std::size_t items) {
  return fail("content_knn was fitted on {} items and asked for others; fit it on this data", items);
}

}  // namespace motive
