#include "framework/sequence/sequences.h"

#include <algorithm>

namespace motive {

ModelItems ModelItems::of(const TrainingView& train) {
  ModelItems items;
  items.number.assign(train.n_items(), kNoNumber);
  const std::vector<std::uint32_t> counts = item_counts(train);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    items.number[i] = static_cast<std::uint32_t>(items.catalogue.size());
    items.catalogue.push_back(static_cast<std::uint32_t>(i));
  }
  return items;
}

void ModelItems::append(std::span<const ItemId> history, std::vector<std::int64_t>& numbers) const {
  for (const ItemId item : history) {
    const std::uint32_t n = index(item) < number.size() ? number[index(item)] : kNoNumber;
    if (n != kNoNumber) numbers.push_back(n);
  }
}

Sequences Sequences::of(const TrainingView& train, const ModelItems& items, std::size_t fewest) {
  Sequences sequences;
  std::vector<std::uint32_t> own;
  const auto add = [&own](Lists& lists) {
    lists.values.insert(lists.values.end(), own.begin(), own.end());
    lists.offsets.push_back(lists.values.size());
  };
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    own.clear();
    for (const ItemId i : train.events.items_of(user_id(u))) own.push_back(items.number[index(i)]);
    if (own.size() >= fewest) sequences.users.push_back(static_cast<std::uint32_t>(u));
    add(sequences.events);
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    add(sequences.seen);
  }
  return sequences;
}

bool Sequences::has_seen(std::uint32_t user, std::uint32_t item) const {
  const auto list = seen.of(user);
  return std::binary_search(list.begin(), list.end(), item);
}

Parts split_evenly(std::span<const std::uint32_t> samples, std::size_t parts) {
  Parts runs;
  for (std::size_t p = 0; p < parts; ++p) {
    const std::size_t first = samples.size() * p / parts, last = samples.size() * (p + 1) / parts;
    if (last > first) runs.push_back(samples.subspan(first, last - first));
  }
  return runs;
}

}  // namespace motive
