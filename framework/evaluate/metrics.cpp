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

/// Sum over the group's places within k of E[positives up to it, if it is one] / rank. before:
/// positives above the group. A place is a positive with chance m/g; then (j-1)(m-1)/(g-1) of the
/// j-1 places before it are expected to be.
double expected_precisions(const TieGroup& group, std::uint32_t before, std::uint32_t k) {
  const double g = group.size, m = group.positives;
  const double others = group.size > 1 ? (m - 1) / (g - 1) : 0;
  double sum = 0;
  for (std::uint32_t j = 1; j <= within(group, k); ++j) {
    sum += (before + 1 + (j - 1) * others) / (group.above + j);
  }
  return sum * m / g;
}

/// Share of pairs (positive, other) in the right order, ties half: of each group's positives, the
/// others below count one and those within the group half.
double expected_auc(std::span<const TieGroup> groups, std::size_t positives,
                    std::uint32_t candidates) {
  const double others = static_cast<double>(candidates) - static_cast<double>(positives);
  if (others <= 0) return 1;
  double right = 0;
  std::uint32_t before = 0;  // positives above the group
  for (const auto& group : groups) {
    const double above = group.above - before, tied = group.size - group.positives;
    right += group.positives * (others - above - tied / 2);
    before += group.positives;
  }
  return right / (static_cast<double>(positives) * others);
}

double expected_value(MetricKind kind, std::span<const TieGroup> groups, std::size_t positives,
                      std::uint32_t k, std::uint32_t candidates) {
  double sum = 0;
  std::uint32_t before = 0;
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
    case MetricKind::kMap:
      for (const auto& group : groups) {
        sum += expected_precisions(group, before, k);
        before += group.positives;
      }
      return sum / static_cast<double>(positives);
    case MetricKind::kAuc:
      return expected_auc(groups, positives, candidates);
    case MetricKind::kTied:
    case MetricKind::kCoverage:
    case MetricKind::kGini:
    case MetricKind::kNovelty:
    case MetricKind::kDiversity:
      break;
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

std::string MetricSpec::name() const { return metric_help(kind).name; }

const std::vector<MetricHelp>& metric_help() {
  static const std::vector<MetricHelp> kHelp = {
      {MetricKind::kHr, "hr",
       "hit rate: 1 if any positive of the user stands within the first k, else 0"},
      {MetricKind::kRecall, "recall", "positives within the first k / positives of the user"},
      {MetricKind::kPrecision, "precision", "positives within the first k / k"},
      {MetricKind::kNdcg, "ndcg",
       "sum of 1/log2(rank+1) over the positives within the first k / the same sum for an ideal "
       "list"},
      {MetricKind::kMrr, "mrr",
       "1/rank of the user's first positive if it stands within the first k, else 0"},
      {MetricKind::kMap, "map",
       "sum of (positives up to the rank / rank) over the positives within the first k / positives "
       "of the user"},
      {.kind = MetricKind::kAuc,
       .name = "auc",
       .definition = "share of the pairs (positive, other candidate) in the right order, a tie "
                     "counts half; no cutoff",
       .cutoff = false},
      {.kind = MetricKind::kTied,
       .name = "tied",
       .definition =
           "share of the positives that tie with another candidate (a diagnostic); no cutoff",
       .cutoff = false,
       .is_merit = false},
      {.kind = MetricKind::kCoverage,
       .name = "coverage",
       .definition = "items that stand within the first k of any user's list / items of the pool",
       .lists = true,
       .per_user = false,
       .is_merit = false},
      {.kind = MetricKind::kGini,
       .name = "gini",
       .definition = "inequality of how often the items of the pool stand within the first k of "
                     "the lists: 0 all equally "
                     "often, 1 - 1/items one item alone",
       .lists = true,
       .per_user = false,
       .is_merit = false},
      {.kind = MetricKind::kNovelty,
       .name = "novelty",
       .definition = "mean of -log2((n+1)/(N+I)) over the first k of the user's list; n: training "
                     "events of the item, N: "
                     "of all, I: items",
       .lists = true,
       .is_merit = false},
      {.kind = MetricKind::kDiversity,
       .name = "diversity",
       .definition = "mean over the pairs of the first k of the user's list of 1 - Jaccard of "
                     "their categories, or of 1 - "
                     "cosine of their TF-IDF where the data has text but no categories",
       .lists = true,
       .is_merit = false},
  };
  return kHelp;
}

const MetricHelp& metric_help(MetricKind kind) {
  return metric_help()[static_cast<std::size_t>(kind)];
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricHelp& metric : metric_help()) names.push_back(metric.name);
  return names;
}

Result<MetricKind> metric_kind(const std::string& name) {
  for (const MetricHelp& metric : metric_help()) {
    if (metric.name == name) return metric.kind;
  }
  return invalid("there is no metric '{}'; the metrics are {}", name,
                 fmt::join(metric_names(), ", "));
}

std::uint64_t tie_seed(std::string_view user) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const unsigned char c : user) hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

namespace {

double share_tied(std::span<const Position> positives) {
  const auto tied = std::count_if(positives.begin(), positives.end(), [](const Position& p) {
    return p.tied > 0 && p.above < p.candidates;
  });
  return static_cast<double>(tied) / static_cast<double>(positives.size());
}

}  // namespace

double user_metric(const MetricSpec& metric, std::span<const Position> positives, Ties ties,
                   std::uint64_t seed) {
  if (positives.empty()) return 0;
  if (metric.kind == MetricKind::kTied) return share_tied(positives);
  if (metric.k <= 0 && metric.kind != MetricKind::kAuc) return 0;
  const auto k = static_cast<std::uint32_t>(metric.k);
  if (positives.size() == 1 &&
      ties == Ties::kExpected) {  // nearly always, and without an allocation
    const Position& p = positives.front();
    if (p.above >= p.candidates || (p.above >= k && metric.kind != MetricKind::kAuc)) return 0;
    const TieGroup group{p.above, p.tied + 1, 1};
    return expected_value(metric.kind, std::span(&group, 1), 1, k, p.candidates);
  }
  const auto groups = group_positives(positives);
  if (groups.empty()) return 0;
  const std::uint32_t candidates = positives.front().candidates;
  if (ties == Ties::kExpected)
    return expected_value(metric.kind, groups, positives.size(), k, candidates);
  return expected_value(metric.kind, resolve(groups, ties, seed), positives.size(), k, candidates);
}

}  // namespace motive
