#include "framework/report/bundle.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <set>

#include "framework/base/compress.h"
#include "framework/evaluate/cell_facts.h"
#include "framework/experiment/run_folder.h"
#include "framework/experiment/stages.h"
#include "framework/llm/cache.h"
#include "framework/llm/offline.h"
#include "framework/report/bundle_facts.h"
#include "framework/report/bundle_parts.h"
#include "framework/report/identity.h"
#include "framework/report/results.h"
#include "framework/report/run_record.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

/// A folder in the making, gone with all it holds unless it was published.
class Aside {
 public:
  explicit Aside(Path folder) : folder_(std::move(folder)) { remove(); }
  ~Aside() { remove(); }
  Aside(const Aside&) = delete;
  Aside& operator=(const Aside&) = delete;
  const Path& folder() const { return folder_; }

 private:
  void remove() const {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Path folder_;
};

bool wants_lists(const Grid& grid) {
  return std::any_of(grid.metrics.begin(), grid.metrics.end(), [](MetricKind kind) { return metric_help(kind).lists; });
}

std::vector<Path> folders_of(const CellResult& cell) {
  std::vector<Path> folders = {cell.ranks};
  folders.insert(folders.end(), cell.more_ranks.begin(), cell.more_ranks.end());
  return folders;
}

std::vector<CellResult> done_by_split(const Grid& grid) {
  std::vector<CellResult> cells;
  std::copy_if(grid.cells.begin(), grid.cells.end(), std::back_inserter(cells),
               [](const CellResult& c) { return c.state == CellState::kDone; });
  std::stable_sort(cells.begin(), cells.end(), [](const CellResult& a, const CellResult& b) {
    return std::tie(a.dataset, a.split) < std::tie(b.dataset, b.split);
  });
  return cells;
}

/// Models that answered, as they are named in cells.jsonl.
std::set<std::string> models_asked(std::string_view lines) {
  std::set<std::string> models;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const Json line = Json::parse(lines.substr(0, end), nullptr, false);
    lines.remove_prefix(std::min(end + 1, lines.size()));
    for (const char* part : {"modules", "shared_modules"}) {
      const Json& named = json_at(json_at(line, part), "models");
      if (!named.is_object()) continue;
      for (const auto& [model, n] : named.items()) models.insert(model);
    }
  }
  return models;
}

/// A revision leads to a repository, the release of a kernel to the institute that made it.
void make_common(OrderedJson& environment) {
  if (!environment.is_object()) return;
  environment["git_revision"] = "removed";
  const std::string system = environment.value("system", "");
  environment["system"] = system.substr(0, system.find(' ')) + system.substr(std::min(system.rfind(' '), system.size()));
}

/// The first file that differs; "" where all are the same.
std::string first_difference(const ResultFiles& one, const ResultFiles& other) {
  for (std::size_t i = 0; i < one.size(); ++i) {
    if (one[i].second != other[i].second) return one[i].first;
  }
  return "";
}

class Maker {
 public:
  explicit Maker(const BundleOptions& options) : options_(options), users_(options.keep_user_ids) {}

  Result<BundleReport> run() {
    MOTIVE_TRY(open());
    const Aside made(beside(".making"));
    folder_ = made.folder();
    MOTIVE_TRY(make_folders(folder_));
    MOTIVE_TRY(write_record());
    MOTIVE_TRY(write_ranks());
    MOTIVE_TRY(write_facts());
    MOTIVE_TRY(write_answers());
    MOTIVE_TRY(write_tables());
    MOTIVE_TRY(write_readme());
    MOTIVE_TRY(look_for_traces());
    return publish();
  }

 private:
  Path beside(const char* ending) const {
    return options_.out.parent_path() / ("." + options_.out.filename().string() + ending);
  }

  Status open();
  Status write_record();
  Status write_ranks();
  Status write_facts();
  Status check_origin(const std::string& ranks);
  Status write_answers();
  Status export_answers(const std::set<std::string>& models);
  Status write_tables();
  Status write_readme();
  Status look_for_traces();
  Status look_into(const std::string& file);
  Result<BundleReport> publish();

