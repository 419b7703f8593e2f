#pragma once
// Purpose: how a method is asked and how it answers. It pulls queries as it likes and delivers rows in
// any order; the evaluator owns masking, ranking, ties and metrics and never tells which candidate is
// the truth.
// Threads: next() and the deliver functions may be called from several threads.

#include <cstdint>
#include <span>
#include <string_view>

#include "framework/base/ids.h"
#include "framework/base/status.h"

namespace motive {

enum class CandidateKind {
  kAll,     // every item of the catalogue: scores are [I], indexed by ItemId
  kShared,  // the same list for every query
  kRagged,  // a list per query
};

struct Query {
  std::uint32_t row = 0;  // names the query when answering; 0..size-1
  UserId user{};          // index into the user table
  bool user_in_training = false;
  std::span<const ItemId> history;         // visible events of the user, oldest first; may be empty
  std::span<const std::int64_t> times;     // beside history, or empty
  std::span<const float> ratings;          // beside history, or empty
  std::span<const ItemId> candidates;      // empty for kAll
};

class QuerySource {
 public:
  virtual ~QuerySource() = default;
  virtual CandidateKind kind() const = 0;
  virtual std::size_t size() const = 0;     // queries in total
  virtual std::size_t n_items() const = 0;  // of the catalogue
  virtual std::span<const ItemId> shared() const = 0;  // kShared: the list
  /// Fills up to out.size() queries and returns how many; 0 at the end. What their spans point to
  /// lives until rank() returns.
  virtual std::size_t next(std::span<Query> out) = 0;
};

/// User vectors for a few queries; the sink multiplies them with the item vectors given at the start.
/// score(row, item) = users[row] . items[item] + item_bias[item].
struct ItemFactors {
  std::span<const float> vectors;  // [I×D] row-major
  std::span<const float> bias;     // [I] or empty
  std::size_t dim = 0;
};

class RankSink {
 public:
  virtual ~RankSink() = default;
  /// Scores beside the query's candidates (kAll: [I]). Higher is better. NaN or infinite: error, by name.
  virtual Status scores(std::uint32_t row, std::span<const float> scores) = 0;
  /// Best first. Candidates that are not listed tie last; items that are no candidates and repeats are
  /// counted in the diagnostics and ignored. variant: "" or a name such as "strict", "repaired".
  virtual Status ranking(std::uint32_t row, std::span<const ItemId> best_first, std::string_view variant) = 0;
  /// Dot-product methods: the evaluator does the products in fixed tiles. rows.size() user vectors [B×D].
  /// `items` must stay alive until rank() returns and be the same at every call.
  virtual Status factors(std::span<const std::uint32_t> rows, std::span<const float> users,
                         const ItemFactors& items) = 0;
  /// Adds to a named count of the cell's diagnostics ("refusals", "repaired lists").
  virtual void count(std::string_view what, std::uint64_t n) = 0;

  // For methods that ask a language model; a sink that wants none of it ignores it.

  /// Says that the method answers in this variant as well: a row that never comes in it is a miss, even where none comes.
  virtual void expect_variant(std::string_view /*variant*/) {}

  /// What a prompt says of the user: all of it but the listing of candidates. An error where it gives the truth away.
  virtual Status evidence(std::uint32_t /*row*/, std::string_view /*text*/) { return {}; }
  /// The order in which the first prompt showed the candidates: how often each place is hit is reported.
  virtual void shown(std::uint32_t /*row*/, std::span<const ItemId> /*order*/) {}
  /// A line of JSON that explains this row to people (profile, reasons, ...): kept with the ranks.
  virtual void explain(std::uint32_t /*row*/, std::string /*json*/) {}
  /// Adds to the mean of a named number of the cell's diagnostics ("kendall tau across permutations").
  virtual void observe(std::string_view /*what*/, double /*value*/) {}
};

}  // namespace motive
