// The plan in words.

#include <algorithm>
#include <set>

#include "framework/base/console.h"
#include "framework/experiment/plan_llm.h"

namespace motive {
namespace {

/// All of a cell's folds are there.
bool is_done(const Plan& plan, const PlannedCell& cell) {
  return !cell.tasks.empty() && std::all_of(cell.tasks.begin(), cell.tasks.end(), [&](std::size_t task) {
    return plan.tasks[task].state == TaskState::kDone;
  });
}

std::string cell_name(const CellResult& cell) {
  return fmt::format("{} · {} · {} · {}{}", cell.label, cell.dataset, cell.split, cell.protocol, seeds_text(cell.seeds));
}

}  // namespace

std::string describe_plan(const Plan& plan, const std::vector<std::string>& earlier_cells) {
  static constexpr std::pair<const char*, const char*> kKinds[] = {
      {"prepared", "prepare"}, {"features", "features"}, {"splits", "split"}, {"candidates", "candidates"}, {"trials", "try"},
      {"chosen", "choose"},    {"fits", "fit"},     {"ranks", "rank"}};
  std::string text = fmt::format("{:<12}{:>6}{:>8}{:>14}{:>14}\n", "stage", "done", "to do", "time (est.)", "memory (est.)");
  double seconds = 0;
  for (const auto& [kind, name] : kKinds) {
    std::size_t done = 0, to_do = 0;
    double time = 0;
    std::uint64_t memory = 0;
    for (const Task& task : plan.tasks) {
      if (task.node.kind != kind) continue;
      const bool found = task.state == TaskState::kDone;
      ++(found ? done : to_do);
      if (found) continue;
      time += task.estimate.seconds;
      memory = std::max(memory, task.estimate.memory_bytes);
    }
    seconds += time;
    const bool always = kind != std::string_view("trials") && kind != std::string_view("chosen") && kind != std::string_view("features");
    if (!always && done + to_do == 0) continue;
    text += fmt::format("{:<12}{:>6}{:>8}{:>14}{:>14}\n", name, done, to_do, to_do ? format_seconds(time) : "-",
                        to_do ? format_bytes(static_cast<double>(memory)) : "-");
  }
  text += fmt::format("{}\nabout {} of one core in all\n", describe_llm(plan), format_seconds(seconds));
  std::set<std::string> wanted;
  std::size_t done = 0;
  std::vector<std::string> new_cells;
  for (const PlannedCell& cell : plan.cells) {
    wanted.insert(cell.result.cell);
    done += is_done(plan, cell);
    if (!cell.tasks.empty() && !is_done(plan, cell)) new_cells.push_back(cell_name(cell.result));
  }
  std::size_t unwanted = 0;
  for (const std::string& earlier : earlier_cells) unwanted += wanted.count(earlier) == 0;
  text += fmt::format("cells: {} done, {} to do, {} no longer wanted\n", done, plan.cells.size() - done, unwanted);
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(kShown, new_cells.size()); ++i) text += "  to do: " + new_cells[i] + "\n";
  if (new_cells.size() > kShown) text += fmt::format("  and {} more\n", new_cells.size() - kShown);
  return text;
}

}  // namespace motive
