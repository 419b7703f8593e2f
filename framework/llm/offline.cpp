#include "framework/llm/offline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "framework/base/hash.h"
#include "framework/llm/offline_tasks.h"
#include "framework/llm/offline_text.h"
#include "framework/llm/parse_json.h"
#include "framework/llm/wire.h"

namespace motive::llm {
namespace {

constexpr std::size_t kVector = 256;
constexpr const char* kStandIn =
    "This is the offline stand-in, not a language model: it answers those tasks of this program that name a schema, and "
    "nothing else.";

std::mutex& encoder_mutex() {
  static std::mutex mutex;
  return mutex;
}
EncodeTexts& encoder() {
  static EncodeTexts encode;
  return encode;
}

OfflineReply refused(const std::string& why) {
  const Json error = {{"message", why}, {"type", "invalid_request_error"}, {"param", nullptr}, {"code", nullptr}};
  return {400, canonical({{"error", error}})};
}

std::string last_user_message(const Json& messages) {
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (text_at(*message, "role") == "user") return text_at(*message, "content");
  }
  return "";
}

Json relevance_answer(const Json& schema, double score) {
  const bool whole = text_at(member_at(member_at(schema, "properties"), "score"), "type") != "number";
  return whole ? Json{{"score", std::lround(score)}} : Json{{"score", std::round(score * 100) / 100}};
}

/// What the answer to "relevance" could have been instead: whole scores around the real one, as if by a normal curve of
/// five points' deviation. The number is one token, what stands around it are two more.
Json relevance_logprobs(double score, std::int64_t alternatives) {
  constexpr double kDeviation = 5;
  std::vector<std::pair<double, int>> scored;
  double sum = 0;
  for (int s = 0; s <= 100; ++s) {
    const double weight = std::exp(-0.5 * std::pow((s - score) / kDeviation, 2));
    scored.emplace_back(-weight, s);
    sum += weight;
  }
  std::sort(scored.begin(), scored.end());
  scored.resize(static_cast<std::size_t>(std::clamp<std::int64_t>(alternatives, 1, 20)));
  const auto token = [](const std::string& text, double logprob, Json top) {
    return Json{{"token", text}, {"logprob", logprob}, {"bytes", nullptr}, {"top_logprobs", std::move(top)}};
  };
  Json top = Json::array();
  for (const auto& [weight, s] : scored) {
    top.push_back({{"token", std::to_string(s)}, {"logprob", std::log(std::max(-weight / sum, 1e-30))}, {"bytes", nullptr}});
  }
  const auto certain = [&](const char* text) {
    return token(text, 0.0, Json::array({{{"token", text}, {"logprob", 0.0}, {"bytes", nullptr}}}));
  };
  const double logprob = top[0]["logprob"].get<double>();
  const std::string number = top[0]["token"].get<std::string>();
  return {{"content", {certain("{\"score\":"), token(number, logprob, std::move(top)), certain("}")}}};
}

struct Said {
  std::string text;
  Json logprobs;
};

/// The answer to a task, or an error that a server would answer with.
Result<Said> say(const offline::Task& task, std::int64_t top_logprobs) {
  if (task.name == "motivation_profile") return Said{canonical(offline::motivation_profile(task)), {}};
  if (task.name == "profile_review") return Said{canonical(offline::profile_review(task)), {}};
  if (task.name == "merged_profile") return Said{canonical(offline::merged_profile(task)), {}};
  if (task.name == "item_traits") return Said{canonical(offline::item_traits(task)), {}};
  if (task.name == "rationale_check") return Said{canonical(offline::rationale_check(task)), {}};
  if (task.name == "recalled_title") return Said{canonical(Json{{"title", ""}}), {}};  // it has read nothing
  if (task.name == "ranking") {
    MOTIVE_ASSIGN(const Json answer, offline::ranking(task));
    return Said{canonical(answer), {}};
  }
  if (task.name == "preference") {
    MOTIVE_ASSIGN(const Json answer, offline::preference(task));
    return Said{canonical(answer), {}};
  }
  if (task.name == "relevance") {
    MOTIVE_ASSIGN(const double score, offline::relevance(task));
    return Said{canonical(relevance_answer(*task.schema, score)),
                top_logprobs > 0 ? relevance_logprobs(std::round(score), top_logprobs) : Json()};
  }
  return Said{kStandIn, {}};
}

OfflineReply answer_chat(const EndpointConfig& endpoint, std::string_view body, const Json& request) {
  const Json& messages = member_at(request, "messages");
  if (!messages.is_array() || messages.empty()) return refused("`messages` is no list of messages");
  const Json& format = member_at(member_at(request, "response_format"), "json_schema");
  const std::string message = last_user_message(messages);
  const Json& top = member_at(request, "top_logprobs");
  const offline::Task task{text_at(format, "name"), message, &member_at(format, "schema"), endpoint.encoder == "minilm"};
  const auto said = say(task, top.is_number_integer() ? top.get<std::int64_t>() : 0);
  if (!said) return refused(said.error().message);
  std::int64_t prompt = 0;
  for (const Json& one : messages) prompt += estimate_tokens(text_at(one, "content"));
  const std::int64_t completion = estimate_tokens(said->text);
  Json choice = {{"index", 0},
                 {"finish_reason", "stop"},
                 {"message", {{"role", "assistant"}, {"content", said->text}, {"refusal", nullptr}}},
                 {"logprobs", said->logprobs}};
  return {200, canonical({{"id", "chatcmpl-" + sha256_hex(body).substr(0, 24)},
                          {"object", "chat.completion"},
                          {"created", 0},
                          {"model", kOfflineVersion},
                          {"choices", Json::array({std::move(choice)})},
                          {"usage", {{"prompt_tokens", prompt},
                                     {"completion_tokens", completion},
                                     {"total_tokens", prompt + completion}}}})};
}

OfflineReply answer_embeddings(const EndpointConfig& endpoint, const Json& request) {
  const Json& input = member_at(request, "input");
  std::vector<std::string> texts;
  if (input.is_string()) texts.push_back(input.get<std::string>());
  if (input.is_array()) {
    for (const Json& text : input) {
      if (text.is_string()) texts.push_back(text.get<std::string>());
    }
  }
  if (texts.empty() || (input.is_array() && texts.size() != input.size())) return refused("`input` is no text or list of texts");
  std::vector<std::vector<float>> vectors;
  if (endpoint.encoder == "minilm") {
    auto encoded = offline::encode(texts);
    if (!encoded) return refused(encoded.error().message);
    vectors = std::move(*encoded);
  } else {
    for (const std::string& text : texts) vectors.push_back(offline::hashed_words(text));
  }
  Json data = Json::array();
  std::int64_t tokens = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    tokens += estimate_tokens(texts[i]);
    data.push_back({{"object", "embedding"}, {"index", i}, {"embedding", vectors[i]}});
  }
  return {200, canonical({{"object", "list"},
                          {"data", std::move(data)},
                          {"model", kOfflineVersion},
                          {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}})};
}

}  // namespace

