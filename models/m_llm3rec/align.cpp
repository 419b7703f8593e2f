#include "models/m_llm3rec/align.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "framework/llm/later.h"

namespace motive {
namespace {

const std::vector<std::string>& placeholders() {
  static const std::vector<std::string> kKnown = {"has_profile", "profile",    "has_user",         "user",      "history",
                                                  "candidates",  "candidate",  "candidates_count", "pair",      "wanted",
                                                  "has_traits",  "with_reasons", "exemplars",      "reasons"};
  return kKnown;
}

const char* own_prompt(How how) {
  switch (how) {
    case How::kListwise: return "mar_list.mustache";
    case How::kPointwise: return "mar_point.mustache";
    case How::kPairwise: return "mar_pair.mustache";
    case How::kLogprob: return "mar_yes_no.mustache";
  }
  return "";
}

Json object_schema(const Json& properties) {
  Json schema = {{"type", "object"}, {"properties", properties}, {"required", Json::array()}, {"additionalProperties", false}};
  for (const auto& [name, property] : properties.items()) schema["required"].push_back(name);
  return schema;
}

Json verdict_schema(const std::vector<std::string>& ids) {
  const Json verdict = object_schema({{"id", {{"type", "string"}, {"enum", ids}}}, {"faithful", {{"type", "boolean"}}}});
  return object_schema({{"verdicts", {{"type", "array"}, {"items", verdict}, {"minItems", ids.size()}, {"maxItems", ids.size()}}}});
}

}  // namespace

std::optional<double> yes_probability(const Json& logprobs) {
  const Json none = Json::array();
  const Json& content = logprobs.is_object() && logprobs.contains("content") ? logprobs.at("content") : none;
  for (const Json& token : content) {
    double yes = 0, no = 0;
    for (const Json& one : token.value("top_logprobs", Json::array())) {
      std::string text;
      for (const char c : one.value("token", "")) {
        if (std::isalpha(static_cast<unsigned char>(c))) text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      }
      if (text == "yes") yes += std::exp(one.value("logprob", -100.0));
      if (text == "no") no += std::exp(one.value("logprob", -100.0));
    }
    if (yes + no > 0) return yes / (yes + no);
  }
  return std::nullopt;
}

Result<Aligner> Aligner::make(const MarParams& params) {
  Aligner aligner;
  aligner.params_ = params;
  auto rank = llm::Prompt::read(llm::prompt_file(params.prompt, Path(kPrompts) / own_prompt(params.how)), placeholders());
  if (!rank) return rank.error();
  aligner.rank_ = std::move(*rank);
  if (params.how != How::kListwise || !params.reasons || params.reflection == 0) return aligner;
  auto check = llm::Prompt::read(llm::prompt_file(params.check_prompt, Path(kPrompts) / "mar_check.mustache"), placeholders());
  if (!check) return check.error();
  aligner.check_ = std::move(*check);
  return aligner;
}

Json Aligner::prompts() const {
  Json json = {{"mar", rank_->hash()}};
  if (check_) json["mar_check"] = check_->hash();
  return json;
}

Json Aligner::values(const AlignSource& source) const {
  return {{"has_profile", !source.profile.empty()}, {"profile", source.profile}, {"has_user", !source.user.empty()},
          {"user", source.user}, {"history", source.history}, {"has_traits", source.traits},
          {"exemplars", params_.exemplars}, {"with_reasons", params_.reasons}};
}

Result<Aligned> Aligner::align(llm::Client& client, const AlignSource& source) const {
  switch (params_.how) {
    case How::kListwise: return listwise(client, source);
    case How::kPairwise: return pairwise(client, source);
    case How::kPointwise:
    case How::kLogprob: return pointwise(client, source);
  }
  return fail("unknown way of ranking");
}

Result<Aligned> Aligner::listwise(llm::Client& client, const AlignSource& source) const {
  const llm::ListwiseOptions options{.endpoint = params_.endpoint, .module = "mar", .top = static_cast<std::size_t>(params_.top),
                                     .reasons = params_.reasons, .permutations = static_cast<std::uint32_t>(params_.permutations),
                                     .window = static_cast<std::size_t>(params_.window), .stride = static_cast<std::size_t>(params_.stride),
                                     .temperature = params_.temperature, .top_p = params_.top_p, .max_tokens = params_.max_tokens,
                                     .llm_seed = source.llm_seed, .prompt_seed = source.prompt_seed};
  const llm::ShowCandidates show = [&](std::span<const std::uint32_t> places, std::span<const std::string> ids, std::size_t wanted) {
    Json given = values(source);
    std::string text;
    for (std::size_t p = 0; p < places.size(); ++p) {
      text += fmt::format("{}[{}] {}", p ? "\n" : "", ids[p], source.candidates[places[p]]);
    }
    given["candidates"] = text;
    given["candidates_count"] = places.size();
    given["wanted"] = wanted;
    return rank_->render(given);
  };
  Aligned aligned;
  MOTIVE_ASSIGN(aligned.list, llm::rank_listwise(client, options, source.candidates.size(), source.row, show));
  for (const auto& [what, n] : aligned.list->counts) aligned.counts[what] += n;
  for (int round = 0; check_ && round < params_.reflection; ++round) MOTIVE_TRY(check_reasons(client, source, aligned));
  return aligned;
}

/// Of the first `top` those with a reason; who is found unfaithful goes behind the others of them.
Status Aligner::check_reasons(llm::Client& client, const AlignSource& source, Aligned& aligned) const {
  llm::ListwiseResult& list = *aligned.list;
  std::vector<std::uint32_t> places;
  std::vector<std::string> ids;
  std::string text;
  const std::size_t top = std::min(list.order.size(), static_cast<std::size_t>(params_.top));
  for (std::size_t r = 0; r < top; ++r) {
    const std::uint32_t place = list.order[r];
    if (list.reasons[place].empty()) continue;
    places.push_back(place);
    ids.push_back(llm::candidate_id(places.size() - 1, top));
    text += fmt::format("{}[{}] {} (traits: {})", text.empty() ? "" : "\n", ids.back(), llm::data_text(list.reasons[place]),
                        source.candidates[place]);
  }
  if (places.empty()) return {};
  Json given = values(source);
  given["reasons"] = text;
  const llm::ChatRequest request{.messages = check_->render(given), .temperature = params_.temperature, .top_p = params_.top_p,
                                 .max_tokens = params_.max_tokens, .task = "rationale_check", .schema = verdict_schema(ids),
                                 .module = "mar"};
  MOTIVE_ASSIGN(const llm::Answer answer, client.chat(params_.endpoint, request, source.llm_seed));
  if (answer.outcome != llm::Outcome::kOk) {
    ++aligned.counts[fmt::format("checks of reasons {}", llm::outcome_name(answer.outcome))];
    return {};
  }
  aligned.unfaithful.assign(source.candidates.size(), 0);
  for (const Json& verdict : answer.json.at("verdicts")) {
    const auto id = std::find(ids.begin(), ids.end(), verdict.at("id").get<std::string>());
    if (id == ids.end() || verdict.at("faithful").get<bool>()) continue;
    aligned.unfaithful[places[static_cast<std::size_t>(id - ids.begin())]] = 1;
  }
  const auto fails = static_cast<std::uint64_t>(std::count(aligned.unfaithful.begin(), aligned.unfaithful.end(), 1));
  if (fails > 0) aligned.counts["reasons found unfaithful"] += fails;
  std::stable_partition(list.order.begin(), list.order.begin() + static_cast<std::ptrdiff_t>(top),
                        [&](std::uint32_t place) { return aligned.unfaithful[place] == 0; });
  return {};
}

Result<std::optional<float>> Aligner::score_of(llm::Client& client, const AlignSource& source, const std::string& candidate,
                                               Aligned& aligned) const {
  const bool logprob = params_.how == How::kLogprob;
  Json given = values(source);
  given["candidate"] = candidate;
  llm::ChatRequest request{.messages = rank_->render(given), .temperature = params_.temperature, .top_p = params_.top_p,
                           .max_tokens = logprob ? 4 : params_.max_tokens, .task = logprob ? "yes_no" : "relevance", .schema = {},
                           .top_logprobs = logprob ? 20 : 0, .module = "mar"};
  if (!logprob) request.schema = object_schema({{"score", {{"type", "integer"}, {"minimum", 0}, {"maximum", 100}}}});
  MOTIVE_ASSIGN(const llm::Answer answer, client.chat(params_.endpoint, request, source.llm_seed));
  if (logprob) {
    // A few tokens are all that is asked for: an answer that is cut is as good.
    if (const auto probability = yes_probability(answer.logprobs)) return std::optional<float>(static_cast<float>(*probability));
    if (answer.logprobs.is_null() && (answer.outcome == llm::Outcome::kOk || answer.outcome == llm::Outcome::kTruncated)) {
      return invalid("endpoint `{}` gives no log-probabilities of tokens, which `how: logprob` needs; take another endpoint, or how: pointwise",
                     params_.endpoint);
    }
  } else if (answer.outcome == llm::Outcome::kOk) {
    return std::optional<float>(answer.json.at("score").get<float>());
  }
  ++aligned.counts[fmt::format("candidates without a score, answer {}", llm::outcome_name(answer.outcome))];
  return std::optional<float>();
}

/// A candidate without a score stands below all that have one.
Result<Aligned> Aligner::pointwise(llm::Client& client, const AlignSource& source) const {
  Aligned aligned;
  llm::IndependentCalls calls;
  for (const std::string& candidate : source.candidates) {
    const auto score = score_of(client, source, candidate, aligned);
    MOTIVE_TRY(calls.made(score));
    if (score) aligned.scores.push_back(score->value_or(-1));
  }
  MOTIVE_TRY(calls.all_there());
  return aligned;
}

/// All pairs; which of the two is shown first alternates by a seeded order. A wrong answer gives both half a win.
Result<Aligned> Aligner::pairwise(llm::Client& client, const AlignSource& source) const {
  const std::size_t n = source.candidates.size();
  Aligned aligned;
  aligned.scores.assign(n, 0);
  const Json schema = object_schema({{"better", {{"type", "string"}, {"enum", {"a", "b"}}}}});
  const std::vector<std::uint32_t> order = llm::shown_order(n, source.prompt_seed, source.row, 0);
  llm::IndependentCalls calls;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = i + 1; j < n; ++j) {
      const bool swap = (i + j) % 2 == 1;
      const std::uint32_t a = order[swap ? j : i], b = order[swap ? i : j];
      Json given = values(source);
      given["pair"] = fmt::format("[a] {}\n[b] {}", source.candidates[a], source.candidates[b]);
      const llm::ChatRequest request{.messages = rank_->render(given), .temperature = params_.temperature, .top_p = params_.top_p,
                                     .max_tokens = params_.max_tokens, .task = "preference", .schema = schema, .module = "mar"};
      const auto answer = client.chat(params_.endpoint, request, source.llm_seed);
      MOTIVE_TRY(calls.made(answer));
      if (!answer) continue;
      if (answer->outcome == llm::Outcome::kOk) {
        aligned.scores[answer->json.at("better") == "a" ? a : b] += 1;
      } else {
        ++aligned.counts[fmt::format("pairs {}", llm::outcome_name(answer->outcome))];
        aligned.scores[a] += 0.5f;
        aligned.scores[b] += 0.5f;
      }
    }
  }
  MOTIVE_TRY(calls.all_there());
  return aligned;
}

}  // namespace motive
