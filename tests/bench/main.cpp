// The program of ./motive bench: runs the benchmarks, keeps their JSON, and compares the medians with a stored
// baseline. Exit status 1 where a benchmark could not run; never because one was slow.

#include <benchmark/benchmark.h>

#include <iostream>

#include "framework/experiment/run_folder.h"
#include "framework/report/benchmark_ratios.h"

namespace motive {
namespace {

constexpr const char* kHelp = R"(Usage: ./motive bench [OPTIONS]
Times the hot paths and compares them with a stored baseline, as ratios of medians.

  --benchmark_filter=REGEX   only those (--benchmark_list_tests: their names)
  --store                    what was measured becomes the baseline
  --baseline FILE            compare with this one (default: results/bench/baseline.json)
  --out FILE                 where the JSON goes (default: results/bench/latest.json)
  and all other options of Google Benchmark

Five repetitions, in mixed order. "faster" or "slower" is said where medians differ by more than a tenth and
the repetitions do not overlap. Times of another machine compare machines: store a baseline of your own first.
./motive bench line --help: one method beside other programs.
)";

struct BenchArguments {
  bool store = false, help = false;
  Path baseline = Path(MOTIVE_SOURCE_DIR) / "results/bench/baseline.json";
  Path out = Path(MOTIVE_SOURCE_DIR) / "results/bench/latest.json";
  bool lists = false;             // runs nothing
  std::vector<std::string> rest;  // for Google Benchmark
};

/// False where a value is missing.
bool take_arguments(int argc, char** argv, BenchArguments& arguments) {
  arguments.rest = {argv[0]};
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--store") {
      arguments.store = true;
    } else if (word == "--help" || word == "-h") {
      arguments.help = true;
    } else if (word == "--baseline" || word == "--out") {
      if (++i == argc) return false;
      (word == "--out" ? arguments.out : arguments.baseline) = argv[i];
    } else {
      if (word.starts_with("--benchmark_list_tests") && !word.ends_with("false")) arguments.lists = true;
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

/// What a comparison reads: the kind of machine and the times of the repetitions, a line each.
std::string baseline_text(const Json& run) {
  Json context = run.value("context", Json::object());
  for (const char* own : {"executable", "host_name"}) context.erase(own);
  std::string lines;
  for (const Json& one : run.at("benchmarks")) {
    Json kept;
    for (const char* key : {"run_name", "run_type", "real_time", "time_unit", "error_occurred"}) {
      if (one.contains(key)) kept[key] = one.at(key);
    }
    if (kept.value("run_type", "") == "iteration") lines += (lines.empty() ? "\n  " : ",\n  ") + kept.dump();
  }
  return fmt::format("{{\n \"context\": {},\n \"benchmarks\": [{}\n ]\n}}\n", context.dump(), lines);
}

Status compare(const BenchArguments& arguments) {
  MOTIVE_ASSIGN(const Json now, read_results(arguments.out));
  if (arguments.store) {
    MOTIVE_TRY(make_folders(arguments.baseline.parent_path()));
    MOTIVE_TRY(write_file_atomic(arguments.baseline, baseline_text(now)));
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
  if (arguments.help) {
    std::cout << kHelp;
    return 0;
  }
  add_default(arguments.rest, "--benchmark_repetitions", "5");
  add_default(arguments.rest, "--benchmark_min_time", "0.1");
  add_default(arguments.rest, "--benchmark_enable_random_interleaving", "true");
  add_default(arguments.rest, "--benchmark_display_aggregates_only", "true");
  if (!arguments.lists) add_default(arguments.rest, "--benchmark_out", arguments.out.string());
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
  if (ran == 0 || arguments.lists) return 0;
  const Status compared = compare(arguments);
  if (!compared) std::cerr << compared.error().message << "\n";
  return compared ? 0 : 1;
}

}  // namespace
}  // namespace motive

int main(int argc, char** argv) { return motive::run(argc, argv); }
