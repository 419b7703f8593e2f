#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/json.h"
#include "framework/cli/commands.h"
#include "framework/experiment/predict.h"

namespace motive {
namespace {

struct PredictArguments {
  std::string folder, label, user;
  std::size_t top = 10;
  bool json = false;
};

void print_text(const Prediction& prediction, const std::string& user) {
  constexpr std::size_t kShownHistory = 10;
  std::cout << fmt::format("{} for user {} ({})\n", prediction.label, user, prediction.dataset);
  const auto& history = prediction.history;
  const std::size_t first = history.size() > kShownHistory ? history.size() - kShownHistory : 0;
  std::cout << fmt::format("history: {} items{}\n", history.size(), first > 0 ? ", the last 10:" : "");
  for (std::size_t i = first; i < history.size(); ++i) {
    std::cout << fmt::format("       {}  {}\n", history[i].first, history[i].second);
  }
  std::cout << "recommended:\n";
  std::size_t rank = 0;
  for (const Recommendation& item : prediction.items) {
    std::cout << fmt::format("  {:>3}  {}  {}  ({:.4g})\n", ++rank, item.item, item.title, item.score);
  }
}

int show(const PredictArguments& arguments) {
  const auto prediction = predict(arguments.folder, arguments.label, arguments.user, arguments.top);
  if (!prediction) return report_error(prediction.error());
  if (!arguments.json) {
    print_text(*prediction, arguments.user);
    return 0;
  }
  OrderedJson json = {{"label", prediction->label}, {"dataset", prediction->dataset}, {"user", arguments.user},
                      {"items", OrderedJson::array()}};
  for (const Recommendation& item : prediction->items) {
    json["items"].push_back({{"item", item.item}, {"title", item.title}, {"score", item.score}});
  }
  std::cout << json.dump(1, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
  return 0;
}

}  // namespace

void add_predict(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("predict", "Recommendations for one user from a stored fit, with titles");
  auto arguments = std::make_shared<PredictArguments>();
  command->add_option("DIR", arguments->folder, "folder of results")->required();
  command->add_option("LABEL", arguments->label, "the model's label in its tables")->required();
  command->add_option("--user", arguments->user, "the user's id in the source")->required();
  command->add_option("--top", arguments->top, "how many")->capture_default_str()->check(CLI::Range(1, 10000));
  command->add_flag("--json", arguments->json, "for scripts");
  command->footer("Example:\n  motive predict results/runs/quickstart item_knn --user AMSSC2G8MTR --top 5");
  command->callback([arguments, &status] { status = show(*arguments); });
}

}  // namespace motive
