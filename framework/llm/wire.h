#pragma once
// Purpose: the bodies of an OpenAI-compatible server: requests as bytes that never differ for the same request, answers
// read with suspicion. Source: OpenAI's API reference (chat completions, embeddings), and what llama.cpp, vLLM and
// Ollama answer in practice.
// Determinism: a body's keys are sorted, its numbers written in one way; the same request is the same bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "framework/base/status.h"
#include "framework/llm/endpoint.h"

namespace motive::llm {

struct Message {
  std::string role, content;  // role: "system", "user", "assistant"
};

struct ChatRequest {
  std::vector<Message> messages;
  double temperature = 1, top_p = 1;
  int max_tokens = 1024;
  std::string task;          // names the schema ([A-Za-z0-9_-], at most 64), and tells `offline` what is wanted
  Json schema;               // of the answer; null: free text
  int top_logprobs = 0;      // of each token of the answer; 0: none
  std::string module;        // "mope": costs and counts are kept by it; not sent
};

/// structured: never kAuto. The body without anything secret.
Json chat_body(const ChatRequest& request, const EndpointConfig& endpoint, Structured structured);
Json embeddings_body(const std::vector<std::string>& texts, const EndpointConfig& endpoint);
/// Canonical bytes: sorted keys, UTF-8 as it is, no spaces.
std::string canonical(const Json& body);

inline constexpr const char* kChatPath = "/chat/completions";
inline constexpr const char* kEmbeddingsPath = "/embeddings";

struct Usage {
  std::int64_t prompt = 0, cached = 0, completion = 0;  // tokens; cached is part of prompt
  bool reported = false;                                // false: the server said nothing, numbers are estimates
  Usage& operator+=(const Usage& other);
};
/// Money for this usage; 0 without a price.
double cost_of(const Usage& usage, const EndpointConfig& endpoint);

/// What became of a request, by its answer.
enum class Outcome {
  kOk,
  kWrongFormat,   // an answer that is not as asked (validation failed)
  kTruncated,     // finish_reason length, or more tokens than the limit
  kRefused,       // refusal or content_filter
  kRejected,      // 400, 422, ...: this request is never accepted
  kTooLong,       // its own class of the above: prompt beyond the model's context
  kBroken,        // the server failed on it again and again: left aside
};
const char* outcome_name(Outcome outcome);  // "ok", "wrong format", "truncated", ...

struct ChatAnswer {
  Outcome outcome = Outcome::kOk;
  std::string text;          // of the first choice
  std::string model;         // as the server names it
  std::string problem;       // why it is not kOk, in words
  Json logprobs;             // of choices[0], or null
  Usage usage;
};

/// What a failed or finished HTTP exchange means, by specs of the failure table in docs/llm-endpoints.md.
enum class Fate {
  kAnswer,      // 2xx with something like an answer: to be committed and read
  kRetry,       // 408, 409, 5xx, 529, connection trouble
  kSlowDown,    // 429
  kRejected,    // 400, 422 and other 4xx: never again
  kTooLong,     // the same for a prompt that is too long
  kStop,        // 401, 403, 404, a redirect, or a 429 that says the quota is spent: concerns every request, so the run ends
};
/// body may be anything: HTML, `{"error": ..}` with code a string, number or null, `{"detail": ..}`, status 200 with error.
Fate fate_of(int status, std::string_view body);
/// The server's own words in an error body, at most 300 characters, one line.
std::string error_text(std::string_view body);

/// Reads a body that fate_of called an answer. max_tokens: what was asked for (more is kTruncated).
ChatAnswer read_chat(std::string_view body, int max_tokens);
Result<std::vector<std::vector<float>>> read_embeddings(std::string_view body, std::size_t texts);

/// A JSON value inside a text: the text itself, or the first object in it (in a ``` fence, after words).
Result<Json> json_in(std::string_view text);
/// "" or the first thing in `value` that the schema does not allow, with its place. Knows type, properties, required,
/// additionalProperties, items, enum, minItems, maxItems, minimum, maximum, maxLength.
std::string schema_fault(const Json& value, const Json& schema);

/// Tokens that a text will have, roughly and never too few for English: for plans, budgets and rate limits.
std::int64_t estimate_tokens(std::string_view text);

}  // namespace motive::llm
