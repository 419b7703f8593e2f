// Answers of a chat, read with suspicion: any field may be missing, null or of another type.

#include <algorithm>

#include "framework/llm/parse_json.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

std::int64_t count_at(const Json& object, const char* key) {
  const Json& count = member_at(object, key);
  if (!count.is_number()) return 0;
  const double value = count.get<double>();
  return value > 0 && value < 1e15 ? static_cast<std::int64_t>(value) : 0;
}

/// A text, or a list of parts of which some are text.
std::string content_of(const Json& message) {
  const Json& content = member_at(message, "content");
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array()) {
    for (const Json& part : content) text += text_at(part, "text");
  }
  return text;
}

/// The words of a refusal: OpenAI's field, or a part of the content.
std::string refusal_of(const Json& message) {
  std::string refusal = text_at(message, "refusal");
  const Json& content = member_at(message, "content");
  if (refusal.empty() && content.is_array()) {
    for (const Json& part : content) refusal += text_at(part, "refusal");
  }
  return refusal;
}

Usage usage_of(const Json& body, const Json& message, const std::string& text) {
  const Json& usage = member_at(body, "usage");
  Usage counts;
  if (usage.is_object() && member_at(usage, "completion_tokens").is_number()) {
    counts.reported = true;
    counts.prompt = count_at(usage, "prompt_tokens");
    counts.completion = count_at(usage, "completion_tokens");
    counts.cached = std::min(counts.prompt, count_at(member_at(usage, "prompt_tokens_details"), "cached_tokens"));
  } else {
    // The prompt is not in the answer: whoever sent it adds its own estimate.
    counts.completion = estimate_tokens(text) + estimate_tokens(text_at(message, "reasoning_content"));
  }
  return counts;
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> names) {
  return std::find(names.begin(), names.end(), text) != names.end();
}

void judge(ChatAnswer& answer, const Json& choice, const Json& message, int max_tokens) {
  std::string finish = text_at(choice, "finish_reason");
  std::transform(finish.begin(), finish.end(), finish.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto set = [&](Outcome outcome, std::string problem) {
    answer.outcome = outcome;
    answer.problem = std::move(problem);
  };
  if (std::string refusal = refusal_of(message); !refusal.empty()) return set(Outcome::kRefused, "the model refused: " + refusal);
  if (is_one_of(finish, {"content_filter", "safety", "recitation", "prohibited_content", "blocklist", "refusal"})) {
    return set(Outcome::kRefused, "the server held the answer back (" + finish + ")");
  }
  if (is_one_of(finish, {"length", "max_tokens", "model_length"})) {
    return set(Outcome::kTruncated, fmt::format("the answer was cut off at {} tokens", answer.usage.completion));
  }
  if (max_tokens > 0 && answer.usage.reported && answer.usage.completion > max_tokens) {
    return set(Outcome::kTruncated, fmt::format("the server did not keep to the limit: {} tokens where {} were allowed; it may "
                                                "want another `limit_field`", answer.usage.completion, max_tokens));
  }
  if (answer.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    const bool tools = is_one_of(finish, {"tool_calls", "function_call"});
    return set(Outcome::kWrongFormat, tools ? "the model called a tool and said nothing" : "the answer is empty");
  }
}

}  // namespace

ChatAnswer read_chat(std::string_view body, int max_tokens) {
  ChatAnswer answer;
  const auto json = parse_json(body);
  const Json& choices = json ? member_at(*json, "choices") : Json();
  if (!choices.is_array() || choices.empty() || !member_at(choices.front(), "message").is_object()) {
    answer.outcome = Outcome::kWrongFormat;
    answer.problem = "this is no answer of a chat: " + error_text(body);
    return answer;
  }
  const Json& choice = choices.front();
  const Json& message = member_at(choice, "message");
  answer.text = content_of(message);
  answer.model = text_at(*json, "model");
  answer.logprobs = member_at(choice, "logprobs");
  answer.usage = usage_of(*json, message, answer.text);
  judge(answer, choice, message, max_tokens);
  return answer;
}

}  // namespace motive::llm