  Status carry(const Path& name, const std::function<Result<std::string>(const std::string&)>& change);
  Status write(const Path& name, std::string_view content) {
    MOTIVE_TRY(make_folders((folder_ / name).parent_path()));
    return write_file_synced(folder_ / name, content);
  }

  BundleOptions options_;
  Path folder_;  // aside
  Grid grid_;
  Path store_root_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Anonymiser> anonymiser_;
  bundle::UserNumbers users_;
  std::set<std::string> checked_;  // nodes
  OrderedJson manifest_;
  BundleReport report_;
};

// ---- what is there

Status Maker::open() {
  std::error_code code;
  options_.run = fs::absolute(options_.run, code).lexically_normal();
  if (!options_.run.has_filename()) options_.run = options_.run.parent_path();
  if (options_.out.empty()) options_.out = options_.run.string() + "-bundle";
  options_.out = fs::absolute(options_.out, code).lexically_normal();
  if (!options_.out.has_filename()) options_.out = options_.out.parent_path();
  if (options_.cache.empty()) options_.cache = llm::cache_file();
  if (fs::exists(fs::symlink_status(options_.out, code)))
    return invalid("{}: exists already; move it away, or name another folder with --out", options_.out.string());
  MOTIVE_ASSIGN(grid_, read_grid(options_.run));
  if (grid_.ties == Ties::kRandom && !options_.keep_user_ids) {
    return invalid(
        "{}: `ties: random` draws its order from the ids of users, so other ids would give other numbers; keep them with "
        "--keep-user-ids, or run the experiment with `ties: expected`",
        options_.run.string());
  }
  MOTIVE_ASSIGN(store_root_, store_of(options_.run));
  MOTIVE_ASSIGN(Store store, Store::open(store_root_));
  store_ = std::make_unique<Store>(std::move(store));
  std::vector<Trace> traces = traces_of_this_machine();
  add_folder(traces, options_.run, "the run folder", "RUN");
  add_folder(traces, options_.out, "the folder of the bundle", "BUNDLE");
  add_folder(traces, store_root_, "the store", "STORE");
  add_folder(traces, options_.cache.parent_path(), "the cache of answers", "CACHE");
  std::erase_if(traces, [&](const Trace& t) {
    return std::find(options_.allowed.begin(), options_.allowed.end(), t.text) != options_.allowed.end();
  });
  anonymiser_ = std::make_unique<Anonymiser>(std::move(traces));
  return {};
}

// ---- the record of the run

Status Maker::carry(const Path& name, const std::function<Result<std::string>(const std::string&)>& change) {
  MOTIVE_ASSIGN(const std::string text, read_file(options_.run / name));
  auto changed = change(text);
  if (!changed) return fail("{}: {}; run the experiment again", (options_.run / name).string(), changed.error().message);
  return write(name, *changed);
}

Status Maker::write_record() {
  const auto json = [&](const std::string& text) { return anonymiser_->json_text(text); };
  const auto yaml = [&](const std::string& text) { return anonymiser_->yaml_text(text); };
  MOTIVE_TRY(carry("manifest.json", [&](const std::string& text) -> Result<std::string> {
    OrderedJson own = OrderedJson::parse(text);  // read_grid() has read it
    own["store"] = "store";
    make_common(own["environment"]);
    MOTIVE_ASSIGN(std::string words, anonymiser_->json_text(own.dump(1) + "\n"));
    manifest_ = OrderedJson::parse(words);
    return words;
  }));
  MOTIVE_TRY(carry("resolved.yaml", yaml));
  MOTIVE_ASSIGN(const std::string resolved, read_file(folder_ / "resolved.yaml"));
  MOTIVE_TRY(write("experiment.yaml", resolved));
  MOTIVE_TRY(carry("cells.jsonl", [&](const std::string& text) { return anonymiser_->json_lines(text); }));
  if (is_there(options_.run / "curves.csv")) {
    MOTIVE_TRY(carry("curves.csv", [](const std::string& text) { return Result<std::string>(text); }));
  }
  std::error_code code;
  for (const auto& entry : fs::directory_iterator(options_.run / "splits", code)) {
    if (entry.path().extension() == ".json") MOTIVE_TRY(carry(Path("splits") / entry.path().filename(), json));
  }
  return {};
}

// ---- ranks and facts

