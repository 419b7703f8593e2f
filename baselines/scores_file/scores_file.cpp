#include "baselines/scores_file/scores_file.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "framework/base/hash.h"
#include "framework/recommend/arrays.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

constexpr const char* kVersion = "1";
constexpr std::uint32_t kUnknown = 0xffffffffu;
constexpr std::size_t kRowsBetweenLooks = 1 << 16;  // at whether we were interrupted

const std::vector<std::string>& placeholders() {
  static const std::vector<std::string> kNames = {"dataset", "split", "split_seed", "order_seed", "fold", "init_seed"};
  return kNames;
}

/// Calls take(name) for each {name} in the text and puts what it returns in its place.
template <class Take>
std::string replace_placeholders(const std::string& text, const Take& take) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at), close = text.find('}', open);
    if (open == std::string::npos || close == std::string::npos) return out + text.substr(at);
    out += text.substr(at, open - at) + take(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return out;
}

/// "" or what is wrong with the file's name.
std::string check_name(const ScoresFileParams& params) {
  std::string wrong;
  replace_placeholders(params.file.path, [&](const std::string& name) -> std::string {
    const auto& names = placeholders();
    if (std::find(names.begin(), names.end(), name) == names.end()) wrong = name;
    return "";
  });
  if (wrong.empty()) return "";
  return fmt::format("`{{{}}}` in `file` stands for nothing;{} it may hold {{{}}}", wrong,
                     config::did_you_mean(wrong, placeholders()), fmt::join(placeholders(), "}, {"));
}

/// Hash of a file. A plan asks for the same one for every protocol: kept while its size and time stay the same.
Result<std::string> hash_of(const Path& file) {
  static std::mutex mutex;
  static std::map<std::string, std::string> known;
  std::error_code code;
  const auto size = std::filesystem::file_size(file, code);
  if (code) {
    return invalid("scores_file: {}: {}; `file` is relative to the experiment's file", file.string(), code.message());
  }
  const auto time = std::filesystem::last_write_time(file, code).time_since_epoch().count();
  const std::lock_guard lock(mutex);
  std::string& hash = known[fmt::format("{}\n{}\n{}", file.string(), size, time)];
  if (hash.empty()) {
    MOTIVE_ASSIGN(hash, sha256_file(file));
  }
  return hash;
}

std::unordered_map<std::string_view, std::uint32_t> numbers_of(const TableView& table) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  numbers.reserve(table.size());
  for (std::size_t i = 0; i < table.size(); ++i) numbers.emplace(table.id(i), static_cast<std::uint32_t>(i));
  return numbers;
}

/// Numbers of ids; those that are unknown are kept, to be counted.
class Ids {
 public:
  explicit Ids(const TableView& table) : numbers_(numbers_of(table)) {}
  std::uint32_t number(std::string_view id) {
    const auto found = numbers_.find(id);
    if (found != numbers_.end()) {
      any_known_ = true;
      return found->second;
    }
    unknown_.emplace(id);
    return kUnknown;
  }
  std::size_t unknown() const { return unknown_.size(); }
  const std::unordered_set<std::string>& unknown_ids() const { return unknown_; }
  bool any_known() const { return any_known_; }

 private:
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
  std::unordered_set<std::string> unknown_;
  bool any_known_ = false;
};

Error nobody_known(const Path& file, const char* what, const Ids& ids, const TableView& table) {
  return invalid("{}: none of its {} {}s is in the data, which have such as '{}', the file '{}'. It must hold the "
                 "ids of the source, not numbers of another program",
                 file.string(), ids.unknown(), what, table.size() > 0 ? table.id(0) : "", *ids.unknown_ids().begin());
}

}  // namespace

namespace config {

template <>
struct Custom<ScoresPath> {
  static void parse(const Node& node, ScoresPath& value, const Scope& scope) {
    read(node, value.path, scope, required().not_empty());
    // An override or a stored specification has no line: relative paths are then those of the folder one is in.
    const Path base = node.mark.line > 0 ? Path(node.mark.source).parent_path() : Path();
    if (!value.path.empty()) value.path = std::filesystem::absolute(base / value.path).lexically_normal().string();
  }
  static OrderedJson echo(const ScoresPath& value) { return value.path; }
  static OrderedJson schema() { return {{"type", "string"}, {"minLength", 1}}; }
  static std::string name() { return "path"; }
};

}  // namespace config

const config::Table<ScoresFileParams>& ScoresFileParams::table() {
  using P = ScoresFileParams;
  static const auto kTable =
      config::Table<P>("scores_file")
          .field("file", &P::file,
                 "rows user,item,score, or a TREC run; relative to the experiment's file; may hold {dataset}, {split}, "
                 "{split_seed}, {order_seed}, {fold}, {init_seed}",
                 config::required())
          .choice("format", &P::format, "how the file is written",
                  {{"auto", ScoreFormat::kAuto, "by its first line"},
                   {"csv", ScoreFormat::kCsv, "user,item,score"},
                   {"trec", ScoreFormat::kTrec, "qid Q0 docid rank score tag"}})
          .check("file", check_name);
  return kTable;
}

