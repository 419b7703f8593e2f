#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/config/node.h"
#include "framework/data/descriptor.h"
#include "framework/evaluate/metrics.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

const std::vector<std::pair<std::string, std::string>>& split_help() {
  static const std::vector<std::pair<std::string, std::string>> kSplits = {
      {"warm", "known users and items; holdout: leave_one_out, ratio, temporal; target: last, last_rated_above, highest_rated"},
      {"warm_truncated", "known users, who show only their last events"},
      {"user_cold", "new users: random, newest, paper, or folds"},
      {"item_cold", "new items: newest, random, fewest, or folds"},
      {"imported", "made elsewhere, from files"}};
  return kSplits;
}

void print_rows(const std::string& heading, const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  std::cout << heading << "\n";
  for (const auto& [name, text] : rows) std::cout << fmt::format("  {:<{}}  {}\n", name, width, text);
}

std::vector<std::pair<std::string, std::string>> model_rows() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const Method* method : Registry::instance().all()) {
    rows.emplace_back(method->name, method->summary + (method->planned ? " (not available yet)" : ""));
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> dataset_rows() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const std::string& name : descriptor_names()) {
    const auto descriptor = find_descriptor(name);
    rows.emplace_back(name, descriptor ? descriptor->title : "unreadable: " + descriptor.error().message);
  }
  return rows;
}

std::vector<std::pair<std::string, std::string>> metric_rows() {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const MetricHelp& metric : metric_help()) rows.emplace_back(metric.name, metric.definition);
  return rows;
}

int list(const std::string& what, bool names_only) {
  using Rows = std::vector<std::pair<std::string, std::string>>;
  const std::vector<std::pair<std::string, Rows (*)()>> kinds = {{"models", model_rows},
                                                                 {"datasets", dataset_rows},
                                                                 {"splits", [] { return split_help(); }},
                                                                 {"metrics", metric_rows}};
  bool first = true;
  for (const auto& [kind, rows] : kinds) {
    if (!what.empty() && what != kind) continue;
    if (names_only) {
      for (const auto& [name, text] : rows()) std::cout << name << "\n";
      continue;
    }
    if (!first) std::cout << "\n";
    first = false;
    print_rows(kind, rows());
  }
  if (what.empty() && !names_only) std::cout << "\nmotive describe NAME tells more of a model or metric.\n";
  return 0;
}

int describe(const std::string& name) {
  if (const Method* method = Registry::instance().find(name)) {
    std::cout << method->name << ": " << method->summary << "\n";
    if (!method->paper.empty()) std::cout << "source: " << method->paper << "\n";
    if (method->planned) {
      std::cout << "not available yet\n";
      return 0;
    }
    config::Errors errors;
    const MethodInfo info = method->describe(method->parameters->parse(config::Node{}, errors));
    const auto word = [](bool able) { return able ? "yes" : "no"; };
    std::cout << fmt::format("unseen users: {} · unseen items: {} · empty history: {} · reads order: {} · reads text: {} · "
                             "stochastic: {} · version {}\n\n",
                             word(info.unseen_users), word(info.unseen_items), word(info.empty_history),
                             word(info.uses_order), word(info.uses_text), word(info.stochastic), info.code_version)
              << method->parameters->help();
    if (!method->presets.empty()) std::cout << "\npresets, as in `- " << name << ": {preset: " << method->presets[0].name << "}`\n";
    for (const Preset& preset : method->presets) {
      std::cout << fmt::format("  {}: {}\n      {}\n", preset.name, preset.help, preset.params.dump());
    }
    return 0;
  }
  for (const auto& rows : {metric_rows(), split_help()}) {
    for (const auto& [row, text] : rows) {
      if (row != name) continue;
      std::cout << row << ": " << text << "\n";
      return 0;
    }
  }
  std::vector<std::string> valid = Registry::instance().names();
  for (const auto& rows : {metric_rows(), split_help()}) {
    for (const auto& [row, text] : rows) valid.push_back(row);
  }
  const std::string nearest = config::nearest_name(name, valid);
  return report_error(invalid("nothing is called `{}`{}; `motive list` shows what there is", name,
                              nearest.empty() ? "" : ", did you mean `" + nearest + "`?"));
}

}  // namespace

void add_list(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("list", "What there is: models, data sets, splits, metrics");
  auto what = std::make_shared<std::string>();
  auto names = std::make_shared<bool>(false);
  command->add_option("WHAT", *what, "models, datasets, splits or metrics (default: all)")
      ->check(CLI::IsMember({"models", "datasets", "splits", "metrics"}));
  command->add_flag("--names", *names, "names only, one a line");
  command->footer("Example:\n  motive list models");
  command->callback([=, &status] { status = list(*what, *names); });
}

void add_describe(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("describe", "A model with all its parameters, or a metric or split");
  auto name = std::make_shared<std::string>();
  command->add_option("NAME", *name, "as `motive list` shows it")->required();
  command->footer("Examples:\n  motive describe bpr\n  motive describe ndcg");
  command->callback([=, &status] { status = describe(*name); });
}

}  // namespace motive
