#pragma once
// Purpose: a language model for tests, which says what a function tells it to, behind the real client without network.

#include <functional>
#include <mutex>

#include "framework/llm/client.h"
#include "framework/recommend/testing.h"

namespace motive::test {

/// What the model says to a task ("ranking") and its whole user message.
using Says = std::function<std::string(const std::string& task, const std::string& user)>;

class ScriptedModel final : public llm::Transport {
 public:
  ScriptedModel(Says says, std::shared_ptr<std::vector<std::string>> log) : says_(std::move(says)), log_(std::move(log)) {}
  llm::HttpReply exchange(const llm::HttpRequest& request, const CancelFlag*) override {
    const Json body = Json::parse(request.body);
    const std::string task = body.contains("response_format") ? body["response_format"]["json_schema"].value("name", "") : "";
    const std::string user = body["messages"].back()["content"];
    const std::lock_guard lock(mutex_);
    log_->push_back(task + "\n" + user);
    const Json answer = {{"model", "scripted"},
                         {"choices", {{{"index", 0}, {"finish_reason", "stop"}, {"message", {{"role", "assistant"}, {"content", says_(task, user)}}}}}},
                         {"usage", {{"prompt_tokens", 10}, {"completion_tokens", 5}}}};
    return {.status = 200, .body = answer.dump(), .headers = {}, .failure = {}, .sent = true, .seconds = 0.001};
  }

 private:
  std::mutex mutex_;
  Says says_;
  std::shared_ptr<std::vector<std::string>> log_;
};

/// A client whose only endpoint, "offline" by name, is this model.
struct Scripted {
  explicit Scripted(Says says) {
    llm::ClientOptions options;
    llm::EndpointConfig& endpoint = options.endpoints["offline"];
    endpoint.base_url = "http://localhost:1/v1";
    endpoint.model = "scripted";
    endpoint.structured = llm::Structured::kJsonSchema;
    endpoint.reasks = 1;
    auto opened = llm::Client::open(std::move(options), std::make_unique<ScriptedModel>(std::move(says), log));
    if (!opened) std::abort();
    client = std::move(*opened);
  }
  std::shared_ptr<std::vector<std::string>> log = std::make_shared<std::vector<std::string>>();
  std::unique_ptr<llm::Client> client;
};

}  // namespace motive::test
