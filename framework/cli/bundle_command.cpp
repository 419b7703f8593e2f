#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/report/bundle.h"

namespace motive {
namespace {

std::string shown(const Path& folder) {
  std::error_code code;
  const Path near = std::filesystem::proximate(folder, code);
  return (code || *near.begin() == ".." ? folder : near).string();
}

void print(const BundleReport& report) {
  std::cout << fmt::format("{}: {} files, {}\n", shown(report.folder), report.files,
                           format_bytes(static_cast<double>(report.bytes)));
  std::cout << fmt::format("cells      {} of {} done, {} rankings\n", report.done, report.cells, report.ranks);
  std::cout << fmt::format("users      {}\n", report.users > 0
                                                  ? fmt::format("{} by running numbers", format_count(report.users))
                                                  : "with their ids");
  std::cout << fmt::format("answers    {}{}\n", report.answers > 0 ? format_count(report.answers) + ", " : "",
                           report.answers_note);
  for (const auto& [kind, n] : report.replaced)
    std::cout << fmt::format("replaced   {}, {} time{}\n", kind, n, n == 1 ? "" : "s");
  std::cout << "checked    a copy in another folder gives the same tables; no file names you or this machine\n";
  if (report.other_words)
    std::cout << "note       words in the tables (causes, notes, labels) were replaced; no number differs\n";
  std::cout << fmt::format("to send    tar --owner=0 --group=0 -czf artefact.tar.gz -C {} {}\n",
                           shown(report.folder.parent_path()), report.folder.filename().string());
}

int bundle(const BundleOptions& options) {
  const auto report = make_bundle(options);
  if (!report) return report_error(report.error());
  print(*report);
  std::cout << std::flush;
  return 0;
}

}  // namespace

void add_bundle(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("bundle", "An anonymised artefact for reviewers: tables that come again without the data");
  auto options = std::make_shared<BundleOptions>();
  command->add_option("DIR", options->run, "folder of results, such as results/runs/quickstart")->required();
  command->add_option("--out", options->out, "folder to make (default: DIR-bundle)")->type_name("FOLDER");
  command->add_flag("--keep-user-ids", options->keep_user_ids, "ids of users as in the data set (default: u1, u2, ..)");
  auto* none = command->add_flag_callback("--no-answers", [options] { options->answers = false; },
                                          "without the answers of language models");
  auto* all = command->add_flag("--all-answers", options->all_answers, "the whole cache of answers, those of `offline` too");
  auto* of = command
                 ->add_option("--answers-of", options->answers_of,
                              "other experiments too whose answers this one used; may be repeated")
                 ->allow_extra_args(false)
                 ->type_name("NAME");
  command
      ->add_option("--cache", options->cache,
                   "cache of answers (default: llm/answers.sqlite in $MOTIVE_CACHE or ~/.cache/motive)")
      ->type_name("FILE");
  command
      ->add_option("--allow", options->allowed,
                   "a word that means something else here, although host, user or git have it as a name")
      ->allow_extra_args(false)
      ->type_name("NAME");
  none->excludes(all)->excludes(of);
  all->excludes(of);
  command->footer(
      "Configuration, ranks, certificates, answers and versions; `motive table` makes all tables from them. Out: names\n"
      "of host and user, home and other folders, addresses of servers, comments, ids of users. It stays: names of data\n"
      "sets and models, ids of items, and in prompts the histories of users in words (--no-answers). Whoever has the\n"
      "data set can tell users by their items. Nothing is published unless a copy gives the same tables, and no file\n"
      "holds what was looked for.\n\n"
      "Examples:\n"
      "  motive bundle results/runs/quickstart --out artefact\n"
      "  motive table artefact");
  command->callback([options, &status] { status = bundle(*options); });
}

}  // namespace motive
