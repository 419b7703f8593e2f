#include "framework/split/imported.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "framework/data/record_reader.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr const char* kNames[] = {"train", "valid", "test", "history"};
enum File : std::size_t { kTrain, kValid, kTest, kHistory };

class Importer {
 public:
  explicit Importer(const PreparedData& data) : data_(data), events_(data.events()), place_(events_.size(), kUnused) {
    for (std::size_t u = 0; u < data.users().size(); ++u) users_.emplace(data.users().id(u), u);
    for (std::size_t i = 0; i < data.items().size(); ++i) items_.emplace(data.items().id(i), i);
    for (auto& rows : rows_) rows.resize(events_.users());
  }

  Status read(const Path& path, File file) {
    MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(path, {}));
    std::vector<std::string_view> fields;
    MOTIVE_ASSIGN(const bool any, reader.next(fields));
    if (!any) return invalid("{}: is empty; its first line must be a header, such as user,item,rating,timestamp", path.string());
    const auto column = [&](std::string_view name) {
      return static_cast<std::size_t>(std::find(fields.begin(), fields.end(), name) - fields.begin());
    };
    const std::size_t width = fields.size(), user = column("user"), item = column("item"), time = column("timestamp");
    if (user == width || item == width) {
      return reader.error("the header must name the columns user and item, found {}", fmt::join(fields, ","));
    }
    while (true) {
      MOTIVE_ASSIGN(const bool more, reader.next(fields));
      if (!more) return {};
      if (fields.size() != width) return reader.error("{} fields, the header has {}", fields.size(), width);
      MOTIVE_TRY(take(reader, fields[user], fields[item], time < width ? fields[time] : std::string_view{}, file));
    }
  }

  const std::vector<std::uint32_t>& row(File file, std::size_t user) {
    auto& row = rows_[file][user];
    std::sort(row.begin(), row.end());
    return row;
  }

 private:
  static constexpr std::uint8_t kUnused = 255;

  Status take(const RecordReader& reader, std::string_view user, std::string_view item, std::string_view time, File file) {
    const auto u = users_.find(user);
    if (u == users_.end()) return reader.error("the prepared data have no user `{}`; was the split made from other data or filters?", user);
    const auto i = items_.find(item);
    if (i == items_.end()) return reader.error("the prepared data have no item `{}`; was the split made from other data or filters?", item);
    std::optional<std::int64_t> seconds;
    if (!time.empty() && !events_.times.empty()) {
      MOTIVE_ASSIGN(seconds, parse_time(reader, time));
    }
    std::optional<std::size_t> taken;
    for (std::size_t e = events_.offsets[u->second]; e < events_.offsets[u->second + 1]; ++e) {
      if (index(events_.items[e]) != i->second || (seconds && events_.times[e] != *seconds)) continue;
      if (file == kHistory ? in_history(u->second, e) : place_[e] != kUnused) {
        taken = e;
        continue;
      }
      if (file != kHistory) place_[e] = static_cast<std::uint8_t>(file);
      rows_[file][u->second].push_back(static_cast<std::uint32_t>(e));
      return {};
    }
    if (taken) {
      return reader.error("the event of user `{}` with item `{}` stands in {}.csv already", user, item,
                          kNames[file == kHistory ? static_cast<std::size_t>(kHistory) : place_[*taken]]);
    }
    return reader.error("the prepared data hold no event of user `{}` with item `{}`{}; was the split made from other data or "
                        "filters?", user, item, seconds ? fmt::format(" at {}", time) : "");
  }

  bool in_history(std::size_t user, std::size_t event) const {
    const auto& row = rows_[kHistory][user];
    return std::find(row.begin(), row.end(), event) != row.end();
  }

  static Result<std::int64_t> parse_time(const RecordReader& reader, std::string_view text) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size()) return seconds;
    MOTIVE_ASSIGN(TimeParser parser, TimeParser::make("auto"));
    std::int64_t ticks = 0;
    if (const std::string reason = parser.parse(text, ticks); !reason.empty()) {
      return reader.error("column `timestamp`: {}", reason);
    }
    return ticks / kTicksPerSecond;
  }

  const PreparedData& data_;
  const EventsView& events_;
  std::vector<std::uint8_t> place_;  // [N] the file that names the event
  std::unordered_map<std::string_view, std::size_t> users_, items_;
  std::vector<std::vector<std::uint32_t>> rows_[4];
};

