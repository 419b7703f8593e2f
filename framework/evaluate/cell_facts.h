#pragma once
// Purpose: what slices (slices.h) and metrics of lists (list_metrics.h) must know of users and
// items beside the ranks: how often an item was trained on, how much of a user was shown,
// categories, text. Made from the split that a cell was ranked under; the same for every method of
// a table.
// Categories of an item: its field `categories`, cut at ";" and "|", then at ">" where a piece has
// one, else at ","; trimmed, each once. Text, for diversity where there are no categories: TF-IDF
// of title and description.
// Complexity: O(events + items + test users), and the length of the texts where they are read.

#include "framework/data/prepared.h"
#include "framework/data/string_pool.h"
#include "framework/split/split.h"
#include "framework/text/tfidf.h"

namespace motive {

struct CellFacts {
  StringPool items;                                // raw ids, by ItemId
  std::vector<std::uint32_t> item_events;          // [I] training events
  std::vector<bool> in_pool;                       // [I] may be ranked; empty: all
  StringPool users;                                // raw ids of the test users
  std::vector<std::uint32_t> history;              // beside users: visible events
  std::vector<bool> user_known;                    // beside users: has training events
  StringPool categories;                           // names
  std::vector<std::uint64_t> category_offsets{0};  // [I+1]
  std::vector<std::uint32_t> item_categories;      // ascending within an item
  std::vector<std::uint64_t> category_targets;     // by category: test targets that have it
  SparseRows text;                                 // [I], or no rows

  std::span<const std::uint32_t> categories_of(std::size_t item) const {
    return std::span(item_categories)
        .subspan(category_offsets[item], category_offsets[item + 1] - category_offsets[item]);
  }
  bool has_categories() const { return !item_categories.empty(); }
};

/// train: what the cell's fit has seen. with_text: reads the texts where there are no categories.
CellFacts cell_facts(const Catalogue& items, const UserTable& users, const EventsView& train,
                     const QuerySet& test, bool with_text);

/// "Beauty > Nails > Nail Polish" and "Action|Comedy" as lists.
std::vector<std::string_view> split_categories(std::string_view field);

}  // namespace motive
