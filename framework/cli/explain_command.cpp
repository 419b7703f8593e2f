#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/commands.h"
#include "framework/experiment/explain.h"

namespace motive {
namespace {

struct ExplainArguments {
  std::string folder, label, user;
  bool json = false;
};

OrderedJson explanation_json(const Explanation& e, const std::string& user) {
  OrderedJson json = {{"label", e.cell.label}, {"dataset", e.cell.dataset}, {"split", e.cell.split}, {"user", user},
                      {"history", OrderedJson::array()}, {"top", OrderedJson::array()}, {"truths", OrderedJson::array()}};
  for (const auto& [item, title] : e.history) json["history"].push_back({{"item", item}, {"title", title}});
  for (const auto& [item, title] : e.top) json["top"].push_back({{"item", item}, {"title", title}});
  for (const auto& t : e.truths) {
    json["truths"].push_back({{"item", t.item}, {"title", t.title}, {"above", t.above}, {"tied", t.tied}, {"candidates", t.candidates}});
  }
  json["said"] = OrderedJson(e.said);
  return json;
}

int show(const ExplainArguments& arguments) {
  const auto explanation = explain(arguments.folder, arguments.label, arguments.user);
  if (!explanation) return report_error(explanation.error());
  if (arguments.json) {
    std::cout << explanation_json(*explanation, arguments.user).dump(1, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
  } else {
    std::cout << describe_explanation(*explanation, arguments.user);
  }
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("explain", "Why a test user got what he got: history, profile, reasons, list, truth");
  auto arguments = std::make_shared<ExplainArguments>();
  command->add_option("DIR", arguments->folder, "folder of results")->required();
  command->add_option("MODEL", arguments->label, "the model's label in its tables, or its name")->required();
  command->add_option("USER", arguments->user, "the user's id in the source")->required();
  command->add_flag("--json", arguments->json, "for scripts");
  command->footer("Example:\n  motive explain results/runs/quickstart m_llm3rec AMSSC2G8MTR");
  command->callback([arguments, &status] { status = show(*arguments); });
}

}  // namespace motive
