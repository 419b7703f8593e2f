#pragma once
// Purpose: the feature `memorisation`: does a language model know the data set by heart? It is given the name of the data
// set, the raw id of an item and three other items as examples ("id: title"), and asked for the title. A title that is
// named from the id alone cannot have been inferred. Source: Di Palma et al. 2025, "Do LLMs memorize recommendation
// datasets?" (their item probe), here with whole titles compared without case and punctuation.
// Shares are of the items asked; one sample an item, temperature 0. Complexity: `items` calls. Determinism: items and
// examples are drawn by the seed; answers come from the cache. File: memorisation.json {asked, recalled, examples of
// what was recalled}. Errors: data without titles (kNotApplicable).

#include <string>

#include "framework/recommend/feature.h"

namespace motive {

FeatureRequest memorisation_probe(const std::string& endpoint, const std::string& dataset, int items, std::uint64_t seed);

/// Lower case, letters and digits alone, single spaces.
std::string plain_title(std::string_view title);

}  // namespace motive
