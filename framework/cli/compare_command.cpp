#include <CLI/CLI.hpp>
#include <iostream>
#include <map>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/experiment/run_folder.h"
#include "framework/report/significance.h"
#include "framework/report/table.h"
#include "framework/stats/power.h"

namespace motive {
namespace {

constexpr double kPower = 0.8;

const std::map<std::string, PairedTest> kTests = {{"paired_t", PairedTest::kPairedT},
                                                  {"bootstrap", PairedTest::kBootstrap},
                                                  {"randomisation", PairedTest::kRandomisation},
                                                  {"wilcoxon", PairedTest::kWilcoxon}};

/// The label that a name means in this grid.
Result<std::string> label_in(const Grid& grid, const std::string& name) {
  std::vector<std::string> labels, of_method;
  for (const ModelInfo& model : grid.models) {
    if (model.label == name) return name;
    labels.push_back(model.label);
    if (model.model == name) of_method.push_back(model.label);
  }
  if (of_method.size() == 1) return of_method.front();
  return invalid("no one model of this run is called `{}`; labels: {}", name, fmt::join(labels, ", "));
}

std::string users_needed_in_words(const Comparison& c, double alpha) {
  const double sd = c.result.effect != 0 && std::isfinite(c.result.effect) ? c.result.difference / c.result.effect : 0;
  const auto needed = users_needed(c.result.difference, std::abs(sd), alpha, kPower);
  return needed && sd != 0 ? with_thousands(*needed) : "-";
}

void print_group(const Summary& summary, const std::vector<const Comparison*>& group, double alpha) {
  const CellResult& a = summary.of(summary.rows[group.front()->first]);
  const CellResult& b = summary.of(summary.rows[group.front()->second]);
  const std::string variant = b.variant.empty() ? "" : " (" + b.variant + ")";
  std::cout << fmt::format("{} \u00b7 {} \u00b7 {}: {} against {}{}, {} users\n\n", a.dataset, a.split, a.protocol, a.label, b.label, variant,
                           with_thousands(group.front()->result.n));
  const auto cut = [](const std::string& label) { return label.size() > 14 ? label.substr(0, 13) + "." : label; };
  std::cout << fmt::format("{:<10} {:>14} {:>14} {:>10}  {:^20} {:>8} {:>7}  {:>7} {:>7} {:>7}  {:>9}\n", "metric", cut(a.label), cut(b.label),
                           "difference", fmt::format("{:g} % interval", 100 * (1 - alpha)), "p", "effect", "won", "lost", "alike", "80 % at");
  for (const Comparison* c : group) {
    const PairedResult& r = c->result;
    std::cout << fmt::format("{:<10} {:>14} {:>14} {:>+10.4f}  [{:>+8.4f}, {:>+8.4f}] {:>8} {:>7.3f}  {:>7} {:>7} {:>7}  {:>9}\n",
                             metric_title(summary.specs[c->spec]), table_number(summary.rows[c->first].stats[c->spec].mean),
                             table_number(summary.rows[c->second].stats[c->spec].mean), r.difference, r.interval.low, r.interval.high,
                             r.p < 0.001 ? "< 0.001" : fmt::format("{:.3f}", r.p), r.effect, with_thousands(r.won), with_thousands(r.lost),
                             with_thousands(r.equal), users_needed_in_words(*c, alpha));
  }
  std::cout << "\n";
}

Result<Grid> grid_of_two(const std::string& folder, const std::string& first, const std::string& second, const std::string& test) {
  MOTIVE_ASSIGN(Grid grid, read_grid(folder));
  MOTIVE_ASSIGN(const std::string a, label_in(grid, first));
  MOTIVE_ASSIGN(const std::string b, label_in(grid, second));
  if (a == b) return invalid("`{}` and `{}` are the same model; name two", first, second);
  std::erase_if(grid.cells, [&](const CellResult& cell) { return cell.label != a && cell.label != b; });
  grid.claims.clear();
  grid.slices.clear();
  grid.significance.reference = a;
  grid.significance.correction = Correction::kNone;
  grid.significance.test = kTests.at(test);
  return grid;
}

int compare(const std::string& folder, const std::string& first, const std::string& second, const std::string& test) {
  const auto grid = grid_of_two(folder, first, second, test);
  if (!grid) return report_error(grid.error());
  const auto summary = summarise(*grid);
  if (!summary) return report_error(summary.error());
  const double alpha = grid->significance.alpha;
  // By metric as they come; shown by data set, split and protocol, and the variant of the second.
  std::vector<std::vector<const Comparison*>> groups;
  for (const Comparison& c : summary->comparisons) {
    if (c.reason != TestedAs::kReference) continue;
    const auto same = [&](const auto& group) { return group.front()->first == c.first && group.front()->second == c.second; };
    const auto known = std::find_if(groups.begin(), groups.end(), same);
    (known == groups.end() ? groups.emplace_back() : *known).push_back(&c);
  }
  for (const auto& group : groups) print_group(*summary, group, alpha);
  if (groups.empty()) return report_error(invalid("{}: the two have no data set, split and protocol in which both have numbers", folder));
  std::cout << fmt::format("{}. effect: difference / standard deviation of the users' differences. won, lost: users.\n"
                           "80 % at: users at which such a difference would be found with a power of 80 %.\n",
                           test_in_words(grid->significance));
  if (grid->significance.test == PairedTest::kWilcoxon) {
    std::cout << "Wilcoxon tests another hypothesis than that of means, and is too often positive on such metrics.\n";
  }
  std::cout << std::flush;
  return 0;
}

}  // namespace

void add_compare(CLI::App& app, int& status) {
  auto* command = app.add_subcommand("compare", "A paired test of two models over users, with users won and lost");
  auto folder = std::make_shared<std::string>(), first = std::make_shared<std::string>(), second = std::make_shared<std::string>();
  auto test = std::make_shared<std::string>("paired_t");
  command->add_option("DIR", *folder, "folder of results, such as results/runs/quickstart")->required();
  command->add_option("A", *first, "label of a model, or its method")->required();
  command->add_option("B", *second, "of the other")->required();
  command->add_option("--test", *test, "paired_t, bootstrap, randomisation or wilcoxon")->capture_default_str()
      ->check(CLI::IsMember(kTests));
  command->footer("Several split seeds: a user is one cluster. p is of this test alone.\n\n"
                  "Example:\n  motive compare results/runs/quickstart bpr item_knn");
  command->callback([=, &status] { status = compare(*folder, *first, *second, *test); });
}

}  // namespace motive
