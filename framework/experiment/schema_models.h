#pragma once
// Purpose: how an entry of `models:` is read: a name, or a map of one name with parameters of the method and, beside
// them, `label`, `preset`, `trials`, and searches in place of values (tuning.h).

#include "framework/experiment/schema.h"

namespace motive::config {

template <>
struct Custom<ModelConfig> {
  static void parse(const Node& node, ModelConfig& value, const Scope& scope);
  static OrderedJson echo(const ModelConfig& value);
  static OrderedJson schema();
  static std::string name() { return "model"; }
};

}  // namespace motive::config
