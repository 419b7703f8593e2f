#include "baselines/external/external.h"

#include <fmt/ranges.h>
#include <stdlib.h>

#include <algorithm>

#include "baselines/external/answers.h"
#include "baselines/external/process.h"
#include "framework/base/hash.h"
#include "framework/recommend/arrays.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVersion = "1";

Result<Path> make_temporary_folder() {
  std::error_code code;
  const Path parent = fs::temp_directory_path(code);
  std::string name = (parent / "motive-external-XXXXXX").string();
  if (code || ::mkdtemp(name.data()) == nullptr) {
    return fail("cannot make a folder in '{}'; set TMPDIR to one that can be written",
                parent.string());
  }
  return Path(name);
}

/// A folder that is removed at the end of the scope.
struct ScopedFolder {
  Path path;
  explicit ScopedFolder(Path p) : path(std::move(p)) {}
  ~ScopedFolder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;
};

/// Ids and text fields.
Status write_table(const TableView& table, std::string_view id_name, const Path& file) {
  external::CsvWriter writer(file);
  std::vector<std::string_view> fields{id_name};
  for (const auto& [name, column] : table.fields()) fields.push_back(name);
  writer.row(fields);
  for (std::size_t row = 0; row < table.size(); ++row) {
    fields.assign(1, table.id(row));
    for (const auto& [name, column] : table.fields()) fields.push_back(column[row]);
    writer.row(fields);
  }
  return writer.finish();
}

/// Files below `folder`, as relative paths, sorted. Links and the like are refused.
Result<std::vector<Path>> files_below(const Path& folder) {
  std::vector<Path> files;
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; !code && it != end;
       it.increment(code)) {
    const auto type = it->symlink_status(code).type();
    if (type == fs::file_type::directory) continue;
    if (type != fs::file_type::regular) {
      return fail("{}: neither a file nor a folder; the program may leave only these",
                  it->path().string());
    }
    files.push_back(it->path().lexically_relative(folder));
  }
  if (code) return fail("{}: cannot list it: {}", folder.string(), code.message());
  std::sort(files.begin(), files.end());
  return files;
}

Status copy_synced(const Path& from, const Path& to) {
  MOTIVE_ASSIGN(const MappedFile file, MappedFile::open(from));
  MOTIVE_TRY(make_folders(to.parent_path()));
  return write_column_bytes(to, file.bytes());
}

/// Hash of the files that the command names: an edited script is another method.
std::string command_version(const ExternalParams& params) {
  Sha256 sha;
  for (const std::string& argument : params.command) {
    std::error_code code;
    if (!fs::is_regular_file(argument, code)) continue;
    const auto digest = sha256_file(argument);
    sha.update(digest ? *digest : "unreadable");
  }
  return fmt::format("{}-{}{}{}", kVersion, sha.hex().substr(0, 16),
                     params.version.empty() ? "" : "-", params.version);
}

}  // namespace

void config::Custom<ExternalCommand>::parse(const Node& node, ExternalCommand& value, const Scope& scope) {
  read(node, static_cast<std::vector<std::string>&>(value), scope, not_empty());
  if (node.mark.line == 0) return;  // an override, or what was resolved before
  const Path base = Path(node.mark.source).parent_path();
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (i == 0 && value[i].find('/') == std::string::npos) continue;  // a program in PATH
    std::error_code code;
    const Path beside = fs::absolute(base / value[i], code);
    if (!code && fs::is_regular_file(beside, code)) value[i] = beside.lexically_normal().string();
  }
}

OrderedJson config::Custom<ExternalCommand>::echo(const ExternalCommand& value) {
  return static_cast<const std::vector<std::string>&>(value);
}

OrderedJson config::Custom<ExternalCommand>::schema() {
  return {{"type", "array"}, {"items", {{"type", {"string", "number"}}}}, {"minItems", 1}};
}

const config::Table<ExternalAbilities>& ExternalAbilities::table() {
  using A = ExternalAbilities;
  static const auto kTable =
      config::Table<A>("external.abilities")
          .field("stochastic", &A::stochastic, "its results depend on the seed")
          .field("unseen_users", &A::unseen_users, "it ranks for users without training events")
          .field("empty_history", &A::empty_history, "it ranks where nothing is known of the user")
          .field("unseen_items", &A::unseen_items, "it scores items without training events")
          .field("personalised", &A::personalised, "its ranking depends on the user")
          .field("uses_order", &A::uses_order, "it reads the order of events")
          .field("uses_text", &A::uses_text, "it reads the text of items");
  return kTable;
}

