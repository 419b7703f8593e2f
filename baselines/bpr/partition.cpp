#include "baselines/bpr/partition.h"

#include <numeric>

#include "framework/base/parallel.h"

namespace motive::bpr {

Partition::Partition(std::span<const Event> events, std::size_t n_items, std::size_t parts)
    : events_(events),
      parts_(parts),
      users_begin_(parts + 1, events.size()),
      items_(n_items),
      part_(n_items),
      grouped_(events.size()),
      begin_(parts * parts + 1) {
  std::iota(items_.begin(), items_.end(), 0u);
  users_begin_[0] = 0;
  for (std::size_t t = 1; t < parts; ++t) {
    std::size_t e = std::max(users_begin_[t - 1], events.size() * t / parts);
    while (e > 0 && e < events.size() && events[e].user == events[e - 1].user) ++e;
    users_begin_[t] = e;
  }
}

void Partition::regroup(Rng& rng, int threads) {
  rng.shuffle(std::span(items_));
  for (std::size_t t = 0; t < parts_; ++t) {
    for (std::size_t k = items_begin(t); k < items_begin(t + 1); ++k) {
      part_[items_[k]] = static_cast<std::uint8_t>(t);
    }
  }
  std::vector<std::vector<std::size_t>> place(parts_, std::vector<std::size_t>(parts_, 0));
  parallel_for(parts_, threads, [&](std::size_t t) {
    std::vector<std::size_t> count(parts_, 0);
    for (std::size_t e = users_begin_[t]; e < users_begin_[t + 1]; ++e) {
      ++count[part_[events_[e].item]];
    }
    place[t] = std::move(count);
  });
  std::size_t sum = 0;
  for (std::size_t i = 0; i < parts_; ++i) {
    for (std::size_t t = 0; t < parts_; ++t) {
      begin_[i * parts_ + t] = sum;
      sum += std::exchange(place[t][i], sum);
    }
  }
  begin_.back() = sum;
  parallel_for(parts_, threads, [&](std::size_t t) {
    std::vector<std::size_t> to = std::move(place[t]);
    for (std::size_t e = users_begin_[t]; e < users_begin_[t + 1]; ++e) {
      grouped_[to[part_[events_[e].item]]++] = events_[e];
    }
  });
}

Pool Partition::block(std::size_t user_part, std::size_t item_part) const {
  const auto events = [this](std::size_t from, std::size_t to) {
    return std::span(grouped_).subspan(begin_[from], begin_[to] - begin_[from]);
  };
  const std::size_t block = item_part * parts_ + user_part;
  const std::size_t from = items_begin(item_part);
  return {events(block, block + 1), events(item_part * parts_, (item_part + 1) * parts_),
          {items_.data() + from, static_cast<std::uint32_t>(items_begin(item_part + 1) - from)}};
}

}  // namespace motive::bpr
