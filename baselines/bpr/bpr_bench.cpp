// Steps a second of BPR's training on one thread, over random events of the size of Amazon Beauty
// (22,363 users, 12,101 items, 153,776 events; popularity ~ 1/rank).

#include <benchmark/benchmark.h>

#include <cmath>

#include "baselines/bpr/trainer.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

const testing::Data& beauty_sized() {
  static const testing::Data kData = [] {
    constexpr std::size_t kUsers = 22363, kItems = 12101, kEvents = 153776;
    Rng rng(1, "bpr bench");
    testing::Data::Sequences sequences(kUsers);
    for (std::size_t e = 0; e < kEvents; ++e) {
      const double rank = std::pow(static_cast<double>(kItems), rng.uniform()) - 1;
      sequences[e % kUsers].push_back(static_cast<std::uint32_t>(rank * 7919) % kItems);
    }
    return testing::Data(sequences, kItems);
  }();
  return kData;
}

void epoch(benchmark::State& state) {
  const TrainingView train = beauty_sized().view();
  const auto events = item_counts(train);
  const BprParams params{.dim = static_cast<int>(state.range(0)),
                         .negatives = static_cast<BprNegatives>(state.range(1))};
  testing::Contexts contexts;
  bpr::Trainer trainer(params, train, events, contexts.fit);
  int number = 0;
  for (auto _ : state) {
    if (!trainer.epoch(++number, 0)) state.SkipWithError("diverged");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(train.n_events()));
}
BENCHMARK(epoch)
    ->Name("bpr_epoch")
    ->ArgNames({"dim", "negatives"})
    ->Args({64, 0})
    ->Args({64, 1})
    ->Args({64, 2})
    ->Args({10, 0})
    ->Args({256, 0})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