const config::Table<ExternalParams>& ExternalParams::table() {
  using P = ExternalParams;
  static const auto kTable =
      config::Table<P>("external")
          .field("command", &P::command, "program and arguments, such as [python3, my_method.py]",
                 config::required())
          .field("fit", &P::fit, "whether it is first run as COMMAND fit MODEL")
          .field("timeout", &P::timeout, "the longest that one run may take",
                 config::above(0).up_to(1e7).unit("seconds"))
          .field("version", &P::version,
                 "change it when the program changes in files the command does not name")
          .field("options", &P::options, "handed to the program in request.json")
          .field("abilities", &P::abilities, "what the program can do; the framework cannot know");
  return kTable;
}

External::~External() { forget(); }

void External::forget() {
  std::error_code ignored;
  if (owns_model_) fs::remove_all(model_, ignored);
  owns_model_ = false;
  model_.clear();
}

Status External::write_request(const Path& folder, std::uint64_t seed, int threads) const {
  const Json request{{"format", 1},
                     {"seed", seed},
                     {"threads", threads},
                     {"users", user_ids_.size()},
                     {"items", item_ids_.size()},
                     {"options", params_.options}};
  return write_file_synced(folder / "request.json",
                           request.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Status External::write_training(const TrainingView& train) const {
  MOTIVE_TRY(write_table(*train.items, "item", model_ / "items.csv"));
  MOTIVE_TRY(write_table(*train.users, "user", model_ / "users.csv"));
  const EventsView& events = train.events;
  external::CsvWriter writer(model_ / "train.csv");
  writer.row({"user", "item", "rating", "timestamp"});
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (std::size_t e = events.begin(user_id(u)); e < events.end(user_id(u)); ++e) {
      const std::string rating = events.ratings.empty() ? "" : fmt::format("{}", events.ratings[e]);
      const std::string time = events.times.empty() ? "" : fmt::format("{}", events.times[e]);
      writer.row({train.users->id(u), train.items->id(index(events.items[e])), rating, time});
    }
  }
  return writer.finish();
}

Status External::fit(const TrainingView& train, FitContext& context) {
  forget();
  MOTIVE_ASSIGN(model_, make_temporary_folder());
  owns_model_ = true;
  item_ids_.clear();
  user_ids_.clear();
  for (std::size_t i = 0; i < train.n_items(); ++i) item_ids_.emplace_back(train.items->id(i));
  for (std::size_t u = 0; u < train.users->size(); ++u) user_ids_.emplace_back(train.users->id(u));
  MOTIVE_TRY(write_training(train));
  MOTIVE_TRY(write_request(model_, context.init_seed, context.threads));
  if (!params_.fit) return {};
  external::Command command{params_.command, {}, params_.timeout, context.cancel};
  command.arguments.insert(command.arguments.end(), {"fit", model_.string()});
  command.environment = {{"MOTIVE_THREADS", std::to_string(context.threads)}};
  return external::run_command(command, [](std::string_view) { return Status(); });
}

Status External::write_queries(const std::vector<Query>& queries, bool all_items,
                               const Path& folder) const {
  external::CsvWriter asked(folder / "queries.csv"), history(folder / "history.csv");
  asked.row({"query", "user", "in_training"});
  history.row({"query", "item", "rating", "timestamp"});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const Query& query = queries[q];
    const std::string number = std::to_string(q);
    asked.row({number, user_ids_[index(query.user)], query.user_in_training ? "1" : "0"});
    for (std::size_t h = 0; h < query.history.size(); ++h) {
      const std::string rating = query.ratings.empty() ? "" : fmt::format("{}", query.ratings[h]);
      const std::string time = query.times.empty() ? "" : fmt::format("{}", query.times[h]);
      history.row({number, item_ids_[index(query.history[h])], rating, time});
    }
  }
  MOTIVE_TRY(asked.finish());
  MOTIVE_TRY(history.finish());
  if (all_items) return {};
  external::CsvWriter candidates(folder / "candidates.csv");
  candidates.row({"query", "item"});
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const std::string number = std::to_string(q);
    for (const ItemId i : queries[q].candidates) candidates.row({number, item_ids_[index(i)]});
  }
  return candidates.finish();
}

