#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/experiment/engine.h"
#include "framework/experiment/run.h"
#include "framework/split/certificate.h"
#include "framework/split/export.h"

namespace motive {
namespace {

struct SplitArguments {
  RunOptions options;
  std::string export_folder, format = "csv";
  bool json = false;
};

Status show_splits(const SplitArguments& arguments) {
  MOTIVE_ASSIGN(const ExportFormat format, export_format(arguments.format));
  MOTIVE_ASSIGN(const LoadedExperiment experiment, load_experiment(arguments.options.file, arguments.options.overrides));
  MOTIVE_ASSIGN(const Store store, Store::open(places_of(arguments.options, experiment.config).store));
  catch_interrupts();
  MOTIVE_ASSIGN(const Plan plan, run_splits(experiment, store, arguments.options));
  for (const Plan::PlannedSplit& split : plan.splits) {
    const Path folder = store.folder(plan.tasks[split.task].node);
    MOTIVE_ASSIGN(const std::string text, read_file(folder / "certificate.json"));
    const std::string name = split_file_stem(split);
    if (arguments.json) {
      std::cout << OrderedJson{{"split", name}, {"certificate", Json::parse(text)}}.dump() << "\n";
    } else {
      std::cout << name << "\n" << describe_certificate(Json::parse(text)) << "\n";
    }
    if (arguments.export_folder.empty()) continue;
    const Path out = Path(arguments.export_folder) / name;
    MOTIVE_ASSIGN(const PreparedData data,
                  PreparedData::open(store.folder("prepared", plan.tasks[split.task].node.spec.at("prepared"))));
    MOTIVE_ASSIGN(const auto written, export_split(folder, data, format, out));
    Console::instance().note(fmt::format("written to {}: {}", out.string(), fmt::join(written, ", ")));
  }
  return {};
}

}  // namespace

void add_split(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("split", "The splits of an experiment with their certificates; exports them");
  auto arguments = std::make_shared<SplitArguments>();
  command->add_option("EXPERIMENT", arguments->options.file, "experiment file (YAML)")->required();
  command->add_option("--set", arguments->options.overrides, "override a value: a.b.c=value; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->add_option("--export", arguments->export_folder, "write them to DIR/<dataset>-<split>-<seed>/ with raw ids");
  command->add_option("--format", arguments->format, "of the files: csv (default) or recbole (atomic files)");
  command->add_option("--out", arguments->options.out, "folder of results, as given to `motive run`");
  command->add_option("--store", arguments->options.store, "folder of the store, as given to `motive run`");
  command->add_flag("--json", arguments->json, "for scripts: a line a split");
  command->footer("Example:\n  motive split experiments/quickstart.yaml --export my-splits\n  motive split "
                  "experiments/quickstart.yaml --export my-splits --format recbole");
  command->callback([arguments, &status] {
    if (const auto shown = show_splits(*arguments); !shown) status = report_error(shown.error());
  });
}

}  // namespace motive