OfflineReply answer_offline(const EndpointConfig& endpoint, std::string_view path, std::string_view body) {
  const auto request = parse_json(body);
  if (!request || !request->is_object()) return refused("the body is no JSON object");
  if (path == kChatPath) return answer_chat(endpoint, body, *request);
  if (path == kEmbeddingsPath) return answer_embeddings(endpoint, *request);
  return refused(fmt::format("offline knows {} and {}, not {}", kChatPath, kEmbeddingsPath, path));
}

void provide_encoder(EncodeTexts encode) {
  const std::lock_guard lock(encoder_mutex());
  encoder() = std::move(encode);
}

bool has_encoder() {
  const std::lock_guard lock(encoder_mutex());
  return static_cast<bool>(encoder());
}

namespace offline {

Result<std::vector<std::vector<float>>> encode(std::span<const std::string> texts) {
  EncodeTexts provided;
  {
    const std::lock_guard lock(encoder_mutex());
    provided = encoder();
  }
  if (!provided) {
    return fail("`encoder: minilm` needs a program built with the sentence encoder, and this one has none; leave `encoder` out");
  }
  MOTIVE_ASSIGN(auto vectors, provided(texts));
  if (vectors.size() != texts.size()) return fail("the encoder gave {} vectors for {} texts", vectors.size(), texts.size());
  return vectors;
}

std::vector<float> hashed_words(std::string_view source) {
  const Text text = read_text(source);
  std::vector<double> sums(kVector);
  for (std::size_t i = 0; i < text.words.size(); ++i) {
    if (!is_content(text.words[i])) continue;
    const std::uint64_t hash = hash_of(text.stems[i]);
    sums[hash % kVector] += hash >> 63 ? 1 : -1;
  }
  double squares = 0;
  for (double& sum : sums) {
    sum = std::copysign(std::sqrt(std::abs(sum)), sum);
    squares += sum * sum;
  }
  std::vector<float> vector(kVector);
  if (squares <= 0) {
    vector[0] = 1;  // no words: some vector of length 1
    return vector;
  }
  for (std::size_t i = 0; i < kVector; ++i) vector[i] = static_cast<float>(sums[i] / std::sqrt(squares));
  return vector;
}

}  // namespace offline
}  // namespace motive::llm
