#include "framework/experiment/plan_parts.h"

namespace motive {

Json descriptor_key(const Descriptor& descriptor) {
  Json json = descriptor_to_json(descriptor);
  for (const char* key : {"title", "source", "terms", "cite", "path", "base_folder", "size", "checksums"}) json.erase(key);
  return json;
}

Json parameters_of(const ModelConfig& model) {
  Json parameters = Json::parse(model.method->parameters->echo(model.params).dump());
  for (const Search& search : model.searches) parameters[parameter_pointer(search.path)] = Json::parse(search.echo().dump());
  return parameters;
}

std::string inability(const SplitConfig& split, const ProtocolKind& protocol, const MethodInfo& info) {
  if (info.lists_only && protocol.full) return "a language model reads lists, not a whole catalogue: give the candidates `negatives`";
  if (split.type == SplitType::kItemCold && !protocol.warm_targets && !info.unseen_items) {
    return "cannot score items without training events, and every target is one";
  }
  if (split.type != SplitType::kUserCold) return "";
  if (!info.unseen_users) return "cannot rank for users without training events, and every test user is one";
  if (split.max_history == 0 && !info.empty_history) return "cannot rank for users of whom nothing is known, and nothing is shown of any";
  return "";
}

FitPlace place_of(const Plan::PlannedSplit& split) {
  return {split.dataset, split.split, split.seeds.split.value_or(0), split.seeds.order.value_or(0), split.fold ? *split.fold + 1 : 0};
}

std::uint64_t candidates_beside_target(const Json& spec) {
  if (spec.contains("retriever")) return spec.at("retriever").at("keep").get<std::uint64_t>();
  return spec.at("negatives").get<std::uint64_t>();
}

std::string split_file_stem(const Plan::PlannedSplit& split) {
  std::string stem = fmt::format("{}-{}-{}", split.dataset, split.split, split.seeds.split.value_or(0));
  if (split.seeds.order) stem += fmt::format("-order{}", *split.seeds.order);
  if (split.fold) stem += fmt::format("-fold{}", *split.fold + 1);
  return stem;
}

}  // namespace motive
