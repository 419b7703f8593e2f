// Scores offered to a top list, in random order and best last.

#include "framework/evaluate/top_list.h"

#include <benchmark/benchmark.h>

#include "framework/base/rng.h"

namespace motive {
namespace {

void BM_TopList(benchmark::State& state) {
  constexpr std::size_t kScores = 12101;
  std::vector<float> scores(kScores);
  Rng rng(1, "bench top list");
  for (float& score : scores) score = static_cast<float>(rng.uniform());
  if (state.range(1) != 0) std::sort(scores.begin(), scores.end());
  TopList top;
  for (auto _ : state) {
    top.start(static_cast<std::size_t>(state.range(0)), 7, {});
    for (std::size_t i = 0; i < kScores; ++i) top.offer(item_id(i), scores[i]);
    benchmark::DoNotOptimize(top.finish().data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kScores));
}
BENCHMARK(BM_TopList)->ArgNames({"k", "ascending"})->Args({10, 0})->Args({10, 1})->Args({100, 0})->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace motive
