#include <algorithm>

#include "framework/base/console.h"
#include "framework/report/bundle_parts.h"

namespace motive::bundle {
namespace {

std::string head(const OrderedJson& manifest) {
  const std::string title = fmt::format("Artefact of the experiment {}", manifest.value("experiment", ""));
  return fmt::format(
      "{}\n{}\n\n"
      "All that its tables follow from, without what names its authors. In this folder, with Motive {}, without the data set\n"
      "and without a network:\n\n"
      "    motive table .             the tables again; table.*, metrics.csv .. variance.csv and report.html are written here\n"
      "    motive compare . A B       a paired test of two models, by their labels\n"
      "    sha256sum -c SHA256SUMS    whether every file is as it was made, the tables too\n\n"
      "When this folder was made, a copy of it in another place gave all tables again, byte for byte.\n\n",
      title, std::string(title.size(), '='), MOTIVE_VERSION);
}

bool holds(const std::vector<std::string>& files, std::string_view name) {
  return std::any_of(files.begin(), files.end(), [&](const std::string& file) { return file.starts_with(name); });
}

std::string contents(const std::vector<std::string>& files, const BundleReport& report) {
  std::string text =
      "Files\n"
      "  table.txt .md .csv .tex   the tables\n"
      "  metrics.csv summary.csv comparisons.csv variance.csv   every number and test behind them\n"
      "  resolved.yaml             the experiment with every default; experiment.yaml is the same\n"
      "  manifest.json             versions, files of the data with SHA-256, what tables show beside numbers\n";
  text += fmt::format(
      "  cells.jsonl               a line a cell: state ({} of {} done), cause, times, memory, parameters, calls, cost\n",
      report.done, report.cells);
  if (holds(files, "curves.csv")) text += "  curves.csv                losses by epoch\n";
  if (holds(files, "splits/")) text += "  splits/                   certificates of the splits, recounted from their files\n";
  if (holds(files, "store/ranks/")) {
    text += fmt::format(
        "  store/ranks/              of {} rankings: user, held-out item, candidates above, tied and in all, from which every\n"
        "                            metric follows; and the first items of each user's list\n",
        report.ranks);
  }
  if (holds(files, "store/facts/")) {
    text +=
        "  store/facts/              for slices and metrics of lists: training events, pool and categories of items, lengths "
        "of\n"
        "                            histories; for diversity by texts, weights of words without the words\n";
  }
  if (report.answers > 0) {
    text += fmt::format(
        "  llm/                      {} answers of language models ({}), a line each; `motive cache import` takes them in,\n"
        "                            `motive run --llm replay` then asks nobody\n",
        format_count(report.answers), report.answers_note);
  } else {
    text += fmt::format("Answers of language models: {}.\n", report.answers_note);
  }
  return text + "\n";
}

std::string versions(const OrderedJson& manifest) {
  std::string text = "Versions of the run\n";
  const auto environment = manifest.find("environment");
  if (environment == manifest.end() || !environment->is_object()) return text + "  not recorded\n\n";
  for (const auto& [name, value] : environment->items()) {
    text += fmt::format("  {:<14} {}\n", name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return text + fmt::format("  {:<14} {}\n\n", "configuration", manifest.value("config_hash", ""));
}

std::string removed(const BundleReport& report, bool keeps_ids) {
  std::string text =
      "Left out\n"
      "  - data, splits, fitted models, and what methods said in words of single users\n"
      "  - the author's own configuration with its comments, the kernel's release, the revision of git\n"
      "Replaced\n";
  text += keeps_ids ? ""
                    : fmt::format("  - ids of users: {} are called u1, u2, .. in the order of their rows\n",
                                  format_count(report.users));
  for (const auto& [kind, n] : report.replaced) text += fmt::format("  - {}: {} time{}\n", kind, n, n == 1 ? "" : "s");
  if (keeps_ids && report.replaced.empty()) text += "  - nothing\n";
  if (report.other_words)
    text += "  So words in the tables (causes, notes, labels) differ from the author's own; no number does.\n";
  return text +
         "No file holds the names of host and user, the home folder, or the folders of checkout, store, cache and data.\n\n";
}

std::string limits(const BundleReport& report, bool keeps_ids) {
  std::string text =
      "What remains\n"
      "  - the names of experiment, data sets, splits and models, and what the configuration says of them\n"
      "  - ids and categories of items, as in the data set\n";
  text += keeps_ids ? "  - ids of users, as in the data set\n"
                    : "  - what users did: whoever has the data set can tell them by their held-out items\n";
  if (report.answers > 0) {
    text +=
        "  - in llm/, prompts and answers word by word: they hold histories of users as texts of the data set, whose terms "
        "apply,\n"
        "    and the names of models and times of the answers\n";
  }
  return text +
         "  - causes of failed cells, in the words of the program\n"
         "Without the data set nothing here can be fitted or ranked again, and no other slices and metrics of lists be shown.\n";
}

}  // namespace

std::string readme(const OrderedJson& manifest, const std::vector<std::string>& files, const BundleOptions& options,
                   const BundleReport& report) {
  return head(manifest) + contents(files, report) + versions(manifest) + removed(report, options.keep_user_ids) +
         limits(report, options.keep_user_ids);
}

}  // namespace motive::bundle
