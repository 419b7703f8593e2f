#pragma once
// Purpose: one function a command. Each adds a subcommand to the program; its callback does the work and
// sets the exit status: 0 done, 1 some cell failed, 2 wrong usage or configuration, 130 interrupted.
// Results go to standard output, everything else to standard error.

namespace CLI {
class App;
}

namespace motive {

struct Error;

void add_run(CLI::App& app, int& status);
void add_plan(CLI::App& app, int& status);
void add_table(CLI::App& app, int& status);
void add_list(CLI::App& app, int& status);
void add_describe(CLI::App& app, int& status);
void add_data(CLI::App& app, int& status);
void add_cache(CLI::App& app, int& status);
void add_split(CLI::App& app, int& status);
void add_predict(CLI::App& app, int& status);
void add_compare(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_audit(CLI::App& app, int& status);
void add_bundle(CLI::App& app, int& status);
void add_bench(CLI::App& app, int& status);
void add_new(CLI::App& app, int& status);
void add_schema(CLI::App& app, int& status);
void add_version(CLI::App& app, int& status);
void add_completion(CLI::App& app, int& status);
void add_help(CLI::App& app, int& status);

/// Prints the error on standard error and returns its exit status.
int report_error(const Error& error);

}  // namespace motive
