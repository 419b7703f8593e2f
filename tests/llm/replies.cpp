#include "tests/llm/replies.h"

#include <fmt/format.h>

#include <ctime>

namespace motive::llm {
ServedReply ServedReply::with(std::string name, std::string value) const {
  ServedReply out = *this;
  out.headers.emplace_back(std::move(name), std::move(value));
  return out;
}

ServedReply ServedReply::after(double seconds) const {
  ServedReply out = *this;
  out.delay += seconds;
  return out;
}

ServedReply ServedReply::ending(End how, std::size_t part_of_body) const {
  ServedReply out = *this;
  out.end = how;
  out.part = part_of_body;
  return out;
}

namespace served {
namespace {

ServedReply json_reply(int status, const Json& body) {
  ServedReply reply;
  reply.status = status;
  reply.body = body.dump();
  return reply;
}

/// choices[0].message and finish_reason as given.
Json chat(const Json& message, const Completion& more) {
  const Json choice = {{"index", 0}, {"message", message}, {"finish_reason", more.finish_reason}, {"logprobs", nullptr}};
  return {{"id", more.id},
          {"object", "chat.completion"},
          {"created", 1700000000},
          {"model", more.model},
          {"choices", Json::array({choice})},
          {"usage",
           {{"prompt_tokens", more.prompt},
            {"completion_tokens", more.completion},
            {"total_tokens", more.prompt + more.completion},
            {"prompt_tokens_details", {{"cached_tokens", more.cached}}}}}};
}

}  // namespace

std::string completion_body(const std::string& text, const Completion& more) {
  return chat({{"role", "assistant"}, {"content", text}, {"refusal", nullptr}}, more).dump();
}

ServedReply completion(const std::string& text, const Completion& more) {
  ServedReply reply;
  reply.body = completion_body(text, more);
  return reply;
}

ServedReply completion_of(const Json& answer, const Completion& more) { return completion(answer.dump(), more); }

ServedReply cut_at_limit(const std::string& text) {
  Completion more;
  more.finish_reason = "length";
  return completion(text, more);
}

ServedReply refusal(const std::string& words) {
  return json_reply(200, chat({{"role", "assistant"}, {"content", nullptr}, {"refusal", words}}, {}));
}

ServedReply filtered() {
  Completion more;
  more.finish_reason = "content_filter";
  return json_reply(200, chat({{"role", "assistant"}, {"content", nullptr}, {"refusal", nullptr}}, more));
}

ServedReply wrong_schema() { return completion_of({{"nobody_asked_for", Json::array({1, 2})}}); }

ServedReply error_in_200(const std::string& message) {
  return json_reply(200, {{"error", {{"message", message}, {"code", 502}}}});
}

ServedReply null_choices() {
  return json_reply(200, {{"id", "x"}, {"object", "chat.completion"}, {"model", "scripted"}, {"choices", nullptr}});
}

ServedReply embeddings(const std::vector<std::vector<float>>& vectors, const std::string& model) {
  Json data = Json::array();
  for (std::size_t i = vectors.size(); i-- > 0;) {
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", vectors[i]}});
  }
  const std::size_t tokens = 5 * vectors.size();
  const Json usage = {{"prompt_tokens", tokens}, {"total_tokens", tokens}};
  return json_reply(200, {{"object", "list"}, {"data", data}, {"model", model}, {"usage", usage}});
}

ServedReply error(int status, const std::string& message, const std::string& type, const Json& code) {
  return json_reply(status, {{"error", {{"message", message}, {"type", type}, {"param", nullptr}, {"code", code}}}});
}

ServedReply bare_error(int status, const std::string& message) {
  return json_reply(status, {{"object", "error"}, {"message", message}, {"type", "BadRequestError"}, {"code", status}});
}

ServedReply detail(int status, const std::string& message) { return json_reply(status, {{"detail", message}}); }

ServedReply html(int status) {
  ServedReply reply;
  reply.status = status;
  reply.content_type = "text/html";
  reply.body = fmt::format("<html><head><title>{0}</title></head>\n<body><h1>{0} from a proxy</h1></body></html>\n", status);
  return reply;
}

ServedReply overloaded() { return error(529, "Overloaded", "overloaded_error"); }

ServedReply too_long() {
  return error(400, "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
               "invalid_request_error", "context_length_exceeded");
}

ServedReply quota_spent() {
  return error(429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota",
               "insufficient_quota");
}

ServedReply wrong_key() { return error(401, "Incorrect API key provided.", "invalid_request_error", "invalid_api_key"); }

ServedReply slow_down() { return error(429, "Rate limit reached for requests", "requests", "rate_limit_exceeded"); }

ServedReply slow_down(const std::string& retry_after) { return slow_down().with("Retry-After", retry_after); }

ServedReply slow_down_ms(int milliseconds) { return slow_down().with("Retry-After-Ms", std::to_string(milliseconds)); }

ServedReply slow_down_until(std::int64_t seconds_since_1970) {
  const std::time_t time = seconds_since_1970;
  std::tm parts = {};
  ::gmtime_r(&time, &parts);
  char text[64];
  return slow_down(std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)));
}

ServedReply slow_down_reset(const std::string& requests, const std::string& tokens) {
  ServedReply reply = slow_down();
  if (!requests.empty()) reply = reply.with("x-ratelimit-remaining-requests", "0").with("x-ratelimit-reset-requests", requests);
  if (!tokens.empty()) reply = reply.with("x-ratelimit-remaining-tokens", "0").with("x-ratelimit-reset-tokens", tokens);
  return reply;
}

}  // namespace served
}  // namespace motive::llm
