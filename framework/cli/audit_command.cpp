#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "framework/cli/commands.h"
#include "framework/report/audit.h"

namespace motive {
namespace {

struct AuditArguments {
  std::vector<std::string> files;
  AuditOptions options;
  bool json = false;
};

/// 0: nothing impossible, 1: something, 2: a file could not be read.
int run_audit(const AuditArguments& arguments) {
  int status = 0;
  OrderedJson all = OrderedJson::array();
  bool first = true;
  for (const std::string& file : arguments.files) {
    auto table = read_audit_table(file, arguments.options);
    if (!table) {
      report_error(table.error());
      status = 2;
      continue;
    }
    const Audit result = audit(std::move(*table), arguments.options);
    if (result.impossible() > 0) status = std::max(status, 1);
    if (arguments.json) {
      all.push_back(audit_json(result));
    } else {
      std::cout << (first ? "" : "\n") << audit_text(result) << std::flush;
    }
    first = false;
  }
  if (arguments.json) std::cout << all.dump(1, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
  return status;
}

}  // namespace

void add_audit(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("audit", "Which numbers of a printed table no ranking can give (HR, NDCG, MRR)");
  auto arguments = std::make_shared<AuditArguments>();
  AuditOptions& options = arguments->options;
  command->add_option("FILE", arguments->files,
                      "long tables (columns model, metric, k, value), wide ones (hr@5,\n"
                      "NDCG@10, ...), or metrics.csv, summary.csv, table.csv of a run")
      ->required();
  command->add_option("--users", options.users,
                      "test users: HR x users must be a whole number (not where ties\ncount as expected values)")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
      ->type_name("N");
  command->add_option("--seeds", options.seeds, "runs over the same users that each number averages")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000}))
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--negatives", options.negatives, "sampled negatives, for chance, where no column `protocol` says it")
      ->check(CLI::Range(1, kLargestAuditCutoff))
      ->type_name("N");
  command->add_flag("--percent", options.percent, "all numbers are in percent");
  command->add_flag("--one-positive", options.one_positive, "recall means HR: one positive a user");
  command->add_flag("--json", arguments->json, "for scripts: a list, one entry a file");
  command->footer(
      "With one positive a user, HR, NDCG and MRR bind each other, whatever the method, the data and the seeds:\n"
      "  HR@k / log2(k+1) <= NDCG@k <= HR@k, and likewise between cutoffs. Printed digits get their rounding.\n"
      "Exit status: 0 nothing is impossible, 1 something is, 2 a file could not be read.\n"
      "Examples:\n"
      "  motive audit results/published/m_llm3rec/table2.csv\n"
      "  motive audit results/runs/quickstart/summary.csv\n"
      "  motive audit theirs.csv --users 500 --negatives 99 --percent");
  command->callback([arguments, &status] { status = run_audit(*arguments); });
}

}  // namespace motive
