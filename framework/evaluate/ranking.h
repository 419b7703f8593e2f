#pragma once
// Purpose: runs a method over the test queries and turns what it delivers into ranks: per query and
// positive, how many candidates score above it and how many are tied with it. Every metric follows.
//   rank of a positive = above + 1 .. above + tied + 1, each with the same chance (ties: expected)
// Candidates, full: the ledger's pool without the query's mask, and all its targets whatever the
// mask says. An item the method cannot score (no training events, and MethodInfo says no
// unseen_items) stands below all others, tied with its like; it is in no top list, so a list may be
// shorter than top_k. A query without an answer: above = candidates (scores 0 everywhere); counted
// as "unanswered". Lists (RankSink::ranking): a listed positive has tied = 0, those not listed tie
// below all listed ones; items that are no candidates and repeats are counted and ignored; the
// score in top lists is 1/place. Counts: "unanswered", "unanswered (<variant>)", "listed items that
// are no candidates", "listed items twice", and what the method counts itself. Complexity: full
// ranking of factors is a tiled product [Q×D]·[D×I] that never stores Q×I; memory O(tile) per
// thread. Bit-identical for any number of threads, for any order and size of blocks. Errors: NaN or
// infinite scores of candidates, wrong sizes, unknown rows, rows delivered twice: named, with user
// and item. An error that the method swallows fails the ranking all the same.

#include <algorithm>
#include <string>
#include <vector>

#include "framework/evaluate/ledger.h"
#include "framework/evaluate/metrics.h"
#include "framework/recommend/recommender.h"

namespace motive {

struct RankRow {
  std::uint32_t query = 0;
  ItemId positive{};
  std::uint32_t above = 0, tied = 0;  // tied: others that score the same
  std::uint32_t candidates = 0;       // ranked items, the positive included
  friend bool operator==(const RankRow&, const RankRow&) = default;
};

struct TopItem {
  ItemId item{};
  float score = 0;
};

/// The lists of all queries in one block: a list of its own each would cost half as much again.
class TopLists {
 public:
  TopLists() = default;
  TopLists(std::size_t queries, std::size_t longest) : longest_(longest), sizes_(queries), items_(queries * longest) {}
  std::size_t size() const { return sizes_.size(); }
  bool empty() const { return sizes_.empty(); }
  std::span<const TopItem> operator[](std::size_t q) const {
    return std::span(items_).subspan(q * longest_, sizes_[q]);
  }
  /// Best first; what is beyond the longest length is left out.
  void set(std::size_t q, std::span<const TopItem> list) {
    sizes_[q] = static_cast<std::uint32_t>(std::min(list.size(), longest_));
    std::copy_n(list.begin(), sizes_[q], items_.begin() + static_cast<std::ptrdiff_t>(q * longest_));
  }

 private:
  std::size_t longest_ = 0;
  std::vector<std::uint32_t> sizes_;  // [Q]
  std::vector<TopItem> items_;        // [Q x longest]
};

/// All that a cell leaves: ranks by variant ("" is the method's own), top-k lists, counts.
struct Ranking {
  struct Variant {
    std::string name;
    std::vector<RankRow> rows;  // by query, then position of the positive among the query's targets
  };
  std::vector<Variant> variants;          // never empty; "" first
  TopLists top;                           // [Q], best first, ties by a seeded label-blind order
  std::vector<std::pair<std::string, std::uint64_t>> counts;  // diagnostics, by name
  Json panel;  // of methods that write prompts (prompt_panel.h); else null
  std::vector<std::pair<std::uint32_t, std::string>> explanations;  // by row
};

struct RankTask {
  const QuerySet* queries = nullptr;
  const Ledger* ledger = nullptr;
  std::span<const std::uint32_t>
      train_counts;           // [I] training events per item; may be empty if unseen_items
  bool unseen_items = false;  // the method can score items without training events
  std::span<const std::uint8_t> user_in_training;  // [U]; empty: all are
  std::size_t top_k = 10;                          // 0: no lists
  std::size_t n_items = 0;
  const UserTable* user_table = nullptr;  // for raw ids in error messages; may be null
  const Catalogue* catalogue = nullptr;   // for raw ids in error messages; may be null
};

Result<Ranking> rank_with(const Recommender& method, const RankTask& task, RankContext& context);

/// Mean of a metric over the queries of `rows`, ties expected, in the order of rows (one sum:
/// bit-identical). 0 where there are no rows. For canaries and validation; the tables' means are
/// made by report/ from the stored ranks.
double mean_metric(const MetricSpec& metric, std::span<const RankRow> rows);

/// Writes into an existing folder: ranks.csv.zst (user,positive,above,tied,candidates; one file a
/// variant: ranks.<variant>.csv.zst), top_k.csv.zst (user,rank,item,score), diagnostics.json
/// (counts; rows of each file; panel), explanations.jsonl.zst where a method gave any. Raw ids, quoted as in RFC 4180 where needed. Rows in the order of
/// the queries, scores so that they read back exactly. The bytes do not depend on `threads`.
Status write_ranking(const Ranking& ranking, const QuerySet& queries, const PreparedData& data,
                     const Path& folder, int threads = 1);
Status write_ranking(const Ranking& ranking, const QuerySet& queries, const UserTable& users,
                     const Catalogue& items, const Path& folder, int threads = 1);

/// The rows again, from ranks.csv.zst: users as raw ids. Checks the header, every number, and that
/// no row is missing.
struct StoredRank {
  std::string user, positive;
  std::uint32_t above = 0, tied = 0, candidates = 0;
};
Result<std::vector<StoredRank>> read_ranks(const Path& folder, const std::string& variant);
/// The lists again, from top_k.csv.zst, in the order of the file: raw ids, best first. Users whose
/// list is empty are not there.
struct StoredList {
  std::string user;
  std::vector<std::string> items;
};
Result<std::vector<StoredList>> read_lists(const Path& folder);
/// Names of the variants whose ranks the folder holds, "" (the method's own) first.
Result<std::vector<std::string>> variants_of(const Path& folder);

}  // namespace motive
