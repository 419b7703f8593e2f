#pragma once
// Purpose: who or what is cold. Everyone gets a rank; the first round(fraction n) of the n that are
// eligible are cold (at least one). The same choice is made again inside the training part for validation.
//   random  by a number drawn per (seed, id): 10 % of a seed are among its 20 %, and do not depend on others
//   newest  by the first event, latest first: (timestamp, position in the source)
//   fewest  by the number of events, fewest first; equals by the drawn number
//   paper   users only: all events after the 90th percentile of time and fewer than 3 of them
// Folds: the drawn order is cut into equal parts; part f is cold, and part f + 1 for validation.
// Complexity: O(n log n + N).

#include "framework/split/split_files.h"

namespace motive {

enum class Select { kRandom, kNewest, kFewest, kPaper };

struct ColdChoice {
  Select select = Select::kRandom;
  double fraction = 0.1;
  std::uint64_t seed = 1;
  std::uint32_t folds = 0, fold = 0;  // folds 0: a fraction
};

/// "random", "newest", ...
std::string select_name(Select select);
/// "a random 10 % of the users", "5 random folds of the items, one at a time,", ...
std::string describe_choice(const ColdChoice& choice, const std::string& what);
/// Whether another split seed gives another choice.
bool choice_draws(const ColdChoice& choice);

/// Random numbers by id, the same for validation and test: [n].
std::vector<std::uint64_t> drawn_order(const ColdChoice& choice, const char* what, std::size_t n);

/// What is known of each user or item of the part that is left: [n] each.
struct ColdFacts {
  std::vector<std::uint64_t> events;     // 0: not eligible
  std::vector<std::uint64_t> first;      // index of the first event, where it has one
  std::vector<std::uint64_t> drawn;      // drawn_order()
};

/// Those chosen, ascending. `validation`: the choice inside the training part. Select::kPaper is the
/// user-cold splitter's own.
std::vector<std::uint32_t> choose_cold(const PreparedData& data, const ColdFacts& facts, const ColdChoice& choice,
                                       bool validation);

}  // namespace motive
