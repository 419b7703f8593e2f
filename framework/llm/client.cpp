#include "framework/llm/client.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "framework/base/parallel.h"
#include "framework/llm/client_state.h"

namespace motive::llm {
namespace {

constexpr int kMostCallers = 512;

/// An error where the file, or the folder that will hold it, cannot be written.
Status check_writable(const Path& file) {
  Path at = file;
  std::error_code code;
  while (!std::filesystem::exists(at, code) && at.has_parent_path() && at.parent_path() != at) at = at.parent_path();
  if (at.empty() || ::access(at.c_str(), W_OK) == 0) return {};
  return invalid("{}: cannot be written, and --llm record-new keeps what it is told; name another cache, or use --llm replay",
                 file.string());
}

Result<std::unique_ptr<Cache>> open_cache(const ClientOptions& options, bool only_offline) {
  const bool replay = options.mode == Mode::kReplay;
  if (options.cache.empty()) {
    if ((replay && !only_offline) || options.mode == Mode::kRecordNew) return invalid("--llm replay and record-new need a cache");
    return std::unique_ptr<Cache>();
  }
  if (options.mode == Mode::kRecordNew) MOTIVE_TRY(check_writable(options.cache));
  if (!replay) return Cache::open(options.cache);
  std::error_code code;
  if (only_offline && !std::filesystem::exists(options.cache, code)) return std::unique_ptr<Cache>();
  return Cache::open_readonly(options.cache);
}

/// What an answer's bytes are worth for a request.
void read_answer(const StoredAnswer& stored, const ChatRequest& request, const Client::Validate& validate, Answer& answer) {
  answer.json = Json();
  answer.logprobs = Json();
  answer.text.clear();
  const Fate fate = fate_of(stored.status, stored.body);
  if (fate != Fate::kAnswer) {
    answer.outcome = fate == Fate::kRejected ? Outcome::kRejected : fate == Fate::kTooLong ? Outcome::kTooLong : Outcome::kBroken;
    answer.problem = stored.status == 0 ? stored.body : fmt::format("status {}: {}", stored.status, error_text(stored.body));
    return;
  }
  ChatAnswer chat = read_chat(stored.body, request.max_tokens);
  answer.outcome = chat.outcome;
  answer.text = std::move(chat.text);
  answer.problem = std::move(chat.problem);
  answer.logprobs = std::move(chat.logprobs);
  if (chat.outcome != Outcome::kOk) return;
  const auto wrong = [&](std::string problem) {
    answer.outcome = Outcome::kWrongFormat;
    answer.problem = std::move(problem);
    answer.json = Json();
  };
  if (!request.schema.is_null()) {
    auto json = json_in(answer.text);
    if (!json) return wrong(json.error().message);
    answer.json = std::move(*json);
    if (std::string fault = schema_fault(answer.json, request.schema); !fault.empty()) return wrong(std::move(fault));
  }
  if (!validate) return;
  std::string fault = validate(request.schema.is_null() ? Json(answer.text) : answer.json);
  if (!fault.empty()) wrong(std::move(fault));
}

bool worth_another(Outcome outcome) {
  return outcome == Outcome::kWrongFormat || outcome == Outcome::kTruncated || outcome == Outcome::kRefused;
}

}  // namespace

Result<Mode> mode_from(const std::string& name) {
  if (name == "live") return Mode::kLive;
  if (name == "replay") return Mode::kReplay;
  if (name == "record-new") return Mode::kRecordNew;
  if (name == "refresh") return Mode::kRefresh;
  return invalid("--llm {}: there is live (the cache, else the server), replay (the cache alone), record-new (as live, into a "
                 "cache that can be written) and refresh (the server, replacing what the cache has)", name);
}

Client::Client(std::shared_ptr<State> state, Later* later) : state_(std::move(state)), later_(later) {}
Client::~Client() = default;

Result<std::unique_ptr<Client>> Client::open(ClientOptions options, std::unique_ptr<Transport> transport) {
  options.endpoints.try_emplace(kOffline, EndpointConfig{.kind = EndpointKind::kOffline});
  if (options.clock == nullptr) options.clock = &Clock::real();
  const bool only_offline = std::all_of(options.endpoints.begin(), options.endpoints.end(),
                                        [](const auto& entry) { return entry.second.is_offline(); });
  auto state = std::make_unique<State>(std::move(options));
  MOTIVE_ASSIGN(state->cache, open_cache(state->options, only_offline));
  for (const auto& [name, config] : state->options.endpoints) {
    state->targets.emplace(name, std::make_unique<Target>(name, config, *state->options.clock));
  }
  const ClientOptions& opened = state->options;
  Sender::Parts parts{state->cache.get(), &state->tally, opened.clock, opened.cancel, opened.experiment, opened.budget};
  state->sender = std::make_unique<Sender>(std::move(parts), std::move(transport));
  return std::unique_ptr<Client>(new Client(std::move(state)));
}

Result<Answer> Client::chat(const std::string& endpoint, const ChatRequest& request, std::uint64_t sample,
                            const Validate& validate) {
  MOTIVE_ASSIGN(Target * target, state_->target(endpoint));
  return state_->chat(*target, request, sample, validate, later_);
}

Result<std::vector<std::vector<float>>> Client::embed(const std::string& endpoint, const std::vector<std::string>& texts,
                                                      const std::string& module) {
  MOTIVE_ASSIGN(Target * target, state_->target(endpoint));
  return state_->embed(*target, texts, module, later_ == nullptr);
}

const EndpointConfig& Client::endpoint(const std::string& name) const { return state_->targets.at(name)->line.config; }

int Client::width() const {
  int widest = 0;
  for (const auto& [name, config] : state_->options.endpoints) {
    if (!config.is_offline()) widest = std::max(widest, config.connections + config.connections / 4 + 1);
  }
  return widest == 0 ? std::max(1, state_->options.threads) : std::min(widest, kMostCallers);
}

Status Client::each(std::size_t n, const std::function<Status(std::size_t)>& unit, Progress* progress,
                    std::string_view what) const {
  std::atomic<std::size_t> next = 0, done = 0;
  const auto one = [&]() -> Result<bool> {
    const std::size_t i = next++;
    if (i >= n) return false;
    MOTIVE_TRY(unit(i));
    const std::size_t so_far = ++done;
    if (progress) progress->update(static_cast<double>(so_far), static_cast<double>(n), what);
    return true;
  };
  return repeat_by_threads(static_cast<int>(std::min<std::size_t>(n, static_cast<std::size_t>(width()))), one);
}

Status Client::flush() { return state_->cache && state_->options.mode != Mode::kReplay ? state_->cache->flush() : Status(); }
Json Client::report() const { return state_->tally.report(); }

Json Client::sent() const {
  Json sent = state_->tally.sent();
  for (const auto& [name, target] : state_->targets) {
    if (!target->line.config.is_offline()) sent["at a time"][name] = target->line.gate.limit();
  }
  return sent;
}

Result<Target*> Client::State::target(const std::string& name) {
  const auto at = targets.find(name);
  if (at != targets.end()) return at->second.get();
  std::string known;
  for (const auto& entry : targets) known += (known.empty() ? "" : ", ") + entry.first;
  return invalid("there is no endpoint {}; there is {}", name, known);
}

/// Where a fault of the server made requests go out in another way for a while, an answer of that time is as good: so what was
/// paid for is not asked again, and a replay finds what the run found.
Result<CacheKey> Client::State::key_of(Target& target, const ChatRequest& request, std::uint64_t sample) {
  MOTIVE_ASSIGN(const Structured now, structured(target, request));
  const auto key_by = [&](Structured way) {
    return CacheKey{canonical(chat_body(request, target.line.config, way)), target.line.endpoint_id, kChatPath, sample, 0};
  };
  CacheKey newest = key_by(now);
  if (!target.doubted || !cache || request.schema.is_null() || options.mode == Mode::kRefresh) return newest;
  std::optional<std::string> received;
  for (const Structured way : {Structured::kJsonSchema, Structured::kJsonObject, Structured::kText}) {
    CacheKey key = key_by(way);
    MOTIVE_ASSIGN(const auto found, cache->find(key));
    if (!found || (received && found->received <= *received)) continue;
    received = found->received;
    newest = std::move(key);
  }
  return newest;
}

Result<Answer> Client::State::chat(Target& target, const ChatRequest& request, std::uint64_t sample, const Validate& validate,
                                   Later* later) {
  MOTIVE_ASSIGN(CacheKey key, key_of(target, request, sample));
  Answer answer;
  std::vector<UsedAnswer> used;
  for (;; ++key.attempt) {
    if (later) MOTIVE_TRY(later->see(target, key, request));
    MOTIVE_ASSIGN(const StoredAnswer stored, this->answer(target, key, request.module, request.max_tokens));
    answer.attempts = key.attempt + 1;
    answer.usage += stored.usage;
    answer.cost += stored.cost;
    used.push_back({key.hash(), stored.model, stored.usage, stored.cost});
    read_answer(stored, request, validate, answer);
    if (!worth_another(answer.outcome) || key.attempt >= target.line.config.reasks) break;
  }
  if (!later) tally.call(request.module, answer.outcome, used);
  return answer;
}

}  // namespace motive::llm
