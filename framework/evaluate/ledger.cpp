#include "framework/evaluate/ledger.h"

#include <algorithm>

#include "framework/base/hash.h"
#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"
#include "framework/evaluate/listed.h"
#include "framework/evaluate/negatives.h"

namespace motive {
namespace {

constexpr const char* kMetaFile = "candidates.json";
constexpr const char* kPoolFile = "pool.u8";
constexpr const char* kNegativesFile = "negatives.u32";
constexpr const char* kOffsetsFile = "negatives.offsets.u64";

template <class T>
void update(Sha256& hash, std::span<const T> values) {
  hash.update(std::as_bytes(values));
}

/// Users and targets: what a ledger belongs to. Histories may differ (with or without validation
/// events).
std::string queries_hash(const QuerySet& test) {
  Sha256 hash;
  hash.update("queries");
  update(hash, std::span<const UserId>(test.users));
  update(hash, std::span<const std::uint64_t>(test.target_offsets));
  update(hash, std::span<const ItemId>(test.targets));
  return hash.hex();
}

std::string candidates_hash(std::span<const std::uint8_t> pool, std::span<const ItemId> negatives) {
  Sha256 hash;
  hash.update("candidates");
  update(hash, pool);
  update(hash, negatives);
  return hash.hex();
}

Error foreign(const Path& folder, const std::string& why) {
  return fail("{}: these candidates cannot be used: {}; remove the folder, it will be made again",
              folder.string(), why);
}

struct Meta {
  int negatives = 0;
  std::string kind;
  std::string queries, hash;
};

Result<Meta> read_meta(const Path& folder) {
  MOTIVE_ASSIGN(const std::string text, read_file(folder / kMetaFile));
  const Json json = Json::parse(text, nullptr, false);
  const auto is_text = [&](const char* key) {
    return json.contains(key) && json.at(key).is_string();
  };
  if (!json.is_object() || !json.contains("negatives") ||
      !json.at("negatives").is_number_unsigned() ||
      json.at("negatives").get<std::uint64_t>() > 1'000'000'000 || !is_text("queries") ||
      !is_text("hash") || !is_text("kind")) {
    return foreign(folder, fmt::format("{} is damaged", kMetaFile));
  }
  return Meta{json.at("negatives").get<int>(), json.at("kind").get<std::string>(), json.at("queries").get<std::string>(),
              json.at("hash").get<std::string>()};
}

/// [I] 1: in the pool.
Result<std::vector<std::uint8_t>> pool_of(const EventsView& events, std::size_t n_items,
                                          const LedgerOptions& options, const LedgerFacts& facts) {
  std::vector<std::uint8_t> pool(n_items, 0);
  const bool train = options.pool == Pool::kTrain;
  if ((train || options.distribution == Distribution::kPopularity) &&
      facts.train_counts.size() != n_items) {
    return fail("candidates {}: no training counts were given", protocol_name(options));
  }
  for (const ItemId item : events.items) pool[index(item)] = 1;
  if (options.pool == Pool::kCold || options.pool == Pool::kWarm) {
    const bool cold = options.pool == Pool::kCold;
    if (cold) std::fill(pool.begin(), pool.end(), std::uint8_t{0});
    for (const std::uint32_t item : facts.cold_items) pool[item] = cold;
  }
  for (std::size_t i = 0; train && i < n_items; ++i) pool[i] = facts.train_counts[i] > 0;
  if (options.pool == Pool::kAllItems && facts.items) {
    for (std::size_t i = 0; i < n_items; ++i) {
      for (const auto& [name, column] : facts.items->fields()) pool[i] |= !column[i].empty();
    }
  }
  return pool;
}

/// Candidates beside the targets, by query, in the order of drawing or of the file.
struct Drawn {
  std::vector<std::uint64_t> offsets{0};
  std::vector<ItemId> items;
  std::uint64_t ignored_rows = 0, touched = 0;  // listed only
};

Result<Drawn> draw(const EventsView& events, const std::vector<ItemId>& pool, std::size_t n_items,
                   const QuerySet& test, const LedgerOptions& options, const LedgerFacts& facts) {
  const auto n = static_cast<std::size_t>(options.negatives);
  Drawn drawn;
  drawn.items.reserve(test.size() * n);
  const bool popular = options.distribution == Distribution::kPopularity;
  NegativeSampler sampler(events, pool, n_items, options.seed,
                          popular ? facts.train_counts : std::span<const std::uint32_t>());
  std::size_t short_users = 0, fewest = n;
  for (const UserId user : test.users) {
    const std::size_t before = drawn.items.size();
    sampler.draw(user, n, drawn.items);
    const std::size_t got = drawn.items.size() - before;
    short_users += got < n;
    fewest = std::min(fewest, got);
    drawn.offsets.push_back(drawn.items.size());
  }
  if (short_users == 0) return drawn;
  return invalid(
      "candidates {}: {} of {} test users have fewer than {} items of the pool ({} items{}) that they "
      "never touched; the fewest is {}. Ask for at most that many negatives, for a larger pool, or for "
      "full ranking (negatives: 0)",
      protocol_name(options), short_users, test.size(), n, pool.size(),
      popular ? ", of which only those with training events are drawn" : "", fewest);
}

OrderedJson meta_of(const LedgerOptions& options, const Drawn& drawn, const char* kind) {
  OrderedJson meta = {{"protocol", protocol_name(options)},
                      {"kind", kind},
                      {"negatives", options.negatives},
                      {"distribution", options.distribution == Distribution::kPopularity ? "popularity" : "uniform"},
                      {"pool", pool_name(options.pool)}};
  if (!options.listed.empty()) {
    meta["rows_of_users_who_are_not_tested"] = drawn.ignored_rows;
    meta["listed_items_that_the_user_touched"] = drawn.touched;
  }
  return meta;
}

/// The files of a ledger: its pool, and what was drawn for each query where there is anything.
Status write_ledger(const Path& folder, const QuerySet& test, std::span<const std::uint8_t> pool, std::span<const ItemId> drawn,
                    std::uint64_t seed, OrderedJson meta) {
  if (meta.at("kind") != "full") MOTIVE_TRY(write_column(folder / kNegativesFile, drawn));
  MOTIVE_TRY(write_column(folder / kPoolFile, pool));
  meta["pool_items"] = std::count(pool.begin(), pool.end(), std::uint8_t{1});
  meta["seed"] = seed;
  meta["test_queries"] = test.size();
  meta["queries"] = queries_hash(test);
  meta["hash"] = candidates_hash(pool, drawn);
  return write_file_synced(folder / kMetaFile, meta.dump(1) + "\n");
}

}  // namespace

std::string pool_name(Pool pool) {
  switch (pool) {
    case Pool::kDefault: return "default";
    case Pool::kCatalogue: return "catalogue";
    case Pool::kCold: return "cold";
    case Pool::kWarm: return "warm";
    case Pool::kTrain: return "train";
    case Pool::kAllItems: return "all_items";
  }
  return "";
}

std::string protocol_name(const LedgerOptions& options) {
  const std::string targets = options.targets.empty() ? "" : "," + options.targets;
  const std::string pool = pool_name(options.pool);
  if (!options.listed.empty()) return fmt::format("listed({}{})", options.listed, targets);
  if (options.keep > 0) return fmt::format("retrieved({},{},{}{})", options.keep, options.retriever, pool, targets);
  if (options.negatives > 0) {
    return fmt::format("sampled({},{},{}{})", options.negatives,
                       options.distribution == Distribution::kPopularity ? "popularity" : "uniform", pool,
                       targets);
  }
  if (options.pool == Pool::kCatalogue && targets.empty()) return "full";
  return fmt::format("full({}{})", pool, targets);
}

Status Ledger::keep(const Ledger& whole, const QuerySet& test, const LedgerOptions& options, const Retrieved& retrieved,
                    const Path& folder) {
  if (retrieved.offsets.size() != test.size() + 1 || retrieved.offsets.back() != retrieved.items.size()) {
    return fail("candidates {}: the retriever answered other queries", protocol_name(options));
  }
  std::uint64_t found = 0;
  for (std::size_t q = 0; q < test.size(); ++q) {
    const auto own = std::span(retrieved.items).subspan(retrieved.offsets[q], retrieved.offsets[q + 1] - retrieved.offsets[q]);
    for (const ItemId target : test.targets_of(q)) found += std::find(own.begin(), own.end(), target) != own.end();
  }
  OrderedJson meta = meta_of(options, {}, "retrieved");
  meta["retriever"] = options.retriever;
  meta["keep"] = options.keep;
  meta["targets"] = test.targets.size();
  meta["targets_found"] = found;
  MOTIVE_TRY(write_column(folder / kOffsetsFile, std::span<const std::uint64_t>(retrieved.offsets)));
  const std::vector<std::uint8_t> pool(whole.pool_.begin(), whole.pool_.end());
  return write_ledger(folder, test, pool, retrieved.items, options.seed, std::move(meta));
}

Result<Ledger> Ledger::whole(const EventsView& events, std::size_t n_items, const LedgerOptions& options, const LedgerFacts& facts) {
  MOTIVE_ASSIGN(const std::vector<std::uint8_t> pool, pool_of(events, n_items, options, facts));
  return full(std::vector<bool>(pool.begin(), pool.end()));
}

Status Ledger::make(const EventsView& events, std::size_t n_items, const QuerySet& test,
                    const LedgerOptions& options, const Path& folder, const LedgerFacts& facts) {
  if (options.negatives < 0)
    return invalid("candidates: negatives is {}, but must be at least 1 (0: full ranking)",
                   options.negatives);
  MOTIVE_ASSIGN(const std::vector<std::uint8_t> pool, pool_of(events, n_items, options, facts));
  std::vector<ItemId> pool_items;
  for (std::size_t i = 0; i < n_items; ++i) {
    if (pool[i]) pool_items.push_back(item_id(i));
  }
  Drawn drawn;
  const char* kind = "full";
  if (!options.listed.empty()) {
    kind = "listed";
    MOTIVE_ASSIGN(ListedCandidates listed, read_listed(options.file, events, test, facts));
    drawn = {std::move(listed.offsets), std::move(listed.items), listed.ignored_rows, listed.touched};
    MOTIVE_TRY(write_column(folder / kOffsetsFile, std::span<const std::uint64_t>(drawn.offsets)));
  } else if (options.negatives > 0) {
    kind = "sampled";
    MOTIVE_ASSIGN(drawn, draw(events, pool_items, n_items, test, options, facts));
  }
  return write_ledger(folder, test, pool, drawn.items, options.seed, meta_of(options, drawn, kind));
}

Result<Ledger> Ledger::open(const Path& folder, const QuerySet& test) {
  MOTIVE_ASSIGN(const Meta meta, read_meta(folder));
  if (meta.queries != queries_hash(test))
    return foreign(folder, "they were drawn for another test set");
  MOTIVE_ASSIGN(const auto pool, Column<std::uint8_t>::open(folder / kPoolFile));
  Ledger ledger = full(std::vector<bool>(pool.view().begin(), pool.view().end()));
  if (meta.kind == "full") {
    if (meta.hash != candidates_hash(pool.view(), {})) return foreign(folder, "the checksum is wrong");
    return ledger;
  }
  MOTIVE_ASSIGN(const auto negatives, Column<ItemId>::open(folder / kNegativesFile));
  std::vector<std::uint64_t> offsets{0};
  if (meta.kind == "listed" || meta.kind == "retrieved") {
    MOTIVE_ASSIGN(const auto column, Column<std::uint64_t>::open(folder / kOffsetsFile));
    offsets.assign(column.view().begin(), column.view().end());
  } else {
    for (std::size_t q = 1; q <= test.size(); ++q) offsets.push_back(q * static_cast<std::size_t>(meta.negatives));
  }
  if (offsets.size() != test.size() + 1 || offsets.back() != negatives.size() ||
      !std::is_sorted(offsets.begin(), offsets.end())) {
    return foreign(folder, "negatives.u32 has another size than the test set");
  }
  if (meta.hash != candidates_hash(pool.view(), negatives.view()))
    return foreign(folder, "the checksum is wrong");
  ledger.negatives_ = meta.negatives;
  ledger.joins_targets_ = meta.kind != "retrieved";
  ledger.fill(offsets, negatives.view(), test);
  return ledger;
}

Result<Ledger> Ledger::sample(const EventsView& events, std::size_t n_items, const QuerySet& test,
                              const LedgerOptions& options) {
  MOTIVE_ASSIGN(const auto pool, pool_of(events, n_items, options, {}));
  std::vector<ItemId> items;
  for (std::size_t i = 0; i < n_items; ++i) {
    if (pool[i]) items.push_back(item_id(i));
  }
  MOTIVE_ASSIGN(const Drawn drawn, draw(events, items, n_items, test, options, {}));
  Ledger ledger = full(std::vector<bool>(pool.begin(), pool.end()));
  ledger.negatives_ = options.negatives;
  ledger.fill(drawn.offsets, drawn.items, test);
  return ledger;
}

void Ledger::fill(std::span<const std::uint64_t> offsets, std::span<const ItemId> drawn, const QuerySet& test) {
  full_ = false;
  offsets_.reserve(test.size() + 1);
  offsets_.push_back(0);
  candidates_.reserve(drawn.size() + test.targets.size());
  for (std::size_t q = 0; q < test.size(); ++q) {
    const auto begin = static_cast<std::ptrdiff_t>(candidates_.size());
    const auto own = drawn.subspan(offsets[q], offsets[q + 1] - offsets[q]);
    const auto targets = test.targets_of(q);
    candidates_.insert(candidates_.end(), own.begin(), own.end());
    if (joins_targets_) candidates_.insert(candidates_.end(), targets.begin(), targets.end());
    const auto first = candidates_.begin() + begin;
    std::sort(first, candidates_.end());
    candidates_.erase(std::unique(first, candidates_.end()), candidates_.end());
    offsets_.push_back(candidates_.size());
  }
}

Ledger Ledger::take(std::span<const std::uint32_t> queries) const {
  Ledger ledger = full(pool_);
  ledger.full_ = full_;
  ledger.joins_targets_ = joins_targets_;
  ledger.negatives_ = negatives_;
  if (is_full()) return ledger;
  ledger.offsets_.push_back(0);
  for (const std::uint32_t q : queries) {
    const auto candidates = of(q);
    ledger.candidates_.insert(ledger.candidates_.end(), candidates.begin(), candidates.end());
    ledger.offsets_.push_back(ledger.candidates_.size());
  }
  return ledger;
}

Ledger Ledger::full(std::vector<bool> in_pool) {
  Ledger ledger;
  ledger.pool_ = std::move(in_pool);
  ledger.pool_size_ =
      static_cast<std::size_t>(std::count(ledger.pool_.begin(), ledger.pool_.end(), true));
  return ledger;
}

}  // namespace motive
