#include "framework/experiment/plan_llm.h"

#include <algorithm>

namespace motive {
namespace {

std::string short_count(double n) {
  if (n >= 1e6) return fmt::format("{:.1f} M", n / 1e6);
  if (n >= 1e3) return fmt::format("{:.1f} k", n / 1e3);
  return fmt::format("{:.0f}", n);
}

/// The endpoints of what is still to do.
std::map<std::string, LlmLoad> loads_of(const Plan& plan) {
  std::map<std::string, LlmLoad> loads;
  for (const Task& task : plan.tasks) {
    if (task.state == TaskState::kDone) continue;
    for (const auto& [name, load] : task.estimate.llm) {
      LlmLoad& sum = loads[name];
      sum.calls += load.calls;
      sum.prompt_tokens += load.prompt_tokens;
      sum.answer_tokens += load.answer_tokens;
    }
  }
  return loads;
}

}  // namespace

Json llm_identities(const std::vector<std::string>& names, const ExperimentConfig& config) {
  Json identities = Json::object();
  for (const std::string& name : names) identities[name] = config.endpoints.at(name).identity();
  return identities;
}

Json llm_context(const std::vector<std::string>& names, const ExperimentConfig& config, llm::Mode mode) {
  Json context = {{"endpoints", Json::object()}, {"mode", static_cast<int>(mode)}, {"cache", llm::cache_file().string()},
                  {"experiment", config.experiment}, {"budget", Json::object()}};
  for (const std::string& name : names) context["endpoints"][name] = llm::endpoint_to_json(config.endpoints.at(name));
  if (config.budget) context["budget"] = llm::budget_to_json(*config.budget);
  return context;
}

bool asks_servers(const std::vector<std::string>& names, const ExperimentConfig& config) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return !config.endpoints.at(name).is_offline(); });
}

bool llm_needs_torch(const std::vector<std::string>& names, const ExperimentConfig& config) {
  return std::any_of(names.begin(), names.end(), [&](const auto& name) { return !config.endpoints.at(name).encoder.empty(); });
}

std::string describe_llm(const Plan& plan) {
  const auto loads = loads_of(plan);
  if (loads.empty()) return "LLM calls 0 · cost 0";
  std::string text;
  std::uint64_t calls = 0;
  double cost = 0;
  std::string currency;
  for (const auto& [name, load] : loads) {
    const llm::EndpointConfig& endpoint = plan.endpoints.at(name);
    calls += load.calls;
    text += fmt::format("  {}: {} calls, {} tokens in, {} out", name, short_count(static_cast<double>(load.calls)),
                        short_count(load.prompt_tokens), short_count(load.answer_tokens));
    if (endpoint.is_offline()) {
      text += ", free: the embedded stand-in, not a language model\n";
    } else if (!endpoint.price) {
      text += ", no price given\n";
    } else {
      const llm::Usage usage{static_cast<std::int64_t>(load.prompt_tokens), 0, static_cast<std::int64_t>(load.answer_tokens), true};
      cost += llm::cost_of(usage, endpoint);
      currency = endpoint.price->currency;
      text += fmt::format(", {:.2f} {} (prices of {})\n", llm::cost_of(usage, endpoint), currency, endpoint.price->as_of);
    }
  }
  return fmt::format("LLM calls at most {} · cost at most {:.2f}{} (what the cache has is free)\n{}", calls, cost,
                     currency.empty() ? "" : " " + currency, text.substr(0, text.size() - 1));
}

Status check_keys(const Plan& plan, llm::Mode mode) {
  if (mode == llm::Mode::kReplay) return {};
  for (const Task& task : plan.tasks) {
    if (task.state == TaskState::kDone || !task.sends) continue;
    for (const auto& [name, given] : task.context.at("llm").at("endpoints").items()) {
      const std::string& variable = plan.endpoints.at(name).api_key_env;
      if (variable.empty()) continue;
      const char* key = std::getenv(variable.c_str());
      if (key && *key) continue;
      return invalid("endpoint `{}`: the environment variable {} is not set; export {}=... (the key is kept nowhere else), or run with "
                     "--llm replay if all answers are in the cache", name, variable, variable);
    }
  }
  return {};
}

}  // namespace motive
