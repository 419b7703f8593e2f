// Steps a second of BPR's training, whole and in parts, over random events of the size of Amazon
// Beauty (22,363 users, 12,101 items, 153,776 events; popularity ~ 1/rank).

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>

#include "baselines/bpr/trainer.h"
#include "framework/recommend/bench_data.h"

namespace motive {
namespace {

/// One step after the other on rows that stay in the first cache: what the arithmetic takes.
void one_step(benchmark::State& state) {
  AlignedRows rows(96, 64);
  std::vector<float> bias(96, 0.0f);
  Rng rng(1, "bpr bench");
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t f = 0; f < 64; ++f) rows.row(r)[f] = static_cast<float>(rng.uniform() - .5);
  }
  std::size_t k = 0;
  for (auto _ : state) {
    const std::size_t u = k % 32, i = 32 + k * 7 % 32, j = 64 + k * 11 % 32;
    ++k;
    benchmark::DoNotOptimize(bpr::step<float>(
        {rows.row(u), rows.row(i), rows.row(j), &bias[i], &bias[j]}, 4, {.05f, .01f, .01f, .01f, .01f}));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(one_step)->Name("bpr_step");

/// The rows of random triples read, changed and written, and nothing else: the limit that memory sets.
void touch_rows(benchmark::State& state) {
  const TrainingView train = testing::bench_data().view();
  const auto events = item_counts(train);
  const bpr::Unseen unseen(train, events);
  std::vector<bpr::Event> all;
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (const ItemId i : train.events.items_of(user_id(u))) {
      all.push_back({static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(index(i))});
    }
  }
  AlignedRows users(train.n_users(), 64), items(train.n_items(), 64);
  std::vector<bpr::Triple> triples;
  bpr::TripleDraws draws(unseen, BprNegatives::kUniform);
  Rng rng(1, "bpr bench");
  draws.draw({all, all, {nullptr, static_cast<std::uint32_t>(train.n_items())}}, all.size(), rng, triples);
  using V = bpr::Vector<float>::type;
  for (auto _ : state) {
    for (std::size_t t = 0; t < triples.size(); ++t) {
      const bpr::Triple& ahead = triples[std::min(t + 8, triples.size() - 1)];
      const auto rows_of = [&](const bpr::Triple& x) {
        return std::array{users.row(x.user), items.row(x.positive), items.row(x.negative)};
      };
      for (float* row : rows_of(ahead)) {
        for (std::size_t k = 0; k < 64; k += 16) __builtin_prefetch(row + k, 1);
      }
      for (float* row : rows_of(triples[t])) {
        for (std::size_t k = 0; k < 4; ++k) reinterpret_cast<V*>(row)[k] += 1.0f;
      }
    }
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(triples.size()));
}
BENCHMARK(touch_rows)->Name("bpr_memory_limit")->Unit(benchmark::kMillisecond);

/// parallel: 0 none, 1 hogwild, 2 partition; the last two on two threads.
void epoch(benchmark::State& state) {
  const TrainingView train = testing::bench_data().view();
  const auto events = item_counts(train);
  const BprParams params{.dim = static_cast<int>(state.range(0)),
                         .negatives = static_cast<BprNegatives>(state.range(1)),
                         .parallel = static_cast<BprParallel>(state.range(2))};
  testing::Contexts contexts;
  contexts.fit.threads = params.fit_threads();
  bpr::Trainer trainer(params, train, events, contexts.fit);
  int number = 0;
  for (auto _ : state) {
    if (!trainer.epoch(++number, 0)) state.SkipWithError("diverged");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(train.n_events()));
}
BENCHMARK(epoch)
    ->Name("bpr_epoch")
    ->ArgNames({"dim", "negatives", "parallel"})
    ->Args({64, 0, 0})
    ->Args({64, 1, 0})
    ->Args({64, 2, 0})
    ->Args({64, 0, 1})
    ->Args({64, 1, 1})
    ->Args({64, 2, 1})
    ->Args({64, 0, 2})
    ->Args({64, 1, 2})
    ->Args({10, 0, 0})
    ->Args({256, 0, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
