// The program of ./motive bench: runs the benchmarks, keeps their JSON, and compares the medians with a stored
// baseline. Beside Google Benchmark's own options:
//   --store            what was measured becomes the baseline
//   --baseline FILE    default: results/bench/baseline.json of the checkout
//   --out FILE         default: results/bench/latest.json
// Exit status 1 where a benchmark could not run; never because one was slow.

#include <benchmark/benchmark.h>

#include <iostream>

#include "framework/experiment/run_folder.h"
#include "framework/report/benchmark_ratios.h"

namespace motive {
namespace {

struct BenchArguments {
  bool store = false;
  Path baseline = Path(MOTIVE_SOURCE_DIR) / "results/bench/baseline.json";
  Path out = Path(MOTIVE_SOURCE_DIR) / "results/bench/latest.json";
  std::vector<std::string> rest;  // for Google Benchmark
};

/// False where a value is missing.
bool take_arguments(int argc, char** argv, BenchArguments& arguments) {
  arguments.rest = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--store") {
      arguments.store = true;
    } else if (word == "--baseline" || word == "--out") {
      if (++i == argc) return false;
      (word == "--out" ? arguments.out : arguments.baseline) = argv[i];
    } else {
      arguments.rest.push_back(word);
    }
  }
  return true;
}

void add_default(std::vector<std::string>& words, const std::string& option, const std::string& value) {
  const auto given = [&](const std::string& word) { return word.starts_with(option + "="); };
  if (std::none_of(words.begin(), words.end(), given)) words.insert(words.begin() + 1, option + "=" + value);
}

Result<Json> read_results(const Path& file) {
  MOTIVE_ASSIGN(const std::string text, read_file(file));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("benchmarks")) return invalid("{}: not the JSON of a benchmark run", file.string());
  return json;
}

Status compare(const BenchArguments& arguments) {
  MOTIVE_ASSIGN(const Json now, read_results(arguments.out));
  if (arguments.store) {
    MOTIVE_TRY(make_folders(arguments.baseline.parent_path()));
    MOTIVE_TRY(write_file_atomic(arguments.baseline, now.dump(1) + "\n"));
    std::cout << "stored as the baseline: " << arguments.baseline.string() << "\n";
    return {};
  }
  const auto before = read_results(arguments.baseline);
  if (!before) {
    std::cout << "no baseline to compare with (" << before.error().message << "); ./motive bench --store makes one\n";
    return {};
  }
  std::cout << "\n" << ratio_table(*before, now);
  return {};
}

int run(int argc, char** argv) {
  BenchArguments arguments;
  if (!take_arguments(argc, argv, arguments)) {
    std::cerr << "motive_bench: --baseline and --out take a file\n";
    return 2;
  }
  add_default(arguments.rest, "--benchmark_repetitions", "5");
  add_default(arguments.rest, "--benchmark_min_time", "0.1");
  add_default(arguments.rest, "--benchmark_enable_random_interleaving", "true");
  add_default(arguments.rest, "--benchmark_display_aggregates_only", "true");
  add_default(arguments.rest, "--benchmark_out", arguments.out.string());
  const OrderedJson machine = environment();
  for (const auto& [key, value] : machine.items()) {
    benchmark::AddCustomContext(key, value.is_string() ? value.get<std::string>() : value.dump());
  }
  if (const Status made = make_folders(arguments.out.parent_path()); !made) {
    std::cerr << made.error().message << "\n";
    return 1;
  }
  std::vector<char*> words;
  for (std::string& word : arguments.rest) words.push_back(word.data());
  int count = static_cast<int>(words.size());
  benchmark::Initialize(&count, words.data());
  if (benchmark::ReportUnrecognizedArguments(count, words.data())) return 2;
  const std::size_t ran = benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  if (ran == 0) return 0;  // a filter that fits none, or a list of names
  const Status compared = compare(arguments);
  if (!compared) std::cerr << compared.error().message << "\n";
  return compared ? 0 : 1;
}

}  // namespace
}  // namespace motive

int main(int argc, char** argv) { return motive::run(argc, argv); }
