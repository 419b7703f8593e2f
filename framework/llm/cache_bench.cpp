// Answers found in a cache of many, and stored by one and by many callers.

#include <benchmark/benchmark.h>

#include <thread>

#include "framework/base/rng.h"
#include "framework/base/temporary_folder.h"
#include "framework/llm/cache.h"

namespace motive::llm {
namespace {

/// A request of 1.5 KB and an answer of .5 KB, as those for an item's profile are.
CacheKey key_of(std::int64_t number) {
  std::string body = fmt::format(R"({{"max_tokens":256,"messages":[{{"content":"item {}:)", number);
  for (int i = 0; i < 24; ++i) body += fmt::format(" the words of its description, number {}, and {};", number * 31 + i, i);
  return {body + R"("}]})", R"({"kind":"openai","model":"m"})", "/chat/completions", 1, 0};
}

StoredAnswer answer_of(std::int64_t number) {
  StoredAnswer answer;
  answer.body = R"({"choices":[{"message":{"content":")";
  for (int i = 0; i < 12; ++i) answer.body += fmt::format("a reason to like it, number {}. ", number * 17 + i);
  answer.body += R"("}}]})";
  answer.model = "m";
  return answer;
}

struct Filled {
  explicit Filled(std::int64_t answers) : cache(std::move(*Cache::open(folder.path() / "answers.sqlite"))) {
    for (std::int64_t i = 0; i < answers; ++i) {
      if (!cache->store(key_of(i), answer_of(i), {}, false, false)) std::abort();
    }
    if (!cache->flush()) std::abort();
  }
  test::TemporaryFolder folder;
  std::unique_ptr<Cache> cache;
};

template <std::int64_t kAnswers>
void BM_Find(benchmark::State& state) {
  static const Filled filled(kAnswers);  // once: this function is called several times
  Rng rng(1, "bench cache");
  for (auto _ : state) {
    const auto found = filled.cache->find(key_of(static_cast<std::int64_t>(rng.uniform() * kAnswers)));
    if (!found || !*found) state.SkipWithError("an answer is lacking");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_Find<1'000>)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_Find<1'000'000>)->Unit(benchmark::kMicrosecond);

void BM_Store(benchmark::State& state) {
  const Filled filled(0);
  const int callers = static_cast<int>(state.range(0));
  std::atomic<std::int64_t> next{0};
  for (auto _ : state) {
    std::vector<std::thread> threads;
    for (int t = 0; t < callers; ++t) {
      threads.emplace_back([&] {
        const std::int64_t number = next++;
        benchmark::DoNotOptimize(filled.cache->store(key_of(number), answer_of(number), {}, false).has_value());
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  state.SetItemsProcessed(state.iterations() * callers);
}
BENCHMARK(BM_Store)->Arg(1)->Arg(32)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive::llm
