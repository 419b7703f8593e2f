#include "baselines/lightfm/partition.h"

#include <numeric>

namespace motive::lightfm {

Partition::Partition(const Examples& examples, std::size_t n_users, std::size_t n_items,
                     std::size_t parts)
    : examples_(examples),
      parts_(parts),
      user_part_(n_users, 0),
      item_part_(n_items, 0),
      items_(examples.drawable().begin(), examples.drawable().end()),
      begin_(parts * parts + 1, 0) {
  const auto events = examples.events();
  for (std::size_t e = 0; e < events.size(); ++e) {
    // By the user's first event: a user stands in one part.
    if (e > 0 && events[e].user == events[e - 1].user) continue;
    user_part_[events[e].user] = static_cast<std::uint8_t>(e * parts / events.size());
  }
}

void Partition::regroup(Rng& rng, std::vector<std::uint32_t>& order) {
  constexpr std::size_t kAhead = 16;
  rng.shuffle(std::span(items_));
  for (std::size_t part = 0; part < parts_; ++part) {
    for (std::size_t k = items_begin(part); k < items_begin(part + 1); ++k) {
      item_part_[items_[k]] = static_cast<std::uint8_t>(part);
    }
  }
  const auto events = examples_.events();
  const auto block_of = [&](const Examples::Event& e) {
    return user_part_[e.user] * parts_ + item_part_[e.item];
  };
  std::fill(begin_.begin(), begin_.end(), 0);
  for (const std::uint32_t e : order) ++begin_[block_of(events[e]) + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  std::vector<std::size_t> next(begin_.begin(), begin_.end() - 1);
  grouped_.resize(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (k + kAhead < order.size()) __builtin_prefetch(&events[order[k + kAhead]]);
    grouped_[next[block_of(events[order[k]])]++] = order[k];
  }
  std::swap(order, grouped_);
}

Pool Partition::pool(std::size_t item_part) const {
  const std::size_t begin = items_begin(item_part);
  return {std::span(items_).subspan(begin, items_begin(item_part + 1) - begin), item_part_,
          static_cast<std::uint8_t>(item_part)};
}

}  // namespace motive::lightfm
