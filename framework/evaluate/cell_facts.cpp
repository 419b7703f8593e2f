#include "framework/evaluate/cell_facts.h"

#include "framework/base/trimmed.h"
#include <algorithm>

namespace motive {
namespace {

template <class Take>
void cut(std::string_view text, std::string_view separators, const Take& take) {
  while (true) {
    const auto at = text.find_first_of(separators);
    if (const auto piece = trimmed(text.substr(0, at), " \t"); !piece.empty()) take(piece);
    if (at == std::string_view::npos) return;
    text.remove_prefix(at + 1);
  }
}

void add_categories(const Catalogue& items, const QuerySet& test, CellFacts& facts) {
  std::vector<std::uint32_t> numbers;
  for (std::size_t i = 0; i < items.size(); ++i) {
    numbers.clear();
    for (const std::string_view name : split_categories(items.text(i, "categories"))) {
      numbers.push_back(facts.categories.add(name));
    }
    std::sort(numbers.begin(), numbers.end());
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    facts.item_categories.insert(facts.item_categories.end(), numbers.begin(), numbers.end());
    facts.category_offsets.push_back(facts.item_categories.size());
  }
  facts.category_targets.assign(facts.categories.size(), 0);
  for (const ItemId target : test.targets) {
    for (const std::uint32_t category : facts.categories_of(index(target)))
      ++facts.category_targets[category];
  }
}

}  // namespace

std::vector<std::string_view> split_categories(std::string_view field) {
  std::vector<std::string_view> names;
  cut(field, ";|", [&](std::string_view piece) {
    const bool path = piece.find('>') != std::string_view::npos;
    cut(piece, path ? ">" : ",", [&](std::string_view name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    });
  });
  return names;
}

CellFacts cell_facts(const Catalogue& items, const UserTable& users, const EventsView& train,
                     const QuerySet& test, bool with_text) {
  CellFacts facts;
  for (std::size_t i = 0; i < items.size(); ++i) facts.items.add(items.id(i));
  facts.item_events.assign(items.size(), 0);
  for (const ItemId item : train.items) ++facts.item_events[index(item)];
  for (std::size_t q = 0; q < test.size(); ++q) {
    if (facts.users.add(users.id(index(test.users[q]))) < facts.history.size()) continue;
    facts.history.push_back(static_cast<std::uint32_t>(test.history_of(q).size()));
    facts.user_known.push_back(!train.items_of(test.users[q]).empty());
  }
  add_categories(items, test, facts);
  const std::vector<std::string> fields{"title", "description"};
  const bool any =
      std::any_of(fields.begin(), fields.end(), [&](const std::string& f) { return items.has(f); });
  if (with_text && any && !facts.has_categories()) facts.text = item_tfidf(items, fields, {}).rows;
  return facts;
}

}  // namespace motive
