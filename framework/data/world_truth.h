#pragma once
// Purpose: the truth beside a synthetic world: users.csv (user, the weight of each motivation, of
// each category), items.csv (item, the strength of each trait, kind, category, first day, appeal)
// and world.json (options, versions, counts). Weights and strengths are thousandths, printed
// exactly; they sum to 1. Memory: one block of output. Errors: the file and the system's reason.

#include <memory>
#include <string_view>

#include "framework/data/world_choice.h"

namespace motive::world {

class Truth {
 public:
  Truth(const WorldOptions& options, const Words& words);
  ~Truth();
  /// An empty folder: nothing will be written.
  Status open(const Path& folder);
  void add_user(std::string_view id, const User& user);
  void add_item(std::string_view id, const Item& item);
  /// Writes what is left and world.json. Says here if an earlier write failed.
  Status close(const RawTables& tables);

 private:
  class File;
  const WorldOptions& options_;
  const Words& words_;
  Path folder_;
  std::unique_ptr<File> users_, items_;
};

}  // namespace motive::world
