#include "framework/evaluate/subset.h"

#include <algorithm>
#include <numeric>

#include "framework/base/rng.h"

namespace motive {
namespace {

template <class T>
void append(std::vector<T>& out, const std::vector<T>& values,
            const std::vector<std::uint64_t>& offsets, std::size_t row) {
  if (values.empty()) return;  // an absent column
  out.insert(out.end(), values.begin() + static_cast<std::ptrdiff_t>(offsets[row]),
             values.begin() + static_cast<std::ptrdiff_t>(offsets[row + 1]));
}

}  // namespace

std::vector<std::uint32_t> sample_queries(std::size_t size, std::size_t n, std::uint64_t seed) {
  std::vector<std::uint32_t> rows(size);
  std::iota(rows.begin(), rows.end(), 0u);
  if (n >= size) return rows;
  Rng rng(seed, "queries");
  for (std::size_t i = 0; i < n; ++i) {
    std::swap(rows[i], rows[i + rng.below(static_cast<std::uint32_t>(size - i))]);
  }
  rows.resize(n);
  std::sort(rows.begin(), rows.end());
  return rows;
}

QuerySet take_queries(const QuerySet& set, std::span<const std::uint32_t> queries) {
  QuerySet out;
  out.target_offsets = out.history_offsets = out.mask_offsets = {0};
  for (const std::uint32_t q : queries) {
    out.users.push_back(set.users[q]);
    append(out.targets, set.targets, set.target_offsets, q);
    append(out.history, set.history, set.history_offsets, q);
    append(out.history_times, set.history_times, set.history_offsets, q);
    append(out.history_ratings, set.history_ratings, set.history_offsets, q);
    append(out.mask, set.mask, set.mask_offsets, q);
    out.target_offsets.push_back(out.targets.size());
    out.history_offsets.push_back(out.history.size());
    out.mask_offsets.push_back(out.mask.size());
  }
  return out;
}

}  // namespace motive
