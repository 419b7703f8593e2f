#include "framework/evaluate/canaries.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>

#include "framework/base/rng.h"
#include "framework/evaluate/subset.h"

namespace motive {
namespace {

constexpr int kCutoff = 10;
constexpr double kRare = 1e-6;
constexpr double kRounding = 1e-9;

/// Scores an item for a query by a function of both; answers every query with a row of scores.
class Scorer final : public Recommender {
 public:
  using Function = std::function<float(const Query&, ItemId)>;
  explicit Scorer(Function function) : function_(std::move(function)) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  Status rank(QuerySource& queries, RankSink& sink, RankContext&) const override {
    Query query;
    std::vector<float> scores;
    while (queries.next(std::span(&query, 1)) > 0) {
      const bool all = queries.kind() == CandidateKind::kAll;
      scores.resize(all ? queries.n_items() : query.candidates.size());
      for (std::size_t i = 0; i < scores.size(); ++i) {
        scores[i] = function_(query, all ? item_id(i) : query.candidates[i]);
      }
      MOTIVE_TRY(sink.scores(query.row, scores));
    }
    return {};
  }

 private:
  Function function_;
};

/// The candidates of a query, told from the ledger and the masks by a plain loop that shares
/// nothing with the evaluator.
std::vector<ItemId> plain_candidates(const RankTask& task, std::size_t q) {
  if (!task.ledger->is_full()) {
    const auto listed = task.ledger->of(q);
    return {listed.begin(), listed.end()};
  }
  const auto targets = task.queries->targets_of(q);
  const auto mask = task.queries->mask_of(q);
  std::vector<ItemId> items;
  for (std::size_t i = 0; i < task.n_items; ++i) {
    const ItemId item = item_id(i);
    const bool target = std::count(targets.begin(), targets.end(), item) > 0;
    const bool masked = std::count(mask.begin(), mask.end(), item) > 0;
    if (target || (task.ledger->in_pool(item) && !masked)) items.push_back(item);
  }
  return items;
}

/// Those that can be found: a retriever may have missed some.
std::vector<ItemId> distinct_targets(const RankTask& task, std::size_t q, const std::vector<ItemId>& candidates) {
  const auto targets = task.queries->targets_of(q);
  std::vector<ItemId> items(targets.begin(), targets.end());
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  std::erase_if(items, [&](ItemId item) { return !std::binary_search(candidates.begin(), candidates.end(), item); });
  return items;
}

/// Chance that a random draw of `places` out of n items holds one of m.
double chance_of_hit(std::size_t n, std::size_t m, std::size_t places) {
  if (places == 0 || m == 0) return 0;
  if (places + m > n) return 1;
  double none = 1;
  for (std::size_t i = 0; i < places; ++i) {
    none *= static_cast<double>(n - m - i) / static_cast<double>(n - i);
  }
  return 1 - none;
}

/// hr@10 of one query by counting: the best score of any positive decides.
double plain_hit_rate(const std::vector<ItemId>& candidates, const std::vector<ItemId>& targets,
                      const std::function<double(ItemId)>& score) {
  double best = -std::numeric_limits<double>::infinity();
  for (const ItemId target : targets) best = std::max(best, score(target));
  std::size_t above = 0, level = 0, level_targets = 0;
  for (const ItemId item : candidates) {
    above += score(item) > best;
    level += score(item) == best;
  }
  for (const ItemId target : targets) level_targets += score(target) == best;
  if (above >= kCutoff) return 0;
  return chance_of_hit(level, level_targets, std::min<std::size_t>(kCutoff - above, level));
}

struct Expectation {
  double chance = 0;      // mean over queries
  double popularity = 0;  // recount
  double found = 0;       // share of queries with a target among their candidates
};

Expectation expect(const RankTask& task) {
  Expectation mean;
  std::size_t found = 0;
  const auto n = static_cast<double>(task.queries->size());
  for (std::size_t q = 0; q < task.queries->size(); ++q) {
    const auto candidates = plain_candidates(task, q);
    const auto targets = distinct_targets(task, q, candidates);
    found += !targets.empty();
    mean.chance += chance_of_hit(candidates.size(), targets.size(), kCutoff) / n;
    mean.popularity += plain_hit_rate(candidates, targets,
                                      [&](ItemId item) {
                                        return static_cast<double>(task.train_counts[index(item)]);
                                      }) /
                       n;
  }
  mean.found = static_cast<double>(found) / n;
  return mean;
}

/// How far the share of hits of n queries may stray from `chance`.
double stray(std::size_t n, double chance) {
  if (chance <= 0 || chance >= 1) return kRounding;
  using Policy = boost::math::policies::policy<
      boost::math::policies::discrete_quantile<boost::math::policies::integer_round_outwards>>;
  const boost::math::binomial_distribution<double, Policy> hits(static_cast<double>(n), chance);
  const double low = boost::math::quantile(hits, kRare);
  const double high = boost::math::quantile(boost::math::complement(hits, kRare));
  const double mean = static_cast<double>(n) * chance;
  return std::max(mean - low, high - mean) / static_cast<double>(n) + kRounding;
}

class CanaryRun {
 public:
  CanaryRun(const RankTask& task, const Ranker& ranker, std::uint64_t seed, int threads)
      : task_(task), ranker_(ranker), seed_(seed), threads_(threads) {}

