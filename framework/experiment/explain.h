#pragma once
// Purpose: why one test user got what he got, from stored files alone: what was known of him, what the method said on the
// way (profile, traits, reasons), its list, and where the truth ended up.

#include "framework/experiment/run_folder.h"

namespace motive {

struct Explanation {
  CellResult cell;
  std::vector<std::pair<std::string, std::string>> history;  // item, title; oldest first
  struct Truth {
    std::string item, title;
    std::uint32_t above = 0, tied = 0, candidates = 0;
  };
  std::vector<Truth> truths;
  std::vector<std::pair<std::string, std::string>> top;  // item, title; best first
  Json said;                                             // null: the method explains nothing
};

/// `label` (or the method's name) names a model of the run in `folder`; the first cell that tested this user is taken.
/// Errors (kInvalid): unknown label or user.
Result<Explanation> explain(const Path& folder, const std::string& label, const std::string& user);

/// In words, with titles.
std::string describe_explanation(const Explanation& explanation, const std::string& user);

}  // namespace motive
