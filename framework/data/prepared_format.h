#pragma once
// Purpose: names and the version number that the writer and the reader of a prepared folder share.

#include <string_view>

#include "framework/data/prepared.h"

namespace motive {

inline constexpr int kPreparedFormat = 1;

inline std::string_view time_kind_name(TimeKind kind) {
  return kind == TimeKind::kNone ? "none" : kind == TimeKind::kAbsolute ? "absolute" : "relative";
}

inline std::string_view repeats_name(Repeats repeats) {
  return repeats == Repeats::kFirst ? "first" : repeats == Repeats::kLast ? "last" : "keep";
}

}  // namespace motive
