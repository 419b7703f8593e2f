#include "baselines/llm_only/llm_only.h"

#include <algorithm>
#include <cmath>

#include "framework/llm/batch.h"
#include "framework/llm/listwise.h"
#include "framework/llm/prompt.h"
#include "framework/recommend/each_query.h"
#include "framework/recommend/rating_scale.h"
#include "framework/recommend/registry.h"

namespace motive {

const config::Table<LlmOnlyParams>& LlmOnlyParams::table() {
  using P = LlmOnlyParams;
  static const auto kTable =
      config::Table<P>("llm_only")
          .field("endpoint", &P::endpoint, "who is asked: a name of `endpoints`", config::not_empty())
          .field("prompt", &P::prompt, "file with a prompt of your own; empty: llm_only.mustache beside the method")
          .field("history", &P::history, "events that are shown, the last ones", config::range(1, 1000))
          .field("fields", &P::fields, "fields of the items that are shown", config::not_empty().unique())
          .field("field_tokens", &P::field_tokens, "what is longer is cut", config::range(1, 100000))
          .field("ratings", &P::ratings, "shows ratings where there are any")
          .field("top", &P::top, "how many the model is asked for", config::range(1, 1000))
          .field("permutations", &P::permutations, "orders of presentation, joined by Borda counts", config::range(1, 100))
          .field("window", &P::window, "candidates a call; 0: all", config::range(0, 1000))
          .field("stride", &P::stride, "of the window", config::range(1, 1000))
          .field("temperature", &P::temperature, "of sampling", config::range(0, 2))
          .field("top_p", &P::top_p, "of sampling", config::above(0).up_to(1))
          .field("max_tokens", &P::max_tokens, "of an answer", config::range(16, 100000))
          .field("batch", &P::batch, "asks by the server's Batch API: half the price, answers within a day (with `window` a day "
                                     "for each); a killed run goes on waiting")
          .check("window", [](const P& p) { return p.window > 0 && p.stride >= p.window ? "must be larger than stride" : ""; });
  return kTable;
}

namespace {

constexpr const char* kName = "llm_only";
constexpr const char* kVersion = "1";
constexpr double kPromptTokens = 130, kIdTokens = 5;

Result<llm::Prompt> prompt_of(const LlmOnlyParams& params) {
  return llm::Prompt::read(llm::prompt_file(params.prompt, "baselines/llm_only/llm_only.mustache"), {"candidates_count", "wanted", "history", "candidates"});
}

Estimate rank_estimate(const LlmOnlyParams& p, const Shape& s) {
  const double users = static_cast<double>(s.queries), n = static_cast<double>(s.candidates);
  const double item = std::min(s.item_tokens, 2.0 * p.field_tokens);
  const bool windows = p.window > 0 && p.window < n;
  const double calls = users * p.permutations * (windows ? std::ceil((n - p.window) / p.stride) + 1 : 1);
  const double shown = windows ? p.window : n;
  Estimate estimate{users * 0.002, s.queries * 2000};
  estimate.llm[p.endpoint] = {static_cast<std::uint64_t>(calls),
                              calls * (kPromptTokens + std::min<double>(s.history, p.history) * (item + 12) + shown * (item + 6)),
                              calls * std::min<double>(p.top, shown) * kIdTokens};
  return estimate;
}

MethodInfo describe(const LlmOnlyParams& p) {
  MethodInfo info{.code_version = kVersion, .stochastic = false, .unseen_users = true, .unseen_items = true, .uses_order = true,
                  .uses_text = true, .label = "LLM-only"};
  if (p.permutations > 1) info.label += fmt::format(" {} orders", p.permutations);
  if (p.window > 0) info.label += fmt::format(" windows of {}", p.window);
  info.lists_only = info.sampled = info.prompt_order = true;
  info.endpoints = {p.endpoint};
  info.input = [p](const FitPlace&, std::uint64_t) -> Result<std::string> {
    MOTIVE_ASSIGN(const llm::Prompt prompt, prompt_of(p));
    return prompt.hash();
  };
  info.fit_estimate = [](const Shape&) { return Estimate{0.1}; };
  info.rank_estimate = [p](const Shape& s) { return rank_estimate(p, s); };
  return info;
}

const RegisterMethod<LlmOnlyParams, LlmOnly> kRegister{
    kName, "a language model ranks raw texts after the raw history, in one call", "M-LLM3REC, CIKM 2025, section 4.4", describe};

/// One user: shows, asks, delivers.
class Asker {
 public:
  Asker(const LlmOnlyParams& params, float best_rating, const llm::Prompt& prompt, RankSink& sink, RankContext& context)
      : params_(params), best_rating_(best_rating), prompt_(prompt), sink_(sink), context_(context) {}