Status External::rank(QuerySource& source, RankSink& sink, RankContext& context) const {
  if (model_.empty() || source.n_items() != item_ids_.size()) {
    return fail("{} was fitted on {} items, the catalogue has {}; fit it on this data", params_.method,
                item_ids_.size(), source.n_items());
  }
  std::vector<Query> queries, block(1024);
  while (const std::size_t n = source.next(block)) {
    queries.insert(queries.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(n));
  }
  for (const Query& query : queries) {
    if (index(query.user) >= user_ids_.size()) {
      return fail("{} was fitted on {} users and asked for number {}", params_.method, user_ids_.size(),
                  index(query.user));
    }
  }
  if (context.cancel && context.cancel->is_set()) {
    return Error{"ranking was interrupted", ErrorKind::kCancelled};
  }
  if (queries.empty()) return {};
  const bool all_items = source.kind() == CandidateKind::kAll;
  MOTIVE_ASSIGN(Path path, make_temporary_folder());
  const ScopedFolder folder(std::move(path));
  MOTIVE_TRY(write_queries(queries, all_items, folder.path));
  MOTIVE_TRY(write_request(folder.path, context.seed, context.threads));
  external::Command command{params_.command, {}, params_.timeout, context.cancel};
  command.arguments.insert(command.arguments.end(),
                           {"rank", model_.string(), folder.path.string()});
  command.environment = {{"MOTIVE_THREADS", std::to_string(context.threads)}};
  external::Answers answers(queries, item_ids_, all_items, sink);
  MOTIVE_TRY(
      external::run_command(command, [&](std::string_view bytes) { return answers.feed(bytes); }));
  if (auto status = answers.finish(); !status) {
    return fail("'{}': {}", fmt::join(command.arguments, " "), status.error().message);
  }
  return {};
}

Status External::save(const Path& folder) const {
  MOTIVE_ASSIGN(const std::vector<Path> files, files_below(model_));
  ArrayWriter writer(folder, params_.method, kVersion);
  Json& sums = writer.values()["files"] = Json::object();
  for (const Path& file : files) {
    MOTIVE_TRY(copy_synced(model_ / file, folder / "model" / file));
    MOTIVE_ASSIGN(const std::string sum, sha256_file(model_ / file));
    sums[file.generic_string()] = sum;
  }
  return writer.finish();
}

Status External::load(const Path& folder) {
  forget();
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, params_.method, kVersion));
  const Json sums = reader.values().value("files", Json());
  if (!sums.is_object() || !sums.contains("items.csv") || !sums.contains("users.csv") ||
      !sums.contains("train.csv")) {
    return fail("{}: model.json lists no train.csv, items.csv and users.csv", folder.string());
  }
  for (const auto& [name, sum] : sums.items()) {
    const Path relative = Path(name).lexically_normal();
    if (relative.is_absolute() || *relative.begin() == "..") {
      return fail("{}: model.json names a file outside the folder: '{}'", folder.string(), name);
    }
    MOTIVE_ASSIGN(const std::string found, sha256_file(folder / "model" / relative));
    if (!sum.is_string() || found != sum.get<std::string>()) {
      return fail(
          "{}: '{}' is truncated or altered; remove the folder, the model will be fitted again",
          folder.string(), name);
    }
  }
  model_ = folder / "model";
  return read_ids();
}

Status External::read_ids() {
  const auto read = [](const Path& file, std::vector<std::string>& ids) {
    ids.clear();
    return external::read_csv(file, [&ids](const std::vector<std::string>& row, std::size_t line) {
      if (line > 1) ids.push_back(row.front());
      return Status();
    });
  };
  MOTIVE_TRY(read(model_ / "items.csv", item_ids_));
  return read(model_ / "users.csv", user_ids_);
}

MethodInfo describe_external(const ExternalParams& params) {
  const ExternalAbilities& a = params.abilities;
  const std::string program =
      params.command.empty() ? "" : Path(params.command.back()).filename().string();
  MethodInfo info{.code_version = command_version(params),
                  .stochastic = a.stochastic,
                  .unseen_users = a.unseen_users,
                  .empty_history = a.empty_history,
                  .unseen_items = a.unseen_items,
                  .personalised = a.personalised,
                  .uses_order = a.uses_order,
                  .uses_text = a.uses_text,
                  .label = !params.label.empty() ? params.label : program.empty() ? "external" : "external " + program};
  // Of the program nothing is known: these are the files that are exchanged with it.
  info.fit_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.events) / 2e6, 64 * (s.users + s.items)};
  };
  info.rank_estimate = [](const Shape& s) {
    return Estimate{static_cast<double>(s.queries) * static_cast<double>(s.candidates) / 5e6,
                    64 * (s.users + s.items + s.queries) + 8 * s.candidates};
  };
  return info;
}

namespace {

const RegisterMethod<ExternalParams, External> kRegister{
    "external", "a method in any language, as a subprocess that reads and writes CSV", "",
    describe_external};

}  // namespace
}  // namespace motive
