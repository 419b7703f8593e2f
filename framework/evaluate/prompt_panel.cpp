#include "framework/evaluate/prompt_panel.h"

#include <algorithm>
#include <cctype>

#include "framework/llm/prompt.h"

namespace motive {
namespace {

constexpr std::size_t kPlaceGroups = 6;
constexpr std::size_t kShortTitle = 12;  // bytes: a title of one word up to here may stand in any sentence

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80; }

/// Between line start or ": " and line end.
bool is_whole_value(std::string_view text, std::size_t begin, std::size_t end) {
  const bool starts = begin == 0 || text[begin - 1] == '\n' || (begin >= 2 && text.substr(begin - 2, 2) == ": ");
  return starts && (end == text.size() || text[end] == '\n');
}

/// The title or the raw id in the text of one of the history's items.
bool stands_in(const Catalogue& items, std::span<const ItemId> history, std::string_view title) {
  return std::any_of(history.begin(), history.end(), [&](ItemId item) {
    return std::any_of(items.fields().begin(), items.fields().end(), [&](const auto& field) {
      const std::string value = llm::data_text(field.second[index(item)]);
      return value == title || value.find(title) != std::string::npos;
    });
  });
}

}  // namespace

bool names_title(std::string_view text, std::string_view title) {
  const bool brief = title.size() <= kShortTitle && title.find(' ') == std::string_view::npos;
  for (std::size_t at = text.find(title); at != std::string_view::npos; at = text.find(title, at + 1)) {
    const std::size_t end = at + title.size();
    const bool words = (at == 0 || !is_word(text[at - 1]) || !is_word(title.front())) &&
                       (end == text.size() || !is_word(text[end]) || !is_word(title.back()));
    if (brief ? is_whole_value(text, at, end) : words) return true;
  }
  return false;
}

Status PromptPanel::evidence(std::uint32_t row, std::string_view text) {
  if (!task_.catalogue || row >= task_.queries->size()) return {};
  const Catalogue& items = *task_.catalogue;
  const auto history = task_.queries->history_of(row);
  std::uint64_t excused = 0;
  for (const ItemId target : task_.queries->targets_of(row)) {
    if (std::find(history.begin(), history.end(), target) != history.end()) continue;  // bought before as well
    const std::string title = llm::data_text(items.text(index(target), "title"));
    const std::string id(items.id(index(target)));
    if (!title.empty() && names_title(text, title)) {
      if (stands_in(items, history, title)) {
        ++excused;
        continue;
      }
      return fail("a prompt gives the truth away: what it says of user '{}' names the held-out item '{}' (\"{}\")",
                  task_.user_table ? task_.user_table->id(index(task_.queries->users[row])) : "?", id, title);
    }
    if (id.size() >= 6 && names_title(text, id) && !stands_in(items, history, id)) {
      return fail("a prompt gives the truth away: it holds the raw id '{}' of the held-out item", id);
    }
  }
  const std::lock_guard lock(mutex_);
  ++scanned_;
  excused_ += excused;
  return {};
}

void PromptPanel::shown(std::uint32_t row, std::span<const ItemId> order) {
  const std::lock_guard lock(mutex_);
  orders_[row].assign(order.begin(), order.end());
}

void PromptPanel::explain(std::uint32_t row, std::string json) {
  const std::lock_guard lock(mutex_);
  explanations_[row] = std::move(json);
}

void PromptPanel::observe(std::string_view what, double value) {
  const std::lock_guard lock(mutex_);
  observed_[std::string(what)].push_back(value);
}

Json PromptPanel::summary(std::span<const RankRow> rows) const {
  const std::lock_guard lock(mutex_);
  if (scanned_ == 0 && orders_.empty() && observed_.empty()) return nullptr;
  Json json = {{"prompts_scanned_for_leaks", scanned_}, {"titles_in_history_texts", excused_}};
  std::size_t longest = 0;
  for (const auto& [row, order] : orders_) longest = std::max(longest, order.size());
  std::vector<std::vector<RankRow>> groups(std::min(longest, kPlaceGroups));
  for (const RankRow& row : rows) {
    const auto order = orders_.find(row.query);
    if (order == orders_.end()) continue;
    const auto place = std::find(order->second.begin(), order->second.end(), row.positive) - order->second.begin();
    const auto p = static_cast<std::size_t>(place);
    if (p < order->second.size()) groups[p * groups.size() / order->second.size()].push_back(row);
  }
  for (std::size_t g = 0; g < groups.size(); ++g) {
    json["places"].push_back({{"from", g * longest / groups.size() + 1}, {"to", (g + 1) * longest / groups.size()},
                              {"targets", groups[g].size()}, {"hr@5", mean_metric({MetricKind::kHr, 5}, groups[g])},
                              {"hr@10", mean_metric({MetricKind::kHr, 10}, groups[g])}});
  }
  for (const auto& [what, values] : observed_) {
    std::vector<double> sorted = values;  // what came first depends on threads
    std::sort(sorted.begin(), sorted.end());
    double sum = 0;
    for (const double value : sorted) sum += value;
    json["means"][what] = {{"mean", sum / static_cast<double>(sorted.size())}, {"n", sorted.size()}};
  }
  return json;
}

std::vector<std::pair<std::uint32_t, std::string>> PromptPanel::explanations() const {
  const std::lock_guard lock(mutex_);
  return {explanations_.begin(), explanations_.end()};
}

}  // namespace motive
