// Embeddings: asked for in batches, kept one by one as if each text had been asked for alone.

#include <algorithm>
#include <map>

#include "framework/llm/client_state.h"
#include "framework/llm/offline.h"
#include "framework/llm/parse_json.h"

namespace motive::llm {
namespace {

constexpr std::size_t kMostTexts = 2048, kMostTextsOffline = 256, kTextsAtOnce = 8192;
constexpr std::int64_t kMostTokens = 250000;

/// The body that a request for the text at `place` alone would have got.
std::string body_of_one(const Json& body, std::size_t place, std::int64_t tokens) {
  Json data = Json::array();
  const Json& all = member_at(body, "data");
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Json& index = member_at(all[i], "index");
    if ((index.is_number_integer() ? index.get<std::size_t>() : i) != place) continue;
    data.push_back(all[i]);
    data.back()["index"] = 0;
  }
  return canonical({{"object", "list"},
                    {"model", member_at(body, "model")},
                    {"data", std::move(data)},
                    {"usage", {{"prompt_tokens", tokens}, {"total_tokens", tokens}}}});
}

/// Tokens of a whole batch; negative where the server does not say.
std::int64_t reported_tokens(const Json& body) {
  const Json& usage = member_at(body, "usage");
  const Json& prompt = member_at(usage, "prompt_tokens");
  const Json& count = prompt.is_number_integer() ? prompt : member_at(usage, "total_tokens");
  return count.is_number_integer() ? count.get<std::int64_t>() : -1;
}

}  // namespace

/// Distinct texts, and what is known of each.
struct Client::State::TextKeys {
  std::vector<std::string> texts, hashes;
  std::vector<CacheKey> keys;
  std::vector<std::int64_t> tokens;
  std::vector<std::optional<StoredAnswer>> answers;
};

Result<std::vector<std::vector<float>>> Client::State::embed(Target& target, const std::vector<std::string>& texts,
                                                             const std::string& module, bool tell) {
  std::vector<std::vector<float>> vectors;
  vectors.reserve(texts.size());
  for (std::size_t begin = 0; begin < texts.size(); begin += kTextsAtOnce) {
    const std::size_t end = std::min(texts.size(), begin + kTextsAtOnce);
    TextKeys keys;
    std::map<std::string, std::size_t> place;
    for (std::size_t i = begin; i < end; ++i) {
      if (!place.try_emplace(texts[i], keys.texts.size()).second) continue;
      keys.texts.push_back(texts[i]);
      std::string body = canonical(embeddings_body({texts[i]}, target.line.config));
      keys.keys.push_back({std::move(body), target.line.endpoint_id, kEmbeddingsPath, 1, 0});
      keys.hashes.push_back(keys.keys.back().hash());
      keys.tokens.push_back(std::max<std::int64_t>(1, estimate_tokens(texts[i])));
    }
    MOTIVE_TRY(embed_distinct(target, module, keys));
    std::vector<std::vector<float>> distinct;
    std::vector<UsedAnswer> used;
    for (std::size_t i = 0; i < keys.texts.size(); ++i) {
      const StoredAnswer& stored = *keys.answers[i];
      if (fate_of(stored.status, stored.body) != Fate::kAnswer) {
        return fail("endpoint {}, module {}: the text \"{}..\" cannot be embedded: {}", target.line.name, module,
                    keys.texts[i].substr(0, 60), stored.status == 0 ? stored.body : error_text(stored.body));
      }
      MOTIVE_ASSIGN(auto vector, read_embeddings(stored.body, 1));
      distinct.push_back(std::move(vector[0]));
    }
    for (std::size_t i = begin; i < end; ++i) {
      const std::size_t at = place[texts[i]];
      const StoredAnswer& stored = *keys.answers[at];
      used.push_back({keys.hashes[at], stored.model, stored.usage, stored.cost});
      vectors.push_back(distinct[at]);
    }
    if (tell) tally.texts(module, used);
  }
  return vectors;
}

/// Fills keys.answers: from the cache, by asking, and from those who are asking already.
Status Client::State::embed_distinct(Target& target, const std::string& module, TextKeys& keys) {
  const std::size_t n = keys.texts.size();
  keys.answers.resize(n);
  std::vector<std::pair<std::size_t, Flights<StoredAnswer>::Place>> mine, others;
  for (std::size_t i = 0; i < n; ++i) {
    MOTIVE_ASSIGN(keys.answers[i], find(keys.keys[i], keys.hashes[i]));
    if (!keys.answers[i]) {
      auto place = flights.join(keys.hashes[i]);
      if (!place.leads()) {
        tally.shared();
        others.emplace_back(i, std::move(place));
        continue;
      }
      MOTIVE_ASSIGN(keys.answers[i], find(keys.keys[i], keys.hashes[i]));
      if (!keys.answers[i]) {
        mine.emplace_back(i, std::move(place));
        continue;
      }
      place.land(*keys.answers[i]);
    }
    tally.found();
  }
  std::vector<std::size_t> places;
  for (const auto& entry : mine) places.push_back(entry.first);
  const Status asked = embed_missing(target, module, keys, places);
  for (auto& [i, place] : mine) {
    if (keys.answers[i]) {
      place.land(*keys.answers[i]);
    } else {
      place.land(asked ? fail("endpoint {}: a vector is missing", target.line.name) : asked.error());
    }
  }
  MOTIVE_TRY(asked);
  for (auto& [i, place] : others) {
    MOTIVE_ASSIGN(keys.answers[i], place.wait());
  }
  return {};
}

