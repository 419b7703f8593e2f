#include "framework/experiment/run_folder.h"

#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "framework/base/parallel.h"
#include "framework/config/yaml_writer.h"
#include "framework/experiment/curves.h"
#include "framework/experiment/grid_json.h"
#include "framework/experiment/grid_llm.h"

namespace motive {
namespace {

/// Seconds and the peak of memory over the folds; null where something is missing.
struct Timing {
  Json seconds, peak;
};
Timing timing_of(const Store& store, const Plan& plan, const std::vector<std::size_t>& tasks) {
  double seconds = 0;
  std::uint64_t peak = 0;
  for (const std::size_t number : tasks) {
    if (plan.tasks[number].state != TaskState::kDone) return {};
    const auto text = read_file(store.folder(plan.tasks[number].node) / "timing.json");
    const Json timing = text ? Json::parse(*text, nullptr, false) : Json();
    if (!timing.is_object()) return {};
    seconds += timing["seconds"].get<double>();
    peak = std::max(peak, timing["peak_memory_bytes"].get<std::uint64_t>());
  }
  if (tasks.empty()) return {};
  return {seconds, peak};
}

/// The best of the trials of each fold; nothing where one is missing.
std::vector<Json> chosen_of(const Plan& plan, const Store& store, const PlannedCell& cell) {
  std::vector<Json> folds;
  for (const std::size_t task : cell.chosen) {
    if (plan.tasks[task].state != TaskState::kDone) return {};
    const auto text = read_file(store.folder(plan.tasks[task].node) / "chosen.json");
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_object()) return {};
    folds.push_back(json.at("kept").at(0));
  }
  return folds;
}

/// All tasks of a search that ends in these choices: with halving, of all rungs.
std::vector<std::size_t> trials_of(const Plan& plan, const PlannedCell& cell) {
  std::set<std::size_t> trials;
  std::vector<std::size_t> open = cell.chosen;
  while (!open.empty()) {
    const std::size_t task = open.back();
    open.pop_back();
    const std::string& kind = plan.tasks[task].node.kind;
    if (kind == "trials" && !trials.insert(task).second) continue;
    if (kind != "trials" && kind != "chosen") continue;
    open.insert(open.end(), plan.tasks[task].inputs.begin(), plan.tasks[task].inputs.end());
  }
  return {trials.begin(), trials.end()};
}

/// What was chosen in place of the searches, and what it cost: {"trials", "seconds", "chosen": [by fold]}.
void add_tuning(const Plan& plan, const Store& store, const Grid& grid, const PlannedCell& cell, OrderedJson& line) {
  if (cell.chosen.empty()) return;
  const std::vector<Json> folds = chosen_of(plan, store, cell);
  const std::vector<std::size_t> trials = trials_of(plan, cell);
  if (!folds.empty()) {
    const auto same = [&](const Json& fold) { return fold.at("params") == folds[0].at("params"); };
    line["parameters"] = folds[0].at("params");
    if (!std::all_of(folds.begin(), folds.end(), same)) {
      line["parameters"] = OrderedJson::array();
      for (const Json& fold : folds) line["parameters"].push_back(OrderedJson(fold.at("params")));
    }
  }
  OrderedJson chosen = OrderedJson::array();
  for (const Json& fold : folds) chosen.push_back({{"value", fold.at("value")}, {"selected", fold.at("selected")}, {"trial", fold.at("trial")}});
  int settings = 0;
  for (const ModelInfo& model : grid.models) {
    if (model.label == cell.result.label) settings = model.trials;
  }
  line["tuning"] = {{"settings", settings}, {"fits", trials.size()}, {"seconds", timing_of(store, plan, trials).seconds}, {"chosen", chosen}};
}

std::string cells_file(const Plan& plan, const Store& store, const Grid& grid) {
  std::string lines;
  for (std::size_t i = 0; i < plan.cells.size(); ++i) {
    const PlannedCell& planned = plan.cells[i];
    OrderedJson line = cell_to_json(grid.cells[i]);
    std::vector<std::string> fits;
    for (const std::size_t fit : planned.fits) fits.push_back(plan.tasks[fit].node.hash);
    line["fit"] = fits.empty() ? Json() : Json(fmt::format("{}", fmt::join(fits, "+")));
    const Timing fit = timing_of(store, plan, planned.fits), rank = timing_of(store, plan, planned.tasks);
    line["fit_seconds"] = fit.seconds;
    line["rank_seconds"] = rank.seconds;
    line["peak_memory_bytes"] = fit.peak.is_null() || rank.peak.is_null()
                                    ? Json()
                                    : Json(std::max(fit.peak.get<std::uint64_t>(), rank.peak.get<std::uint64_t>()));
    line["parameters"] = planned.parameters;
    add_tuning(plan, store, grid, planned, line);
    add_modules(plan, store, planned, line);
    lines += line.dump() + "\n";
  }
  return lines;
}

OrderedJson manifest(const Plan& plan, const Store& store, const Grid& grid) {
  OrderedJson json;
  json["experiment"] = grid.experiment;
  json["config_hash"] = grid.config_hash;
  json["environment"] = environment();
  json["store"] = store.root().string();
  json["data"] = OrderedJson::object();
  for (const auto& [name, task] : plan.prepared) json["data"][name] = plan.tasks[task].node.spec.at("files");
  json["nodes"] = OrderedJson::object();
  for (const Task& task : plan.tasks) {
    if (task.state == TaskState::kDone) json["nodes"][task.node.kind].push_back(task.node.hash);
  }
  json["grid"] = grid_to_json(grid);
  return json;
}

Status write_certificates(const Plan& plan, const Store& store, const Path& folder) {
  for (const Plan::PlannedSplit& split : plan.splits) {
    const Task& task = plan.tasks[split.task];
    if (task.state != TaskState::kDone) continue;
    MOTIVE_ASSIGN(const std::string text, read_file(store.folder(task.node) / "certificate.json"));
    MOTIVE_TRY(write_file_atomic(folder / "splits" / (split_file_stem(split) + ".json"), text));
  }
  return {};
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

}  // namespace

Status write_run_folder(const LoadedExperiment& experiment, const Plan& plan, const Store& store, const Grid& grid,
                        const Path& folder) {
  MOTIVE_TRY(write_file_atomic(folder / "experiment.yaml", experiment.source));
  MOTIVE_TRY(write_file_atomic(folder / "resolved.yaml", config::to_yaml(experiment.resolved)));
  MOTIVE_TRY(write_certificates(plan, store, folder));
  MOTIVE_TRY(write_file_atomic(folder / "cells.jsonl", cells_file(plan, store, grid)));
  if (const std::string curves = curves_csv(plan, store); !curves.empty()) {
    MOTIVE_TRY(write_file_atomic(folder / "curves.csv", curves));
  }
  return write_file_atomic(folder / "manifest.json", manifest(plan, store, grid).dump(1) + "\n");
}

OrderedJson environment() {
  utsname system{};
  ::uname(&system);
  const char* revision = std::getenv("MOTIVE_REVISION");
  return {{"version", MOTIVE_VERSION},
          {"git_revision", revision ? revision : "unknown"},
#ifdef __clang__
          {"compiler", fmt::format("clang {}", __clang_version__)},
#else
          {"compiler", fmt::format("g++ {}", __VERSION__)},
#endif
          {"libtorch", MOTIVE_TORCH_VERSION},
          {"system", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
          {"processor", processor_name()},
          {"threads", available_threads()}};
}

Result<Grid> read_grid(const Path& folder) {
  const auto text = read_file(folder / "manifest.json");
  if (!text) return invalid("{}: no run folder (manifest.json is missing); give a folder that `motive run` wrote", folder.string());
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || !json.contains("grid")) return invalid("{}: manifest.json is damaged; run the experiment again", folder.string());
  MOTIVE_ASSIGN(Grid grid, grid_from_json(json["grid"]));
  MOTIVE_ASSIGN(const auto cells, read_cells(folder));
  MOTIVE_ASSIGN(const Path root, store_of(folder));
  for (const CellRecord& record : cells) {
    CellResult cell = record.result;
    std::size_t begin = 0;
    for (std::size_t plus = 0; plus != std::string::npos; begin = plus + 1) {  // with folds, keys joined by +
      plus = cell.cell.find('+', begin);
      const Path ranks = root / "ranks" / cell.cell.substr(begin, plus - begin);
      begin == 0 ? void(cell.ranks = ranks) : cell.more_ranks.push_back(ranks);
    }
    grid.cells.push_back(std::move(cell));
  }
  return grid;
}

Result<Path> store_of(const Path& folder) {
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "manifest.json"));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("store")) return invalid("{}: manifest.json is damaged; run the experiment again", folder.string());
  const Path stored = json["store"].get<std::string>();
  if (stored.is_relative()) return folder / stored;  // of a bundle, which carries its own
  // A run folder that was moved together with its store (`--out DIR` puts it into DIR/store) still finds it.
  if (!std::filesystem::exists(stored) && std::filesystem::exists(folder / "store")) return folder / "store";
  return stored;
}

