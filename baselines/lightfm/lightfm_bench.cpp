// Examples a second of LightFM's training on one thread, over random events of the size of Amazon
// Beauty (22,363 users, 12,101 items, 153,776 events; popularity ~ 1/rank).

#include <benchmark/benchmark.h>

#include "baselines/lightfm/trainer.h"
#include "framework/recommend/bench_data.h"

namespace motive {
namespace {

void epoch(benchmark::State& state) {
  const TrainingView train = testing::bench_data().view();
  LightFmParams params;
  params.dim = static_cast<int>(state.range(0));
  params.loss = static_cast<LightFmLoss>(state.range(1));
  const auto examples = lightfm::Examples::make(params, train);
  if (!examples) return state.SkipWithError("no examples");
  const auto users = lightfm::identity_matrix(train.n_users());
  const auto items = lightfm::identity_matrix(train.n_items());
  testing::Contexts contexts;
  lightfm::Trainer trainer(params, *examples, users, items, 1, contexts.fit);
  int number = 0;
  for (auto _ : state) {
    if (!trainer.epoch(++number, 0)) state.SkipWithError("diverged");
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(train.n_events()));
}
BENCHMARK(epoch)
    ->Name("lightfm_epoch")
    ->ArgNames({"dim", "loss"})
    ->Args({64, static_cast<int>(LightFmLoss::kWarp)})
    ->Args({64, static_cast<int>(LightFmLoss::kBpr)})
    ->Args({64, static_cast<int>(LightFmLoss::kWarpKos)})
    ->Args({10, static_cast<int>(LightFmLoss::kWarp)})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
