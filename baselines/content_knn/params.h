#pragma once
// Purpose: the parameters of content_knn.

#include <cmath>
#include <string>
#include <vector>

#include "framework/config/table.h"

namespace motive {

inline constexpr const char* kContentKnnVersion = "1";

enum class ContentText { kTfidf, kMinilm };

struct ContentKnnParams {
  ContentText text = ContentText::kTfidf;
  std::vector<std::string> fields;  // empty: those of title, description, categories that the data set has
  bool sublinear = true;
  int min_df = 1;
  bool stop_words = false;
  double half_life = 0;
  int neighbours = 0;

  /// w_h of the event h of so many.
  float weight(std::size_t events, std::size_t h) const {
    return half_life > 0 ? static_cast<float>(std::exp2(-static_cast<double>(events - 1 - h) / half_life)) : 1.0f;
  }
  static const config::Table<ContentKnnParams>& table();
};

}  // namespace motive
