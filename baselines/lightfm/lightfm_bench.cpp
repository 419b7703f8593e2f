// Examples a second of LightFM's training on one thread, over random events of the size of Amazon
// Beauty (22,363 users, 12,101 items, 153,776 events; popularity ~ 1/rank).

#include <benchmark/benchmark.h>

#include <cmath>

#include "baselines/lightfm/trainer.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

const testing::Data& beauty_sized() {
  static const testing::Data kData = [] {
    constexpr std::size_t kUsers = 22363, kItems = 12101, kEvents = 153776;
    Rng rng(1, "lightfm bench");
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
