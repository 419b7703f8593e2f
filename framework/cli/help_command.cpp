#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/commands.h"

namespace motive {

void add_help(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("help", "A command with its options and examples");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("COMMAND", *words, "such as `run` or `data inspect`");
  command->callback([&app, &status, words] {
    const CLI::App* wanted = &app;
    std::string before;
    for (const std::string& word : *words) {
      before += (before.empty() ? "" : " ") + wanted->get_name();
      const CLI::App* next = nullptr;
      for (const CLI::App* sub : wanted->get_subcommands([](const CLI::App*) { return true; })) {
        if (sub->get_name() == word) next = sub;
      }
      if (!next) {
        std::cerr << "motive help: there is no command `" << word << "`; `motive help` lists them\n";
        status = 2;
        return;
      }
      wanted = next;
    }
    // help() of a program speaks of the command that was given, which is this one.
    std::cout << (words->empty() ? app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal) : wanted->help(before));
  });
}

}  // namespace motive
