#include "models/m_llm3rec/profile.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "framework/llm/later.h"

namespace motive {
namespace {

/// Lower-case words of at least three letters.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (word.size() >= 3) words.insert(word);
    word.clear();
  }
  return words;
}

std::set<std::string> features_of(const Profile& profile, Coherence by) {
  std::set<std::string> features;
  for (const Motive& motive : profile.motives) {
    if (by == Coherence::kSchema) {
      features.insert(motive.dimension);
      continue;
    }
    for (const std::string& keyword : motive.keywords) features.merge(words_of(keyword));
    features.merge(words_of(motive.motivation));
  }
  return features;
}

Profile prior_of(const std::vector<Dimension>& dimensions) {
  Profile profile{.motives = {}, .prior = true};
  for (const Dimension& d : dimensions) profile.motives.push_back({d.name, d.description, {}, 3});
  return profile;
}

std::string schema_text(const std::vector<Dimension>& dimensions) {
  std::string text;
  for (const Dimension& d : dimensions) text += fmt::format("{}- {}: {}", text.empty() ? "" : "\n", d.name, d.description);
  return text;
}

/// As describe_history, with traits in place of text.
std::string trait_history(const ProfileSource& source, std::size_t events, bool ratings) {
  const Query& query = *source.query;
  std::string text;
  std::size_t number = 0;
  for (std::size_t h = query.history.size() - std::min(events, query.history.size()); h < query.history.size(); ++h) {
    text += fmt::format("{}{}. Traits: {}", text.empty() ? "" : "\n", ++number,
                        fmt::join((*source.traits)[index(query.history[h])], "; "));
    if (ratings && !query.ratings.empty()) text += fmt::format("\n   Rating: {:g} of {:g}", query.ratings[h], source.best_rating);
  }
  return text;
}

const std::vector<std::string>& placeholders() {
  static const std::vector<std::string> kKnown = {"exemplars", "has_schema", "schema", "has_user", "user", "has_history", "history",
                                                  "profile", "profiles"};
  return kKnown;
}

std::int64_t tokens_of(const std::vector<llm::Message>& messages) {
  std::int64_t tokens = 0;
  for (const llm::Message& message : messages) tokens += llm::estimate_tokens(message.content) + 4;
  return tokens;
}

}  // namespace

std::string Profile::text() const {
  std::string text;
  for (const Motive& m : motives) {
    text += fmt::format("{}- {} (strength {}): {}", text.empty() ? "" : "\n", m.dimension, m.strength, m.motivation);
    if (!m.keywords.empty()) text += fmt::format("; keywords: {}", fmt::join(m.keywords, ", "));
  }
  return text;
}

Json Profile::to_json() const {
  Json list = Json::array();
  for (const Motive& m : motives) {
    list.push_back({{"dimension", m.dimension}, {"motivation", m.motivation}, {"keywords", m.keywords}, {"strength", m.strength}});
  }
  return list;
}

Profile profile_from(const Json& answer) {
  Profile profile;
  for (const Json& m : answer.at("motivations")) {
    Motive motive{llm::data_text(m.at("dimension").get<std::string>()), llm::data_text(m.at("motivation").get<std::string>()), {},
                  m.at("strength").get<int>()};
    for (const Json& keyword : m.at("keywords")) motive.keywords.push_back(llm::data_text(keyword.get<std::string>()));
    profile.motives.push_back(std::move(motive));
  }
  std::stable_sort(profile.motives.begin(), profile.motives.end(),
                   [](const Motive& a, const Motive& b) { return a.strength > b.strength; });
  return profile;
}

Json profile_schema(const std::vector<Dimension>& dimensions) {
  Json dimension = {{"type", "string"}};
  for (const Dimension& d : dimensions) dimension["enum"].push_back(d.name);
  const Json motive = {{"type", "object"},
                       {"properties",
                        {{"dimension", dimension},
                         {"motivation", {{"type", "string"}}},
                         {"keywords", {{"type", "array"}, {"items", {{"type", "string"}}}, {"maxItems", 8}}},
                         {"strength", {{"type", "integer"}, {"minimum", 1}, {"maximum", 5}}}}},
                       {"required", {"dimension", "motivation", "keywords", "strength"}},
                       {"additionalProperties", false}};
  return {{"type", "object"},
          {"properties", {{"motivations", {{"type", "array"}, {"items", motive}, {"minItems", 1}, {"maxItems", 12}}}}},
          {"required", {"motivations"}},
          {"additionalProperties", false}};
}

