// Tasks that compare a user with candidates.

#include "framework/llm/offline_rank.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/llm/parse_json.h"

namespace motive::llm::offline {
namespace {

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

/// What the reasons are held against: the profile, or what the history says.
Profile held(const Task& task) {
  if (const auto text = block(task.message, "profile")) return read_profile(*text);
  const auto history = read_history(block(task.message, "history").value_or(""));
  return profile_of(read_findings(read_schema(block(task.message, "schema").value_or("")), history, ""));
}

}  // namespace

std::size_t list_bound(const Task& task, const char* list, const char* bound, std::size_t otherwise) {
  const Json& value = member_at(member_at(member_at(*task.schema, "properties"), list), bound);
  return value.is_number_unsigned() ? value.get<std::size_t>() : otherwise;
}

Result<Json> ranking(const Task& task) {
  const auto candidates = read_candidates(block(task.message, "candidates").value_or(""));
  const Taste taste = taste_of(task);
  MOTIVE_ASSIGN(const auto matches, match(taste, candidates, task.sentence_vectors));
  const Json& list = member_at(member_at(*task.schema, "properties"), "ranking");
  const bool reasons = text_at(member_at(list, "items"), "type") == "object";
  auto order = best_first(candidates, matches);
  const std::size_t wanted = list_bound(task, "ranking", "maxItems", list_bound(task, "ranking", "minItems", order.size()));
  order.resize(std::min(order.size(), wanted));
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
  const Profile profile = held(task);
  const auto stems = stated(profile);
  Json verdicts = Json::array();
  for (const Candidate& reason : read_candidates(block(task.message, "reasons").value_or(""))) {
    // The candidate's traits may stand behind the reason: they are not what it says.
    const std::string said = reason.text.substr(0, reason.text.find("(traits:"));
    verdicts.push_back({{"id", reason.id}, {"faithful", is_faithful(said, profile, stems)}});
  }
  return {{"verdicts", std::move(verdicts)}};
}

}  // namespace motive::llm::offline
