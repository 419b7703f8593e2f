#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/experiment/run_folder.h"
#include "framework/report/results.h"

namespace motive {
namespace {

int show_table(const std::string& folder, const std::string& format) {
  const auto kind = table_format(format);
  if (!kind) return report_error(kind.error());
  const auto grid = read_grid(folder);
  if (!grid) return report_error(grid.error());
  const auto summary = summarise(*grid);
  if (!summary) return report_error(summary.error());
  if (auto written = write_results(*grid, *summary, folder); !written) return report_error(written.error());
  if (*kind == TableFormat::kHtml) {
    const auto page = read_file(Path(folder) / "report.html");
    if (!page) return report_error(page.error());
    std::cout << *page << std::flush;
    return 0;
  }
  const auto text = *kind == TableFormat::kText ? render_text(*grid, *summary, stdout_has_colour(), stdout_width())
                                                : render(*grid, *summary, *kind);
  if (!text) return report_error(text.error());
  std::cout << *text << std::flush;
  return 0;
}

}  // namespace

void add_table(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("table", "Tables of a finished run again, from stored files");
  auto folder = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("text");
  command->add_option("DIR", *folder, "folder of results, such as results/runs/quickstart")->required();
  command->add_option("--format", *format, "text, md, csv, latex or html")->capture_default_str();
  command->footer("The files of all formats are written into DIR as well: table.*, report.html.\n\n"
                  "Example:\n  motive table results/runs/quickstart --format md");
  command->callback([=, &status] { status = show_table(*folder, *format); });
}

}  // namespace motive
