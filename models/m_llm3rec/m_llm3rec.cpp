#include "models/m_llm3rec/m_llm3rec.h"

#include <algorithm>
#include <numeric>

#include "framework/llm/batch.h"
#include "framework/recommend/each_query.h"
#include "framework/recommend/rating_scale.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

constexpr const char* kName = "m_llm3rec";
constexpr const char* kVersion = "1";

/// Tokens of the prompts without their data, and of answers: as measured, for plans.
constexpr double kMopeTokens = 420, kReviewTokens = 260, kMarTokens = 260, kCheckTokens = 150, kExemplarTokens = 260;
constexpr double kProfileTokens = 160, kTraitTokens = 40, kReasonTokens = 22, kIdTokens = 5;

/// A profile: one call, and one a round of reflection, or one an event besides.
LlmLoad profile_load(const MopeParams& p, double users, const Shape& s) {
  const double events = std::min(s.history, static_cast<double>(p.history));
  const double calls = (p.per_item || !p.coherence.empty() ? events : 0) + 1 + p.reflection;
  const double history = events * (std::min(s.item_tokens, 2.0 * p.field_tokens) + 10);
  const double prompt = kMopeTokens + (p.exemplars ? kExemplarTokens : 0) + history;
  return {static_cast<std::uint64_t>(users * calls), users * (calls * prompt + p.reflection * (kReviewTokens + kProfileTokens)),
          users * calls * kProfileTokens};
}

LlmLoad align_load(const MLlm3RecParams& p, double users, const Shape& s) {
  const double n = static_cast<double>(s.candidates), item = p.mote.enabled ? kTraitTokens : std::min(s.item_tokens, 2.0 * p.mote.field_tokens);
  const double user = p.mope.enabled ? kProfileTokens : s.history * s.item_tokens;
  if (p.mar.how != How::kListwise) {
    const double calls = p.mar.how == How::kPairwise ? n * (n - 1) / 2 : n;
    return {static_cast<std::uint64_t>(users * calls), users * calls * (120 + user + item * (p.mar.how == How::kPairwise ? 2 : 1)), users * calls * kIdTokens};
  }
  const double lists = p.mar.window > 0 && p.mar.window < n ? std::ceil((n - p.mar.window) / p.mar.stride) + 1 : 1;
  const double calls = lists * p.mar.permutations, checks = p.mar.reasons ? p.mar.reflection : 0;
  const double shown = p.mar.window > 0 ? std::min<double>(n, p.mar.window) : n, top = std::min<double>(shown, p.mar.top);
  const double answer = top * (kIdTokens + (p.mar.reasons ? kReasonTokens : 0));
  return {static_cast<std::uint64_t>(users * (calls + checks)),
          users * (calls * (kMarTokens + user + shown * (item + 4)) + checks * (kCheckTokens + user + top * (item + kReasonTokens))),
          users * (calls * answer + checks * top * kIdTokens * 2)};
}

void add_load(Estimate& estimate, const std::string& endpoint, const LlmLoad& load) {
  LlmLoad& sum = estimate.llm[endpoint];
  sum.calls += load.calls;
  sum.prompt_tokens += load.prompt_tokens;
  sum.answer_tokens += load.answer_tokens;
}

Estimate rank_estimate(const MLlm3RecParams& p, const Shape& s) {
  const double users = static_cast<double>(s.queries);
  Estimate estimate{users * 0.004, s.queries * 3000 + s.items * 300};
  if (p.mope.enabled) add_load(estimate, p.mope.endpoint, profile_load(p.mope, users, s));
  add_load(estimate, p.mar.endpoint, align_load(p, users, s));
  return estimate;
}

/// The prompts are part of the key: an edited file is another method.
Result<std::string> prompts_hash(const MLlm3RecParams& p) {
  Json hashes = Json::object();
  MOTIVE_ASSIGN(const ProfileExtractor extractor, ProfileExtractor::make(p));
  MOTIVE_ASSIGN(const Aligner aligner, Aligner::make(p.mar));
  if (p.mope.enabled) hashes.update(extractor.prompts());
  hashes.update(aligner.prompts());
  return hashes.dump();
}

