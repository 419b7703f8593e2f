#include <algorithm>
#include <cmath>

#include "baselines/bert4rec/bert4rec.h"

namespace motive::bert4rec {

std::vector<Window> windows_of(const Sequences& sequences, const Bert4RecParams& params) {
  const auto longest = static_cast<std::uint32_t>(params.max_len);
  const auto stride = std::max(1u, static_cast<std::uint32_t>(std::lround(params.stride * params.max_len)));
  std::vector<Window> windows;
  for (const std::uint32_t user : sequences.users) {
    auto last = static_cast<std::uint32_t>(sequences.events.of(user).size());
    // From the end: the last events are in a window that is full.
    for (; last > longest; last -= std::min(stride, last - longest)) windows.push_back({user, last - longest, last});
    windows.push_back({user, 0, last});
  }
  return windows;
}

std::vector<std::uint32_t> draw_mask(std::uint32_t n, const Bert4RecParams& params, Rng& draws) {
  if (draws.uniform() < params.last_item) return {n - 1};
  const auto count = std::clamp<std::uint32_t>(static_cast<std::uint32_t>(std::lround(params.mask * n)), 1, n);
  std::vector<std::uint32_t> places(n);
  for (std::uint32_t k = 0; k < n; ++k) places[k] = k;
  for (std::uint32_t k = 0; k < count; ++k) std::swap(places[k], places[k + draws.below(n - k)]);
  places.resize(count);
  std::sort(places.begin(), places.end());
  return places;
}

void add_sample(const Sequences& sequences, const Window& window, const std::vector<std::uint32_t>& hides, int max_len, Batch& batch) {
  const auto events = sequences.events.of(window.user).subspan(window.first, window.last - window.first);
  std::vector<std::int64_t> tokens(events.begin(), events.end());
  const std::int64_t row = batch.inputs.offsets.back();
  for (const std::uint32_t place : hides) {
    batch.hidden.push_back(row + place);
    batch.targets.push_back(tokens[place]);
    tokens[place] = kMask;
  }
  batch.inputs.add(tokens, static_cast<std::size_t>(max_len));
}

}  // namespace motive::bert4rec
