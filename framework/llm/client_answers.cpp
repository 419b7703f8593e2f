// What brings an answer: the cache, who is asking already, the embedded stand-in, the server.

#include <ctime>

#include "framework/llm/client_state.h"
#include "framework/llm/offline.h"
#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

// A server that ignores response_format answers the probe like any request, so that nothing in its words may lead to
// an answer that fits: neither the field nor its value is mentioned.
constexpr const char* kProbeField = "zq7_marker", *kProbeValue = "vexil-40213";
constexpr int kProbeTokens = 1024;

ChatRequest probe_request(const EndpointConfig& endpoint) {
  ChatRequest request;
  request.messages = {{"user", "Say good morning to the reader, in one short sentence."}};
  request.temperature = 0;
  request.max_tokens = kProbeTokens;
  const std::int64_t half = endpoint.context / 2;
  if (half > 0 && half < kProbeTokens) request.max_tokens = static_cast<int>(half);
  request.task = "probe";
  request.module = "probe";
  request.schema = {{"type", "object"},
                    {"properties", {{kProbeField, {{"type", "string"}, {"enum", {kProbeValue}}}}}},
                    {"required", {kProbeField}},
                    {"additionalProperties", false}};
  return request;
}

/// The first words of what the last message says.
std::string first_words(const std::string& body) {
  const auto json = parse_json(body);
  std::string text;
  if (json) {
    const Json& messages = member_at(*json, "messages");
    const Json& input = member_at(*json, "input");
    if (messages.is_array() && !messages.empty()) text = text_at(messages.back(), "content");
    if (input.is_array() && !input.empty() && input.front().is_string()) text = input.front().get<std::string>();
  }
  std::string words;
  for (const char c : text.substr(0, 80)) words += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  while (!words.empty() && (static_cast<unsigned char>(words.back()) & 0x80) != 0) words.pop_back();  // half a character
  return words;
}

}  // namespace

std::string utc_text(double seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void Turnstile::enter() {
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return free_ > 0; });
  --free_;
}

void Turnstile::leave() {
  const std::lock_guard lock(mutex_);
  ++free_;
  left_.notify_one();
}

Result<Structured> Client::State::structured(Target& target, const ChatRequest& request) {
  const EndpointConfig& config = target.line.config;
  if (config.is_offline()) return Structured::kJsonSchema;
  if (request.schema.is_null() || config.structured != Structured::kAuto) {
    return config.structured == Structured::kAuto ? Structured::kText : config.structured;
  }
  const std::lock_guard lock(target.probing);
  if (!target.structured) {
    MOTIVE_ASSIGN(const Structured honoured, probe(target));
    target.structured = honoured;
  }
  return *target.structured;
}

/// Asked like any request, so that the cache has it and replay comes to the same.
Result<Structured> Client::State::probe(Target& target) {
  const ChatRequest request = probe_request(target.line.config);
  for (const Structured way : {Structured::kJsonSchema, Structured::kJsonObject}) {
    const CacheKey key{canonical(chat_body(request, target.line.config, way)), target.line.endpoint_id, kChatPath, 0, 0};
    MOTIVE_ASSIGN(const StoredAnswer stored, answer(target, key, request.module, request.max_tokens));
    bool honoured = false;
    if (fate_of(stored.status, stored.body) == Fate::kAnswer) {
      const ChatAnswer chat = read_chat(stored.body, request.max_tokens);
      const auto json = parse_json(chat.text);
      honoured = json && (way == Structured::kJsonSchema ? schema_fault(*json, request.schema).empty() : json->is_object());
    }
    tally.call(request.module, honoured ? Outcome::kOk : Outcome::kWrongFormat,
               {{key.hash(), stored.model, stored.usage, stored.cost}});
    if (honoured) return way;
  }
  return Structured::kText;
}

Result<std::optional<StoredAnswer>> Client::State::find(const CacheKey& key, const std::string& hash) {
  if (!cache) return std::optional<StoredAnswer>();
  if (options.mode == Mode::kRefresh) {
    const std::lock_guard lock(refreshed_mutex);
    if (refreshed.count(hash) == 0) return std::optional<StoredAnswer>();
  }
  return cache->find(key);
}

