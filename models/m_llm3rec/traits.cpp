#include "models/m_llm3rec/traits.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "framework/base/hash.h"
#include "framework/config/node.h"
#include "framework/llm/batch.h"
#include "framework/llm/client.h"
#include "framework/llm/prompt.h"

namespace motive {
namespace {

constexpr const char* kKind = "item_traits";
constexpr const char* kVersion = "1";
constexpr int kFallbackTokens = 20;   // of an item's text, where the model gives no traits
constexpr double kPromptTokens = 330, kExemplarTokens = 170, kAnswerTokens = 60;

MoteParams params_of(const Json& json) {
  config::Errors errors;
  MoteParams params;
  config::read(config::from_json(json, "traits"), params, config::Scope(errors, "mote"));
  return params;
}

Json schema_of(const MoteParams& params) {
  Json trait = {{"type", "string"}};
  if (!params.vocabulary.empty()) trait["enum"] = params.vocabulary;
  return {{"type", "object"},
          {"properties", {{"traits", {{"type", "array"}, {"items", trait}, {"minItems", params.min_traits}, {"maxItems", params.max_traits}}}}},
          {"required", {"traits"}},
          {"additionalProperties", false}};
}

Result<llm::Prompt> prompt_of(const MoteParams& params) {
  return llm::Prompt::read(llm::prompt_file(params.prompt, Path(kPrompts) / "mote.mustache"),
                           {"min_traits", "max_traits", "has_vocabulary", "vocabulary", "exemplars", "item"});
}

/// Asks about items, many at a time, and keeps their traits in the catalogue's order.
class Encoder {
 public:
  Encoder(const MoteParams& params, const llm::Prompt& prompt, const Catalogue& items, FeatureContext& context)
      : params_(params), prompt_(prompt), items_(items), context_(context), traits_(items.size()) {}

  Status run() {
    if (params_.batch) MOTIVE_TRY(ask_in_batches());
    return context_.llm->each(items_.size(), [&](std::size_t i) { return encode(i); }, context_.progress, "items");
  }

  const std::vector<std::vector<std::string>>& traits() const { return traits_; }
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }

 private:
  llm::ChatRequest request_for(const llm::Described& described) const {
    const Json values = {{"min_traits", params_.min_traits}, {"max_traits", params_.max_traits},
                         {"has_vocabulary", !params_.vocabulary.empty()}, {"vocabulary", fmt::format("{}", fmt::join(params_.vocabulary, "\n"))},
                         {"exemplars", params_.exemplars}, {"item", described.text}};
    return {.messages = prompt_.render(values), .temperature = params_.temperature, .top_p = params_.top_p,
            .max_tokens = params_.max_tokens, .task = "item_traits", .schema = schema_of(params_), .module = "mote"};
  }

  /// What the cache lacks, by the Batch API.
  Status ask_in_batches() {
    const auto ask = [&](llm::Client& client, std::size_t i) -> Status {
      const llm::Described described = llm::describe_item(items_, item_id(i), text_);
      if (described.empty) return {};
      const auto answer = client.chat(params_.endpoint, request_for(described), static_cast<std::uint64_t>(params_.sample));
      return answer ? Status() : answer.error();
    };
    const llm::BatchWork work{.modules = {{"mote", params_.endpoint}}, .units = items_.size(), .ask = ask};
    MOTIVE_TRY(llm::BatchJobs::run(*context_.llm, work, {.progress = context_.progress}));
    return {};
  }

  Status encode(std::size_t i) {
    const llm::Described described = llm::describe_item(items_, item_id(i), text_);
    if (described.cut) count("items with cut text");
    if (described.empty) {
      count("items without text");
      return {};
    }
    MOTIVE_ASSIGN(const llm::Answer answer, context_.llm->chat(params_.endpoint, request_for(described), static_cast<std::uint64_t>(params_.sample)));
    if (answer.outcome == llm::Outcome::kOk) {
      for (const Json& trait : answer.json.at("traits")) traits_[i].push_back(llm::data_text(trait.get<std::string>()));
      return {};
    }
    count(fmt::format("items {}: their text stands in for traits", llm::outcome_name(answer.outcome)));
    traits_[i].push_back(llm::first_tokens(llm::describe_line(items_, item_id(i), text_).text, kFallbackTokens, nullptr));
    return {};
  }