  Status answer(const Query& query) const {
    const llm::DescribedHistory history = history_of(query);
    sink_.count("history items with cut text", history.cut);
    sink_.count("history items without text", history.empty);
    MOTIVE_TRY(sink_.evidence(query.row, history.text));
    MOTIVE_ASSIGN(const llm::ListwiseResult list, ask(*context_.llm, query, history.text));
    for (const auto& [what, n] : list.counts) sink_.count(what, n);
    return deliver_list(query, {list.order, list.shown, list.strict, list.taus}, sink_);
  }

  /// What the cache lacks of what answer() will ask.
  Status ask_in_batches(const std::vector<Query>& queries) const {
    const auto one = [&](llm::Client& client, std::size_t i) -> Status {
      MOTIVE_TRY(ask(client, queries[i], history_of(queries[i]).text));
      return {};
    };
    const llm::BatchWork work{.modules = {{kName, params_.endpoint}}, .units = queries.size(), .ask = one};
    MOTIVE_TRY(llm::BatchJobs::run(*context_.llm, work, {.progress = context_.progress}));
    return {};
  }

 private:
  llm::DescribedHistory history_of(const Query& query) const {
    return llm::describe_history(*context_.items, query.history, query.ratings, static_cast<std::size_t>(params_.history),
                                 best_rating_, text_);
  }

  Result<llm::ListwiseResult> ask(llm::Client& client, const Query& query, const std::string& history) const {
    const llm::ListwiseOptions options{.endpoint = params_.endpoint, .module = kName, .top = static_cast<std::size_t>(params_.top),
                                       .permutations = static_cast<std::uint32_t>(params_.permutations),
                                       .window = static_cast<std::size_t>(params_.window), .stride = static_cast<std::size_t>(params_.stride),
                                       .temperature = params_.temperature, .top_p = params_.top_p, .max_tokens = params_.max_tokens,
                                       .llm_seed = context_.llm_seed, .prompt_seed = context_.prompt_seed};
    const llm::ShowCandidates show = [&](std::span<const std::uint32_t> places, std::span<const std::string> ids, std::size_t wanted) {
      std::string candidates;
      for (std::size_t p = 0; p < places.size(); ++p) {
        const auto described = llm::describe_line(*context_.items, query.candidates[places[p]], text_);
        candidates += fmt::format("{}[{}] {}", p ? "\n" : "", ids[p], described.text);
      }
      return prompt_.render({{"candidates_count", places.size()}, {"wanted", wanted}, {"candidates", candidates},
                             {"history", history.empty() ? "(nothing is known)" : history}});
    };
    return llm::rank_listwise(client, options, query.candidates.size(), query.row, show);
  }

  const LlmOnlyParams& params_;
  const llm::TextOptions text_{params_.fields, params_.field_tokens, params_.ratings};
  float best_rating_;
  const llm::Prompt& prompt_;
  RankSink& sink_;
  RankContext& context_;
};

}  // namespace

Status LlmOnly::fit(const TrainingView& train, FitContext&) {
  if (!llm::has_text(*train.items, params_.fields)) {
    return Error{fmt::format("no item has a text in {}: there is nothing to show", fmt::join(params_.fields, ", ")), ErrorKind::kNotApplicable};
  }
  best_rating_ = best_rating(train);
  return {};
}

Status LlmOnly::save(const Path& folder) const { return save_best_rating(best_rating_, folder, kName, kVersion); }

Status LlmOnly::load(const Path& folder) {
  MOTIVE_ASSIGN(best_rating_, load_best_rating(folder, kName, kVersion));
  return {};
}

Status LlmOnly::rank(QuerySource& queries, RankSink& sink, RankContext& context) const {
  if (queries.kind() == CandidateKind::kAll) {
    return Error{"a language model reads lists, not a whole catalogue; give the candidates `negatives`, or a first stage",
                 ErrorKind::kNotApplicable};
  }
  if (!context.llm || !context.items) return fail("llm_only needs a language model and the texts of the data");
  MOTIVE_ASSIGN(const llm::Prompt prompt, prompt_of(params_));
  const Asker asker(params_, best_rating_, prompt, sink, context);
  if (!params_.batch) {
    return each_query(queries, context.llm->width(), context, [&](const Query& query) { return asker.answer(query); });
  }
  const std::vector<Query> all = all_queries(queries);
  MOTIVE_TRY(asker.ask_in_batches(all));
  return context.llm->each(all.size(), [&](std::size_t i) { return asker.answer(all[i]); }, context.progress, "users");
}

}  // namespace motive
