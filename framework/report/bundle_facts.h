#pragma once
// Purpose: the facts of slices and metrics of lists (evaluate/cell_facts.h) as files of a bundle, where neither split nor
// data are. In STORE/facts:
//   index.json        {"<hash of ranks>": "<folder>"}: which facts belong to which ranks
//   <folder>/         named by its content; once for all ranks of one origin
//     items.csv.zst       item, events, in_pool, categories (numbers, beside categories.csv.zst)
//     users.csv.zst       user, history, known
//     categories.csv.zst  category, targets
//     text.csv.zst        item (its row from 0), column, value: weights of words without the words, for diversity
//     facts.json          how many rows each has
// Complexity: O(facts). Determinism: the same facts and names give the same bytes. Errors: files that are missing or say
// other than facts.json, by name.

#include <functional>
#include <map>
#include <optional>

#include "framework/base/files.h"
#include "framework/evaluate/cell_facts.h"

namespace motive {

/// What a user is called in the bundle.
using UserName = std::function<std::string(std::string_view)>;

/// Writes below `facts` (STORE/facts) what is not there yet; returns the folder's name.
Result<std::string> save_facts(const CellFacts& facts, const UserName& name, const Path& folder);
Status write_facts_index(const Path& folder, const std::map<std::string, std::string>& by_ranks);

Result<CellFacts> load_facts(const Path& folder);
/// Where the facts of these ranks were saved; nothing for a store that has its splits. Errors: an index that lacks them.
Result<std::optional<Path>> saved_facts(const Path& store, const std::string& ranks);

}  // namespace motive
