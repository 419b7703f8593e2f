#pragma once
// Purpose: what happens to records that cannot be read: with `on_error: fail` the first ends the
// reading, with `skip` they are counted, and too many of them end it after all.

#include "framework/base/json.h"
#include "framework/data/descriptor.h"
#include "framework/data/records.h"

namespace motive {

class Skipped {
 public:
  explicit Skipped(const FileDescription& description) : description_(description) {}

  /// The next record that can be read; false at the end. Counts all, and skips where it may.
  Result<bool> next(Records& records);
  /// A record that was read and makes no sense: nothing where it is skipped, else the error.
  Status refuse(Error error);
  /// At the end: an error where more than `max_skipped` were skipped, else a warning where any
  /// were.
  Status finish(std::vector<std::string>& warnings) const;

  std::uint64_t count() const { return count_; }
  std::uint64_t records() const { return records_; }

 private:
  Status too_many() const;

  const FileDescription& description_;
  std::uint64_t records_ = 0, count_ = 0;
  std::string first_;
};

}  // namespace motive
