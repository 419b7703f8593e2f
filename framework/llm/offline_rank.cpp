// Tasks that compare a user with candidates.

#include "framework/llm/offline_rank.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/llm/parse_json.h"

namespace motive::llm::offline {
namespace {

const Json& at_path(const Json& json, std::initializer_list<const char*> path) {
  const Json* value = &json;
  for (const char* key : path) value = &member_at(*value, key);
  return *value;
}

/// How many ids the schema asks for.
std::size_t wanted(const Json& list, std::size_t candidates) {
  std::size_t count = candidates;
  for (const char* bound : {"maxItems", "minItems"}) {
    const Json& value = member_at(list, bound);
    if (!value.is_number_unsigned()) continue;
    count = std::min<std::size_t>(value.get<std::size_t>(), candidates);
    break;
  }
  return count;
}

std::string reason_of(const Taste& taste, const Match& match) {
  std::string reason = "no stated motivation speaks for it";
  if (match.motive) reason = "speaks for " + taste.dimensions[match.dimension].name;
  for (std::size_t i = 0; i < match.shared.size(); ++i) reason += (i ? ", " : ": ") + match.shared[i];
  return reason;
}

/// Stems that a profile states: names of dimensions and keywords; of free text, all its words.
std::set<std::string> stated(const Profile& profile) {
  std::set<std::string> stems;
  const auto add = [&](std::string_view source) {
    const Text text = read_text(source);
    for (std::size_t i = 0; i < text.words.size(); ++i) {
      if (is_content(text.words[i])) stems.insert(text.stems[i]);
    }
  };
  for (const Entry& entry : profile) {
    add(entry.dimension);
    for (const std::string& keyword : entry.keywords) add(keyword);
    if (entry.keywords.empty()) add(entry.sentence);
  }
  return stems;
}

bool is_faithful(const std::string& reason, const Profile& profile, const std::set<std::string>& stems) {
  const Text text = read_text(reason);
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    if (is_content(text.words[i]) && stems.count(text.stems[i])) return true;
  }
  std::vector<Dimension> dimensions;
  for (const Entry& entry : profile) {
    if (!entry.dimension.empty()) dimensions.push_back(dimension_of(entry.dimension, ""));
  }
  const auto found = mentions(dimensions, text);
  return std::any_of(found.begin(), found.end(), [](const Mention& mention) { return mention.weight >= 1; });
}

}  // namespace

Result<Json> ranking(const Task& task) {
  const auto candidates = read_candidates(block(task.message, "candidates").value_or(""));
  const Taste taste = taste_of(task);
  MOTIVE_ASSIGN(const auto matches, match(taste, candidates, task.sentence_vectors));
  const Json& list = at_path(*task.schema, {"properties", "ranking"});
  const bool reasons = text_at(at_path(list, {"items"}), "type") == "object";
  auto order = best_first(candidates, matches);
  order.resize(wanted(list, candidates.size()));
  Json ranked = Json::array();
  for (std::size_t place : order) {
    const std::string& id = candidates[place].id;
    ranked.push_back(reasons ? Json{{"id", id}, {"reason", reason_of(taste, matches[place])}} : Json(id));
  }
  return Json{{"ranking", std::move(ranked)}};
}

Result<double> relevance(const Task& task) {
  const std::string text(block(task.message, "candidate").value_or(""));
  MOTIVE_ASSIGN(const auto matches, match(taste_of(task), {{"", text}}, task.sentence_vectors));
  return 100 * (1 - std::exp(-1.5 * std::max(0.0, matches[0].score)));
}

Result<Json> preference(const Task& task) {
  const auto pair = read_candidates(block(task.message, "pair").value_or(""));
  if (pair.empty()) return Json{{"better", "a"}};
  MOTIVE_ASSIGN(const auto matches, match(taste_of(task), pair, task.sentence_vectors));
  return Json{{"better", pair[best_first(pair, matches)[0]].id}};
}

Json rationale_check(const Task& task) {
  const Profile profile = read_profile(block(task.message, "profile").value_or(""));
  const auto stems = stated(profile);
  Json verdicts = Json::array();
  for (const Candidate& reason : read_candidates(block(task.message, "reasons").value_or(""))) {
    verdicts.push_back({{"id", reason.id}, {"faithful", is_faithful(reason.text, profile, stems)}});
  }
  return {{"verdicts", std::move(verdicts)}};
}

}  // namespace motive::llm::offline
