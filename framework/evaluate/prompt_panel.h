#pragma once
// Purpose: watches over methods that write prompts, from the side that knows the truth.
//   leaks: a prompt must not name the held-out item. Its title (as a whole, by words) and raw id are looked for in what
//     the method says it wrote about the user. A title that stands in the text of an item of the history is excused and
//     counted: nothing can be told from it. One short word counts only as a whole value ("Title: Big").
//   places: how often the truth is hit, by the place at which the first prompt showed it. A method that reads its
//     candidates fairly hits every place alike.
//   means: numbers that the method observes, such as Kendall's tau between permutations.
//   explanations: a line of JSON a query, for people.
// Determinism: sums are made in the order of the rows, whatever order things came in. Thread-safe.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/data/interactions.h"
#include "framework/evaluate/ranking.h"

namespace motive {

class PromptPanel {
 public:
  explicit PromptPanel(const RankTask& task) : task_(task) {}

  Status evidence(std::uint32_t row, std::string_view text);
  void shown(std::uint32_t row, std::span<const ItemId> order);
  void explain(std::uint32_t row, std::string json);
  void observe(std::string_view what, double value);

  /// Null where nothing was told. rows: of the method's own ranking.
  Json summary(std::span<const RankRow> rows) const;
  std::vector<std::pair<std::uint32_t, std::string>> explanations() const;  // by row

 private:
  const RankTask& task_;
  mutable std::mutex mutex_;
  std::uint64_t scanned_ = 0, excused_ = 0;
  std::map<std::uint32_t, std::vector<ItemId>> orders_;
  std::map<std::uint32_t, std::string> explanations_;
  std::map<std::string, std::vector<double>> observed_;
};

/// Whether `text` names the item of this title: by whole words; one short word only as a whole value of a line.
bool names_title(std::string_view text, std::string_view title);

}  // namespace motive
