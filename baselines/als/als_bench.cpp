// Half steps of ALS over random events of the size of Amazon Beauty (22,363 users, 12,101 items,
// 153,776 events; popularity ~ 1/rank): turning a side, solving a side, and a whole epoch.

#include <benchmark/benchmark.h>

#include <cmath>

#include "baselines/als/als.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

constexpr std::size_t kUsers = 22363, kItems = 12101, kEvents = 153776;

const testing::Data& beauty_sized() {
  static const testing::Data kData = [] {
    Rng rng(1, "als bench");
    testing::Data::Sequences sequences(kUsers);
    for (std::size_t e = 0; e < kEvents; ++e) {
      const double rank = std::pow(static_cast<double>(kItems), rng.uniform()) - 1;
      sequences[e % kUsers].push_back(static_cast<std::uint32_t>(rank * 7919) % kItems);
    }
    return testing::Data(sequences, kItems);
  }();
  return kData;
}

AlignedRows random_rows(std::size_t n, std::size_t dim) {
  Rng rng(2, "als bench");
  AlignedRows rows(n, dim);
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t k = 0; k < dim; ++k) rows.row(r)[k] = static_cast<float>(0.1 * rng.normal());
  }
  return rows;
}

void turn(benchmark::State& state) {
  AlignedRows items = random_rows(kItems, static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(als::turn_to_eigenbasis(items, static_cast<int>(state.range(1))));
}
BENCHMARK(turn)->Name("als_turn_items")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

void solve_users(benchmark::State& state) {
  const auto dim = static_cast<std::size_t>(state.range(0));
  const TrainingView train = beauty_sized().view();
  const SeenItems seen = seen_items(train);
  als::Events events;
  events.offsets = seen.offsets;
  for (const ItemId i : seen.items) events.rows.push_back(static_cast<std::uint32_t>(index(i)));
  AlignedRows items = random_rows(kItems, dim), users(kUsers, dim);
  const als::Basis basis = als::turn_to_eigenbasis(items, 1);
  const als::Settings settings{.alpha = 0.005, .reg = 0.02, .nu = 1, .steps = 3, .others = kItems};
  for (auto _ : state) als::solve_side(events, items, basis, settings, static_cast<int>(state.range(1)), nullptr, users);
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events.rows.size()));
}
BENCHMARK(solve_users)->Name("als_solve_users")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

void epoch(benchmark::State& state) {
  testing::Contexts contexts;
  contexts.fit.threads = static_cast<int>(state.range(1));
  constexpr int kEpochs = 5;
  for (auto _ : state) {
    Als method({.dim = static_cast<int>(state.range(0)), .epochs = kEpochs});
    if (!method.fit(beauty_sized().view(), contexts.fit)) state.SkipWithError("the fit failed");
  }
  state.SetItemsProcessed(state.iterations() * kEpochs * static_cast<std::int64_t>(kEvents));
}
BENCHMARK(epoch)->Name("als_5_epochs")->ArgNames({"dim", "threads"})->ArgsProduct({{64, 256}, {1, 2}})->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