Path scores_file_at(const ScoresFileParams& params, const FitPlace& place, std::uint64_t init_seed) {
  return replace_placeholders(params.file.path, [&](const std::string& name) -> std::string {
    if (name == "dataset") return place.dataset;
    if (name == "split") return place.split;
    if (name == "split_seed") return std::to_string(place.split_seed);
    if (name == "order_seed") return std::to_string(place.order_seed);
    if (name == "fold") return std::to_string(place.fold);
    return std::to_string(init_seed);
  });
}

struct ScoresFile::Row {
  double score;
  std::uint64_t line;
  std::uint32_t user, item;
};

Status ScoresFile::read_rows(const Path& file, const TrainingView& train, const FitContext& context,
                             std::vector<Row>& rows) {
  Ids users(*train.users), items(*train.items);
  std::uint64_t read = 0;
  MOTIVE_TRY(read_score_rows(file, params_.format, [&](const ScoreRow& row) -> Status {
    if (++read % kRowsBetweenLooks == 0 && context.cancel && context.cancel->is_set()) {
      return Error{"reading was interrupted", ErrorKind::kCancelled};
    }
    const Row numbered{row.score, row.line, users.number(row.user), items.number(row.item)};
    if (numbered.user != kUnknown && numbered.item != kUnknown) rows.push_back(numbered);
    return {};
  }));
  if (read == 0) return invalid("{}: it holds no scores", file.string());
  if (!users.any_known()) return nobody_known(file, "user", users, *train.users);
  if (!items.any_known()) return nobody_known(file, "item", items, *train.items);
  unknown_users_ = users.unknown();
  unknown_items_ = items.unknown();
  return {};
}

/// Sorts the rows into lists and turns scores into places: the best 0, the next different one -1, ...
Status ScoresFile::keep(std::vector<Row> rows, const Path& file, const TrainingView& train) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::tie(a.user, a.item, a.line) < std::tie(b.user, b.item, b.line);
  });
  offsets_.assign(train.users->size() + 1, 0);
  items_.resize(rows.size());
  scores_.resize(rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r > 0 && rows[r].user == rows[r - 1].user && rows[r].item == rows[r - 1].item) {
      return invalid("{}:{}: item '{}' of user '{}' stands on line {} as well; leave one out", file.string(), rows[r].line,
                     train.items->id(rows[r].item), train.users->id(rows[r].user), rows[r - 1].line);
    }
    ++offsets_[rows[r].user + 1];
    items_[r] = rows[r].item;
  }
  for (std::size_t u = 1; u < offsets_.size(); ++u) offsets_[u] += offsets_[u - 1];
  std::vector<std::uint64_t> order;
  for (std::size_t u = 0; u + 1 < offsets_.size(); ++u) {
    order.resize(offsets_[u + 1] - offsets_[u]);
    std::iota(order.begin(), order.end(), offsets_[u]);
    std::sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) { return rows[a].score > rows[b].score; });
    std::uint32_t place = 0;  // exact as a float: there are fewer than 2^24 different scores in a list, or neighbours tie
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (k > 0 && rows[order[k]].score < rows[order[k - 1]].score) ++place;
      scores_[order[k]] = -static_cast<float>(place);
    }
  }
  return {};
}

Status ScoresFile::fit(const TrainingView& train, FitContext& context) {
  const Path file = scores_file_at(params_, context.place, context.init_seed);
  std::vector<Row> rows;
  MOTIVE_TRY(read_rows(file, train, context, rows));
  n_items_ = train.n_items();
  MOTIVE_TRY(keep(std::move(rows), file, train));
  context.report["rows"] = items_.size();
  return {};
}

Status ScoresFile::rank_one(const Query& query, bool all, std::vector<float>& scores, RankSink& sink) const {
  const std::size_t u = index(query.user);
  if (u + 1 >= offsets_.size()) return fail("scores_file knows {} users and is asked for number {}", offsets_.size() - 1, u);
  const auto begin = items_.begin() + static_cast<std::ptrdiff_t>(offsets_[u]);
  const auto end = items_.begin() + static_cast<std::ptrdiff_t>(offsets_[u + 1]);
  const auto score_at = [&](auto it) { return scores_[static_cast<std::size_t>(it - items_.begin())]; };
  // Below every place that a list can have.
  const float below = -static_cast<float>(end - begin) - 1;
  scores.assign(all ? n_items_ : query.candidates.size(), below);
  std::size_t found = 0;
  if (all) {
    for (auto it = begin; it != end; ++it) scores[*it] = score_at(it);
    found = static_cast<std::size_t>(end - begin);
  } else {
    for (std::size_t c = 0; c < query.candidates.size(); ++c) {
      const auto item = static_cast<std::uint32_t>(index(query.candidates[c]));
      const auto it = std::lower_bound(begin, end, item);
      if (it == end || *it != item) continue;
      scores[c] = score_at(it);
      ++found;
    }
  }
  if (found == 0) return {};  // not answered: the evaluator counts it
  if (found < scores.size()) sink.count("lists that leave items out", 1);
  return sink.scores(query.row, scores);
}