Status Maker::write_ranks() {
  report_.cells = grid_.cells.size();
  std::set<std::string> copied;
  for (const CellResult& cell : grid_.cells) {
    if (cell.state != CellState::kDone) continue;
    ++report_.done;
    for (const Path& ranks : folders_of(cell)) {
      const std::string hash = ranks.filename().string();
      if (!copied.insert(hash).second) continue;
      MOTIVE_TRY(bundle::check_node(*store_, "ranks", hash));
      MOTIVE_TRY(bundle::copy_ranks(*store_, hash, cell.dataset, users_, folder_ / "store"));
    }
  }
  report_.ranks = copied.size();
  return {};
}

/// The nodes that facts are read from; each once.
Status Maker::check_origin(const std::string& ranks) {
  MOTIVE_ASSIGN(const auto saved, saved_facts(store_->root(), ranks));
  if (saved) return {};  // of a bundle
  const auto check = [&](const std::string& kind, const std::string& hash) -> Result<Json> {
    if (checked_.insert(kind + hash).second) MOTIVE_TRY(bundle::check_node(*store_, kind, hash));
    return read_spec(*store_, kind, hash);
  };
  MOTIVE_ASSIGN(const Json of_ranks, read_spec(*store_, "ranks", ranks));
  MOTIVE_TRY(check("candidates", of_ranks.at("candidates")));
  MOTIVE_ASSIGN(const Json fit, read_spec(*store_, "fits", of_ranks.at("fit")));
  MOTIVE_ASSIGN(const Json split, check("splits", fit.at("split")));
  MOTIVE_TRY(check("prepared", split.at("prepared")));
  return {};
}

Status Maker::write_facts() {
  if (grid_.slices.empty() && !wants_lists(grid_)) return {};
  const FactsSource source = stored_facts(grid_);
  std::map<std::string, std::string> by_ranks;
  std::map<std::shared_ptr<const CellFacts>, std::string> saved;  // of one data set and split
  std::string group;
  for (CellResult& cell : done_by_split(grid_)) {
    if (const std::string own = cell.dataset + "\n" + cell.split; own != group) {
      saved.clear();
      group = own;
    }
    for (const Path& ranks : folders_of(cell)) {
      const std::string hash = ranks.filename().string();
      MOTIVE_TRY(check_origin(hash));
      CellResult fold = cell;
      fold.ranks = ranks;
      MOTIVE_ASSIGN(const std::shared_ptr<const CellFacts> facts, source(fold));
      std::string& name = saved[facts];
      const auto user = [&](std::string_view id) { return users_.name(cell.dataset, id); };
      if (name.empty()) {
        MOTIVE_ASSIGN(name, save_facts(*facts, user, folder_ / "store" / "facts"));
      }
      by_ranks[hash] = name;
    }
  }
  return by_ranks.empty() ? Status() : write_facts_index(folder_ / "store" / "facts", by_ranks);
}

// ---- answers of language models

Status Maker::write_answers() {
  MOTIVE_ASSIGN(const std::string cells, read_file(options_.run / "cells.jsonl"));
  std::set<std::string> models = models_asked(cells);
  std::string& note = report_.answers_note;
  if (!options_.answers) {
    note = "left out (--no-answers)";
  } else if (models.empty() && !options_.all_answers) {
    note = "none: no cell asked a language model";
  } else if (models.size() == 1 && models.count(llm::kOfflineVersion) && !options_.all_answers) {
    note = "none: all are of `offline`, which is part of the program and gives the same ones again";
  } else {
    return export_answers(models);
  }
  return {};
}

Status Maker::export_answers(const std::set<std::string>& models) {
  auto cache = llm::Cache::open_readonly(options_.cache);
  if (!cache) {
    return invalid(
        "{}\nThe experiment's answers ({}) belong to the bundle: name their cache with --cache, or leave them out with "
        "--no-answers",
        cache.error().message, fmt::join(models, ", "));
  }
  std::vector<std::string> experiments = {grid_.experiment};
  experiments.insert(experiments.end(), options_.answers_of.begin(), options_.answers_of.end());
  if (options_.all_answers) experiments.clear();
  MOTIVE_TRY(make_folders(folder_ / "llm"));
  MOTIVE_ASSIGN(report_.answers, (*cache)->export_to(folder_ / "llm" / "answers.jsonl.zst", experiments));
  report_.answers_note =
      options_.all_answers ? "the whole cache" : fmt::format("asked for by {}", fmt::join(experiments, ", "));
  if (report_.answers > 0) return {};
  return invalid(
      "{}: no answer was asked for under the name {}; name the experiments that did with --answers-of, take the whole cache "
      "with --all-answers, or leave answers out with --no-answers",
      options_.cache.string(), fmt::join(experiments, ", "));
}

