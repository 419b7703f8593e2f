// Fits of the registered methods on made-up events of which few items make up much. Reached through the registry,
// so that a method that is not built is simply not timed. Iterative methods run few epochs.

#include <benchmark/benchmark.h>

#include <cmath>

#include "framework/config/node.h"
#include "framework/recommend/registry.h"
#include "framework/recommend/testing.h"
#include "framework/text/tfidf.h"

namespace motive {
namespace {

constexpr std::uint32_t kUsers = 5'000, kItems = 3'000;

const testing::Data& data() {
  static const auto kData = [] {
    testing::Data::Sequences sequences(kUsers);
    std::vector<std::string> titles;
    Rng rng(1, "bench/methods");
    for (auto& sequence : sequences) {
      for (std::uint32_t n = 4 + rng.below(12); n > 0; --n) {
        sequence.push_back(static_cast<std::uint32_t>(kItems * std::pow(rng.uniform(), 3)));
      }
    }
    for (std::uint32_t i = 0; i < kItems; ++i) {
      std::string title;
      for (int w = 0; w < 12; ++w) title += fmt::format("word{} ", static_cast<int>(2000 * std::pow(rng.uniform(), 2)));
      titles.push_back(title);
    }
    return std::make_unique<testing::Data>(sequences, kItems, titles);
  }();
  return *kData;
}

void fit(benchmark::State& state, const Method& method, const std::string& yaml) {
  config::Errors errors;
  const std::any params = method.parameters->parse(config::parse_yaml(yaml, method.name, errors), errors);
  if (!errors.empty()) return state.SkipWithError(errors.error().message.c_str());
  testing::Contexts contexts;
  for (auto _ : state) {
    const auto fitted = method.make(params);
    if (const Status done = fitted->fit(data().view(), contexts.fit); !done) return state.SkipWithError(done.error().message.c_str());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * data().view().n_events()));
}

void BM_TfIdf(benchmark::State& state) {
  const std::vector<std::string> fields{"title"};
  for (auto _ : state) benchmark::DoNotOptimize(item_tfidf(*data().view().items, fields, {}));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kItems);
}
BENCHMARK(BM_TfIdf)->Unit(benchmark::kMillisecond);

/// Every method of the list that this program holds.
[[maybe_unused]] const int kRegistered = [] {
  const std::vector<std::pair<std::string, std::string>> fits{
      {"popularity", "{}"}, {"item_knn", "{}"}, {"user_knn", "{}"}, {"content_knn", "{}"}, {"bpr", "{epochs: 5}"},
      {"als", "{epochs: 2}"}, {"ease", "{}"}, {"lightfm", "{epochs: 2}"}, {"slim", "{}"}};
  for (const auto& [name, yaml] : fits) {
    benchmark::RegisterBenchmark(("BM_Fit/" + name).c_str(), [name = name, yaml = yaml](benchmark::State& state) {
      const Method* method = Registry::instance().find(name);
      if (!method || method->planned) return state.SkipWithError("not part of this program");
      fit(state, *method, yaml);
    })->Unit(benchmark::kMillisecond);
  }
  return 0;
}();

}  // namespace
}  // namespace motive
