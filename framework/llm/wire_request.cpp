// Requests: what is sent, as bytes that are the same for the same request.

#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

/// For servers that are not given the schema in a field of its own. The word JSON must stand in the messages of a request
/// for a json_object, or OpenAI refuses it.
void ask_in_words(Json& messages, const Json& schema) {
  const std::string sentence =
      "Answer with one JSON object that follows this JSON Schema, and nothing else: " + canonical(schema);
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if ((*message)["role"] != "user") continue;
    (*message)["content"] = (*message)["content"].get<std::string>() + "\n\n" + sentence;
    return;
  }
  messages.push_back({{"role", "user"}, {"content", sentence}});
}

}  // namespace

std::string canonical(const Json& body) { return body.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json chat_body(const ChatRequest& request, const EndpointConfig& endpoint, Structured structured) {
  Json messages = Json::array();
  for (const Message& message : request.messages) messages.push_back({{"role", message.role}, {"content", message.content}});
  Json body = {{"model", endpoint.model}, {endpoint.limit_field, request.max_tokens}};
  if (endpoint.sampling_fields) {
    // Both always: a server otherwise takes what the model's own files say. (-0.0 and 0.0 are one number.)
    body["temperature"] = request.temperature + 0.0;
    body["top_p"] = request.top_p + 0.0;
  }
  if (request.top_logprobs > 0) {
    body["logprobs"] = true;
    body["top_logprobs"] = request.top_logprobs;
  }
  if (!request.schema.is_null()) {
    if (structured == Structured::kJsonSchema) {
      body["response_format"] = {{"type", "json_schema"},
                                 {"json_schema", {{"name", request.task}, {"strict", true}, {"schema", request.schema}}}};
    } else {
      if (structured == Structured::kJsonObject) body["response_format"] = {{"type", "json_object"}};
      ask_in_words(messages, request.schema);
    }
  }
  body["messages"] = std::move(messages);
  return body;
}

Json embeddings_body(const std::vector<std::string>& texts, const EndpointConfig& endpoint) {
  return {{"model", endpoint.model}, {"input", texts}, {"encoding_format", "float"}};
}

}  // namespace motive::llm
