// Hot paths of the evaluator: the full ranking of a dot-product method, rows of scores, sampled
// candidates, and a metric from ranks. Users are fewer than in a real data set; users/s is what
// counts.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "framework/base/rng.h"
#include "framework/evaluate/ranking.h"

namespace motive {
namespace {

constexpr std::size_t kUsers = 4096, kItems = 12101, kMask = 8;

QuerySet make_queries() {
  QuerySet queries;
  queries.target_offsets = queries.history_offsets = queries.mask_offsets = {0};
  Rng rng(1, "bench queries");
  for (std::size_t u = 0; u < kUsers; ++u) {
    std::vector<ItemId> items(kMask + 1);
    for (ItemId& item : items) item = item_id(rng.below(kItems));
    queries.users.push_back(user_id(u));
    queries.targets.push_back(items.back());
    items.pop_back();
    queries.history.insert(queries.history.end(), items.begin(), items.end());
    std::sort(items.begin(), items.end());
    queries.mask.insert(queries.mask.end(), items.begin(), items.end());
    queries.target_offsets.push_back(queries.targets.size());
    queries.history_offsets.push_back(queries.history.size());
    queries.mask_offsets.push_back(queries.mask.size());
  }
  return queries;
}

struct Vectors {
  std::size_t dim;
  std::vector<float> users, items;
  explicit Vectors(std::size_t d) : dim(d), users(kUsers * d), items(kItems * d) {
    Rng rng(2, "bench vectors");
    for (float& x : users) x = static_cast<float>(rng.normal());
    for (float& x : items) x = static_cast<float>(rng.normal());
  }
};

class ByFactors final : public FactorRecommender {
 public:
  explicit ByFactors(const Vectors& vectors) : vectors_(vectors) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  ItemFactors item_factors() const override { return {vectors_.items, {}, vectors_.dim}; }
  Status user_factors(const Query& query, std::span<float> out) const override {
    const auto first =
        vectors_.users.begin() + static_cast<std::ptrdiff_t>(index(query.user) * vectors_.dim);
    std::copy_n(first, vectors_.dim, out.begin());
    return {};
  }

 private:
  const Vectors& vectors_;
};

/// Gives every query the same row: what is timed is the evaluator's part alone.
class ByScores final : public BatchRecommender {
 public:
  explicit ByScores(const Vectors& vectors) : vectors_(vectors) {}
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }
  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override {
    for (std::size_t q = 0; q < queries.size(); ++q)
      std::copy_n(vectors_.items.begin(), out[q].size(), out[q].begin());
    return {};
  }

 private:
  const Vectors& vectors_;
};

void rank_all(benchmark::State& state, const Recommender& method, int threads) {
  const QuerySet queries = make_queries();
  const Ledger ledger = Ledger::full(std::vector<bool>(kItems, true));
  RankTask task;
  task.queries = &queries;
  task.ledger = &ledger;
  task.unseen_items = true;
  task.n_items = kItems;
  task.top_k = static_cast<std::size_t>(state.range(1));
  NoProgress silent;
  for (auto _ : state) {
    RankContext context{.seed = 1, .threads = threads, .progress = &silent, .cancel = nullptr};
    const auto ranking = rank_with(method, task, context);
    if (!ranking) return state.SkipWithError(ranking.error().message.c_str());
    benchmark::DoNotOptimize(ranking->variants.front().rows.data());
  }
  state.counters["users/s"] = benchmark::Counter(static_cast<double>(kUsers * state.iterations()),
                                                 benchmark::Counter::kIsRate);
}

void BM_FullRankingByFactors(benchmark::State& state) {
  const Vectors vectors(static_cast<std::size_t>(state.range(0)));
  rank_all(state, ByFactors(vectors), static_cast<int>(state.range(2)));
}
BENCHMARK(BM_FullRankingByFactors)
    ->ArgNames({"dim", "top_k", "threads"})
    ->Args({64, 0, 1})
    ->Args({64, 10, 1})
    ->Args({64, 100, 1})
    ->Args({128, 10, 1})
    ->Args({64, 10, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void BM_FullRankingByScores(benchmark::State& state) {
  const Vectors vectors(1);
  rank_all(state, ByScores(vectors), 1);
}
BENCHMARK(BM_FullRankingByScores)
    ->ArgNames({"", "top_k"})
    ->Args({1, 0})
    ->Args({1, 10})
    ->Unit(benchmark::kMillisecond);

void BM_MeanNdcg(benchmark::State& state) {
  std::vector<RankRow> rows;
  for (std::uint32_t q = 0; q < 100000; ++q) rows.push_back({q, item_id(0), q % 40, q % 3, 12000});
  for (auto _ : state)
    benchmark::DoNotOptimize(mean_metric({MetricKind::kNdcg, 10}, rows));
  state.counters["users/s"] = benchmark::Counter(
      static_cast<double>(rows.size() * state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_MeanNdcg)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
