#include "framework/features/memorisation.h"

#include <atomic>
#include <mutex>

#include "framework/base/files.h"
#include "framework/base/parallel.h"
#include "framework/base/rng.h"
#include "framework/llm/client.h"
#include "framework/llm/prompt.h"

namespace motive {
namespace {

constexpr const char* kKind = "memorisation";
constexpr int kExamples = 3;
constexpr int kAnswerTokens = 60;
constexpr double kPromptTokens = 150;
constexpr std::size_t kKept = 5;

std::vector<std::size_t> titled_items(const Catalogue& items, std::uint64_t seed) {
  std::vector<std::size_t> titled;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!plain_title(items.text(i, "title")).empty()) titled.push_back(i);
  }
  Rng(seed, "memorisation").shuffle(std::span(titled));
  return titled;
}

class Probe {
 public:
  Probe(const Json& params, const Catalogue& items, FeatureContext& context)
      : params_(params), items_(items), context_(context), order_(titled_items(items, params.at("seed").get<std::uint64_t>())) {}

  Status run() {
    if (order_.size() <= kExamples) {
      return Error{"too few items have a title to ask for", ErrorKind::kNotApplicable};
    }
    asked_ = std::min(order_.size() - kExamples, params_.at("items").get<std::size_t>());
    std::atomic<std::size_t> next = 0;
    return repeat_by_threads(context_.llm->width(), [&]() -> Result<bool> {
      const std::size_t i = next++;
      if (i >= asked_) return false;
      MOTIVE_TRY(ask(order_[kExamples + i]));
      context_.progress->update(static_cast<double>(i + 1), static_cast<double>(asked_), "items");
      return true;
    });
  }

  Json report() {
    std::sort(recalled_.begin(), recalled_.end());
    Json shown = Json::array();
    for (std::size_t i = 0; i < std::min(kKept, recalled_.size()); ++i) shown.push_back(recalled_[i]);
    return {{"asked", asked_}, {"recalled", recalled_.size()}, {"unusable_answers", unusable_}, {"examples", shown}};
  }

 private:
  std::string line(std::size_t item, bool with_title) const {
    return fmt::format("{}:{}", items_.id(item), with_title ? " " + llm::data_text(items_.text(item, "title")) : "");
  }

  llm::ChatRequest request_for(std::size_t item) const {
    std::string text = fmt::format("Data set: {}\n", params_.at("dataset").get<std::string>());
    for (int e = 0; e < kExamples; ++e) text += line(order_[static_cast<std::size_t>(e)], true) + "\n";
    text += line(item, false);
    const Json schema = {{"type", "object"}, {"properties", {{"title", {{"type", "string"}}}}}, {"required", {"title"}}, {"additionalProperties", false}};
    return {.messages = {{"system", "You know public recommendation data sets by heart. Given the name of a data set and the id of an item in it, "
                                    "answer with the item's exact title. Where you do not know it, answer with an empty title."},
                         {"user", text}},
            .temperature = 0, .max_tokens = kAnswerTokens, .task = "recalled_title", .schema = schema, .module = "memorisation"};
  }

  Status ask(std::size_t item) {
    MOTIVE_ASSIGN(const llm::Answer answer, context_.llm->chat(params_.at("endpoint"), request_for(item), 1));
    const std::lock_guard lock(mutex_);
    if (answer.outcome != llm::Outcome::kOk) {
      ++unusable_;
    } else if (plain_title(answer.json.at("title").get<std::string>()) == plain_title(items_.text(item, "title"))) {
      recalled_.push_back(line(item, true));
    }
    return {};
  }

  const Json& params_;
  const Catalogue& items_;
  FeatureContext& context_;
  std::vector<std::size_t> order_;
  std::size_t asked_ = 0;
  std::mutex mutex_;
  std::vector<std::string> recalled_;
  std::uint64_t unusable_ = 0;
};

Status make(const Json& params, const Catalogue& items, FeatureContext& context, const Path& folder) {
  if (!context.llm) return fail("the memorisation probe asks a language model, and none was given");
  Probe probe(params, items, context);
  MOTIVE_TRY(probe.run());
  return write_file_synced(folder / "memorisation.json", probe.report().dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

Estimate estimate(const Json& params, const Shape&) {
  const auto n = params.at("items").get<std::uint64_t>();
  Estimate estimate{0.1, 1 << 20};
  estimate.llm[params.at("endpoint").get<std::string>()] = {n, static_cast<double>(n) * kPromptTokens, static_cast<double>(n) * 15};
  return estimate;
}

const DeclareFeature kDeclare{{.name = kKind, .title = "memorisation probe", .version = "1",
                               .input = [](const Json&) -> Result<Json> { return Json(); }, .estimate = estimate,
                               .endpoints = [](const Json& params) { return std::vector<std::string>{params.at("endpoint")}; }, .make = make}};

}  // namespace

std::string plain_title(std::string_view title) {
  std::string plain;
  bool gap = false;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && std::isalnum(byte) == 0) {
      gap = !plain.empty();
      continue;
    }
    if (gap) plain += ' ';
    gap = false;
    plain += static_cast<char>(byte < 0x80 ? std::tolower(byte) : byte);
  }
  return plain;
}

FeatureRequest memorisation_probe(const std::string& endpoint, const std::string& dataset, int items, std::uint64_t seed) {
  return {kKind, {{"endpoint", endpoint}, {"dataset", dataset}, {"items", items}, {"seed", seed}}};
}

}  // namespace motive
