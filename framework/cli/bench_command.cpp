#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/commands.h"
#include "framework/experiment/bench_line.h"

namespace motive {
namespace {

void add_line(CLI::App& bench, int& status) {
  auto* line = bench.add_subcommand("line", "One method on one sequence file: times and quality as a JSON line");
  auto options = std::make_shared<BenchOptions>();
  line->add_option("--model", options->model, "a method, or `evaluation`: a full ranking by random factors")->required();
  line->add_option("--sequences", options->sequences, "one user per line: user id, then item numbers in time order");
  line->add_option("--epochs", options->epochs, "passes over the training events (default: the method's)")
      ->check(CLI::Range(1, 1000000));
  line->add_option("--dim", options->dim, "length of the vectors (default: 64, or the preset's)")->check(CLI::Range(1, 65536));
  line->add_option("--threads", options->threads, "at most so many (default: 2)")->check(CLI::Range(1, 4096));
  line->add_option("--max-len", options->max_len, "sequence models: items looked at (default: 50)")->check(CLI::Range(1, 100000));
  line->add_option("--seed", options->seed, "of the fit (default: 1)");
  line->add_option("--set", options->overrides, "a parameter of the method, or preset=NAME; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  line->add_option("--users", options->users, "evaluation without a file: made-up users");
  line->add_option("--items", options->items, "evaluation without a file: made-up items");
  line->footer("Examples:\n"
               "  motive bench line --model bpr --sequences Beauty.txt --epochs 50 --set lr=0.1\n"
               "  motive bench line --model evaluation --sequences Beauty.txt\n"
               "  motive bench line --model evaluation --users 10000 --items 2000\n"
               "The fields are explained in docs/performance.md.");
  line->callback([options, &status] {
    const auto result = bench_line(*options);
    if (!result) {
      status = report_error(result.error());
      return;
    }
    std::cout << result->dump() << std::endl;
  });
}

}  // namespace

void add_bench(CLI::App& app, int& status) {
  auto* bench = app.add_subcommand("bench", "Times: of a method beside other programs");
  bench->require_subcommand(1);
  bench->footer("The launcher's `./motive bench` without `line` builds and runs the benchmarks of the hot paths.");
  add_line(*bench, status);
}

}  // namespace motive
