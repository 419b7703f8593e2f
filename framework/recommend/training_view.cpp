#include "framework/recommend/training_view.h"

#include <algorithm>

namespace motive {

std::vector<std::uint32_t> item_counts(const TrainingView& train) {
  std::vector<std::uint32_t> counts(train.n_items(), 0);
  for (const ItemId item : train.events.items) ++counts[index(item)];
  return counts;
}

bool SeenItems::contains(UserId u, ItemId i) const {
  const auto row = of(u);
  return std::binary_search(row.begin(), row.end(), i);
}

SeenItems seen_items(const TrainingView& train) {
  SeenItems seen;
  seen.offsets.assign(1, 0);
  seen.offsets.reserve(train.n_users() + 1);
  seen.items.reserve(train.n_events());
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    const auto events = train.events.items_of(user_id(u));
    const auto start = static_cast<std::ptrdiff_t>(seen.items.size());
    seen.items.insert(seen.items.end(), events.begin(), events.end());
    std::sort(seen.items.begin() + start, seen.items.end());
    seen.items.erase(std::unique(seen.items.begin() + start, seen.items.end()), seen.items.end());
    seen.offsets.push_back(seen.items.size());
  }
  return seen;
}

}  // namespace motive