  Status run(std::string name, Scorer::Function score, double expected, double tolerance,
             bool fatal) {
    NoProgress silent;
    RankContext context{.seed = seed_, .threads = threads_, .progress = &silent, .cancel = nullptr};
    MOTIVE_ASSIGN(const Ranking ranking, ranker_(Scorer(std::move(score)), task_, context));
    Canary canary{
        .name = std::move(name), .expected = expected, .tolerance = tolerance, .fatal = fatal};
    canary.value =
        mean_metric({MetricKind::kHr, kCutoff}, ranking.variants.front().rows);
    const double surplus = canary.value - expected;
    canary.ok = fatal ? std::abs(surplus) <= tolerance : surplus <= tolerance;
    canaries.push_back(std::move(canary));
    return {};
  }

  std::vector<Canary> canaries;

 private:
  const RankTask& task_;
  const Ranker& ranker_;
  std::uint64_t seed_;
  int threads_;
};

float random_score(std::uint64_t stream, ItemId item) {
  return static_cast<float>(Rng(stream, "canary", index(item)).uniform());
}

}  // namespace

Result<std::vector<Canary>> run_canaries(const RankTask& task,
                                         std::span<const std::uint32_t> source_order,
                                         std::size_t users, std::uint64_t seed, int threads,
                                         const Ranker& ranker) {
  if (!task.queries || !task.ledger || task.queries->size() == 0) {
    return fail("canaries: there are no test queries");
  }
  if (task.train_counts.size() != task.n_items) return fail("canaries: no training counts");
  const auto sample = sample_queries(task.queries->size(), users, seed);
  const QuerySet queries = take_queries(*task.queries, sample);
  const Ledger ledger = task.ledger->take(sample);
  RankTask small = task;
  small.queries = &queries;
  small.ledger = &ledger;
  small.unseen_items = true;
  small.top_k = 0;

  const Expectation expected = expect(small);
  const double tolerance = stray(queries.size(), expected.chance);
  const auto count = [&](ItemId item) {
    return static_cast<float>(task.train_counts[index(item)]);
  };
  CanaryRun run(small, ranker, seed, threads);
  MOTIVE_TRY(run.run(
      "constant", [](const Query&, ItemId) { return 0.0f; }, expected.chance, kRounding, true));
  MOTIVE_TRY(run.run(
      "random",
      [&](const Query& query, ItemId item) {
        return random_score(seed + index(query.user) + 1, item);
      },
      expected.chance, tolerance, true));
  MOTIVE_TRY(run.run(
      "oracle",
      [&](const Query& query, ItemId item) {
        const auto targets = queries.targets_of(query.row);
        return std::find(targets.begin(), targets.end(), item) != targets.end() ? 1.0f : 0.0f;
      },
      expected.found, kRounding, true));
  MOTIVE_TRY(run.run(
      "popularity", [&](const Query&, ItemId item) { return count(item); }, expected.popularity,
      kRounding, true));
  if (source_order.size() == task.n_items) {
    MOTIVE_TRY(run.run(
        "index order",
        [&](const Query&, ItemId item) { return -static_cast<float>(source_order[index(item)]); },
        expected.chance, tolerance, false));
  }
  MOTIVE_TRY(run.run(
      "anti-popularity", [&](const Query&, ItemId item) { return -count(item); }, expected.chance,
      tolerance, false));
  return std::move(run.canaries);
}

Result<std::vector<Canary>> run_canaries(const RankTask& task, const PreparedData& data,
                                         std::size_t users, std::uint64_t seed, int threads) {
  return run_canaries(task, data.item_source_order(), users, seed, threads);
}

}  // namespace motive
