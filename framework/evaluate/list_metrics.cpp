#include "framework/evaluate/list_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace motive {

ListMetrics::ListMetrics(const std::vector<MetricSpec>& specs, const CellFacts& facts)
    : specs_(specs), facts_(facts), listed_(specs.size()) {
  for (const std::uint32_t n : facts.item_events) events_ += n;
  for (std::size_t m = 0; m < specs.size(); ++m) {
    const MetricHelp& metric = metric_help(specs[m].kind);
    if (metric.lists && !metric.per_user) listed_[m].assign(facts.items.size(), 0);
  }
}

double ListMetrics::novelty(std::span<const std::uint32_t> list) const {
  double sum = 0;
  for (const std::uint32_t item : list) {
    sum -= std::log2((facts_.item_events[item] + 1.0) /
                     (events_ + static_cast<double>(facts_.items.size())));
  }
  return list.empty() ? 0 : sum / static_cast<double>(list.size());
}

double ListMetrics::distance(std::uint32_t a, std::uint32_t b) const {
  if (!facts_.has_categories()) return 1 - dot(facts_.text, a, b);
  const auto ca = facts_.categories_of(a), cb = facts_.categories_of(b);
  std::size_t both = 0;
  for (std::size_t i = 0, j = 0; i < ca.size() && j < cb.size();) {
    both += ca[i] == cb[j];
    const bool first = ca[i] <= cb[j], second = cb[j] <= ca[i];
    i += first;
    j += second;
  }
  const std::size_t any = ca.size() + cb.size() - both;
  return any == 0 ? 1 : 1 - static_cast<double>(both) / static_cast<double>(any);
}

double ListMetrics::diversity(std::span<const std::uint32_t> list) const {
  if (!facts_.has_categories() && facts_.text.size() == 0)
    return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) sum += distance(list[i], list[j]);
  }
  const auto n = static_cast<double>(list.size());
  return list.size() < 2 ? 0 : sum / (n * (n - 1) / 2);
}

void ListMetrics::add(std::span<const std::uint32_t> list, std::span<double> values) {
  for (std::size_t m = 0; m < specs_.size(); ++m) {
    if (!metric_help(specs_[m].kind).lists) continue;
    const auto head = list.first(std::min(list.size(), static_cast<std::size_t>(specs_[m].k)));
    values[m] = 0;
    if (specs_[m].kind == MetricKind::kNovelty) values[m] = novelty(head);
    if (specs_[m].kind == MetricKind::kDiversity) values[m] = diversity(head);
    if (listed_[m].empty()) continue;
    for (const std::uint32_t item : head) ++listed_[m][item];
  }
}

void ListMetrics::finish(std::span<double> values) const {
  for (std::size_t m = 0; m < specs_.size(); ++m) {
    if (listed_[m].empty()) continue;
    std::vector<std::uint32_t> counts;  // of the pool
    for (std::size_t i = 0; i < listed_[m].size(); ++i) {
      if (facts_.in_pool.empty() || facts_.in_pool[i]) counts.push_back(listed_[m][i]);
    }
    const auto reached =
        std::count_if(counts.begin(), counts.end(), [](std::uint32_t n) { return n > 0; });
    values[m] = specs_[m].kind == MetricKind::kGini ? gini(counts)
                : counts.empty()
                    ? 0
                    : static_cast<double>(reached) / static_cast<double>(counts.size());
  }
}

double gini(std::vector<std::uint32_t>& counts) {
  std::sort(counts.begin(), counts.end());
  const auto n = static_cast<double>(counts.size());
  double sum = 0, weighted = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sum += counts[i];
    weighted += (2 * static_cast<double>(i + 1) - n - 1) * counts[i];
  }
  return sum == 0 ? 0 : weighted / (n * sum);
}

}  // namespace motive
