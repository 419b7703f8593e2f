#pragma once
// Purpose: the names of slices: what an experiment asks for and tables show. slices.h says what
// they hold.

#include <string>
#include <vector>

#include "framework/base/status.h"

namespace motive {

enum class SliceKind { kHistory, kPopularity, kItem, kUser, kCategory };

struct SliceSpec {
  SliceKind by = SliceKind::kHistory;
  int top = 5;  // kCategory: how many
  friend bool operator==(const SliceSpec&, const SliceSpec&) = default;
};

/// "history", "popularity", "item", "user", "category".
std::string slice_kind_name(SliceKind kind);
Result<SliceKind> slice_kind(const std::string& name);
/// The kind of "popularity:head".
std::string slice_kind_of(const std::string& slice);
/// What the slices of a kind are, in a line for notes and documentation.
std::string slice_definition(const SliceSpec& spec);

}  // namespace motive
