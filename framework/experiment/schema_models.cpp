#include "framework/experiment/schema_models.h"

#include <algorithm>

namespace motive::config {
namespace {

/// Replaces `preset: NAME` by the preset's parameters, where the experiment does not give its own.
bool take_preset(const Method& method, Node& params, const Scope& scope) {
  const Node* given = params.kind == Node::Kind::kMap ? params.find("preset") : nullptr;
  if (!given) return true;
  std::vector<std::string> names;
  for (const Preset& preset : method.presets) names.push_back(preset.name);
  const auto found = std::find(names.begin(), names.end(), given->scalar);
  if (found == names.end()) {
    scope.error(given->mark, names.empty() ? fmt::format("{} has no presets", method.name)
                                           : fmt::format("{} has no preset {}; it has {}", method.name, describe(*given),
                                                         fmt::join(names, ", ")));
    return false;
  }
  Node merged = from_json(method.presets[static_cast<std::size_t>(found - names.begin())].params, "preset " + *found);
  for (std::size_t i = 0; i < params.members.size(); ++i) {
    auto& [key, node] = params.members[i];
    if (key == "preset") continue;
    if (Node* own = merged.find(key)) {
      *own = std::move(node);
    } else {
      merged.add(key, params.key_marks[i], std::move(node));
    }
  }
  merged.mark = params.mark;
  params = std::move(merged);
  return true;
}

/// Takes a key that every model may have out of its parameters.
std::optional<Node> take(Node& params, std::string_view key) {
  Node* found = params.is_map() ? params.find(key) : nullptr;
  if (!found) return std::nullopt;
  Node node = std::move(*found);
  const auto at = std::find_if(params.members.begin(), params.members.end(), [&](const auto& m) { return m.first == key; });
  params.key_marks.erase(params.key_marks.begin() + (at - params.members.begin()));
  params.members.erase(at);
  return node;
}

void read_params(const Node& given, ModelConfig& value, const Scope& scope) {
  const std::size_t before = scope.errors().size();
  Node params = given;
  value.searches = take_searches(params, Scope(scope.errors(), "", value.name));
  if (scope.errors().size() > before) return;
  value.params = value.method->parameters->parse(params, scope.errors());
  if (scope.errors().size() > before) return;
  check_searches(*value.method, given, params, value.searches, scope.errors());
}

/// As the method names itself; where the search would change that name, no one setting gives it.
std::string own_label(const ModelConfig& model) {
  const std::string own = model.method->describe(model.params).label;
  constexpr int kSome = 16;
  for (const Json& params : draw_settings(model, {.trials = kSome}).params) {
    Errors errors;
    const std::any parsed = model.method->parameters->parse(from_json(params, "setting"), errors);
    if (model.method->describe(parsed).label != own) return model.name + " tuned";
  }
  return own.empty() ? model.name : own;
}

void read_method(const std::string& name, const Mark& mark, Node params, ModelConfig& value, const Scope& scope) {
  value.name = name;
  value.method = Registry::instance().find(name);
  if (!value.method) {
    const std::string nearest = nearest_name(name, Registry::instance().names());
    scope.error(mark, fmt::format("unknown model `{}`{}; `motive list models` shows them all", name,
                                  nearest.empty() ? "" : ", did you mean `" + nearest + "`?"));
    return;
  }
  if (!take_preset(*value.method, params, scope)) return;
  if (const auto label = take(params, "label")) read(*label, value.label, Scope(scope.errors(), name, "label"), not_empty());
  const auto trials = take(params, "trials");
  if (trials) read(*trials, value.trials, Scope(scope.errors(), name, "trials"), range(1, 10000));
  if (value.method->planned) {
    if (value.label.empty() && !value.method->torch) value.label = value.method->describe({}).label;
    if (value.label.empty()) value.label = name;
    return;
  }
  const std::size_t before = scope.errors().size();
  read_params(params, value, scope);
  if (trials && value.searches.empty()) {
    scope.error(trials->mark, fmt::format("`trials` in {}: the model searches nothing; write {{search: ...}} in place of a value", name));
  }
  if (scope.errors().size() > before || !value.label.empty()) return;
  value.label = own_label(value);
}

/// A search may stand in place of each value.
void allow_searches(OrderedJson& params) {
  for (auto& [key, property] : params["properties"].items()) {
    if (property.contains("properties")) {
      allow_searches(property);
      continue;
    }
    OrderedJson outer = {{"anyOf", {property, {{"$ref", "#/$defs/search"}}}}};
    for (const char* part : {"description", "default"}) {
      if (property.contains(part)) outer[part] = property[part];
    }
    property = std::move(outer);
  }
}

OrderedJson params_schema(const Method& method) {
  OrderedJson params = method.planned ? OrderedJson{{"type", "object"}} : method.parameters->schema();
  if (!method.planned) {
    allow_searches(params);
    params["properties"]["trials"] = {{"type", "integer"}, {"minimum", 1}, {"description", "instead of tuning.trials"}};
  }
  params["properties"]["label"] = {{"type", "string"}, {"description", "its name in tables"}};
  OrderedJson presets = OrderedJson::array();
  for (const Preset& preset : method.presets) presets.push_back(preset.name);
  if (!presets.empty()) params["properties"]["preset"] = {{"enum", presets}, {"description", "parameters to start from"}};
  return params;
}

}  // namespace

void Custom<ModelConfig>::parse(const Node& node, ModelConfig& value, const Scope& scope) {
  if (node.kind == Node::Kind::kScalar) {
    read_method(node.scalar, node.mark, Node{}, value, scope);
  } else if (node.kind == Node::Kind::kMap && node.members.size() == 1) {
    read_method(node.members[0].first, node.key_marks[0], node.members[0].second, value, scope);
  } else {
    scope.expected(node, "a model, as in `- bpr` or `- bpr: {dim: 64}`");
  }
}

OrderedJson Custom<ModelConfig>::echo(const ModelConfig& value) {
  OrderedJson params = {{"label", value.label}};
  if (value.trials) params["trials"] = *value.trials;
  if (!value.method->planned) {
    OrderedJson fields = value.method->parameters->echo(value.params);
    for (const Search& search : value.searches) {
      fields[OrderedJson::json_pointer(parameter_pointer(search.path).to_string())] = search.echo();
    }
    for (const auto& [key, field] : fields.items()) params[key] = field;
  }
  return {{value.name, params}};
}

OrderedJson Custom<ModelConfig>::schema() {
  OrderedJson names = OrderedJson::array(), maps = OrderedJson::array();
  for (const Method* method : Registry::instance().all()) {
    names.push_back(method->name);
    maps.push_back({{"type", "object"},
                    {"properties", {{method->name, {{"anyOf", {params_schema(*method), {{"type", "null"}}}}}}}},
                    {"required", {method->name}},
                    {"additionalProperties", false}});
  }
  OrderedJson one_of = OrderedJson::array({{{"enum", names}}});
  for (auto& map : maps) one_of.push_back(std::move(map));
  return {{"oneOf", one_of}};
}

}  // namespace motive::config
