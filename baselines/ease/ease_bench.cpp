// EASE's inversion: dense (gigaflops a second; n^3 flops), and a whole fit on random events of the size
// of Amazon Beauty (22,363 users, 12,101 items, 153,776 events).

#include <benchmark/benchmark.h>

#include <cmath>

#include "baselines/ease/ease.h"
#include "baselines/ease/invert.h"
#include "framework/base/parallel.h"
#include "framework/recommend/bench_data.h"

namespace motive {
namespace {

void dense_inverse(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  testing::Contexts contexts;
  contexts.fit.threads = static_cast<int>(state.range(1));
  for (auto _ : state) {
    state.PauseTiming();
    ease::SymmetricTiles<float> tiles(n);
    std::fill_n(tiles.tile(0, 0), tiles.values().size(), 0.01f);
    for (std::size_t i = 0; i < n; ++i) tiles.at(i, i) = 10 + static_cast<float>(i % 7);
    state.ResumeTiming();
    if (!ease::negative_inverse(tiles, contexts.fit)) state.SkipWithError("not positive definite");
  }
  const double flops = std::pow(static_cast<double>(n), 3) * static_cast<double>(state.iterations());
  state.counters["flops"] = benchmark::Counter(flops, benchmark::Counter::kIsRate);
}
BENCHMARK(dense_inverse)
    ->Name("ease_dense_inverse")
    ->ArgNames({"n", "threads"})
    ->Args({2880, 1})
    ->Args({2880, 2})
    ->Args({5760, 2})
    ->Args({12101, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void fit(benchmark::State& state) {
  testing::Contexts contexts;
  contexts.fit.threads = available_threads();
  for (auto _ : state) {
    Ease method({});
    if (!method.fit(testing::bench_data().view(), contexts.fit)) state.SkipWithError("the fit failed");
  }
}
BENCHMARK(fit)->Name("ease_fit")->UseRealTime()->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