Status Client::State::embed_missing(Target& target, const std::string& module, TextKeys& keys,
                                    const std::vector<std::size_t>& mine) {
  const std::span<const std::size_t> all(mine);
  const std::size_t most = target.line.config.is_offline() ? kMostTextsOffline : kMostTexts;
  for (std::size_t begin = 0, end = 0; begin < all.size(); begin = end) {
    if (options.mode == Mode::kReplay && !target.line.config.is_offline()) return miss(target, keys.keys[all[begin]], module);
    std::int64_t tokens = 0;
    for (end = begin; end < all.size() && end - begin < most; ++end) {
      tokens += keys.tokens[all[end]];
      if (end > begin && tokens > kMostTokens) break;
    }
    MOTIVE_TRY(embed_batch(target, module, keys, all.subspan(begin, end - begin)));
  }
  return {};
}

/// Takes the answer to a batch apart and keeps its parts.
Status Client::State::keep_batch(Target& target, TextKeys& keys, std::span<const std::size_t> batch, const std::string& body,
                                 AttemptRecord& attempt, bool durable) {
  const auto vectors = read_embeddings(body, batch.size());
  const auto json = parse_json(body);
  std::int64_t estimate = 0;
  for (const std::size_t i : batch) estimate += keys.tokens[i];
  const std::int64_t reported = json ? reported_tokens(*json) : -1, total = reported < 0 ? estimate : reported;
  attempt.usage.prompt = total;
  attempt.usage.reported = reported >= 0;
  attempt.cost = cost_of(attempt.usage, target.line.config);
  if (!vectors) {
    attempt.failure = vectors.error().message;
    if (cache) MOTIVE_TRY(cache->record(attempt));
    return fail("endpoint {}, module {}: {}", target.line.name, attempt.module, vectors.error().message);
  }
  std::int64_t so_far = 0, given = 0;
  for (std::size_t k = 0; k < batch.size(); ++k) {
    so_far += keys.tokens[batch[k]];
    const double share = static_cast<double>(so_far) / static_cast<double>(estimate);
    const auto upto = static_cast<std::int64_t>(static_cast<double>(total) * share);
    StoredAnswer stored;
    stored.usage.prompt = (k + 1 == batch.size() ? total : upto) - given;
    given += stored.usage.prompt;
    stored.usage.reported = reported >= 0;
    stored.cost = cost_of(stored.usage, target.line.config);
    stored.body = body_of_one(*json, k, stored.usage.prompt);
    stored.model = text_at(*json, "model");
    stored.received = utc_text(options.clock->utc());
    AttemptRecord part = attempt;
    part.key_hash = keys.hashes[batch[k]];
    part.usage = stored.usage;
    part.cost = stored.cost;
    MOTIVE_TRY(keep(keys.keys[batch[k]], keys.hashes[batch[k]], stored, part, false));
    keys.answers[batch[k]] = std::move(stored);
  }
  return durable && cache ? cache->flush() : Status();
}

Status Client::State::embed_batch(Target& target, const std::string& module, TextKeys& keys, std::span<const std::size_t> batch) {
  std::vector<std::string> texts;
  Parcel parcel{kEmbeddingsPath, "", module, keys.hashes[batch[0]], 0, 0, static_cast<int>(batch.size())};
  for (const std::size_t i : batch) {
    texts.push_back(keys.texts[i]);
    parcel.prompt_tokens += keys.tokens[i];
  }
  parcel.body = canonical(embeddings_body(texts, target.line.config));
  if (target.line.config.is_offline()) {
    MOTIVE_TRY(sender->may_send());
    turnstile.enter();
    const OfflineReply reply = answer_offline(target.line.config, parcel.path, parcel.body);
    turnstile.leave();
    if (fate_of(reply.status, reply.body) != Fate::kAnswer) {
      return fail("endpoint {} (offline), module {}: {}", target.line.name, module, error_text(reply.body));
    }
    AttemptRecord attempt;
    attempt.module = module;  // of no experiment: nobody's budget pays
    attempt.status = reply.status;
    return keep_batch(target, keys, batch, reply.body, attempt, false);
  }
  const auto keep_it = [&](Delivered& delivered) -> Status {
    if (delivered.fate == Fate::kAnswer) return keep_batch(target, keys, batch, delivered.reply.body, delivered.attempt, true);
    if (batch.size() > 1) return cache ? cache->record(delivered.attempt) : Status();
    StoredAnswer stored;
    stored.status = delivered.reply.status;
    stored.body = delivered.reply.status == 0 ? delivered.attempt.failure : delivered.reply.body;
    stored.usage = delivered.attempt.usage;
    stored.cost = delivered.attempt.cost;
    stored.received = utc_text(options.clock->utc());
    MOTIVE_TRY(keep(keys.keys[batch[0]], keys.hashes[batch[0]], stored, delivered.attempt, true));
    keys.answers[batch[0]] = std::move(stored);
    return {};
  };
  MOTIVE_ASSIGN(const Delivered delivered, sender->deliver(target.line, parcel, keep_it));
  if (delivered.fate == Fate::kAnswer || batch.size() == 1) return {};
  // One of the texts is to blame: it is found by halves, and the others get their vectors.
  const std::size_t half = batch.size() / 2;
  MOTIVE_TRY(embed_batch(target, module, keys, batch.first(half)));
  return embed_batch(target, module, keys, batch.subspan(half));
}

}  // namespace motive::llm
