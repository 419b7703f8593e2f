#pragma once
// Purpose: scores that are sums of sparse rows over the catalogue, as in methods of neighbours and
// linear item-item models:
//   score(u, c) = sum over the distinct items i of the history of rows[i][c]
// Shapes: rows are sparse [I×I]. Complexity: a query costs the entries of its rows, beside I floats
// that are cleared where all items are asked for. Determinism: rows are added in ascending order of
// i, whatever the kind of candidates.
// Errors: rows of another data set than the one asked for; damaged files.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/sparse_rows.h"
#include "framework/recommend/recommender.h"

namespace motive {

/// The distinct items of a history that are below n_items, ascending.
void distinct_items(std::span<const ItemId> history, std::size_t n_items,
                    std::vector<std::uint32_t>& distinct);

/// Adds up scores of one query at a time: begin, add as often as needed, finish.
class ScoreSums {
 public:
  /// method: its name, for errors.
  ScoreSums(std::string_view method, std::size_t n_items) : method_(method), n_items_(n_items) {}

  /// Refuses queries about a catalogue of another size.
  Status begin(const Query& query, std::span<float> out);
  /// score(items[e]) += values[e]. What `items` points to lives until finish().
  void add(std::span<const std::uint32_t> items, std::span<const float> values);
  /// score(items[e]) += value.
  void add(std::span<const std::uint32_t> items, float value);
  /// Writes the sums to where begin() was told.
  void finish();

 private:
  std::string method_;
  std::size_t n_items_;
  std::span<const ItemId> candidates_;
  std::span<float> out_, sums_;
  std::vector<float> scratch_;  // [I], zero between queries; for those that do not ask for all items
  std::vector<std::span<const std::uint32_t>> added_;
};

/// BatchRecommender::score by the formula above.
Status score_histories(const SparseRows& rows, std::string_view method,
                       std::span<const Query> queries, std::span<const std::span<float>> out);

/// How the files of a square matrix of items are called, beside "offsets".
struct ItemRowNames {
  std::string method, code_version, columns, values;
};
Status save_item_rows(const SparseRows& rows, const ItemRowNames& names, const Path& folder);
Result<SparseRows> load_item_rows(const ItemRowNames& names, const Path& folder);

}  // namespace motive