void add_user(Importer& files, std::uint32_t user, bool histories, SplitLists& lists) {
  const auto train = files.row(kTrain, user), valid = files.row(kValid, user), test = files.row(kTest, user);
  std::vector<std::uint32_t> refit(train.begin(), train.end());
  refit.insert(refit.end(), valid.begin(), valid.end());
  std::sort(refit.begin(), refit.end());
  lists.train.add_row(train);
  lists.refit.add_row(refit);
  if (!valid.empty()) lists.valid.add(user, valid, train);
  if (test.empty()) return;
  if (!histories) {
    lists.test.add(user, test, refit);
    return;
  }
  const auto shown = files.row(kHistory, user);
  std::vector<std::uint32_t> hidden;
  std::set_difference(refit.begin(), refit.end(), shown.begin(), shown.end(), std::back_inserter(hidden));
  lists.test.add(user, test, shown, hidden);
}

ColdLists untrained(const PreparedData& data, const SplitLists& lists) {
  ColdLists cold;
  std::vector<std::uint8_t> known(data.items().size(), 0);  // 1: has events, 2: in training
  for (const ItemId item : data.events().items) known[index(item)] = 1;
  for (const std::uint32_t event : lists.refit.events) known[index(data.events().items[event])] = 2;
  for (std::uint32_t i = 0; i < known.size(); ++i) {
    if (known[i] == 1) cold.items.push_back(i);
  }
  for (const std::uint32_t user : lists.test.users) {
    if (lists.refit.row(user).empty()) cold.users.push_back(user);
  }
  return cold;
}

}  // namespace

Result<std::vector<Path>> imported_files(const Path& folder) {
  std::vector<Path> files;
  for (const char* name : kNames) {
    const Path file = folder / fmt::format("{}.csv", name);
    if (std::filesystem::exists(file)) {
      files.push_back(file);
    } else if (name == kNames[kTrain] || name == kNames[kTest]) {
      return invalid("split: {} does not exist; an imported split is a folder with train.csv, test.csv and, where there are any, "
                     "valid.csv and history.csv", file.string());
    }
  }
  return files;
}

Result<MadeSplit> make_imported(const PreparedData& data, const ImportedOptions& options) {
  MOTIVE_ASSIGN(const std::vector<Path> files, imported_files(options.folder));
  Importer importer(data);
  bool histories = false;
  for (const Path& path : files) {
    const auto file = static_cast<File>(std::find(std::begin(kNames), std::end(kNames), path.stem().string()) - std::begin(kNames));
    histories = histories || file == kHistory;
    MOTIVE_TRY(importer.read(path, file));
  }
  MadeSplit made;
  made.claims = {.definition = fmt::format("imported: training, validation and test events as files made elsewhere name them; shown: {}; "
                                          "validation events join training on refit",
                                          histories ? "what history.csv names" : "the user's training and validation events"),
                .earlier_history = false};
  for (std::size_t u = 0; u < data.events().users(); ++u) {
    add_user(importer, static_cast<std::uint32_t>(u), histories, made.lists);
  }
  if (made.lists.test.users.empty()) return invalid("split: {} names no event", (options.folder / "test.csv").string());
  made.lists.cold = untrained(data, made.lists);
  for (const Path& path : files) made.claims.details["files"].push_back(path.filename().string());
  made.claims.untested = {{"no event in test.csv", data.events().users() - made.lists.test.users.size()}};
  return made;
}

}  // namespace motive
