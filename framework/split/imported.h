#pragma once
// Purpose: a split made elsewhere: a folder with train.csv and test.csv, and valid.csv and history.csv where
// they exist, as `motive split --export` writes them: a header, columns user and item (raw ids), and
// timestamp, where several events of a user have the same item. Each row must be an event of the prepared
// data. history.csv says what test users show; without it, that is their training and validation events.
// Events that no file names are left out. On refit, the validation events join training.
// Items and users without an event in train.csv and valid.csv count as cold.
// Complexity: O(N + rows x events of the user). Memory: O(N).
// Errors (kInvalid, "file:line: ..."): a missing column, a row that is no event of the data, an event in two
// of train, valid and test, a test event in a history; no test events.

#include "framework/split/split_files.h"

namespace motive {

struct ImportedOptions {
  Path folder;
};

Result<MadeSplit> make_imported(const PreparedData& data, const ImportedOptions& options);

/// The files of the folder that exist, in the order train, valid, test, history; kInvalid where train.csv or
/// test.csv is missing.
Result<std::vector<Path>> imported_files(const Path& folder);

}  // namespace motive
