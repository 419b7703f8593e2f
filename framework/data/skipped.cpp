#include "framework/data/skipped.h"

namespace motive {
namespace {

/// So many make the end of the file not worth waiting for, where they are too large a share.
constexpr std::uint64_t kMany = 100'000;

}  // namespace

Result<bool> Skipped::next(Records& records) {
  while (true) {
    auto more = records.next();
    if (more) {
      records_ += *more ? 1 : 0;
      return more;
    }
    if (!description_.skips_errors() || !records.skip()) return more.error();
    ++records_;
    MOTIVE_TRY(refuse(more.error()));
  }
}

Status Skipped::refuse(Error error) {
  if (!description_.skips_errors()) return error;
  if (count_++ == 0) first_ = std::move(error.message);
  return count_ % kMany == 0 ? too_many() : Status();
}

Status Skipped::too_many() const {
  if (static_cast<double>(count_) <= description_.max_skipped * static_cast<double>(records_))
    return {};
  return invalid(
      "{}: {} of {} records cannot be read, more than `max_skipped: {}` allows; the first: {}",
      description_.file, count_, records_, description_.max_skipped, first_);
}

Status Skipped::finish(std::vector<std::string>& warnings) const {
  MOTIVE_TRY(too_many());
  if (count_ > 0) {
    warnings.push_back(
        fmt::format("{}: {} of {} records cannot be read and were skipped; the first: {}",
                    description_.file, count_, records_, first_));
  }
  return {};
}

}  // namespace motive
