#include "framework/report/run_record.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "framework/evaluate/csv_zst.h"
#include "framework/experiment/grid_json.h"

namespace motive {
namespace {

/// Tokens that a cache of the endpoint answered, over the modules of a cell.
double cached_tokens(const Json& line) {
  double sum = 0;
  for (const Json& module : json_at(line, "modules")) sum += json_number(module, "cached_tokens").value_or(0);
  return sum;
}

void read_costs(const Path& folder, RunRecord& record) {
  const auto text = read_file(folder / "cells.jsonl");
  if (!text) {
    record.faults.push_back("cells.jsonl is not there: no times, memory and costs are shown");
    return;
  }
  std::size_t broken = 0;
  for (std::size_t begin = 0; begin < text->size();) {
    const std::size_t end = std::min(text->find('\n', begin), text->size());
    const Json line = Json::parse(text->substr(begin, end - begin), nullptr, false);
    begin = end + 1;
    auto cell = line.is_object() ? cell_from_json(line) : Result<CellResult>(fail("not a cell"));
    if (!cell) {
      ++broken;
      continue;
    }
    record.cells.push_back({std::move(*cell), json_number(line, "fit_seconds"), json_number(line, "rank_seconds"),
                            json_number(line, "peak_memory_bytes"), json_number(json_at(line, "tuning"), "seconds"),
                            cached_tokens(line)});
  }
  if (broken > 0) record.faults.push_back(fmt::format("cells.jsonl: {} lines are damaged and were left out", broken));
}

bool parse(const std::string& text, auto& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::optional<double> number(const std::string& text) {
  double value = 0;
  return parse(text, value) ? std::optional(value) : std::nullopt;
}

void read_curves(const Path& folder, RunRecord& record) {
  if (!is_there(folder / "curves.csv")) return;  // no method reported one
  const auto content = read_file(folder / "curves.csv");
  std::string_view text = content ? std::string_view(*content) : std::string_view();
  std::vector<std::string> f;
  if (!next_csv_record(text, f) || f.size() != 9 || f[6] != "epoch") {
    record.faults.push_back("curves.csv cannot be read: no learning curves are shown");
    return;
  }
  std::size_t broken = 0;
  while (next_csv_record(text, f)) {
    CurvePoint point;
    if (f.size() != 9 || !parse(f[6], point.epoch)) {
      ++broken;
      continue;
    }
    point.loss = number(f[7]);
    point.validation = number(f[8]);
    const auto same = [&](const Curve& c) {
      return std::tie(c.label, c.dataset, c.split, c.split_seed, c.init_seed, c.stage) ==
             std::tie(f[0], f[1], f[2], f[3], f[4], f[5]);
    };
    // Folds have no column: epochs that begin again are another fold's.
    if (record.curves.empty() || !same(record.curves.back()) || record.curves.back().points.back().epoch >= point.epoch) {
      record.curves.push_back({f[0], f[1], f[2], f[3], f[4], f[5], {}});
    }
    record.curves.back().points.push_back(point);
  }
  if (broken > 0) record.faults.push_back(fmt::format("curves.csv: {} lines are damaged and were left out", broken));
}

/// "world-101-item-cold-1-order2-fold3" as data set, split and "seed 1, order 2, fold 3".
SplitCertificate name_of(const Grid& grid, const std::string& stem) {
  SplitCertificate best;
  std::size_t longest = 0;
  for (const DatasetInfo& dataset : grid.datasets) {
    for (const SplitInfo& split : grid.splits) {
      const std::string head = dataset.name + "-" + split.name + "-";
      if (!stem.starts_with(head) || head.size() <= longest) continue;
      longest = head.size();
      best = {dataset.name, split.name, "seed " + stem.substr(longest), Json()};
    }
  }
  if (longest == 0) return {"", stem, "", Json()};
  for (const char* part : {"order", "fold"}) {
    if (const auto at = best.instance.find(std::string("-") + part); at != std::string::npos) {
      best.instance.replace(at, 1 + std::string_view(part).size(), std::string(", ") + part + " ");
    }
  }
  return best;
}

void read_certificates(const Grid& grid, const Path& folder, RunRecord& record) {
  std::vector<Path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder / "splits", error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".json") files.push_back(it->path());
  }
  if (files.empty()) record.faults.push_back("splits/ holds no certificates: what the splits prove is not shown");
  std::sort(files.begin(), files.end());
  for (const Path& file : files) {
    const auto text = read_file(file);
    SplitCertificate certificate = name_of(grid, file.stem().string());
    certificate.json = text ? Json::parse(*text, nullptr, false) : Json();
    if (certificate.json.is_object()) {
      record.certificates.push_back(std::move(certificate));
    } else {
      record.faults.push_back(fmt::format("splits/{} is damaged", file.filename().string()));
    }
  }
}

}  // namespace

bool is_there(const Path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

const Json& json_at(const Json& json, const std::string& key) {
  static const Json kNull;
  if (!json.is_object()) return kNull;
  const auto found = json.find(key);
  return found == json.end() ? kNull : *found;
}

std::optional<double> json_number(const Json& json, const std::string& key) {
  const Json& value = json_at(json, key);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

RunRecord read_run_record(const Grid& grid, const Path& folder) {
  RunRecord record;
  read_costs(folder, record);
  read_curves(folder, record);
  read_certificates(grid, folder, record);
  const auto manifest = read_file(folder / "manifest.json");
  Json json = manifest ? Json::parse(*manifest, nullptr, false) : Json();
  if (json.is_object()) {
    record.manifest = std::move(json);
  } else {
    record.faults.push_back("manifest.json is missing or damaged: what the run was made with is not shown");
  }
  if (auto yaml = read_file(folder / "experiment.yaml")) {
    record.experiment_yaml = std::move(*yaml);
  } else {
    record.faults.push_back("experiment.yaml is not there");
  }
  return record;
}

}  // namespace motive
