#pragma once
// Purpose: items and users as text in prompts, the same for every method that asks a language model.
//   an item: "Title: ..", "Description: ..", "Categories: .." in the order of `fields`, long fields cut to so many tokens;
//   a history: "1. " before each event, oldest first, with "Rating: 4 of 5" where ratings are shown;
//   a user: "age: 24; occupation: student".
// An item without any of the fields is "(no text)": counted by who asks. Determinism: functions of their arguments.

#include <span>
#include <string>
#include <vector>

#include "framework/data/interactions.h"

namespace motive::llm {

struct TextOptions {
  std::vector<std::string> fields{"title", "description", "categories"};
  int field_tokens = 200;  // of each field: what is longer is cut
  bool ratings = true;     // in histories
};

struct Described {
  std::string text;
  bool cut = false, empty = false;  // some field was cut; no field had a value
};

/// Lines, a field each.
Described describe_item(const Catalogue& items, ItemId item, const TextOptions& options);
/// The same in one line, "; " between: for lists of candidates.
Described describe_line(const Catalogue& items, ItemId item, const TextOptions& options);

struct DescribedHistory {
  std::string text;
  std::uint32_t shown = 0, cut = 0, empty = 0;  // events; items with a cut field; items without text
};
/// The last `most` events. ratings: beside history, or empty. best_rating: of the scale, for "4 of 5".
DescribedHistory describe_history(const Catalogue& items, std::span<const ItemId> history, std::span<const float> ratings,
                                  std::size_t most, float best_rating, const TextOptions& options);

/// Fields of the user that have a value; "" where there are none. fields empty: all.
std::string describe_user(const UserTable& users, UserId user, const std::vector<std::string>& fields);

/// Whether any item has any of the fields.
bool has_text(const Catalogue& items, const std::vector<std::string>& fields);

}  // namespace motive::llm
