#pragma once
// Purpose: what every format of a source file comes down to: records, one at a time, with the
// values that the data set's description asks for. A format is a file that makes Records
// (format.h); who reads them (readers.h) does not know which. Values are UTF-8 views that live
// until the next call. A value that is missing is "". Errors: kInvalid, "FILE:LINE: ..." with the
// remedy. After an error in one record, skip() goes behind it; what is wrong with the file as a
// whole (cut off, no text at all) cannot be skipped.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/data/text_source.h"

namespace motive {

class Records {
 public:
  virtual ~Records() = default;

  /// False at the end of the file.
  virtual Result<bool> next() = 0;
  /// After an error of next(): goes behind the bad record; false where nothing can be read on.
  virtual bool skip() = 0;
  /// "FILE:LINE: REASON", of the record that next() gave.
  virtual Error error(std::string_view reason) const = 0;
  virtual std::uint64_t blank_lines() const = 0;
  virtual const TextSource& source() const = 0;

  /// What a slot holds: user, item, rating, timestamp, or the name of a field.
  const std::vector<std::string>& roles() const { return roles_; }
  /// The slot of a role; npos where the file has none.
  std::size_t slot(std::string_view role) const {
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == role) return i;
    }
    return npos;
  }
  std::string_view value(std::size_t slot) const { return values_[slot]; }
  /// The column or key that a slot is read from.
  const std::string& column_name(std::size_t slot) const { return columns_[slot]; }
  /// "FILE:LINE: column `rating`: REASON".
  Error bad_value(std::size_t slot, std::string_view reason) const;

  /// A record is a user and all items of his in order, in place of one interaction.
  bool histories() const { return histories_; }
  std::span<const std::string_view> history() const { return items_; }
  /// What to say where a user has a second record; "": its items are appended.
  std::string_view one_record_a_user() const { return one_record_a_user_; }

  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

 protected:
  std::vector<std::string> roles_;        // [slots]
  std::vector<std::string> columns_;      // [slots]
  std::vector<std::string_view> values_;  // [slots] of the record
  std::vector<std::string_view> items_;   // of the record, where histories_
  bool histories_ = false;
  std::string one_record_a_user_;
};

}  // namespace motive
