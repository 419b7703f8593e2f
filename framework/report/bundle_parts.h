#pragma once
// Purpose: what a bundle is put together from. Private to bundle*.cpp.

#include "framework/base/json.h"
#include "framework/data/string_pool.h"
#include "framework/report/bundle.h"
#include "framework/store/store.h"

namespace motive::bundle {

/// What users are called: u1, u2, .. in the order in which they come, data set by data set; or their own ids.
class UserNumbers {
 public:
  explicit UserNumbers(bool keep_ids) : keep_ids_(keep_ids) {}
  bool keeps_ids() const { return keep_ids_; }
  std::string name(const std::string& dataset, std::string_view user);
  std::size_t size() const;

 private:
  bool keep_ids_;
  std::map<std::string, StringPool> users_;
};

/// An error where the node is missing or not what it was.
Status check_node(const Store& store, const std::string& kind, const std::string& hash);

/// Ranks and lists of a node, with other names for users, as the node of that name in another store. Its explanations
/// (profiles and reasons in words) and times stay behind.
Status copy_ranks(const Store& from, const std::string& hash, const std::string& dataset, UserNumbers& users,
                  const Path& to_store);

/// files: of the folder, ascending.
std::string readme(const OrderedJson& manifest, const std::vector<std::string>& files, const BundleOptions& options,
                   const BundleReport& report);

/// All files of a folder but SHA256SUMS, by their path in it, ascending.
Result<std::vector<std::string>> files_of(const Path& folder);
/// As `sha256sum` writes and checks it.
Result<std::string> checksums(const Path& folder);

}  // namespace motive::bundle
