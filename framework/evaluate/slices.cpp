#include "framework/evaluate/slices.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace motive {
namespace {

constexpr std::array kHistoryNames = {"0", "1-2", "3-5", "6-10", "11-20", "21+"};
constexpr std::array<std::uint32_t, 5> kHistoryLast = {0, 2, 5, 10, 20};
constexpr std::array kPopularityNames = {"head", "mid", "tail", "none"};
constexpr std::uint8_t kNone = 3;

/// [I] head, mid, tail by the share of training events that belong to more popular items; none
/// without events.
std::vector<std::uint8_t> popularity_buckets(const std::vector<std::uint32_t>& events) {
  std::vector<std::uint32_t> order(events.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return events[a] > events[b]; });
  const auto total = std::accumulate(events.begin(), events.end(), std::uint64_t{0});
  std::vector<std::uint8_t> bucket(events.size(), kNone);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < order.size() && events[order[i]] > 0;) {
    std::uint64_t here = 0;
    const std::size_t first = i;
    for (; i < order.size() && events[order[i]] == events[order[first]]; ++i)
      here += events[order[i]];
    const auto third = static_cast<std::uint8_t>(3 * before < total       ? 0
                                                 : 3 * before < 2 * total ? 1
                                                                          : 2);
    for (std::size_t j = first; j < i; ++j) bucket[order[j]] = third;
    before += here;
  }
  return bucket;
}

/// The categories with the most targets, ties by name, without those that nearly every item has.
std::vector<std::uint32_t> top_categories(const CellFacts& facts, int top) {
  std::vector<std::uint64_t> items(facts.categories.size(), 0);
  for (const std::uint32_t category : facts.item_categories) ++items[category];
  std::uint64_t labelled = 0;
  for (std::size_t i = 0; i + 1 < facts.category_offsets.size(); ++i)
    labelled += !facts.categories_of(i).empty();
  std::vector<std::uint32_t> order;
  for (std::uint32_t c = 0; c < facts.categories.size(); ++c) {
    if (facts.category_targets[c] > 0 && 10 * items[c] <= 9 * labelled) order.push_back(c);
  }
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    if (facts.category_targets[a] != facts.category_targets[b])
      return facts.category_targets[a] > facts.category_targets[b];
    return facts.categories[a] < facts.categories[b];
  });
  order.resize(std::min(order.size(), static_cast<std::size_t>(std::max(0, top))));
  return order;
}

constexpr SliceKind kKinds[] = {SliceKind::kHistory, SliceKind::kPopularity, SliceKind::kItem,
                                SliceKind::kUser, SliceKind::kCategory};

}  // namespace

std::string slice_kind_name(SliceKind kind) {
  switch (kind) {
    case SliceKind::kHistory:
      return "history";
    case SliceKind::kPopularity:
      return "popularity";
    case SliceKind::kItem:
      return "item";
    case SliceKind::kUser:
      return "user";
    case SliceKind::kCategory:
      return "category";
  }
  return "";
}

Result<SliceKind> slice_kind(const std::string& name) {
  for (const SliceKind kind : kKinds) {
    if (slice_kind_name(kind) == name) return kind;
  }
  return invalid("there are no slices by '{}'; there are history, popularity, item, user, category",
                 name);
}

std::string slice_kind_of(const std::string& slice) { return slice.substr(0, slice.find(':')); }

std::string slice_definition(const SliceSpec& spec) {
  switch (spec.by) {
    case SliceKind::kHistory:
      return "history: by the number of events of the user that a method is shown";
    case SliceKind::kPopularity:
      return "popularity: by the target's training events; head, mid and tail hold about a third "
             "of all training events "
             "each, the most popular items first; none: targets without training events";
    case SliceKind::kItem:
      return "item: cold targets have no training events, warm ones have";
    case SliceKind::kUser:
      return "user: cold users have no training events, warm ones have";
    case SliceKind::kCategory:
      return fmt::format(
          "category: by the target's categories; the {} with the most targets, without those that "
          "nearly "
          "all items have; a target can have several",
          spec.top);
  }
  return "";
}

Slices::Slices(const std::vector<SliceSpec>& specs, const CellFacts& facts) : facts_(facts) {
  for (const SliceSpec& spec : specs) {
    Part part{spec.by, names_.size(), {}};
    const auto add = [&](std::string_view name) {
      names_.push_back(fmt::format("{}:{}", slice_kind_name(spec.by), name));
    };
    switch (spec.by) {
      case SliceKind::kHistory:
        for (const char* name : kHistoryNames) add(name);
        break;
      case SliceKind::kPopularity:
        for (const char* name : kPopularityNames) add(name);
        bucket_ = popularity_buckets(facts.item_events);
        break;
      case SliceKind::kItem:
      case SliceKind::kUser:
        add("warm");
        add("cold");
        break;
      case SliceKind::kCategory:
        part.categories = top_categories(facts, spec.top);
        for (const std::uint32_t category : part.categories) add(facts.categories[category]);
        break;
    }
    parts_.push_back(std::move(part));
  }
}

void Slices::choose_users(const Part& part, const std::string& user, std::size_t rows,
                          std::vector<std::vector<std::uint32_t>>& chosen) const {
  const std::uint32_t number = facts_.users.find(user);
  if (number == StringPool::kAbsent) return;
  std::size_t slice = facts_.user_known[number] ? 0 : 1;
  if (part.by == SliceKind::kHistory) {
    slice = static_cast<std::size_t>(
        std::lower_bound(kHistoryLast.begin(), kHistoryLast.end(), facts_.history[number]) -
        kHistoryLast.begin());
  }
  chosen[part.first + slice].resize(rows);
  std::iota(chosen[part.first + slice].begin(), chosen[part.first + slice].end(), 0u);
}

void Slices::choose_items(const Part& part, std::uint32_t item, std::uint32_t row,
                          std::vector<std::vector<std::uint32_t>>& chosen) const {
  if (part.by == SliceKind::kPopularity) chosen[part.first + bucket_[item]].push_back(row);
  if (part.by == SliceKind::kItem)
    chosen[part.first + (facts_.item_events[item] > 0 ? 0 : 1)].push_back(row);
  const auto categories = facts_.categories_of(item);
  for (std::size_t c = 0; c < part.categories.size(); ++c) {
    if (std::binary_search(categories.begin(), categories.end(), part.categories[c]))
      chosen[part.first + c].push_back(row);
  }
}

void Slices::choose(std::span<const StoredRank> rows,
                    std::vector<std::vector<std::uint32_t>>& chosen) const {
  chosen.resize(names_.size());
  for (auto& list : chosen) list.clear();
  if (rows.empty()) return;
  for (const Part& part : parts_) {
    if (part.by == SliceKind::kHistory || part.by == SliceKind::kUser) {
      choose_users(part, rows.front().user, rows.size(), chosen);
      continue;
    }
    for (std::uint32_t r = 0; r < rows.size(); ++r) {
      const std::uint32_t item = facts_.items.find(rows[r].positive);
      if (item != StringPool::kAbsent) choose_items(part, item, r, chosen);
    }
  }
}

}  // namespace motive
