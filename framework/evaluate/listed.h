#pragma once
// Purpose: candidates from a file made elsewhere: CSV with a header that names the columns user and item (raw
// ids; others are ignored), a row a candidate. They are taken as they are, in the order of the file; an item
// twice counts once; the targets join them. Errors (kInvalid, "file:line: ..."): a missing column, an item
// that the data do not have, test users without a row.

#include "framework/evaluate/ledger.h"

namespace motive {

struct ListedCandidates {
  std::vector<std::uint64_t> offsets{0};  // [Q+1]
  std::vector<ItemId> items;
  std::uint64_t ignored_rows = 0;  // of users who are not tested
  std::uint64_t touched = 0;       // items, not targets, that the user has in his events
};

Result<ListedCandidates> read_listed(const Path& file, const EventsView& events, const QuerySet& test,
                                     const LedgerFacts& facts);

}  // namespace motive
