#pragma once
// Purpose: what methods of neighbours share: who has an item, how often two items stand together,
// the nearest of a row, and sparse rows made tile by tile in parallel.
// Shapes: users of items as CSR [I]; rows are sparse, never [I×I] or [U×U].
// Complexity: all rows of co-occurrences cost the sum over users of n_u^2; memory [I] counters a
// thread. Determinism: no randomness; tiles are fixed by the number of rows, so the same bytes for
// any number of threads.

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "framework/base/lists.h"
#include "framework/base/sparse_rows.h"
#include "framework/recommend/recommender.h"

namespace motive {

/// Users of each item, ascending: SeenItems the other way round.
Lists item_users(const SeenItems& seen, std::size_t n_items);

/// Counts which items stand with an item. What one thread works with: it keeps [I] counters.
class CoOccurrences {
 public:
  CoOccurrences(const SeenItems& seen, const Lists& holders)
      : seen_(seen), holders_(holders), together_(holders.size(), 0) {}

  /// Calls visit(j, n) for each item j that n > 0 of the users of i have, i itself included, in an
  /// order that is always the same but means nothing.
  template <class Visit>
  void of(std::size_t i, Visit&& visit) {
    for (const std::uint32_t user : holders_.of(i)) {
      for (const ItemId j : seen_.of(user_id(user))) {
        if (together_[index(j)]++ == 0) touched_.push_back(static_cast<std::uint32_t>(index(j)));
      }
    }
    for (const std::uint32_t j : touched_) {
      visit(j, together_[j]);
      together_[j] = 0;
    }
    touched_.clear();
  }

 private:
  const SeenItems& seen_;
  const Lists& holders_;
  std::vector<std::uint32_t> together_;  // [I], zero between calls
  std::vector<std::uint32_t> touched_;
};

/// A user or an item, by its number, and how near it is.
struct Neighbour {
  float similarity;
  std::uint32_t number;
};

/// Keeps the k most similar (ties: the lower number), ascending by number. O(n + k ln k) expected.
void keep_nearest(std::vector<Neighbour>& row, std::size_t k);

/// Rows of one tile, in order.
struct RowTile {
  std::vector<std::uint32_t> sizes, columns;
  std::vector<float> values;
  /// entries: ascending by number.
  void add_row(std::span<const Neighbour> entries);
};

/// Adds rows first .. last-1 to the tile. Called once a tile, from several threads at a time; at an
/// interrupt it may leave rows out.
using MakeTile = std::function<void(std::size_t first, std::size_t last, RowTile& tile)>;

/// Rows 0 .. n_rows-1, made in at most 1025 tiles by context.threads threads and joined: their memory
/// is taken twice for a moment. Error: an interrupt, with the method's name.
Result<SparseRows> rows_by_tiles(std::size_t n_rows, std::size_t n_columns, const MakeTile& make,
                                 std::string_view method, const FitContext& context);

}  // namespace motive
