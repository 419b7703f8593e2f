// How fast a world is made: per event, for catalogues of three sizes.
#include <benchmark/benchmark.h>

#include "framework/data/world.h"

namespace motive {
namespace {

void generate(benchmark::State& state) {
  WorldOptions options;
  options.users = 20'000;
  options.items = state.range(0);
  std::size_t events = 0;
  for (auto _ : state) {
    RawTables tables;
    if (!generate_world(options, tables, {})) state.SkipWithError("no world");
    events += tables.size();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(events));
}
BENCHMARK(generate)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