double similarity(const Profile& a, const Profile& b, Coherence by) {
  const std::set<std::string> x = features_of(a, by), y = features_of(b, by);
  std::size_t both = 0;
  for (const std::string& feature : x) both += y.count(feature);
  const std::size_t either = x.size() + y.size() - both;
  return either == 0 ? 1 : static_cast<double>(both) / static_cast<double>(either);
}

Result<ProfileExtractor> ProfileExtractor::make(const MLlm3RecParams& params) {
  ProfileExtractor extractor;
  extractor.params_ = params.mope;
  if (params.mope.schema) extractor.dimensions_ = params.dimensions();
  const auto read = [](std::optional<llm::Prompt>& into, const std::string& own, const char* name) -> Status {
    auto prompt = llm::Prompt::read(llm::prompt_file(own, Path(kPrompts) / name), placeholders());
    if (!prompt) return prompt.error();
    into = std::move(*prompt);
    return {};
  };
  MOTIVE_TRY(read(extractor.extract_, params.mope.prompt, "mope.mustache"));
  if (params.mope.reflection > 0) MOTIVE_TRY(read(extractor.review_, params.mope.review_prompt, "mope_review.mustache"));
  if (params.mope.per_item) MOTIVE_TRY(read(extractor.merge_, params.mope.merge_prompt, "mope_merge.mustache"));
  return extractor;
}

Json ProfileExtractor::prompts() const {
  Json json = Json::object();
  json["mope"] = extract_->hash();
  if (review_) json["mope_review"] = review_->hash();
  if (merge_) json["mope_merge"] = merge_->hash();
  return json;
}

Json ProfileExtractor::values(const ProfileSource& source, std::size_t events, int field_tokens, Extracted& out) const {
  const Query& query = *source.query;
  std::string history;
  if (params_.traits) {
    history = trait_history(source, events, params_.ratings);
  } else {
    const llm::TextOptions options{params_.fields, field_tokens, params_.ratings};
    const auto described = llm::describe_history(*source.items, query.history, query.ratings, events, source.best_rating, options);
    history = described.text;
    if (described.empty > 0) out.counts["history items without text"] = described.empty;
    if (described.cut > 0) out.counts["history items with cut text"] = described.cut;
  }
  const std::string user = params_.metadata ? llm::describe_user(*source.users, query.user, params_.metadata_fields) : "";
  out.evidence = user + "\n" + history;
  return {{"exemplars", params_.exemplars}, {"has_schema", !dimensions_.empty()}, {"schema", schema_text(dimensions_)},
          {"has_user", !user.empty()}, {"user", user}, {"has_history", !history.empty()}, {"history", history}};
}

Result<std::optional<Profile>> ProfileExtractor::ask(llm::Client& client, const llm::Prompt& prompt, const Json& values,
                                                     const char* task, std::uint64_t llm_seed, Extracted& out) const {
  const llm::ChatRequest request{.messages = prompt.render(values), .temperature = params_.temperature, .top_p = params_.top_p,
                                 .max_tokens = params_.max_tokens, .task = task, .schema = profile_schema(dimensions_),
                                 .module = "mope"};
  MOTIVE_ASSIGN(const llm::Answer answer, client.chat(params_.endpoint, request, llm_seed));
  if (answer.outcome == llm::Outcome::kOk) return std::optional<Profile>(profile_from(answer.json));
  ++out.counts[fmt::format("profiles {}", llm::outcome_name(answer.outcome))];
  return std::optional<Profile>();
}

Result<std::vector<Profile>> ProfileExtractor::per_item(llm::Client& client, const ProfileSource& source, Extracted& out) const {
  std::vector<Profile> profiles;
  llm::IndependentCalls calls;
  const Query& query = *source.query;
  const std::size_t n = std::min(query.history.size(), static_cast<std::size_t>(params_.history));
  for (std::size_t h = query.history.size() - n; h < query.history.size(); ++h) {
    Query one = query;
    one.history = query.history.subspan(h, 1);
    if (!query.ratings.empty()) one.ratings = query.ratings.subspan(h, 1);
    ProfileSource part = source;
    part.query = &one;
    Extracted ignored;
    auto profile = ask(client, *extract_, values(part, 1, params_.field_tokens, ignored), "motivation_profile",
                       source.llm_seed, out);
    MOTIVE_TRY(calls.made(profile));
    if (profile && *profile) profiles.push_back(std::move(**profile));
  }
  MOTIVE_TRY(calls.all_there());
  return profiles;
}

