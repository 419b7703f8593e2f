#include "framework/evaluate/ledger.h"

#include <algorithm>

#include "framework/base/hash.h"
#include "framework/base/mapped_file.h"
#include "framework/base/rng.h"

namespace motive {
namespace {

constexpr const char* kMetaFile = "candidates.json";
constexpr const char* kPoolFile = "pool.u8";
constexpr const char* kNegativesFile = "negatives.u32";

/// Draws distinct untouched items of the pool, one user after another. Which items come first
/// depends on the seed and the user alone, never on how many are asked for: protocols nest.
class NegativeSampler {
 public:
  NegativeSampler(const EventsView& events, std::vector<ItemId> pool, std::size_t n_items,
                  std::uint64_t seed)
      : events_(events),
        pool_(std::move(pool)),
        seed_(seed),
        in_pool_(n_items, false),
        taken_by_(n_items, 0) {
    for (const ItemId item : pool_) in_pool_[index(item)] = true;
  }

  /// Appends n items to `out`, or as many as the user has not touched.
  void draw(UserId user, std::size_t n, std::vector<ItemId>& out) {
    ++turn_;
    std::size_t taken = 0;
    const auto take = [&](ItemId item) {
      const bool fresh = taken_by_[index(item)] != turn_;
      taken_by_[index(item)] = turn_;
      taken += fresh && in_pool_[index(item)];
      return fresh;
    };
    for (const ItemId item : events_.items_of(user)) take(item);
    Rng rng(seed_, "negatives", index(user));
    for (; n > 0 && 2 * taken < pool_.size();) {
      const ItemId item = pool_[rng.below(static_cast<std::uint32_t>(pool_.size()))];
      if (!take(item)) continue;
      out.push_back(item);
      --n;
    }
    if (n > 0) draw_from_rest(rng, n, out);
  }

 private:
  /// Where more than half of the pool is taken, drawing again and again would not end soon: shuffle
  /// the rest.
  void draw_from_rest(Rng& rng, std::size_t n, std::vector<ItemId>& out) {
    rest_.clear();
    for (const ItemId item : pool_) {
      if (taken_by_[index(item)] != turn_) rest_.push_back(item);
    }
    for (std::size_t i = 0; i < std::min(n, rest_.size()); ++i) {
      std::swap(rest_[i], rest_[i + rng.below(static_cast<std::uint32_t>(rest_.size() - i))]);
      out.push_back(rest_[i]);
    }
  }

  const EventsView& events_;
  std::vector<ItemId> pool_, rest_;
  std::uint64_t seed_;
  std::vector<bool> in_pool_;
  std::vector<std::uint32_t> taken_by_;  // [I] the last turn that took the item
  std::uint32_t turn_ = 0;
};

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
      !is_text("hash")) {
    return foreign(folder, fmt::format("{} is damaged", kMetaFile));
  }
  return Meta{json.at("negatives").get<int>(), json.at("queries").get<std::string>(),
              json.at("hash").get<std::string>()};
}

std::vector<std::uint8_t> touched_items(const EventsView& events, std::size_t n_items) {
  std::vector<std::uint8_t> touched(n_items, 0);
  for (const ItemId item : events.items) touched[index(item)] = 1;
  return touched;
}

}  // namespace

std::string protocol_name(const LedgerOptions& options) {
  if (options.negatives == 0) return "full";
  return fmt::format("sampled({},uniform,catalogue)", options.negatives);
}

Status Ledger::make(const PreparedData& data, const QuerySet& test, const LedgerOptions& options,
                    const Path& folder) {
  return make(data.events(), data.items().size(), test, options, folder);
}

