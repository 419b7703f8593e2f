#include "framework/experiment/grid_llm.h"

#include <algorithm>
#include <map>
#include <set>

#include "framework/llm/offline.h"

namespace motive {
namespace {

Json read_or_null(const Path& file) {
  const auto text = read_file(file);
  return text ? Json::parse(*text, nullptr, false) : Json();
}

/// Sums of two reports, module by module.
void merge(Json& into, const Json& from) {
  for (const auto& [name, value] : from.items()) {
    if (value.is_object()) {
      if (!into.contains(name)) into[name] = Json::object();
      merge(into[name], value);
    } else if (value.is_number()) {
      into[name] = into.contains(name) ? (value.is_number_float() ? Json(into[name].get<double>() + value.get<double>())
                                                                   : Json(into[name].get<std::int64_t>() + value.get<std::int64_t>()))
                                       : value;
    }
  }
}

/// Of the ranks of all folds; null where nobody was asked.
Json ranks_report(const Plan& plan, const Store& store, const PlannedCell& planned) {
  Json sum;
  for (const std::size_t task : planned.tasks) {
    const Json report = read_or_null(store.folder(plan.tasks[task].node) / "llm.json");
    if (!report.is_object()) continue;
    if (sum.is_null()) sum = Json::object();
    merge(sum, report);
  }
  return sum;
}

/// Of the features that its fits read, which other cells may share.
Json features_report(const Plan& plan, const Store& store, const PlannedCell& planned) {
  Json sum = Json::object();
  std::set<std::size_t> seen;
  for (const std::size_t fit : planned.fits) {
    for (const std::size_t input : plan.tasks[fit].inputs) {
      if (plan.tasks[input].node.kind != "features" || !seen.insert(input).second) continue;
      const Json report = read_or_null(store.folder(plan.tasks[input].node) / "llm.json");
      if (report.is_object()) merge(sum, report);
    }
  }
  return sum;
}

LlmUse use_of(const Json& report) {
  LlmUse use;
  for (const auto& [name, module] : report.items()) {
    if (name == "models") continue;
    use.calls += module.at("calls").get<std::uint64_t>();
    use.prompt_tokens += module.at("prompt_tokens").get<std::int64_t>();
    use.completion_tokens += module.at("completion_tokens").get<std::int64_t>();
    use.cost += module.at("cost").get<double>();
  }
  return use;
}

std::string outcomes_text(const Json& report) {
  std::string text;
  for (const auto& [name, module] : report.items()) {
    if (name == "models") continue;
    text += fmt::format("{}{} {} calls", text.empty() ? "" : "; ", name, module.at("calls").get<std::uint64_t>());
    for (const auto& [outcome, n] : module.at("outcomes").items()) {
      if (outcome != "ok") text += fmt::format(", {} {}", n.get<std::uint64_t>(), outcome);
    }
    if (const auto reasks = module.value("re-asks", std::uint64_t{0}); reasks > 0) text += fmt::format(", {} asked again", reasks);
  }
  return text;
}

/// "hr@10 by place shown: 1-5 .41, 6-10 .39, ..": of the first cell.
std::string panel_text(const Json& panel) {
  if (!panel.is_object()) return "";
  std::string text;
  if (const auto scanned = panel.value("prompts_scanned_for_leaks", std::uint64_t{0}); scanned > 0) {
    text += fmt::format("; {} prompts scanned for the truth, none gives it away", scanned);
  }
  std::string places;
  for (const Json& place : panel.value("places", Json::array())) {
    if (place.at("targets").get<std::uint64_t>() == 0) continue;
    places += fmt::format("{}{}-{} {:.3f}", places.empty() ? "" : ", ", place.at("from").get<std::uint64_t>(),
                          place.at("to").get<std::uint64_t>(), place.at("hr@5").get<double>());
  }
  if (!places.empty()) text += "; hr@5 by the place at which the truth was shown: " + places;
  const Json means = panel.value("means", Json::object());
  for (const auto& [what, mean] : means.items()) {
    text += fmt::format("; {} {:.3f}", what, mean.at("mean").get<double>());
  }
  return text;
}

}  // namespace

std::optional<LlmUse> llm_use(const Plan& plan, const Store& store, const PlannedCell& planned) {
  const Json report = ranks_report(plan, store, planned);
  if (report.is_null()) return std::nullopt;
  return use_of(report);
}

void add_modules(const Plan& plan, const Store& store, const PlannedCell& planned, OrderedJson& line) {
  const Json report = ranks_report(plan, store, planned);
  if (report.is_null()) return;
  line["modules"] = OrderedJson(report);
  const Json shared = features_report(plan, store, planned);
  if (!shared.empty()) line["shared_modules"] = OrderedJson(shared);
  std::uint64_t users = 0, candidates = 0;
  for (const std::size_t task : planned.tasks) {
    const Json diagnostics = read_or_null(store.folder(plan.tasks[task].node) / "diagnostics.json");
    if (!diagnostics.is_object()) continue;
    users += diagnostics.value("queries", std::uint64_t{0});
    candidates += diagnostics.value("candidates", std::uint64_t{0});
  }
  const double cost = use_of(report).cost;
  if (users > 0) line["cost_per_user"] = cost / static_cast<double>(users);
  if (candidates > 0) line["cost_per_candidate"] = cost / static_cast<double>(candidates);
}

namespace {

/// A model that knows the data by heart may know the held-out events as well.
void add_probes(const Plan& plan, const Store& store, Grid& grid) {
  for (const auto& [dataset, endpoint, task] : plan.probes) {
    const Task& probe = plan.tasks[task];
    if (probe.state == TaskState::kNotApplicable || probe.state == TaskState::kFailed) {
      grid.answers.push_back({dataset, "", "", fmt::format("memorisation of `{}`: {}", endpoint, probe.cause)});
    }
    const Json report = read_or_null(store.folder(probe.node) / "memorisation.json");
    if (probe.state != TaskState::kDone || !report.is_object()) continue;
    const auto asked = report.value("asked", std::uint64_t{0}), recalled = report.value("recalled", std::uint64_t{0});
    grid.answers.push_back({dataset, "", "", fmt::format("memorisation: `{}` names the title of {} of {} items from their ids alone (Di Palma et al. "
                                                         "2025)", endpoint, recalled, asked)});
    if (recalled == 0) continue;
    grid.warnings.push_back({dataset, "", "", fmt::format("`{}` has read this data set: it names the titles of {} of {} items from their ids alone, and "
                                                          "may know held-out events as well", endpoint, recalled, asked)});
  }
}

using LabelsByTable = std::map<std::tuple<std::string, std::string, std::string>, std::vector<std::string>>;

/// One warning for all of a table, before every other: nothing else matters as much to who reads its numbers.
void add_stand_ins(const LabelsByTable& by_stand_in, Grid& grid) {
  std::vector<GridWarning> warnings;
  for (const auto& [place, labels] : by_stand_in) {
    const auto& [dataset, split, protocol] = place;
    warnings.push_back({dataset, split, protocol,
                        fmt::format("`offline`, a stand-in that is no language model, answered {}: such numbers say nothing of what a "
                                    "method does with one", fmt::join(labels, ", "))});
  }
  grid.warnings.insert(grid.warnings.begin(), warnings.begin(), warnings.end());
}

}  // namespace

void add_answers(const Plan& plan, const Store& store, Grid& grid) {
  add_probes(plan, store, grid);
  std::set<std::tuple<std::string, std::string, std::string, std::string>> told;
  LabelsByTable by_stand_in;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const CellResult& cell = grid.cells[i];
    if (cell.state != CellState::kDone) continue;
    const Json report = ranks_report(plan, store, plan.cells[i]);
    if (report.is_null() || !told.emplace(cell.label, cell.dataset, cell.split, cell.protocol).second) continue;
    Json all = features_report(plan, store, plan.cells[i]);
    merge(all, report);
    std::vector<std::string> models;
    const Json named = all.value("models", Json::object());
    for (const auto& [model, n] : named.items()) models.push_back(model);
    const LlmUse use = use_of(all);
    std::string text = fmt::format("{}: answers of {}; {}", cell.label, fmt::join(models, ", "), outcomes_text(all));
    if (use.cost > 0) text += fmt::format("; cost {:.4g}", use.cost);
    const Json diagnostics = read_or_null(cell.ranks / "diagnostics.json");
    if (diagnostics.is_object()) text += panel_text(diagnostics.value("panel", Json()));
    grid.answers.push_back({cell.dataset, cell.split, cell.protocol, std::move(text)});
    if (named.contains(llm::kOfflineVersion)) by_stand_in[{cell.dataset, cell.split, cell.protocol}].push_back(cell.label);
  }
  add_stand_ins(by_stand_in, grid);
}

}  // namespace motive
