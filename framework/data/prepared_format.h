#pragma once
// Purpose: names and the version number that the writer and the reader of a prepared folder share.

#include <string_view>

#include "framework/data/prepared.h"

namespace motive {

inline constexpr int kPreparedFormat = 1;

inline std::string_view time_kind_name(TimeKind kind) {
  return kind == TimeKind::kNone ? "none" : kind == TimeKind::kAbsolute ? "absolute" : "relative";
}

}  // namespace motive
