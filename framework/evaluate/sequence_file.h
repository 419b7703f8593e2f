#pragma once
// Purpose: sequence files, the form in which many repositories share their data: one user per line, a user
// id, then item numbers in time order, separated by spaces; and the split that goes with them: last item test,
// second-last validation, the rest trains; users with fewer than 3 items train only.
// For timing beside other programs, which read the same file; experiments read it through a data set.
// Items are numbered by their ids, ascending; users by their lines. Complexity: O(N log I).
// Errors: an unreadable file, a line that is not numbers (by line), a file in which no user has 3 items.

#include <string>

#include "framework/split/split.h"

namespace motive {

struct SequenceFile {
  std::string name;                     // of the file
  std::vector<std::uint64_t> offsets;   // [U+1]
  std::vector<ItemId> items;            // [N] all events
  std::vector<std::string> user_ids;    // [U]
  std::vector<std::uint64_t> item_ids;  // [I] ascending

  std::size_t n_users() const { return user_ids.size(); }
  std::size_t n_items() const { return item_ids.size(); }
  EventsView all() const { return {offsets, items, {}, {}}; }
  EventsCopy train() const;
  /// The users with a test item. Their masks hold train and validation items; their histories train items, and
  /// validation items where these are shown.
  QuerySet test(TestHistory history) const;
};

Result<SequenceFile> read_sequences(const Path& file);

}  // namespace motive