Result<std::vector<CellRecord>> read_cells(const Path& folder) {
  MOTIVE_ASSIGN(const std::string text, read_file(folder / "cells.jsonl"));
  std::vector<CellRecord> records;
  std::size_t number = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const Json line = Json::parse(text.substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    ++number;
    auto cell = cell_from_json(line);
    if (!cell) return fail("{}:{}: {}", (folder / "cells.jsonl").string(), number, cell.error().message);
    records.push_back({std::move(*cell), line.contains("fit") && line["fit"].is_string() ? line["fit"].get<std::string>() : ""});
  }
  return records;
}

Result<std::vector<CellRecord>> done_cells_of(const Path& folder, const std::string& label) {
  MOTIVE_ASSIGN(auto records, read_cells(folder));
  std::vector<std::string> labels;
  for (const CellRecord& record : records) {
    if (std::find(labels.begin(), labels.end(), record.result.label) == labels.end()) labels.push_back(record.result.label);
  }
  std::erase_if(records, [&](const CellRecord& record) {
    const bool meant = record.result.label == label || record.result.model == label;
    return !meant || record.result.state != CellState::kDone;
  });
  if (!records.empty()) return records;
  const std::string nearest = config::nearest_name(label, labels);
  return invalid("{}: no finished model is labelled `{}`{}; labels: {}", folder.string(), label,
                 nearest.empty() ? "" : ", did you mean `" + nearest + "`?", fmt::join(labels, ", "));
}

std::vector<std::string> earlier_cells(const Path& folder) {
  std::vector<std::string> hashes;
  if (const auto records = read_cells(folder)) {
    for (const CellRecord& record : *records) {
      if (!record.result.cell.empty()) hashes.push_back(record.result.cell);
    }
  }
  return hashes;
}

}  // namespace motive
