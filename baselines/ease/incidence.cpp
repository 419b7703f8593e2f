#include "baselines/ease/incidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace motive::ease {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

}  // namespace

std::vector<std::uint32_t> model_items(const TrainingView& train, std::size_t max_items) {
  const std::vector<std::uint32_t> counts = item_counts(train);
  std::vector<std::uint32_t> items;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) items.push_back(static_cast<std::uint32_t>(i));
  }
  if (max_items == 0 || items.size() <= max_items) return items;
  std::stable_sort(items.begin(), items.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return counts[a] > counts[b]; });
  items.resize(max_items);
  std::sort(items.begin(), items.end());
  return items;
}

Incidence make_incidence(const TrainingView& train, std::vector<std::uint32_t> items) {
  std::vector<std::uint32_t> number(train.n_items(), kNone);
  for (std::size_t m = 0; m < items.size(); ++m) number[items[m]] = static_cast<std::uint32_t>(m);
  const SeenItems seen = seen_items(train);
  Incidence x;
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (const ItemId i : seen.of(user_id(u))) {
      if (number[index(i)] != kNone) x.by_user.values.push_back(number[index(i)]);
    }
    x.by_user.offsets.push_back(x.by_user.values.size());
  }
  x.by_item = transposed(x.by_user, items.size());
  x.items = std::move(items);
  return x;
}

double gram_entries(const Incidence& x) {
  double sum = 0;
  for (std::size_t u = 0; u < x.by_user.size(); ++u) {
    const auto n = static_cast<double>(x.by_user.of(u).size());
    sum += n * n;
  }
  return sum;
}

void count_together(const Incidence& x, std::size_t i, std::vector<std::uint32_t>& counts,
                    std::vector<std::uint32_t>& touched) {
  for (const std::uint32_t u : x.by_item.of(i)) {
    for (const std::uint32_t j : x.by_user.of(u)) {
      if (counts[j]++ == 0) touched.push_back(j);
    }
  }
}

double largest_eigenvalue(const Incidence& x) {
  std::vector<double> v(x.items.size()), next(x.items.size());
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(x.by_item.of(i).size());
  double value = 0;
  for (int step = 0; step < 8; ++step) {
    const double norm = std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
    if (norm == 0) return 0;
    std::fill(next.begin(), next.end(), 0.0);
    for (std::size_t u = 0; u < x.by_user.size(); ++u) {
      double sum = 0;
      for (const std::uint32_t i : x.by_user.of(u)) sum += v[i];
      for (const std::uint32_t i : x.by_user.of(u)) next[i] += sum / norm;
    }
    value = std::sqrt(std::inner_product(next.begin(), next.end(), next.begin(), 0.0));
    v.swap(next);
  }
  return value;
}

}  // namespace motive::ease
