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
constexpr const char* kProbe = "probe";
constexpr int kProbeTokens = 1024;
constexpr double kFaultHolds = 3600;  // seconds

ChatRequest probe_request(const EndpointConfig& endpoint) {
  ChatRequest request;
  request.messages = {{"user", "Say good morning to the reader, in one short sentence."}};
  request.temperature = 0;
  request.max_tokens = kProbeTokens;
  const std::int64_t half = endpoint.context / 2;
  if (half > 0 && half < kProbeTokens) request.max_tokens = static_cast<int>(half);
  request.task = kProbe;
  request.module = kProbe;
  request.schema = {{"type", "object"},
                    {"properties", {{kProbeField, {{"type", "string"}, {"enum", {kProbeValue}}}}}},
                    {"required", {kProbeField}},
                    {"additionalProperties", false}};
  return request;
}

bool honours(const StoredAnswer& stored, const ChatRequest& request, Structured way) {
  if (fate_of(stored.status, stored.body) != Fate::kAnswer) return false;
  const auto json = parse_json(read_chat(stored.body, request.max_tokens).text);
  return json && (way == Structured::kJsonSchema ? schema_fault(*json, request.schema).empty() : json->is_object());
}

/// What the server said when it failed, no refusal.
bool is_fault(const StoredAnswer& stored) {
  const Fate fate = fate_of(stored.status, stored.body);
  return fate != Fate::kAnswer && fate != Fate::kRejected && fate != Fate::kTooLong;
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

/// Asked like any request, so that the cache has it and replay comes to the same. A refusal (400) holds for good; a fault of
/// the server (a 5xx again and again) says nothing about what it honours, and holds for an hour. report() tells of the first
/// answers alone, so that it does not change with what is found out later.
Result<Structured> Client::State::probe(Target& target) {
  const ChatRequest request = probe_request(target.line.config);
  std::optional<Structured> found;
  for (const Structured way : {Structured::kJsonSchema, Structured::kJsonObject}) {
    const CacheKey key{canonical(chat_body(request, target.line.config, way)), target.line.endpoint_id, kChatPath, 0, 0};
    MOTIVE_ASSIGN(const StoredAnswer first, answer(target, key, request.module, request.max_tokens));
    const bool honoured = honours(first, request, way);
    tally.call(request.module, honoured ? Outcome::kOk : Outcome::kWrongFormat,
               {{key.hash(), first.model, first.usage, first.cost}});
    if (honoured && !found) found = way;
    if (honoured) break;
    target.doubted |= is_fault(first);
    MOTIVE_ASSIGN(const StoredAnswer last, last_probe(target, key, first, request.max_tokens));
    if (!found && honours(last, request, way)) found = way;
  }
  return found.value_or(Structured::kText);
}

/// After a fault it is asked again, each time as an attempt of its own; replay goes as far as the cache does.
Result<StoredAnswer> Client::State::last_probe(Target& target, CacheKey key, StoredAnswer last, int max_tokens) {
  while (is_fault(last)) {
    ++key.attempt;
    MOTIVE_ASSIGN(auto next, find(key, key.hash()));
    if (!next) {
      const bool holds = options.mode == Mode::kReplay || last.received >= utc_text(options.clock->utc() - kFaultHolds);
      if (holds) break;
      MOTIVE_ASSIGN(next, answer(target, key, kProbe, max_tokens));
    }
    last = std::move(*next);
  }
  return last;
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
  if (before_asking) MOTIVE_TRY(before_asking());
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
