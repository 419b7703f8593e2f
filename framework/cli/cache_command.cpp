#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/base/json.h"
#include "framework/cli/commands.h"
#include "framework/llm/cache.h"

namespace motive {
namespace {

constexpr std::size_t kMostShown = 20;

struct CacheArguments {
  std::string file, other;
  bool json = false;
  Path cache() const { return file.empty() ? llm::cache_file() : Path(file); }
};

using CacheAction = Status (*)(const CacheArguments& arguments);

std::string count_of(std::uint64_t n, const char* one, const char* many) {
  return fmt::format("{} {}", format_count(n), n == 1 ? one : many);
}

void print_json(const CacheArguments& arguments, const llm::CacheStats& stats) {
  OrderedJson models = OrderedJson::array();
  for (const auto& [model, answers] : stats.models) models.push_back({{"model", model}, {"answers", answers}});
  const OrderedJson out = {{"file", arguments.cache().string()},
                           {"bytes", stats.bytes},
                           {"answers", stats.answers},
                           {"attempts", stats.attempts},
                           {"possibly_billed", stats.possibly_billed},
                           {"prompt_tokens", stats.usage.prompt},
                           {"cached_tokens", stats.usage.cached},
                           {"completion_tokens", stats.usage.completion},
                           {"cost", stats.cost},
                           {"models", models}};
  std::cout << out.dump(2, ' ', false, OrderedJson::error_handler_t::replace) << "\n";
}

Status show_stats(const CacheArguments& arguments) {
  MOTIVE_ASSIGN(const auto cache, llm::Cache::open_readonly(arguments.cache()));
  MOTIVE_ASSIGN(const llm::CacheStats stats, cache->stats());
  if (arguments.json) {
    print_json(arguments, stats);
    return {};
  }
  const auto tokens = [](std::int64_t n) { return format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0))); };
  std::cout << fmt::format("{}: {}, {}\n", arguments.cache().string(), count_of(stats.answers, "answer", "answers"),
                           format_bytes(static_cast<double>(stats.bytes)));
  std::cout << fmt::format("tries   {}, {} of them without an answer and possibly billed\n", format_count(stats.attempts),
                           format_count(stats.possibly_billed));
  std::cout << fmt::format("tokens  {} of prompts ({} cached by servers), {} of answers\n", tokens(stats.usage.prompt),
                           tokens(stats.usage.cached), tokens(stats.usage.completion));
  std::cout << fmt::format("cost    {:.4f} for these answers, in the currency of their prices\n", stats.cost);
  std::size_t width = 0;
  for (const auto& [model, answers] : stats.models) width = std::max(width, model.size());
  for (const auto& [model, answers] : stats.models) {
    std::cout << fmt::format("model   {:<{}}  {}\n", model.empty() ? "-" : model, width,
                             count_of(answers, "answer", "answers"));
  }
  return {};
}

Status export_cache(const CacheArguments& arguments) {
  MOTIVE_ASSIGN(const auto cache, llm::Cache::open_readonly(arguments.cache()));
  MOTIVE_ASSIGN(const std::uint64_t answers, cache->export_to(arguments.other));
  std::cout << fmt::format("wrote {} into {}, and {}.manifest.json\n", count_of(answers, "answer", "answers"), arguments.other,
                           arguments.other);
  return {};
}

Status import_cache(const CacheArguments& arguments) {
  MOTIVE_ASSIGN(const auto cache, llm::Cache::open(arguments.cache()));
  MOTIVE_ASSIGN(const llm::MergeReport report, cache->import_from(arguments.other));
  std::cout << fmt::format("{}: added {}, {} there already\n", arguments.cache().string(),
                           count_of(report.added, "answer", "answers"), format_count(report.present));
  if (report.conflicts == 0) return {};
  std::cout << fmt::format("{} to the same request in the cache and in {}; the cache's own stay:\n",
                           count_of(report.conflicts, "other answer", "other answers"), arguments.other);
  for (const std::string& key : report.conflicting) std::cout << "  " << key << "\n";
  if (report.conflicts > report.conflicting.size())
    std::cout << fmt::format("  and {} more\n", format_count(report.conflicts - report.conflicting.size()));
  return {};
}

Status verify_cache(const CacheArguments& arguments) {
  MOTIVE_ASSIGN(const auto cache, llm::Cache::open_readonly(arguments.cache()));
  MOTIVE_ASSIGN(const std::vector<std::string> faults, cache->verify());
  if (faults.empty()) {
    std::cout << arguments.cache().string() << ": every answer is as it was stored\n";
    return {};
  }
  for (std::size_t i = 0; i < std::min(faults.size(), kMostShown); ++i) std::cout << faults[i] << "\n";
  if (faults.size() > kMostShown) std::cout << fmt::format("and {} more\n", format_count(faults.size() - kMostShown));
  return fail("{}: {} found; put a copy back, or move it away and `motive cache import` an export", arguments.cache().string(),
              count_of(faults.size(), "fault", "faults"));
}

CLI::App* add_action(CLI::App& cache, int& status, const std::shared_ptr<CacheArguments>& arguments, const char* name,
                     const char* what, const char* examples, CacheAction action) {
  auto* command = cache.add_subcommand(name, what);
  command->add_option("--file", arguments->file,
                      "another cache; default: llm/answers.sqlite in $MOTIVE_CACHE or ~/.cache/motive");
  command->footer(examples);
  command->callback([=, &status] {
    const Status done = action(*arguments);
    status = done ? 0 : report_error(done.error());
  });
  return command;
}

}  // namespace

void add_cache(CLI::App& app, int& status) {
  auto* cache = app.add_subcommand("cache", "Kept answers of language models: stats, export, import, verify");
  cache->require_subcommand(1);
  const auto arguments = std::make_shared<CacheArguments>();
  auto* stats = add_action(*cache, status, arguments, "stats", "How many answers of which models, and what they cost",
                           "Examples:\n  motive cache stats\n  motive cache stats --json", show_stats);
  stats->add_flag("--json", arguments->json, "for scripts");
  auto* exporting = add_action(
      *cache, status, arguments, "export", "Write all answers into one file that can be published, and a manifest beside it",
      "The same answers give the same bytes. Examples:\n  motive cache export answers.jsonl.zst\n"
      "  zstdcat answers.jsonl.zst | head -1", export_cache);
  exporting->add_option("FILE", arguments->other, "such as answers.jsonl.zst")->required();
  auto* importing = add_action(
      *cache, status, arguments, "import", "Take in the answers of an export; those that are there already stay",
      "Examples:\n  motive cache import answers.jsonl.zst\n"
      "  motive cache import answers.jsonl.zst --file paper/answers.sqlite", import_cache);
  importing->add_option("FILE", arguments->other, "made by `motive cache export`")->required();
  add_action(*cache, status, arguments, "verify", "Look whether every answer is as it was stored",
             "Exit status 1 where something is damaged. Example:\n  motive cache verify", verify_cache);
}

}  // namespace motive
