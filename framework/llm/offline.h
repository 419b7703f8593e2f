#pragma once
// Purpose: the embedded stand-in for a language model: takes the body of a chat or embeddings request, gives the body of
// a valid response. It is NOT a language model: a lexicon of motivations, key phrases and overlap of words do what they
// can, and every table in which it appears says so.
//   What is wanted it reads from the name of the request's schema (tasks below); the data from the tags in the last user
//   message (prompt.h): <schema>, <user>, <history>, <item>, <profile>, <candidates>, <pair>, <reasons>, <profiles>.
// Determinism: a function of the body. Thread-safe. Complexity: linear in the text.
// Errors: a body that is no request gets {"error": ..} as a server would send it.

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/json.h"
#include "framework/llm/endpoint.h"

namespace motive::llm {

inline constexpr const char* kOfflineVersion = "offline-1";  // raise it when answers change

/// status and body, for one request to `path` (kChatPath, kEmbeddingsPath).
struct OfflineReply {
  int status = 200;
  std::string body;
};
OfflineReply answer_offline(const EndpointConfig& endpoint, std::string_view path, std::string_view body);

/// Vectors of length 1 for texts, of the sentence encoder; provided by what links LibTorch. Not there: an endpoint with
/// `encoder: minilm` answers with an error that says so.
using EncodeTexts = std::function<Result<std::vector<std::vector<float>>>(std::span<const std::string> texts)>;
void provide_encoder(EncodeTexts encode);
bool has_encoder();

}  // namespace motive::llm
