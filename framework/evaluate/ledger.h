#pragma once
// Purpose: which items each test query is ranked among: one ledger per (split, candidate seed), the
// same for every method and every prompt. full: the whole pool without the query's mask.
// sampled(n): n distinct uniform items of the pool that the user never touched (over all his
// prepared events, targets included), plus the targets. Draws come from a stream per (seed, user)
// in sequence, so the first 29 of 99 are the 29 of the same seed: nested. Pool `catalogue`: items
// with at least one interaction in the prepared data. Files (little-endian): candidates.json
// (protocol, kind, negatives, pool, seed, counts, "queries": the hash of users and targets, "hash":
// the hash of the candidates), pool.u8 [I] (1: in the pool), negatives.u32 [Q×n] in the order of
// drawing (sampled only). Complexity: O(N + Q n) time, O(I + Q n) memory; nothing of size users x
// items. Errors: kInvalid where a user has fewer than n untouched pool items, with how many users.
// A ledger that is truncated, altered or of another test set is refused when opened.

#include "framework/split/split.h"

namespace motive {

struct LedgerOptions {
  int negatives = 0;  // 0: full ranking
  std::uint64_t seed = 1;
};

/// "full", "sampled(99,uniform,catalogue)": the name of the protocol, which every number carries.
std::string protocol_name(const LedgerOptions& options);

class Ledger {
 public:
  static Status make(const PreparedData& data, const QuerySet& test, const LedgerOptions& options,
                     const Path& folder);
  /// The same from the events alone; n_items: of the catalogue.
  static Status make(const EventsView& events, std::size_t n_items, const QuerySet& test,
                     const LedgerOptions& options, const Path& folder);
  static Result<Ledger> open(const Path& folder, const QuerySet& test);
  /// In memory, for validation and tests: full ranking over the items for which in_pool is true.
  static Ledger full(std::vector<bool> in_pool);

  /// The candidates of some queries, as queries 0, 1, ... of a smaller set.
  Ledger take(std::span<const std::uint32_t> queries) const;

  bool is_full() const { return negatives_ == 0; }
  int negatives() const { return negatives_; }
  bool in_pool(ItemId item) const { return pool_[index(item)]; }
  std::size_t pool_size() const { return pool_size_; }
  std::size_t n_items() const { return pool_.size(); }  // of the catalogue
  std::size_t size() const {
    return offsets_.empty() ? 0 : offsets_.size() - 1;
  }  // queries; sampled only
  /// Candidates of query q, targets included, ascending by item number (which says nothing: numbers
  /// are permuted). Sampled ledgers only.
  std::span<const ItemId> of(std::size_t q) const {
    return std::span(candidates_).subspan(offsets_[q], offsets_[q + 1] - offsets_[q]);
  }

 private:
  int negatives_ = 0;
  std::vector<bool> pool_;
  std::size_t pool_size_ = 0;
  std::vector<std::uint64_t> offsets_;
  std::vector<ItemId> candidates_;
};

}  // namespace motive