  void count(const std::string& what) {
    const std::lock_guard lock(mutex_);
    ++counts_[what];
  }

  const MoteParams& params_;
  const llm::TextOptions text_{params_.fields, params_.field_tokens, false};
  const llm::Prompt& prompt_;
  const Catalogue& items_;
  FeatureContext& context_;
  std::vector<std::vector<std::string>> traits_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> counts_;
};

Status make(const Json& json, const Catalogue& items, FeatureContext& context, const Path& folder) {
  const MoteParams params = params_of(json);
  if (!llm::has_text(items, params.fields)) {
    return Error{fmt::format("no item has a text in {}: there is nothing to read traits from", fmt::join(params.fields, ", ")),
                 ErrorKind::kNotApplicable};
  }
  if (!context.llm) return fail("traits are made by a language model, and none was given");
  MOTIVE_ASSIGN(const llm::Prompt prompt, prompt_of(params));
  Encoder encoder(params, prompt, items, context);
  MOTIVE_TRY(encoder.run());
  std::string lines;
  for (std::size_t i = 0; i < items.size(); ++i) {
    lines += Json{{"item", std::string(items.id(i))}, {"traits", encoder.traits()[i]}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  const Json about = {{"sha256", sha256_hex(lines)}, {"items", items.size()}, {"counts", encoder.counts()}};
  MOTIVE_TRY(write_file_synced(folder / "traits.jsonl", lines));
  return write_file_synced(folder / "traits.json", about.dump(1) + "\n");
}

/// What the prompt is, beside the parameters.
Result<Json> input(const Json& json) {
  MOTIVE_ASSIGN(const llm::Prompt prompt, prompt_of(params_of(json)));
  return Json(prompt.hash());
}

Estimate estimate(const Json& json, const Shape& s) {
  const MoteParams params = params_of(json);
  const double n = static_cast<double>(s.items);
  Estimate estimate{n / 5000, s.items * 400};
  const double prompt = kPromptTokens + (params.exemplars ? kExemplarTokens : 0) + s.item_tokens;
  estimate.llm[params.endpoint] = {s.items, n * prompt, n * kAnswerTokens};
  return estimate;
}

const DeclareFeature kDeclare{{.name = kKind, .title = "traits of items (MOTE)", .version = kVersion, .input = input, .estimate = estimate,
                               .endpoints = [](const Json& json) { return std::vector<std::string>{params_of(json).endpoint}; },
                               .make = make}};

}  // namespace

FeatureRequest item_traits(const MoteParams& params) {
  Json json = Json::parse(config::echo(params).dump());
  json.erase("enabled");
  return {kKind, json};
}

Result<Traits> Traits::read(const Path& folder, std::size_t items) {
  MOTIVE_ASSIGN(const std::string lines, read_file(folder / "traits.jsonl"));
  MOTIVE_ASSIGN(const std::string about_text, read_file(folder / "traits.json"));
  const Json about = Json::parse(about_text, nullptr, false);
  if (!about.is_object() || about.value("sha256", "") != sha256_hex(lines) || about.value("items", std::size_t{0}) != items) {
    return fail("{}: damaged or of other data; remove the folder, it will be made again", folder.string());
  }
  Traits traits;
  traits.counts = about.at("counts").get<std::map<std::string, std::uint64_t>>();
  traits.of_item.reserve(items);
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = lines.find('\n', begin);
    traits.of_item.push_back(Json::parse(lines.substr(begin, end - begin)).at("traits").get<std::vector<std::string>>());
    begin = end + 1;
  }
  return traits;
}

}  // namespace motive