/// What is switched off, and how candidates are compared: names the row where the experiment does not.
std::string label_of(const MLlm3RecParams& p) {
  std::string label = "M-LLM3REC";
  if (!p.mope.enabled) label += " w/o MOPE";
  if (!p.mote.enabled) label += " w/o MOTE";
  if (p.mope.enabled && p.mope.reflection == 0 && p.mar.reflection == 0) label += " w/o reflection";
  if (p.mope.enabled && !p.mope.schema) label += " w/o schema";
  if (p.mope.enabled && !p.mope.metadata) label += " w/o metadata";
  if (!p.mope.exemplars && !p.mote.exemplars && !p.mar.exemplars) label += " w/o exemplars";
  static constexpr const char* kHow[] = {"", " pointwise", " pairwise", " logprob"};
  label += kHow[static_cast<std::size_t>(p.mar.how)];
  if (p.mar.permutations > 1) label += fmt::format(" {} orders", p.mar.permutations);
  if (p.mar.window > 0) label += fmt::format(" windows of {}", p.mar.window);
  return label;
}

MethodInfo describe(const MLlm3RecParams& p) {
  MethodInfo info{.code_version = kVersion, .stochastic = false, .unseen_users = true, .empty_history = true, .unseen_items = true,
                  .uses_order = true, .uses_text = true, .label = label_of(p)};
  info.lists_only = info.sampled = info.prompt_order = true;
  if (p.mope.enabled) info.endpoints.push_back(p.mope.endpoint);
  if (std::find(info.endpoints.begin(), info.endpoints.end(), p.mar.endpoint) == info.endpoints.end()) info.endpoints.push_back(p.mar.endpoint);
  if (p.mote.enabled) info.features = {item_traits(p.mote)};
  info.input = [p](const FitPlace&, std::uint64_t) { return prompts_hash(p); };
  info.fit_estimate = [](const Shape&) { return Estimate{0.1, 0}; };
  info.rank_estimate = [p](const Shape& s) { return rank_estimate(p, s); };
  return info;
}

const RegisterMethod<MLlm3RecParams, MLlm3Rec> kRegister{
    kName, "an LLM infers why users buy, distils items into traits, and matches the two",
    "Chen, Zeng, Huang: M-LLM3REC, CIKM 2025", describe};

}  // namespace

/// What rank() reads once for all users.
struct MLlm3Rec::Modules {
  ProfileExtractor extractor;
  Aligner aligner;
  Traits traits;
};

struct MLlm3Rec::Seen {
  ProfileExtractor::Extracted user;
  AlignSource source;
};

Status MLlm3Rec::fit(const TrainingView& train, FitContext&) {
  if (!llm::has_text(*train.items, params_.mope.fields)) {
    return Error{fmt::format("no item has a text in {}: there is nothing to infer motivations from", fmt::join(params_.mope.fields, ", ")),
                 ErrorKind::kNotApplicable};
  }
  best_rating_ = best_rating(train);
  return {};
}

Status MLlm3Rec::save(const Path& folder) const { return save_best_rating(best_rating_, folder, kName, kVersion); }

Status MLlm3Rec::load(const Path& folder) {
  MOTIVE_ASSIGN(best_rating_, load_best_rating(folder, kName, kVersion));
  return {};
}

Status MLlm3Rec::rank(QuerySource& queries, RankSink& sink, RankContext& context) const {
  if (queries.kind() == CandidateKind::kAll) {
    return Error{"a language model reads lists, not a whole catalogue; give the candidates `negatives`, or a first stage",
                 ErrorKind::kNotApplicable};
  }
  if (!context.llm || !context.items || !context.users) return fail("m_llm3rec needs a language model and the texts of the data");
  MOTIVE_ASSIGN(ProfileExtractor extractor, ProfileExtractor::make(params_));
  MOTIVE_ASSIGN(Aligner aligner, Aligner::make(params_.mar));
  Modules modules{std::move(extractor), std::move(aligner), {}};
  if (params_.mote.enabled) {
    MOTIVE_ASSIGN(const Path folder, context.features.of(item_traits(params_.mote)));
    MOTIVE_ASSIGN(modules.traits, Traits::read(folder, context.items->size()));
    for (const auto& [what, n] : modules.traits.counts) sink.count(what, n);
  }
  const auto one = [&](const Query& query) { return answer(query, modules, sink, context); };
  if (!params_.mope.batch && !params_.mar.batch) return each_query(queries, context.llm->width(), context, one);
  const std::vector<Query> all = all_queries(queries);
  MOTIVE_TRY(ask_in_batches(all, modules, context));
  return context.llm->each(all.size(), [&](std::size_t i) { return one(all[i]); }, context.progress, "users");
}