Status Ledger::make(const EventsView& events, std::size_t n_items, const QuerySet& test,
                    const LedgerOptions& options, const Path& folder) {
  if (options.negatives < 0)
    return invalid("candidates: negatives is {}, but must be at least 1 (0: full ranking)",
                   options.negatives);
  const std::vector<std::uint8_t> pool = touched_items(events, n_items);
  std::vector<ItemId> pool_items;
  for (std::size_t i = 0; i < n_items; ++i) {
    if (pool[i]) pool_items.push_back(item_id(i));
  }
  const auto n = static_cast<std::size_t>(options.negatives);
  std::vector<ItemId> negatives;
  if (n > 0) {
    negatives.reserve(test.size() * n);
    NegativeSampler sampler(events, pool_items, n_items, options.seed);
    std::size_t short_users = 0, fewest = n;
    for (const UserId user : test.users) {
      const std::size_t before = negatives.size();
      sampler.draw(user, n, negatives);
      const std::size_t drawn = negatives.size() - before;
      short_users += drawn < n;
      fewest = std::min(fewest, drawn);
    }
    if (short_users > 0) {
      return invalid(
          "candidates {}: {} of {} test users have fewer than {} items of the pool ({} items) that "
          "they never "
          "touched; the fewest is {}. Ask for at most that many negatives, or for full ranking",
          protocol_name(options), short_users, test.size(), n, pool_items.size(), fewest);
    }
    MOTIVE_TRY(write_column(folder / kNegativesFile, std::span<const ItemId>(negatives)));
  }
  MOTIVE_TRY(write_column(folder / kPoolFile, std::span<const std::uint8_t>(pool)));
  const OrderedJson meta = {{"protocol", protocol_name(options)},
                            {"kind", n > 0 ? "sampled" : "full"},
                            {"negatives", n},
                            {"distribution", "uniform"},
                            {"pool", "catalogue"},
                            {"pool_items", pool_items.size()},
                            {"seed", options.seed},
                            {"test_queries", test.size()},
                            {"queries", queries_hash(test)},
                            {"hash", candidates_hash(pool, negatives)}};
  return write_file_synced(folder / kMetaFile, meta.dump(1) + "\n");
}

Result<Ledger> Ledger::open(const Path& folder, const QuerySet& test) {
  MOTIVE_ASSIGN(const Meta meta, read_meta(folder));
  if (meta.queries != queries_hash(test))
    return foreign(folder, "they were drawn for another test set");
  MOTIVE_ASSIGN(const auto pool, Column<std::uint8_t>::open(folder / kPoolFile));
  Column<ItemId> negatives;
  if (meta.negatives > 0) {
    MOTIVE_ASSIGN(negatives, Column<ItemId>::open(folder / kNegativesFile));
  }
  const auto n = static_cast<std::size_t>(meta.negatives);
  if (negatives.size() != n * test.size())
    return foreign(folder, "negatives.u32 has another size than the test set");
  if (meta.hash != candidates_hash(pool.view(), negatives.view()))
    return foreign(folder, "the checksum is wrong");

  Ledger ledger = full(std::vector<bool>(pool.view().begin(), pool.view().end()));
  ledger.negatives_ = meta.negatives;
  if (n == 0) return ledger;
  ledger.offsets_.reserve(test.size() + 1);
  ledger.offsets_.push_back(0);
  ledger.candidates_.reserve(n * test.size() + test.targets.size());
  for (std::size_t q = 0; q < test.size(); ++q) {
    const auto begin = static_cast<std::ptrdiff_t>(ledger.candidates_.size());
    const auto drawn = negatives.view().subspan(q * n, n);
    const auto targets = test.targets_of(q);
    ledger.candidates_.insert(ledger.candidates_.end(), drawn.begin(), drawn.end());
    ledger.candidates_.insert(ledger.candidates_.end(), targets.begin(), targets.end());
    const auto first = ledger.candidates_.begin() + begin;
    std::sort(first, ledger.candidates_.end());
    ledger.candidates_.erase(std::unique(first, ledger.candidates_.end()),
                             ledger.candidates_.end());
    ledger.offsets_.push_back(ledger.candidates_.size());
  }
  return ledger;
}

Ledger Ledger::take(std::span<const std::uint32_t> queries) const {
  Ledger ledger = full(pool_);
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
