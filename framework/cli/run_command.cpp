#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/experiment/engine.h"
#include "framework/experiment/run.h"
#include "framework/report/results.h"

namespace motive {
namespace {

struct RunArguments {
  RunOptions options;
  std::vector<std::string> files;
  std::string llm;
  bool quiet = false;
};

int run_one(const RunArguments& arguments, const std::string& file) {
  RunOptions options = arguments.options;
  options.file = file;
  const auto outcome = run_experiment(options);
  if (!outcome) return report_error(outcome.error());
  const auto summary = summarise(outcome->grid);
  if (!summary) return report_error(summary.error());
  if (auto written = write_results(outcome->grid, *summary, outcome->folder); !written) return report_error(written.error());
  const auto text = render_text(outcome->grid, *summary, stdout_has_colour(), stdout_width());
  if (!text) return report_error(text.error());
  if (outcome->interrupted) {
    Console::instance().note("interrupted; the same command continues where it stopped");
    return 130;
  }
  std::cout << *text << std::flush;
  std::error_code code;
  const Path shown = std::filesystem::proximate(outcome->folder, code);
  Console::instance().note("results: " + (code ? outcome->folder : shown).string());
  return outcome->failed ? 1 : 0;
}

}  // namespace

void add_run(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("run", "Run what is missing of an experiment, and print its table");
  auto arguments = std::make_shared<RunArguments>();
  command->add_option("EXPERIMENT", arguments->files, "experiment files (YAML)")->required();
  command->add_option("--set", arguments->options.overrides, "override a value: a.b.c=value; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->add_option("--out", arguments->options.out, "folder of results (default: results/runs/NAME); of several experiments: each in DIR/NAME");
  command->add_option("--store", arguments->options.store, "folder of the store (default: results/store)");
  command->add_option("--threads", arguments->options.threads, "at most so many threads (default: all)")
      ->check(CLI::Range(1, 4096));
  command->add_flag("--fresh", arguments->options.fresh, "compute this experiment's nodes again");
  command->add_flag("--quiet,-q", arguments->quiet, "no notes, no progress");
  command->add_option("--llm", arguments->llm, "answers of language models: live (cache, else server; default), replay (cache alone, no "
                      "network), record-new, refresh (ask again)")
      ->type_name("MODE");
  command->footer(
      "Examples:\n"
      "  motive run experiments/quickstart.yaml\n"
      "  motive run experiments/quickstart.yaml --set models.bpr.dim=32 --set seeds.init=[1,2,3]\n"
      "  motive run experiments/*.yaml --threads 4        what they share is computed once\n"
      "An interrupted run continues with the same command. Exit status: 0 all cells done or n/a, 1 some failed,\n"
      "2 wrong usage or configuration, 130 interrupted.");
  command->callback([arguments, &status] {
    if (!arguments->llm.empty()) {
      const auto mode = llm::mode_from(arguments->llm);
      if (!mode) {
        status = report_error(mode.error());
        return;
      }
      arguments->options.llm = *mode;
    }
    Console::instance().set_quiet(arguments->quiet);
    catch_interrupts();
    arguments->options.one_of_several = arguments->files.size() > 1;
    for (const std::string& file : arguments->files) {
      const int one = run_one(*arguments, file);
      if (one != 0 && status != 2) status = one;
      if (one == 130) return;
    }
  });
}

}  // namespace motive
