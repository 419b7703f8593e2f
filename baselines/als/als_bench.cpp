// Half steps of ALS over random events of the size of Amazon Beauty (22,363 users, 12,101 items,
// 153,776 events; popularity ~ 1/rank): turning a side, solving a side, and a whole epoch.

#include <benchmark/benchmark.h>

#include "baselines/als/als.h"
#include "framework/recommend/bench_data.h"

namespace motive {
namespace {

AlignedRows random_rows(std::size_t n, std::size_t dim) {
  Rng rng(2, "als bench");
  AlignedRows rows(n, dim);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t k = 0; k < dim; ++k) rows.row(r)[k] = static_cast<float>(0.1 * rng.normal());
  }
  return rows;
}

void turn(benchmark::State& state) {
  AlignedRows items = random_rows(testing::kBenchItems, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(als::turn_to_eigenbasis(items, static_cast<int>(state.range(1))));
}
BENCHMARK(turn)->Name("als_turn_items")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

void solve_users(benchmark::State& state) {
  const auto dim = static_cast<std::size_t>(state.range(0));
  const TrainingView train = testing::bench_data().view();
  const SeenItems seen = seen_items(train);
  Lists events;
  events.offsets = seen.offsets;
  for (const ItemId i : seen.items) events.values.push_back(static_cast<std::uint32_t>(index(i)));
  AlignedRows items = random_rows(testing::kBenchItems, dim), users(testing::kBenchUsers, dim);
  const als::Basis basis = als::turn_to_eigenbasis(items, 1);
  const als::Settings settings{.alpha = 0.005, .reg = 0.02, .nu = 1, .steps = 3, .others = testing::kBenchItems};
  for (auto _ : state) als::solve_side(events, items, basis, settings, static_cast<int>(state.range(1)), nullptr, users);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.values.size()));
}
BENCHMARK(solve_users)->Name("als_solve_users")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

void epoch(benchmark::State& state) {
  testing::Contexts contexts;
  contexts.fit.threads = static_cast<int>(state.range(1));
  constexpr int kEpochs = 5;
  for (auto _ : state) {
    Als method({.dim = static_cast<int>(state.range(0)), .epochs = kEpochs});
    if (!method.fit(testing::bench_data().view(), contexts.fit)) state.SkipWithError("the fit failed");
  }
  state.SetItemsProcessed(state.iterations() * kEpochs * static_cast<std::int64_t>(testing::kBenchEvents));
}
BENCHMARK(epoch)->Name("als_5_epochs")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
