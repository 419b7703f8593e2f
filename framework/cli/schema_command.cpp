#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/commands.h"
#include "framework/experiment/run_folder.h"

namespace motive {

void add_schema(CLI::App& app, int&) {
  auto* command = app.add_subcommand("schema", "JSON Schema of an experiment file, for editors");
  command->footer("Example:\n"
                  "  motive schema > experiment.schema.json\n"
                  "and as the first line of an experiment file, for editors with the YAML language server:\n"
                  "  # yaml-language-server: $schema=experiment.schema.json");
  command->callback([] { std::cout << experiment_schema().dump(1) << "\n"; });
}

void add_version(CLI::App& app, int&) {
  auto* command = app.add_subcommand("version", "Version and environment, as manifests record them");
  command->footer("Example:\n  motive version");
  command->callback([] {
    const OrderedJson facts = environment();
    for (const auto& [key, value] : facts.items()) {
      std::cout << fmt::format("{:<13} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  });
}

}  // namespace motive
