#include "framework/evaluate/metrics.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "framework/base/rng.h"

namespace motive {
namespace {

/// Items that share one score and hold at least one positive: ranks above+1 .. above+size.
struct TieGroup {
  std::uint32_t above = 0, size = 1, positives = 1;
};

double discount(std::uint32_t rank) {
  static const auto kTable = [] {
    std::array<double, 1024> table{};
    for (std::size_t r = 1; r < table.size(); ++r)
      table[r] = 1.0 / std::log2(static_cast<double>(r) + 1.0);
    return table;
  }();
  return rank < kTable.size() ? kTable[rank] : 1.0 / std::log2(static_cast<double>(rank) + 1.0);
}

/// Ranks of the group that lie within k.
std::uint32_t within(const TieGroup& group, std::uint32_t k) {
  return k > group.above ? std::min(k - group.above, group.size) : 0;
}

double ideal_dcg(std::size_t positives, std::uint32_t k) {
  double sum = 0;
  for (std::uint32_t r = 1; r <= std::min<std::size_t>(positives, k); ++r) sum += discount(r);
  return sum;
}

double expected_hits(const TieGroup& group, std::uint32_t k) {
  return static_cast<double>(group.positives) * within(group, k) / group.size;
}

double expected_dcg(const TieGroup& group, std::uint32_t k) {
  const std::uint32_t n = within(group, k);
  double sum = 0;
  for (std::uint32_t r = 1; r <= n; ++r) sum += discount(group.above + r);
  return sum * group.positives / group.size;
}

/// Chance that one of the group's positives is within k: 1 - C(g-m, t) / C(g, t), with g items, m
/// positives, t places.
double expected_hit(const TieGroup& group, std::uint32_t k) {
  const std::uint32_t places = within(group, k);
  if (group.positives == 1) return static_cast<double>(places) / group.size;
  if (places == 0) return 0;
  double none = 1;
  for (std::uint32_t i = 0; i < group.positives; ++i) {
    if (group.size - places <= i) return 1;
    none *= static_cast<double>(group.size - places - i) / (group.size - i);
  }
  return 1 - none;
}

/// Mean of 1/rank of the group's first positive where that is within k. The first of m positives
/// stands at place j (from 0) with chance C(g-1-j, m-1) / C(g, m).
double expected_reciprocal(const TieGroup& group, std::uint32_t k) {
  const std::uint32_t places = std::min(within(group, k), group.size - group.positives + 1);
  double chance = static_cast<double>(group.positives) / group.size;
  double sum = 0;
  for (std::uint32_t j = 0; j < places; ++j) {
    sum += chance / (group.above + j + 1);
    if (j + 1 < places)
      chance *= static_cast<double>(group.size - group.positives - j) / (group.size - 1 - j);
  }
  return sum;
}

double expected_value(MetricKind kind, std::span<const TieGroup> groups, std::size_t positives,
                      std::uint32_t k) {
  double sum = 0;
  switch (kind) {
    case MetricKind::kHr:
      // Groups do not overlap: only one can reach across the cutoff, and any before it is a hit.
      for (const auto& group : groups) sum = std::max(sum, expected_hit(group, k));
      return sum;
    case MetricKind::kMrr:
      return expected_reciprocal(groups.front(), k);
    case MetricKind::kNdcg:
      for (const auto& group : groups) sum += expected_dcg(group, k);
      return sum / ideal_dcg(positives, k);
    case MetricKind::kRecall:
    case MetricKind::kPrecision:
      for (const auto& group : groups) sum += expected_hits(group, k);
      return sum / (kind == MetricKind::kRecall ? static_cast<double>(positives) : k);
  }
  return 0;
}

/// Gives every positive a rank of its own and returns them as groups of one, best first.
std::vector<TieGroup> resolve(std::span<const TieGroup> groups, Ties ties, std::uint64_t seed) {
  std::vector<TieGroup> ranks;
  for (const auto& group : groups) {
    std::vector<std::uint32_t> places;  // of the positives inside the group, from 0
    if (ties == Ties::kRandom) {
      // Floyd's sample of m places out of g. A stream a group: cutoffs and metrics see one order.
      Rng rng(seed, "ties", group.above);
      for (std::uint32_t i = group.size - group.positives; i < group.size; ++i) {
        const std::uint32_t place = rng.below(i + 1);
        places.push_back(std::find(places.begin(), places.end(), place) == places.end() ? place
                                                                                        : i);
      }
      std::sort(places.begin(), places.end());
    } else {
      const std::uint32_t first = ties == Ties::kPessimistic ? group.size - group.positives : 0;
      for (std::uint32_t i = 0; i < group.positives; ++i) places.push_back(first + i);
    }
    for (const auto place : places) ranks.push_back({group.above + place, 1, 1});
  }
  return ranks;
}

std::vector<TieGroup> group_positives(std::span<const Position> positives) {
  std::vector<TieGroup> groups;
  for (const auto& p : positives) {
    // Nobody is above all candidates and behind them: this is a query without an answer.
    if (p.above >= p.candidates) continue;
    auto same = std::find_if(groups.begin(), groups.end(),
                             [&](const auto& g) { return g.above == p.above; });
    if (same == groups.end()) {
      groups.push_back({p.above, p.tied + 1, 1});
    } else {
      ++same->positives;
      same->size = std::max({same->size, p.tied + 1, same->positives});
    }
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a.above < b.above; });
  return groups;
}

}  // namespace

std::string MetricSpec::name() const {
  switch (kind) {
    case MetricKind::kHr:
      return "hr";
    case MetricKind::kRecall:
      return "recall";
    case MetricKind::kPrecision:
      return "precision";
    case MetricKind::kNdcg:
      return "ndcg";
    case MetricKind::kMrr:
      return "mrr";
  }
  return "";
}

const std::vector<MetricHelp>& metric_help() {
  static const std::vector<MetricHelp> kHelp = {
      {"hr", "hit rate: 1 if any positive of the user stands within the first k, else 0"},
      {"recall", "positives within the first k / positives of the user"},
      {"precision", "positives within the first k / k"},
      {"ndcg",
       "sum of 1/log2(rank+1) over the positives within the first k / the same sum for an ideal "
       "list"},
      {"mrr", "1/rank of the user's first positive if it stands within the first k, else 0"},
  };
  return kHelp;
}

Result<MetricKind> metric_kind(const std::string& name) {
  for (const auto kind : {MetricKind::kHr, MetricKind::kRecall, MetricKind::kPrecision,
                          MetricKind::kNdcg, MetricKind::kMrr}) {
    if (MetricSpec{kind, 1}.name() == name) return kind;
  }
  return invalid("there is no metric '{}'; the metrics are hr, recall, precision, ndcg, mrr", name);
}

double user_metric(const MetricSpec& metric, std::span<const Position> positives, Ties ties,
                   std::uint64_t seed) {
  if (metric.k <= 0 || positives.empty()) return 0;
  const auto k = static_cast<std::uint32_t>(metric.k);
  if (positives.size() == 1 &&
      ties == Ties::kExpected) {  // nearly always, and without an allocation
    const Position& p = positives.front();
    if (p.above >= p.candidates || p.above >= k) return 0;
    const TieGroup group{p.above, p.tied + 1, 1};
    return expected_value(metric.kind, std::span(&group, 1), 1, k);
  }
  const auto groups = group_positives(positives);
  if (groups.empty()) return 0;
  if (ties == Ties::kExpected) return expected_value(metric.kind, groups, positives.size(), k);
  return expected_value(metric.kind, resolve(groups, ties, seed), positives.size(), k);
}

}  // namespace motive