// ---- the check

/// The tables of a copy in another folder, which must be those of the run folder.
Status Maker::write_tables() {
  const Aside elsewhere(beside(".elsewhere"));
  std::error_code code;
  fs::copy(folder_, elsewhere.folder(), fs::copy_options::recursive, code);
  if (code)
    return fail("{}: cannot copy the bundle to try it: {}; free some space", elsewhere.folder().string(), code.message());
  MOTIVE_ASSIGN(Grid grid, read_grid(elsewhere.folder()));
  MOTIVE_ASSIGN(const ResultFiles files, result_files(grid));
  MOTIVE_ASSIGN(const ResultFiles own, result_files(grid_));
  if (!first_difference(own, files).empty()) {
    // Causes and notes may have held paths: then the ranks of the run in the bundle's words.
    for (CellResult& cell : grid.cells) {
      cell.ranks = store_root_ / "ranks" / cell.ranks.filename();
      for (Path& ranks : cell.more_ranks) ranks = store_root_ / "ranks" / ranks.filename();
    }
    MOTIVE_ASSIGN(const ResultFiles reworded, result_files(grid));
    if (const std::string file = first_difference(reworded, files); !file.empty()) {
      return fail(
          "{}: the bundle does not give the same {} as the run folder, so it was not published: a fault of this program",
          options_.run.string(), file);
    }
    report_.other_words = true;
  }
  for (const auto& [name, content] : files) MOTIVE_TRY(write(name, content));
  return {};
}

Status Maker::look_into(const std::string& file) {
  const auto check = [&](std::string_view text, const char* where) -> Status {
    const Trace* trace = anonymiser_->first_in(text);
    if (!trace) return {};
    return fail("{}: {} {} ({}), so the bundle was not published; {}", file, where, trace->kind, trace->text,
                trace->path ? "it must go from the run folder's file (answers: --no-answers)"
                            : fmt::format("where the word means something else, say so with --allow {}", trace->text));
  };
  MOTIVE_TRY(check(file, "is named by"));
  MOTIVE_ASSIGN(const std::string content, read_file(folder_ / file));
  if (!file.ends_with(".zst")) return check(content, "holds");
  LineUnpacker lines(content);
  for (std::string line;;) {
    MOTIVE_ASSIGN(const bool more, lines.next(line));
    if (!more) return {};
    MOTIVE_TRY(check(line, "holds"));
  }
}

Status Maker::look_for_traces() {
  MOTIVE_ASSIGN(const auto files, bundle::files_of(folder_));
  for (const std::string& file : files) MOTIVE_TRY(look_into(file));
  return {};
}

// ---- the end

Status Maker::write_readme() {
  report_.users = users_.size();
  report_.replaced = anonymiser_->replaced();
  MOTIVE_ASSIGN(const auto files, bundle::files_of(folder_));
  return write("README.txt", bundle::readme(manifest_, files, options_, report_));
}

Result<BundleReport> Maker::publish() {
  MOTIVE_ASSIGN(const std::string sums, bundle::checksums(folder_));
  MOTIVE_TRY(write("SHA256SUMS", sums));
  MOTIVE_ASSIGN(const auto files, bundle::files_of(folder_));
  report_.files = files.size() + 1;
  std::error_code code;
  for (const std::string& file : files) report_.bytes += fs::file_size(folder_ / file, code);
  MOTIVE_ASSIGN(const bool published, publish_folder(folder_, options_.out));
  if (!published) return invalid("{}: exists already; move it away, or name another folder with --out", options_.out.string());
  report_.folder = options_.out;
  return report_;
}

}  // namespace

Result<BundleReport> make_bundle(const BundleOptions& options) { return Maker(options).run(); }

}  // namespace motive