/// Mean over all ordered pairs, p = q included, as printed; without those pairs beside it, since they add a constant.
Status ProfileExtractor::add_coherence(llm::Client& client, const std::vector<Profile>& profiles, Extracted& out) const {
  const std::size_t k = profiles.size();
  if (k == 0) return {};
  for (const Coherence by : params_.coherence) {
    std::vector<std::vector<float>> vectors;
    if (by == Coherence::kEmbedding) {
      std::vector<std::string> texts;
      for (const Profile& profile : profiles) texts.push_back(profile.text());
      MOTIVE_ASSIGN(vectors, client.embed(params_.endpoint, texts, "mope"));
    }
    double all = 0, others = 0;
    for (std::size_t p = 0; p < k; ++p) {
      for (std::size_t q = 0; q < k; ++q) {
        double value = 0;
        if (by == Coherence::kEmbedding) {
          for (std::size_t d = 0; d < vectors[p].size(); ++d) value += static_cast<double>(vectors[p][d]) * vectors[q][d];
        } else {
          value = similarity(profiles[p], profiles[q], by);
        }
        all += value;
        if (p != q) others += value;
      }
    }
    static constexpr const char* kNames[] = {"schema", "keywords", "embedding"};
    const char* name = kNames[static_cast<std::size_t>(by)];
    out.observed[fmt::format("coherence ({})", name)] = all / static_cast<double>(k * k);
    if (k > 1) out.observed[fmt::format("coherence ({}, other events)", name)] = others / static_cast<double>(k * (k - 1));
  }
  return {};
}

Status ProfileExtractor::read_parts(llm::Client& client, const ProfileSource& source, Extracted& out,
                                    std::vector<Profile>& parts) const {
  MOTIVE_ASSIGN(parts, per_item(client, source, out));
  return add_coherence(client, parts, out);
}

Result<ProfileExtractor::Extracted> ProfileExtractor::extract(llm::Client& client, const ProfileSource& source) const {
  Extracted out;
  auto events = std::min(source.query->history.size(), static_cast<std::size_t>(params_.history));
  int field_tokens = params_.field_tokens;
  Json given = values(source, events, field_tokens, out);
  if (!given.at("has_history").get<bool>() && !given.at("has_user").get<bool>()) {
    out.profile = prior_of(dimensions_.empty() ? default_schema() : dimensions_);
    out.counts["users of whom nothing is known"] = 1;
    return out;
  }
  // The oldest events go first, then text: what is left is the most recent.
  const std::int64_t context = client.endpoint(params_.endpoint).context;
  bool shortened = false;
  while (context > 0 && tokens_of(extract_->render(given)) + params_.max_tokens > context && (events > 1 || field_tokens > 10)) {
    events > 1 ? void(--events) : void(field_tokens /= 2);
    given = values(source, events, field_tokens, out);
    shortened = true;
  }
  if (shortened) out.counts["histories shortened to fit the context"] = 1;
  std::vector<Profile> parts;
  llm::IndependentCalls calls;  // without a merge the profile does not rest on its parts
  if (params_.per_item || !params_.coherence.empty()) MOTIVE_TRY(calls.made(read_parts(client, source, out, parts)));
  if (params_.per_item) MOTIVE_TRY(calls.all_there());
  std::optional<Profile> profile;
  if (params_.per_item && parts.size() > 1) {
    Json all = given;
    std::string texts;
    for (std::size_t p = 0; p < parts.size(); ++p) texts += fmt::format("{}Profile {}:\n{}", p ? "\n" : "", p + 1, parts[p].text());
    all["profiles"] = texts;
    MOTIVE_ASSIGN(profile, ask(client, *merge_, all, "merged_profile", source.llm_seed, out));
  } else {
    MOTIVE_ASSIGN(profile, ask(client, *extract_, given, "motivation_profile", source.llm_seed, out));
  }
  for (int round = 0; profile && round < params_.reflection; ++round) {
    Json again = given;
    again["profile"] = profile->text();
    MOTIVE_ASSIGN(auto revised, ask(client, *review_, again, "profile_review", source.llm_seed, out));
    if (!revised) break;  // counted; the profile before it stands
    profile = std::move(revised);
  }
  MOTIVE_TRY(calls.all_there());
  out.profile = profile ? std::move(*profile) : prior_of(dimensions_.empty() ? default_schema() : dimensions_);
  return out;
}

}  // namespace motive
