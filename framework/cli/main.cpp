// The program `motive`: commands only; the work is done by framework/experiment and below.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "framework/base/console.h"
#include "framework/base/status.h"
#include "framework/cli/commands.h"
#include "framework/config/node.h"
#include "framework/experiment/program.h"
#include "framework/experiment/task.h"

namespace motive {

int report_error(const Error& error) {
  Console::instance().clear_status();
  std::fputs((error.message + "\n").c_str(), stderr);
  switch (error.kind) {
    case ErrorKind::kInvalid:
    case ErrorKind::kUnavailable: return 2;
    case ErrorKind::kCancelled: return 130;
    default: return 1;
  }
}

namespace {

void add_all(CLI::App& app, int& status) {
  add_run(app, status);
  add_plan(app, status);
  add_table(app, status);
  add_list(app, status);
  add_describe(app, status);
  add_data(app, status);
  add_cache(app, status);
  add_split(app, status);
  add_predict(app, status);
  add_compare(app, status);
  add_explain(app, status);
  add_audit(app, status);
  add_bundle(app, status);
  add_bench(app, status);
  add_new(app, status);
  add_schema(app, status);
  add_completion(app, status);
  add_version(app, status);
  add_help(app, status);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

int run_program(int argc, char** argv) {
  CLI::App app{"Motive: benchmarks for recommender systems. One YAML file names data, splits, models and seeds;\n"
               "one command fits, ranks, tests and prints the table.",
               "motive"};
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  app.footer("First steps:\n"
             "  motive run experiments/quickstart.yaml     a first table in under a minute\n"
             "  motive list                                methods, data sets, splits, metrics\n"
             "  motive describe bpr                        every parameter of a method\n"
             "  motive help run                            a command with examples");
  int status = 0;
  add_all(app, status);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stdout);
    return 2;
  }
  const std::vector<std::string> commands = command_names(app);
  if (const std::string word = argv[1];
      !word.starts_with("-") && std::find(commands.begin(), commands.end(), word) == commands.end()) {
    const std::string nearest = config::nearest_name(word, commands);
    std::fprintf(stderr, "motive: there is no command `%s`%s; `motive help` lists them\n", word.c_str(),
                 nearest.empty() ? "" : (", did you mean `" + nearest + "`?").c_str());
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return status;
}

}  // namespace
}  // namespace motive

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "worker") return motive::worker_main();
  motive::remember_arguments(argv);
  try {
    return motive::run_program(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "motive: %s\n", error.what());
    return 1;
  }
}