/// What MAR is told of a query: the user by MOPE or as he is, and the candidates.
Result<MLlm3Rec::Seen> MLlm3Rec::see(const Query& query, const Modules& modules, llm::Client& client,
                                     const RankContext& context) const {
  Seen seen;
  seen.source = {.profile = {}, .history = {}, .user = {}, .candidates = {}, .traits = params_.mote.enabled, .row = query.row,
                 .llm_seed = context.llm_seed, .prompt_seed = context.prompt_seed};
  if (params_.mope.enabled) {
    const ProfileSource from{&query, context.items, context.users, &modules.traits.of_item, best_rating_, context.llm_seed};
    MOTIVE_ASSIGN(seen.user, modules.extractor.extract(client, from));
    seen.source.profile = seen.user.profile.text();
  } else {
    const auto history = llm::describe_history(*context.items, query.history, query.ratings, static_cast<std::size_t>(params_.mope.history),
                                               best_rating_, params_.mope_text());
    seen.source.history = history.text.empty() ? "(nothing is known)" : history.text;
    if (params_.mope.metadata) seen.source.user = llm::describe_user(*context.users, query.user, params_.mope.metadata_fields);
    seen.user.evidence = seen.source.user + "\n" + seen.source.history;
  }
  for (const ItemId item : query.candidates) {
    const auto& traits = modules.traits.of_item;
    if (params_.mote.enabled && !traits[index(item)].empty()) {
      seen.source.candidates.push_back(fmt::format("{}", fmt::join(traits[index(item)], "; ")));
    } else {
      seen.source.candidates.push_back(llm::describe_line(*context.items, item, params_.mote_text()).text);
    }
  }
  return seen;
}

/// What the cache lacks of what answer() will ask.
Status MLlm3Rec::ask_in_batches(const std::vector<Query>& queries, const Modules& modules, const RankContext& context) const {
  llm::BatchWork work{.modules = {}, .units = queries.size(), .ask = {}};
  if (params_.mope.enabled && params_.mope.batch) work.modules.emplace("mope", params_.mope.endpoint);
  if (params_.mar.batch) work.modules.emplace("mar", params_.mar.endpoint);
  work.ask = [&](llm::Client& client, std::size_t i) -> Status {
    MOTIVE_ASSIGN(const Seen seen, see(queries[i], modules, client, context));
    MOTIVE_TRY(modules.aligner.align(client, seen.source));
    return {};
  };
  MOTIVE_TRY(llm::BatchJobs::run(*context.llm, work, {.progress = context.progress}));
  return {};
}

Status MLlm3Rec::answer(const Query& query, const Modules& modules, RankSink& sink, RankContext& context) const {
  MOTIVE_ASSIGN(const Seen seen, see(query, modules, *context.llm, context));
  Json said = Json::object();
  if (params_.mope.enabled) said["profile"] = seen.user.profile.to_json();
  if (seen.user.profile.prior) said["prior"] = true;
  for (const auto& [what, n] : seen.user.counts) sink.count(what, n);
  for (const auto& [what, value] : seen.user.observed) sink.observe(what, value);
  MOTIVE_TRY(sink.evidence(query.row, seen.user.evidence));
  MOTIVE_ASSIGN(const Aligned aligned, modules.aligner.align(*context.llm, seen.source));
  for (const auto& [what, n] : aligned.counts) sink.count(what, n);
  said = explain(query, aligned, seen.source, context, std::move(said));
  sink.explain(query.row, said.dump(-1, ' ', false, Json::error_handler_t::replace));
  if (!aligned.list) return sink.scores(query.row, aligned.scores);
  return deliver_list(query, {aligned.list->order, aligned.list->shown, aligned.list->strict, aligned.list->taus}, sink);
}

/// What people are told: the profile, and of the best each what was read of it and why it stands there.
Json MLlm3Rec::explain(const Query& query, const Aligned& aligned, const AlignSource& source, const RankContext& context,
                       Json said) const {
  std::vector<std::uint32_t> order;
  if (aligned.list) {
    order = aligned.list->order;
    if (!aligned.list->strict) said["repaired"] = true;
  } else {
    order.resize(query.candidates.size());
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return aligned.scores[a] > aligned.scores[b]; });
  }
  order.resize(std::min(order.size(), static_cast<std::size_t>(params_.mar.top)));
  Json list = Json::array();
  for (const std::uint32_t place : order) {
    Json entry = {{"item", std::string(context.items->id(index(query.candidates[place])))}};
    if (source.traits) entry["text"] = source.candidates[place];
    if (aligned.list && !aligned.list->reasons[place].empty()) entry["reason"] = aligned.list->reasons[place];
    if (!aligned.unfaithful.empty() && aligned.unfaithful[place]) entry["unfaithful"] = true;
    if (!aligned.list) entry["score"] = aligned.scores[place];
    list.push_back(std::move(entry));
  }
  said["ranking"] = std::move(list);
  return said;
}

}  // namespace motive
