#pragma once
// Purpose: the parts of the test set that numbers are also given for. `all` is everyone; others are
//   history:0 .. history:21+  the user's visible events: 0, 1-2, 3-5, 6-10, 11-20, 21+
//   popularity:head           the target's training events: of all training events, those of items
//             :mid            more popular than it are less than a third; less than two thirds;
//             :tail           more
//             :none           it has no training events
//   item:warm, item:cold      the target has training events, or none
//   user:warm, user:cold      the user has training events, or none
//   category:NAME             the target has this category; the `top` categories with the most
//                             targets, without those that more than nine tenths of the items with
//                             categories have
// A slice of users holds all their targets. A slice of targets holds a user with those of his
// targets that are in it; his other targets then count as any other candidate. Ranks are those of
// the whole ranking: nothing is ranked again.

#include <string>
#include <vector>

#include "framework/evaluate/cell_facts.h"
#include "framework/evaluate/ranking.h"
#include "framework/evaluate/slice_spec.h"

namespace motive {

class Slices {
 public:
  /// facts must stay alive.
  Slices(const std::vector<SliceSpec>& specs, const CellFacts& facts);

  const std::vector<std::string>& names() const { return names_; }
  /// chosen[s]: the rows (of one user) that slice s holds, as indices; empty where the user is not
  /// in it.
  void choose(std::span<const StoredRank> rows,
              std::vector<std::vector<std::uint32_t>>& chosen) const;

 private:
  struct Part {
    SliceKind by{};
    std::size_t first = 0;                  // into names_
    std::vector<std::uint32_t> categories;  // kCategory: beside the names
  };
  void choose_users(const Part& part, const std::string& user, std::size_t rows,
                    std::vector<std::vector<std::uint32_t>>& chosen) const;
  void choose_items(const Part& part, std::uint32_t item, std::uint32_t row,
                    std::vector<std::vector<std::uint32_t>>& chosen) const;

  const CellFacts& facts_;
  std::vector<Part> parts_;
  std::vector<std::string> names_;
  std::vector<std::uint8_t> bucket_;  // [I] of popularity: place among head, mid, tail, none
};

}  // namespace motive
