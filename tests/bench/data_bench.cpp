// The way from a source file to candidates: reading, opening, splitting, drawing negatives, hashing.

#include <benchmark/benchmark.h>

#include <fstream>

#include "framework/base/hash.h"
#include "framework/base/rng.h"
#include "framework/evaluate/ledger.h"
#include "framework/recommend/testing.h"
#include "framework/split/leave_one_out.h"
#include "framework/split/split_files.h"
#include "framework/store/store.h"

namespace motive {
namespace {

constexpr std::uint32_t kEvents = 200'000, kUsers = 10'000, kItems = 5'000;

/// A made-up source file, and what becomes of it.
class Source {
 public:
  Source() {
    Rng rng(1, "bench/data");
    std::ofstream csv(folder_.path() / "events.csv");
    csv << "user,item,rating,timestamp\n";
    for (std::uint32_t at = 0; at < kEvents; ++at) {
      csv << 'u' << rng.below(kUsers) << ",i" << rng.below(kItems) << ',' << 1 + rng.below(5) << ','
          << 1300000000 + rng.below(300000000) << '\n';
    }
    csv.close();
    descriptor_.name = "bench";
    descriptor_.base_folder = folder_.path();
    descriptor_.path = ".";
    InteractionsFile& interactions = descriptor_.interactions.emplace();
    interactions.file = "events.csv";
    interactions.columns = {{"user", "user"}, {"item", "item"}, {"rating", "rating"}, {"timestamp", "timestamp"}};
  }
  Status prepare_into(const Path& folder) const {
    MOTIVE_TRY(make_folders(folder));
    NoProgress progress;
    return prepare(descriptor_, FilterOptions::none(), folder, progress);
  }
  const PreparedData& prepared() {
    if (!data_) {
      if (!prepare_into(folder_.path() / "prepared")) std::abort();
      data_ = *PreparedData::open(folder_.path() / "prepared");
    }
    return *data_;
  }
  Path path(const std::string& name) const { return folder_.path() / name; }

 private:
  testing::TemporaryFolder folder_;
  Descriptor descriptor_;
  std::optional<PreparedData> data_;
};

void BM_ReadAndPrepareCsv(benchmark::State& state) {
  const Source source;
  for (auto _ : state) {
    if (!source.prepare_into(source.path("again"))) return state.SkipWithError("not prepared");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kEvents);
}
BENCHMARK(BM_ReadAndPrepareCsv)->Unit(benchmark::kMillisecond);

void BM_SplitLeaveOneOut(benchmark::State& state) {
  Source source;
  const PreparedData& data = source.prepared();
  for (auto _ : state) benchmark::DoNotOptimize(make_leave_one_out(data, {}));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kEvents);
}
BENCHMARK(BM_SplitLeaveOneOut)->Unit(benchmark::kMillisecond);

/// The last item of each user is his target.
QuerySet last_items(const EventsView& events) {
  QuerySet test;
  test.target_offsets = test.history_offsets = test.mask_offsets = {0};
  for (std::size_t u = 0; u < events.users(); ++u) {
    test.users.push_back(user_id(u));
    test.targets.push_back(events.items_of(user_id(u)).back());
    test.target_offsets.push_back(u + 1);
    test.history_offsets.push_back(0);
    test.mask_offsets.push_back(0);
  }
  return test;
}

void BM_DrawCandidates(benchmark::State& state) {
  Source source;
  const PreparedData& data = source.prepared();
  const QuerySet test = last_items(data.events());
  for (auto _ : state) {
    const auto ledger = Ledger::sample(data.events(), data.items().size(), test, {.negatives = static_cast<int>(state.range(0))});
    if (!ledger) return state.SkipWithError(ledger.error().message.c_str());
    benchmark::DoNotOptimize(ledger->of(0).data());
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * test.size()) * state.range(0));
}
BENCHMARK(BM_DrawCandidates)->ArgName("negatives")->Arg(29)->Arg(100)->Unit(benchmark::kMillisecond);

void BM_HashNode(benchmark::State& state) {
  const Json spec = {{"method", "bpr"}, {"params", {{"dim", 64}, {"epochs", 400}, {"lr", 0.05}}}, {"seed", 1},
                     {"split", std::string(32, 'a')}, {"events", "train"}, {"version", "1"}};
  for (auto _ : state) benchmark::DoNotOptimize(NodeSpec::make("fits", spec).hash.data());
}
BENCHMARK(BM_HashNode);

void BM_HashFile(benchmark::State& state) {
  const testing::TemporaryFolder folder;
  const Path file = folder.path() / "bytes";
  if (!write_file_atomic(file, std::string(std::size_t{16} << 20, 'x'))) return state.SkipWithError("not written");
  for (auto _ : state) benchmark::DoNotOptimize(sha256_file(file));
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * (16 << 20));
}
BENCHMARK(BM_HashFile)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace motive
