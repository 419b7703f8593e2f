#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/experiment/run.h"

namespace motive {
namespace {

struct PlanArguments {
  RunOptions options;
  bool json = false;
};

OrderedJson llm_json(const Estimate& estimate) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, load] : estimate.llm) {
    json[name] = {{"calls", load.calls}, {"prompt_tokens", load.prompt_tokens}, {"answer_tokens", load.answer_tokens}};
  }
  return json;
}

OrderedJson plan_to_json(const Plan& plan) {
  OrderedJson json = {{"tasks", OrderedJson::array()}};
  for (const Task& task : plan.tasks) {
    json["tasks"].push_back({{"kind", task.node.kind}, {"hash", task.node.hash}, {"title", task.title},
                             {"done", task.state == TaskState::kDone}, {"seconds", task.estimate.seconds},
                             {"memory_bytes", task.estimate.memory_bytes}, {"llm", llm_json(task.estimate)}});
  }
  json["cells"] = plan.cells.size();
  return json;
}

int show_plan(const PlanArguments& arguments) {
  const auto experiment = load_experiment(arguments.options.file, arguments.options.overrides);
  if (!experiment) return report_error(experiment.error());
  const RunPlaces places = places_of(arguments.options, experiment->config);
  const auto store = Store::open(places.store);
  if (!store) return report_error(store.error());
  const auto plan = make_plan(experiment->config, *store, {available_memory(), false});
  if (!plan) return report_error(plan.error());
  if (arguments.json) {
    std::cout << plan_to_json(*plan).dump(1) << "\n";
  } else {
    std::cout << describe_plan(*plan, earlier_cells(places.folder));
    std::cout << "memory available: " << format_bytes(static_cast<double>(available_memory())) << "\n";
  }
  return 0;
}

}  // namespace

void add_plan(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("plan", "Show what a run would do: done, to do, time, memory; runs nothing");
  auto arguments = std::make_shared<PlanArguments>();
  command->add_option("EXPERIMENT", arguments->options.file, "experiment file (YAML)")->required();
  command->add_option("--set", arguments->options.overrides, "override a value: a.b.c=value; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  command->add_option("--out", arguments->options.out, "folder of results, as given to `motive run`");
  command->add_option("--store", arguments->options.store, "folder of the store, as given to `motive run`");
  command->add_flag("--json", arguments->json, "for scripts");
  command->footer("Example:\n  motive plan experiments/amazon-beauty.yaml --set seeds.init=[1,2,3,4,5]");
  command->callback([arguments, &status] { status = show_plan(*arguments); });
}

}  // namespace motive