Status ScoresFile::rank(QuerySource& queries, RankSink& sink, RankContext& context) const {
  if (queries.n_items() != n_items_) {
    return fail("scores_file was read for {} items, the catalogue has {}; fit it on this data", n_items_, queries.n_items());
  }
  const bool all = queries.kind() == CandidateKind::kAll;
  std::vector<Query> block(256);
  std::vector<float> scores;
  std::size_t done = 0;
  while (true) {
    if (context.cancel && context.cancel->is_set()) return Error{"ranking was interrupted", ErrorKind::kCancelled};
    const std::size_t n = queries.next(block);
    if (n == 0) break;
    for (std::size_t q = 0; q < n; ++q) MOTIVE_TRY(rank_one(block[q], all, scores, sink));
    done += n;
    if (context.progress) context.progress->update(static_cast<double>(done), static_cast<double>(queries.size()));
  }
  if (unknown_users_ > 0) sink.count("users of the file that the data lack", unknown_users_);
  if (unknown_items_ > 0) sink.count("items of the file that the data lack", unknown_items_);
  return {};
}

Status ScoresFile::save(const Path& folder) const {
  ArrayWriter writer(folder, "scores_file", kVersion);
  writer.values()["users"] = offsets_.size() - 1;
  writer.values()["items"] = n_items_;
  writer.values()["rows"] = items_.size();
  writer.values()["unknown_users"] = unknown_users_;
  writer.values()["unknown_items"] = unknown_items_;
  MOTIVE_TRY(writer.add<std::uint64_t>("offsets", offsets_, {offsets_.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("listed", items_, {items_.size()}));
  MOTIVE_TRY(writer.add<float>("places", scores_, {scores_.size()}));
  return writer.finish();
}

Status ScoresFile::load(const Path& folder) {
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "scores_file", kVersion));
  MOTIVE_ASSIGN(const std::uint64_t n_users, reader.number("users"));
  MOTIVE_ASSIGN(n_items_, reader.number("items"));
  MOTIVE_ASSIGN(const std::uint64_t rows, reader.number("rows"));
  MOTIVE_ASSIGN(unknown_users_, reader.number("unknown_users"));
  MOTIVE_ASSIGN(unknown_items_, reader.number("unknown_items"));
  MOTIVE_ASSIGN(offsets_, reader.read<std::uint64_t>("offsets", {n_users + 1}));
  MOTIVE_ASSIGN(items_, reader.read<std::uint32_t>("listed", {rows}));
  MOTIVE_ASSIGN(scores_, reader.read<float>("places", {rows}));
  if (offsets_.front() != 0 || offsets_.back() != rows || !std::is_sorted(offsets_.begin(), offsets_.end()) ||
      std::any_of(items_.begin(), items_.end(), [&](std::uint32_t i) { return i >= n_items_; })) {
    return fail("{}: its lists do not fit together; remove the folder, it will be made again", folder.string());
  }
  return {};
}

namespace {

MethodInfo describe(const ScoresFileParams& params) {
  // Whatever it lists it may score: who made the lists knew what he could.
  MethodInfo info{.code_version = kVersion,
                  .stochastic = params.file.path.find("{init_seed}") != std::string::npos,
                  .unseen_users = true,
                  .empty_history = true,
                  .unseen_items = true,
                  .personalised = true,
                  .input = [params](const FitPlace& place, std::uint64_t init_seed) {
                    return hash_of(scores_file_at(params, place, init_seed));
                  },
                  .label = "scores of " + Path(params.file.path).filename().string()};
  std::error_code code;
  const auto size = std::filesystem::file_size(params.file.path, code);
  const std::uint64_t rows = code ? 0 : size / 12;  // an id of 4 characters, another, a number
  info.fit_estimate = [rows](const Shape& s) {
    return Estimate{static_cast<double>(rows) / 3e6, 32 * rows + 100 * (s.users + s.items)};
  };
  info.rank_estimate = [rows](const Shape& s) {
    return Estimate{static_cast<double>(s.queries) * static_cast<double>(s.candidates) / 1e9, 8 * rows + 8 * s.users};
  };
  return info;
}

const RegisterMethod<ScoresFileParams, ScoresFile> kRegister{
    "scores_file", "lists made elsewhere: a file of user,item,score, or a TREC run", "", describe};

}  // namespace
}  // namespace motive
