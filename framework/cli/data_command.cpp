#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/base/console.h"
#include "framework/cli/commands.h"
#include "framework/cli/data_get.h"
#include "framework/cli/data_report.h"
#include "framework/config/yaml_writer.h"
#include "framework/data/inspect.h"
#include "framework/data/sniff.h"
#include "framework/data/statistics.h"

namespace motive {
namespace {

/// Shows how far reading is.
class ConsoleProgress final : public Progress {
 public:
  ~ConsoleProgress() override { Console::instance().clear_status(); }
  void update(double done, double total, std::string_view note) override {
    Console::instance().status(total > 0 ? done / total : 0, std::string(note), -1);
  }
};

/// A folder for columns that are read once; gone at the end.
class ScratchFolder {
 public:
  static Result<ScratchFolder> make() {
    std::error_code code;
    const Path parent = std::filesystem::temp_directory_path(code);
    std::string name = (parent / "motive-inspect-XXXXXX").string();
    if (code || !::mkdtemp(name.data()))
      return fail("{}: cannot make a folder for the columns; set TMPDIR", name);
    return ScratchFolder(name);
  }
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const Path& path() const { return path_; }

 private:
  explicit ScratchFolder(Path path) : path_(std::move(path)) {}
  Path path_;
};

struct Inspected {
  OrderedJson statistics, checks;
};

Result<Inspected> look_at(const Descriptor& descriptor, const FilterOptions& filters) {
  MOTIVE_TRY(check_filters(filters, descriptor));
  MOTIVE_TRY(source_fingerprint(descriptor));  // checksums
  MOTIVE_ASSIGN(const ScratchFolder folder, ScratchFolder::make());
  ConsoleProgress progress;
  MOTIVE_TRY(prepare(descriptor, filters, folder.path(), progress));
  progress.update(0, 0, "looking at it");
  MOTIVE_ASSIGN(const PreparedData data, PreparedData::open(folder.path()));
  return Inspected{data_statistics(data), inspect_data(data)};
}

struct ListRow {
  std::string name, title, users, items, interactions, where, remedy;
};

ListRow list_row(const std::string& name) {
  const auto descriptor = find_descriptor(name);
  if (!descriptor) return {name, "", "", "", "", "unreadable", descriptor.error().message};
  ListRow row{name, descriptor->title, "", "", "", "", ""};
  if (descriptor->size) {
    row.users = format_count(descriptor->size->users);
    row.items = format_count(descriptor->size->items);
    row.interactions = format_count(descriptor->size->interactions);
  } else if (descriptor->world) {
    row.users = format_count(static_cast<std::uint64_t>(descriptor->world->users));
    row.items = format_count(static_cast<std::uint64_t>(descriptor->world->items));
    row.interactions = "~" + format_count(estimate_world(*descriptor->world).events);
  }
  if (descriptor->synthetic()) {
    row.where = "made here";
    return row;
  }
  const LocatedFiles located = locate_files(*descriptor);
  row.where = located.found() ? located.folder.string() : "not found";
  if (!located.found()) row.remedy = find_files(*descriptor).error().message;
  return row;
}

int list_data(bool json) {
  std::vector<ListRow> rows;
  for (const std::string& name : descriptor_names()) rows.push_back(list_row(name));
  if (json) {
    OrderedJson list = OrderedJson::array();
    for (const ListRow& r : rows) {
      list.push_back({{"name", r.name},
                      {"title", r.title},
                      {"users", r.users},
                      {"items", r.items},
                      {"interactions", r.interactions},
                      {"where", r.where},
                      {"remedy", r.remedy}});
    }
    std::cout << list.dump(2) << "\n";
    return 0;
  }
  std::size_t name_width = 4, title_width = 5;
  for (const ListRow& r : rows) {
    name_width = std::max(name_width, r.name.size());
    title_width = std::max(title_width, r.title.size());
  }
  const auto print = [&](const ListRow& r) {
    std::cout << fmt::format("{:<{}}  {:<{}}  {:>9}  {:>9}  {:>12}  {}\n", r.name, name_width,
                             r.title, title_width, r.users, r.items, r.interactions, r.where);
  };
  print({"name", "title", "users", "items", "interactions", "where", ""});
  for (const ListRow& r : rows) print(r);
  for (const ListRow& r : rows) {
    if (!r.remedy.empty()) std::cout << "\n" << r.remedy << "\n";
  }
  return 0;
}

struct InspectArguments {
  std::string what, yaml, filters;
  bool json = false, write = false, force = false;
};

bool is_data_file(const std::string& what) {
  std::error_code code;
  return std::filesystem::is_regular_file(what, code) && !what.ends_with(".yaml") &&
         !what.ends_with(".yml");
}

void print_guess(const Sniffed& sniffed, const std::string& yaml, const std::string& what) {
  std::cout << "# " << what << " looks like this\n" << yaml;
  if (sniffed.byte_order_mark)
    std::cout << "# it begins with a byte order mark, which is skipped\n";
  for (const std::string& note : sniffed.notes) std::cout << "# guessed: " << note << "\n";
  for (const auto& record : sniffed.examples) {
    std::string line;
    for (const std::string& value : record)
      line += (line.empty() ? "" : " | ") + config::excerpt(value);
    std::cout << "# record: " << line << "\n";
  }
}

Result<Path> write_guess(const InspectArguments& arguments, const Sniffed& sniffed) {
  Path file = arguments.yaml;
  if (file.empty()) {
    const OrderedJson guess = propose_descriptor(sniffed, arguments.what, ".");
    file = Path(arguments.what).parent_path() / (guess.at("name").get<std::string>() + ".yaml");
  }
  std::error_code code;
  if (!arguments.force && std::filesystem::exists(file, code)) {
    return invalid("{}: the file exists; say --force to replace it, or --write OTHER.yaml",
                   file.string());
  }
  const Path folder = std::filesystem::absolute(file, code).parent_path();
  const std::string yaml = config::to_yaml(propose_descriptor(sniffed, arguments.what, folder));
  MOTIVE_TRY(write_file_atomic(file, yaml));
  return file;
}

Result<Descriptor> guess_descriptor(const InspectArguments& arguments) {
  MOTIVE_ASSIGN(const Sniffed sniffed, sniff_interactions(arguments.what));
  std::error_code code;
  const Path folder = std::filesystem::absolute(arguments.what, code).parent_path();
  const OrderedJson guess = propose_descriptor(sniffed, arguments.what, folder);
  if (!arguments.json) print_guess(sniffed, config::to_yaml(guess), arguments.what);
  if (arguments.write) {
    MOTIVE_ASSIGN(const Path file, write_guess(arguments, sniffed));
    const bool plain = file.is_absolute() || file.has_parent_path();
    Console::instance().note(fmt::format("wrote {}; in an experiment: `dataset: {}{}`",
                                         file.string(), plain ? "" : "./", file.string()));
  }
  config::Errors errors;
  auto descriptor = resolve_descriptor(config::from_json(guess, "the guess"), folder, errors);
  if (!errors.empty()) return errors.error();
  return *descriptor;
}

/// Nothing is dropped unless asked for: what is wrong with the data should be seen.
Result<FilterOptions> filters_of(const std::string& yaml) {
  if (yaml.empty()) return FilterOptions::none();
  config::Errors errors;
  const config::Node node = config::parse_yaml(yaml, "--filters", errors);
  MOTIVE_TRY(errors.status());
  auto filters = config::parse<FilterOptions>(node, errors);
  MOTIVE_TRY(errors.status());
  return filters;
}

Status inspect(const InspectArguments& arguments) {
  MOTIVE_ASSIGN(const FilterOptions filters, filters_of(arguments.filters));
  const bool bare = is_data_file(arguments.what);
  if (!bare && (arguments.write || arguments.force)) {
    return invalid(
        "--write is for a data file of your own; `{}` is described already or does not exist",
        arguments.what);
  }
  MOTIVE_ASSIGN(const Descriptor descriptor,
                bare ? guess_descriptor(arguments) : find_descriptor(arguments.what));
  MOTIVE_ASSIGN(const Inspected seen, look_at(descriptor, filters));
  if (arguments.json) {
    OrderedJson out = {{"name", descriptor.name}, {"title", descriptor.title}};
    if (bare) out["description"] = config::echo(descriptor);
    for (const auto& [key, value] : seen.statistics.items()) out[key] = value;
    out["checks"] = seen.checks;
    std::cout << out.dump(2) << "\n";
    return {};
  }
  if (bare) std::cout << "\n";
  if (!descriptor.title.empty()) std::cout << descriptor.title << "\n";
  if (!descriptor.terms.empty()) std::cout << "terms: " << descriptor.terms << "\n";
  std::cout << statistics_text(seen.statistics, seen.checks, Look::of_stdout());
  return {};
}

int status_of(const Status& done) { return done ? 0 : report_error(done.error()); }

void add_inspect(CLI::App& data, int& status) {
  auto* command = data.add_subcommand(
      "inspect", "Statistics and warnings of a data set, or of a file of your own");
  auto arguments = std::make_shared<InspectArguments>();
  command
      ->add_option("NAME", arguments->what,
                   "a data set, a .yaml file that describes one, or a file of interactions")
      ->required();
  command->add_flag("--json", arguments->json, "for scripts");
  command->add_option("--filters", arguments->filters,
                      "look at what these leave, as YAML of an experiment's `filters`; default: drop nothing");
  auto* write = command->add_option("--write", arguments->yaml,
                                    "write the description guessed from FILE (default: beside it)");
  write->expected(0, 1);
  command->add_flag("--force", arguments->force, "replace an existing description");
  command->footer(
      "Examples:\n  motive data inspect movielens-100k\n  motive data inspect my.csv\n"
      "  motive data inspect my.csv --write\n  motive data inspect my.csv --write shop.yaml\n"
      "  motive data inspect movielens-100k --filters '{min_rating: 4, iterative_kcore: 5}'");
  command->callback([=, &status] {
    arguments->write = write->count() > 0;
    status = status_of(inspect(*arguments));
  });
}

}  // namespace

void add_data(CLI::App& app, int& status) {
  auto* data = app.add_subcommand("data", "Data sets: list, inspect, get");
  data->require_subcommand(1);
  auto* list = data->add_subcommand(
      "list", "The data sets that are described, and where their files were found");
  auto json = std::make_shared<bool>(false);
  list->add_flag("--json", *json, "for scripts");
  list->callback([=, &status] { status = list_data(*json); });
  add_inspect(*data, status);
  add_data_get(*data, status);
}

}  // namespace motive