Result<StoredAnswer> Client::State::answer(Target& target, const CacheKey& key, const std::string& module, int max_tokens) {
  const std::string hash = key.hash();
  MOTIVE_ASSIGN(std::optional<StoredAnswer> found, find(key, hash));
  if (found) {
    tally.found();
    return std::move(*found);
  }
  auto place = flights.join(hash);
  if (!place.leads()) {
    tally.shared();
    return place.wait();
  }
  // It may have landed between the look and the join.
  auto again = find(key, hash);
  Result<StoredAnswer> result = fail("");
  if (!again) {
    result = again.error();
  } else if (*again) {
    tally.found();
    result = std::move(**again);
  } else {
    result = target.line.config.is_offline() ? ask_offline(target, key, hash, module)
                                             : ask(target, key, hash, module, max_tokens);
  }
  place.land(result);
  return result;
}

Result<StoredAnswer> Client::State::ask(Target& target, const CacheKey& key, const std::string& hash, const std::string& module,
                                        int max_tokens) {
  if (options.mode == Mode::kReplay) return miss(target, key, module);
  Parcel parcel{key.path, key.body, module, hash, estimate_tokens(key.body), max_tokens, 1};
  StoredAnswer stored;
  const auto keep_it = [&](Delivered& delivered) -> Status {
    if (delivered.fate == Fate::kAnswer) {
      const ChatAnswer chat = read_chat(delivered.reply.body, max_tokens);  // what it cost; nothing here can lose it
      delivered.attempt.usage = chat.usage;
      if (!chat.usage.reported) delivered.attempt.usage.prompt = parcel.prompt_tokens;
      delivered.attempt.cost = cost_of(delivered.attempt.usage, target.line.config);
      stored.model = chat.model;
    }
    stored.status = delivered.reply.status;
    stored.body = delivered.reply.status == 0 ? delivered.attempt.failure : delivered.reply.body;
    stored.usage = delivered.attempt.usage;
    stored.cost = delivered.attempt.cost;
    stored.received = utc_text(options.clock->utc());
    return keep(key, hash, stored, delivered.attempt, true);
  };
  MOTIVE_TRY(sender->deliver(target.line, parcel, keep_it));
  if (!cache || options.mode == Mode::kRefresh) return stored;
  // Another process may have been first: its answer is the one that later runs will find.
  MOTIVE_ASSIGN(auto counts, cache->find(key));
  return counts ? std::move(*counts) : stored;
}

Result<StoredAnswer> Client::State::ask_offline(Target& target, const CacheKey& key, const std::string& hash,
                                                const std::string& module) {
  MOTIVE_TRY(sender->may_send());
  turnstile.enter();
  OfflineReply reply = answer_offline(target.line.config, key.path, key.body);
  turnstile.leave();
  if (fate_of(reply.status, reply.body) != Fate::kAnswer) {
    return fail("endpoint {} (offline), module {}: {}", target.line.name, module, error_text(reply.body));
  }
  const ChatAnswer chat = read_chat(reply.body, 0);
  StoredAnswer stored;
  stored.usage = chat.usage;
  stored.model = chat.model;
  stored.body = std::move(reply.body);
  stored.received = utc_text(options.clock->utc());
  AttemptRecord attempt;
  attempt.key_hash = hash;
  attempt.module = module;  // of no experiment: nobody's budget pays
  attempt.status = stored.status;
  attempt.usage = stored.usage;
  MOTIVE_TRY(keep(key, hash, stored, attempt, false));
  return stored;
}

Status Client::State::keep(const CacheKey& key, const std::string& hash, const StoredAnswer& answer, const AttemptRecord& attempt,
                           bool durable) {
  if (!cache || options.mode == Mode::kReplay) return {};
  const bool replace = options.mode == Mode::kRefresh;
  MOTIVE_TRY(cache->store(key, answer, attempt, replace, durable));
  if (replace) {
    const std::lock_guard lock(refreshed_mutex);
    refreshed.insert(hash);
  }
  return {};
}

Error Client::State::miss(const Target& target, const CacheKey& key, const std::string& module) const {
  return fail("--llm replay: the cache {} has no answer of endpoint {} for module {}, \"{}..\" (sample {}, attempt {}); run it "
              "with --llm live", options.cache.string(), target.line.name, module, first_words(key.body), key.sample,
              key.attempt);
}

}  // namespace motive::llm
