#pragma once
// Purpose: the two JSON types. Json sorts its keys: its dump is canonical and is what store keys hash.
// OrderedJson keeps the order of insertion: for files that people read.

#include <nlohmann/json.hpp>

namespace motive {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json;

}  // namespace motive
