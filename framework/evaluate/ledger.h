#pragma once
// Purpose: which items each test query is ranked among: one ledger per (split, candidate seed), the
// same for every method and every prompt. full: the whole pool without the query's mask.
// sampled(n): n distinct items of the pool that the user never touched (over all his prepared
// events, targets included), plus the targets. listed: what a file names for each user, plus the
// targets. retrieved(n): the first n items of the full ranking by a first-stage retriever, and the
// targets only where he found them: a target that is not among them counts as not ranked at all, so no
// ranking of these candidates exceeds the share that was found (the recall ceiling). Pools: catalogue (items with at least one interaction in the prepared data), cold and
// warm (of these, those that the split leaves out of training, and the others), train (items with
// training events), all_items (catalogue, and items without interactions that have a text).
// Distributions: uniform; popularity: one after another, each in proportion to its training events
// among those not yet drawn (successive sampling without replacement); items without training
// events are never drawn. Draws come from a stream per (seed, user) in sequence, so the first 29 of
// 99 are the 29 of the same seed: nested. Files (little-endian): candidates.json (protocol, kind,
// negatives, pool, distribution, seed, counts, "queries": the hash of users and targets, "hash":
// the hash of the candidates), pool.u8 [I] (1: in the pool), negatives.u32 in the order of drawing
// or of the file (not full), negatives.offsets.u64 [Q+1] (listed). Complexity: O(N + Q n) time, with
// popularity O(N + Q n log I); O(I + Q n) memory; nothing of size users x items. Errors: kInvalid
// where a user has fewer than n such items, with how many users and what to do; where a file lacks
// a test user. A ledger that is truncated, altered or of another test set is refused when opened.

#include "framework/split/split.h"

namespace motive {

enum class Distribution { kUniform, kPopularity };
enum class Pool {
  kDefault,  // cold under item-cold splits, catalogue elsewhere
  kCatalogue,
  kCold,
  kWarm,
  kTrain,
  kAllItems,
};
/// "catalogue", "all_items", ...
std::string pool_name(Pool pool);

struct LedgerOptions {
  int negatives = 0;  // 0: full ranking, or a file
  std::uint64_t seed = 1;
  Distribution distribution = Distribution::kUniform;
  Pool pool = Pool::kCatalogue;
  std::string targets;  // "cold targets" or "warm targets" where a mixed pool has both; part of the name
  std::string listed;   // name of candidates that come from `file`
  Path file;
  std::string retriever;  // label of the first-stage retriever
  int keep = 0;           // items that it keeps; 0: there is none
};

/// "full", "full(cold)", "sampled(99,uniform,catalogue)", "sampled(29,uniform,catalogue,warm
/// targets)", "listed(NAME)", "retrieved(100,bpr,catalogue)": the name of the protocol, which every number carries.
std::string protocol_name(const LedgerOptions& options);

/// What pools, distributions and files need to know beside the events.
struct LedgerFacts {
  std::span<const std::uint32_t> cold_items;    // ascending
  std::span<const std::uint32_t> train_counts;  // [I]
  const Catalogue* items = nullptr;
  const UserTable* users = nullptr;
};

/// What a retriever found for each query, best first.
struct Retrieved {
  std::vector<std::uint64_t> offsets{0};  // [Q+1]
  std::vector<ItemId> items;
};

class Ledger {
 public:
  static Status make(const EventsView& events, std::size_t n_items, const QuerySet& test,
                     const LedgerOptions& options, const Path& folder,
                     const LedgerFacts& facts = {});
  /// In memory: full ranking over the pool of these options, which a retriever searches.
  static Result<Ledger> whole(const EventsView& events, std::size_t n_items, const LedgerOptions& options,
                              const LedgerFacts& facts = {});
  /// As make(), from what a retriever found in `whole` under options.retriever and options.keep.
  static Status keep(const Ledger& whole, const QuerySet& test, const LedgerOptions& options, const Retrieved& retrieved,
                     const Path& folder);
  static Result<Ledger> open(const Path& folder, const QuerySet& test);
  /// In memory, for validation and tests: full ranking over the items for which in_pool is true.
  static Ledger full(std::vector<bool> in_pool);
  /// In memory: what make() would draw, for timing outside an experiment. options.negatives > 0.
  static Result<Ledger> sample(const EventsView& events, std::size_t n_items, const QuerySet& test,
                               const LedgerOptions& options);

  /// The candidates of some queries, as queries 0, 1, ... of a smaller set.
  Ledger take(std::span<const std::uint32_t> queries) const;

  bool is_full() const { return full_; }
  /// Whether every target is a candidate, whatever a retriever found.
  bool joins_targets() const { return joins_targets_; }
  int negatives() const { return negatives_; }  // 0 where listed
  bool in_pool(ItemId item) const { return pool_[index(item)]; }
  std::size_t pool_size() const { return pool_size_; }
  std::size_t n_items() const { return pool_.size(); }  // of the catalogue
  std::size_t size() const {
    return offsets_.empty() ? 0 : offsets_.size() - 1;
  }  // queries; not full
  /// Candidates of query q, targets included unless !joins_targets(), ascending by item number (which says nothing: numbers
  /// are permuted). Ledgers that are not full only.
  std::span<const ItemId> of(std::size_t q) const {
    return std::span(candidates_).subspan(offsets_[q], offsets_[q + 1] - offsets_[q]);
  }

 private:
  /// Makes a ledger that is not full: the drawn items of each query [Q+1 offsets] and its targets.
  void fill(std::span<const std::uint64_t> offsets, std::span<const ItemId> drawn, const QuerySet& test);

  bool full_ = true, joins_targets_ = true;
  int negatives_ = 0;
  std::vector<bool> pool_;
  std::size_t pool_size_ = 0;
  std::vector<std::uint64_t> offsets_;
  std::vector<ItemId> candidates_;
};

}  // namespace motive
