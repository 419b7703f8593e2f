#include "framework/data/readers.h"

#include <charconv>
#include <cmath>

#include "framework/data/delimited_file.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr std::uint64_t kProgressEvery = 1 << 16;
constexpr std::size_t kMostEvents = std::numeric_limits<std::uint32_t>::max() - 1;

void show(Progress& progress, const RecordReader& reader) {
  const TextSource& source = reader.source();
  progress.update(static_cast<double>(source.bytes_read()),
                  static_cast<double>(source.bytes_total()),
                  "reading " + source.file().filename().string());
}

/// "" or the reason why it is not a rating.
std::string parse_rating(std::string_view text, float& rating) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty())
    return "the rating is empty; give it a value, or leave `rating` out of `columns`";
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), rating);
  if (code == std::errc{} && end == text.data() + text.size() && std::isfinite(rating)) return {};
  const bool comma = text.find(',') != std::string_view::npos;
  return fmt::format("{} is not a number{}", config::excerpt(text),
                     comma ? "; decimals are written with a point" : "");
}

/// Numbers of users and items by their ids; a user who is the same as on the line before costs no
/// look-up.
class Ids {
 public:
  explicit Ids(RawTables& out) : out_(out) {}
  std::uint32_t user(std::string_view id) {
    if (id != last_user_ || last_ == StringPool::kAbsent) {
      last_ = out_.users.row(id);
      last_user_ = id;
    }
    return last_;
  }
  std::uint32_t item(std::string_view id) { return out_.items.row(id); }

 private:
  RawTables& out_;
  std::string last_user_;
  std::uint32_t last_ = StringPool::kAbsent;
};

struct EventColumns {
  std::size_t user = 0, item = 0;
  std::optional<std::size_t> rating, timestamp;
};

Result<EventColumns> event_columns(const DelimitedFile& file, const InteractionsFile& description) {
  EventColumns columns;
  MOTIVE_ASSIGN(columns.user, file.column("user"));
  MOTIVE_ASSIGN(columns.item, file.column("item"));
  if (description.columns.count("rating")) {
    MOTIVE_ASSIGN(columns.rating, file.column("rating"));
  }
  if (description.columns.count("timestamp")) {
    MOTIVE_ASSIGN(columns.timestamp, file.column("timestamp"));
  }
  return columns;
}

void report_times(const TimeParser& times, const RawTables& out, Json& report,
                  std::vector<std::string>& warnings) {
  report["time_format"] = times.format();
  report["time_format_detected"] = times.detected();
  if (out.time_kind != TimeKind::kAbsolute || out.event_time.empty()) return;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t time : out.event_time) last = std::max(last, time);
  if (last < 100'000'000 * kTicksPerSecond && times.format() != "iso8601") {
    warnings.push_back(fmt::format(
        "the last timestamp is {}: if times are relative to each user's first event, say "
        "`time_format: relative`",
        format_time(last / kTicksPerSecond)));
  }
}

Status read_delimited(const InteractionsFile& description, const Path& folder, RawTables& out,
                      Json& report, Progress& progress) {
  MOTIVE_ASSIGN(DelimitedFile file, DelimitedFile::open(folder, description));
  MOTIVE_ASSIGN(const EventColumns columns, event_columns(file, description));
  MOTIVE_ASSIGN(TimeParser times, TimeParser::make(description.time_format));
  if (columns.timestamp)
    out.time_kind = times.relative() ? TimeKind::kRelative : TimeKind::kAbsolute;
  out.ticks_per_second = kTicksPerSecond;
  out.has_ratings = columns.rating.has_value();
  Ids ids(out);
  while (true) {
    MOTIVE_ASSIGN(const bool more, file.next());
    if (!more) break;
    const std::string_view user = file.field(columns.user);
    const std::string_view item = file.field(columns.item);
    if (user.empty()) return file.bad_value(columns.user, "the user is empty");
    if (item.empty()) return file.bad_value(columns.item, "the item is empty");
    float rating = 0;
    std::int64_t time = 0;
    if (columns.rating) {
      const std::string wrong = parse_rating(file.field(*columns.rating), rating);
      if (!wrong.empty()) return file.bad_value(*columns.rating, wrong);
    }
    if (columns.timestamp) {
      const std::string wrong = times.parse(file.field(*columns.timestamp), time);
      if (!wrong.empty()) return file.bad_value(*columns.timestamp, wrong);
    }
    if (out.size() == kMostEvents)
      return file.bad_value(columns.user, "more than 4,294,967,294 interactions");
    out.add_event(ids.user(user), ids.item(item), time, rating);
    if (out.size() % kProgressEvery == 0) show(progress, file.reader());
  }
  report["blank_lines"] = file.reader().blank_lines();
  if (columns.timestamp) report_times(times, out, report, out.warnings);
  return {};
}

/// The next word of a line, or "" at its end.
std::string_view next_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  line.remove_prefix(begin);
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

Status read_sequences(const InteractionsFile& description, const Path& folder, RawTables& out,
                      Json& report, Progress& progress) {
  const RecordFormat format{" ", '\0', description.encoding};
  MOTIVE_ASSIGN(RecordReader reader, RecordReader::open(folder / description.file, format));
  std::uint64_t lines_of_known_users = 0;
  std::uint64_t empty_users = 0;
  std::string_view line;
  while (true) {
    MOTIVE_ASSIGN(const bool more, reader.next_line(line));
    if (!more) break;
    const std::string_view user_name = next_word(line);
    if (user_name.empty()) continue;
    const std::size_t users_before = out.users.size();
    const std::size_t events_before = out.size();
    std::uint32_t user = 0;
    for (std::string_view item; !(item = next_word(line)).empty();) {
      if (out.size() == events_before) user = out.users.row(user_name);
      if (out.size() == kMostEvents) return reader.error("more than 4,294,967,294 interactions");
      out.add_event(user, out.items.row(item));
    }
    if (out.size() == events_before) {
      ++empty_users;
    } else if (out.users.size() == users_before) {
      ++lines_of_known_users;
    }
    if (reader.line() % 1024 == 0) show(progress, reader);
  }
  report["blank_lines"] = reader.blank_lines();
  report["users_without_items"] = empty_users;
  if (empty_users > 0)
    out.warnings.push_back(fmt::format("{} lines name a user and no item; left out", empty_users));
  if (lines_of_known_users > 0) {
    out.warnings.push_back(fmt::format(
        "{} lines begin with a user whom an earlier line has; their items were appended",
        lines_of_known_users));
  }
  return {};
}

/// One file of items or users being joined.
struct Join {
  const TableFile& description;
  RawTable& table;
  bool add_rows;  // items that nobody touched stay in the catalogue; users without events do not
  std::size_t rows_before;
  std::uint64_t rows = 0, matched = 0, unknown = 0, doubled = 0;
};

/// Numbers of source columns and of the fields they become.
struct FieldColumns {
  std::size_t key = 0;
  std::vector<std::pair<std::size_t, std::size_t>> fields;  // column, field
  std::optional<std::size_t> flags_field;
};

Result<FieldColumns> field_columns(const DelimitedFile& file, Join& join, const std::string& key) {
  FieldColumns columns;
  MOTIVE_ASSIGN(columns.key, file.column(key));
  for (const auto& [field, column_name] : join.description.columns) {
    if (field == key) continue;
    MOTIVE_ASSIGN(const std::size_t column, file.column(field));
    columns.fields.emplace_back(column, join.table.field(field));
  }
  if (join.description.flags) columns.flags_field = join.table.field(join.description.flags->field);
  return columns;
}

/// "Comedy, Drama" of neighbouring columns of 0 and 1.
Status read_flags(const DelimitedFile& file, const FlagColumns& flags, std::string& text) {
  text.clear();
  const auto first = static_cast<std::size_t>(flags.first);
  if (first + flags.names.size() > file.width()) {
    return file.reader().error(
        "flags {} to {} are not all there: the record has {} fields, numbered from 0", first,
        first + flags.names.size() - 1, file.width());
  }
  for (std::size_t i = 0; i < flags.names.size(); ++i) {
    const std::string_view value = file.field(first + i);
    if (value == "0") continue;
    if (value != "1") {
      return file.bad_value(first + i,
                            fmt::format("{} is not a flag (0 or 1)", config::excerpt(value)));
    }
    text += (text.empty() ? "" : flags.join) + flags.names[i];
  }
  return {};
}

void fill(RawTable& table, std::uint32_t row, std::size_t field, std::string_view value) {
  if (!value.empty() && table.get(row, field).empty()) table.set(row, field, value);
}

Status read_rows(DelimitedFile& file, const FieldColumns& columns, Join& join, Progress& progress) {
  std::vector<bool> seen;
  std::string flags;
  while (true) {
    MOTIVE_ASSIGN(const bool more, file.next());
    if (!more) return {};
    ++join.rows;
    const std::string_view id = file.field(columns.key);
    if (id.empty()) return file.bad_value(columns.key, "the id is empty");
    const std::uint32_t row = join.add_rows ? join.table.row(id) : join.table.find(id);
    if (row == StringPool::kAbsent) {
      ++join.unknown;
      continue;
    }
    if (row >= seen.size()) seen.resize(std::max<std::size_t>(row + 1, join.table.size()));
    if (seen[row]) {
      ++join.doubled;
      continue;
    }
    seen[row] = true;
    if (row < join.rows_before) ++join.matched;
    for (const auto& [column, field] : columns.fields)
      fill(join.table, row, field, file.field(column));
    if (columns.flags_field) {
      MOTIVE_TRY(read_flags(file, *join.description.flags, flags));
      fill(join.table, row, *columns.flags_field, flags);
    }
    if (join.rows % kProgressEvery == 0) show(progress, file.reader());
  }
}

Status read_table(Join join, const std::string& key, const Path& folder, RawTables& out,
                  Json& report, Progress& progress) {
  MOTIVE_ASSIGN(DelimitedFile file, DelimitedFile::open(folder, join.description));
  MOTIVE_ASSIGN(const FieldColumns columns, field_columns(file, join, key));
  MOTIVE_TRY(read_rows(file, columns, join, progress));
  const std::string& name = join.description.file;
  report["tables"].push_back({{"file", name},
                              {"of", key + "s"},
                              {"rows", join.rows},
                              {"matched", join.matched},
                              {"unknown", join.unknown},
                              {"repeated_ids", join.doubled},
                              {"blank_lines", file.reader().blank_lines()}});
  if (join.doubled > 0) {
    out.warnings.push_back(fmt::format(
        "{}: {} rows repeat the id of an earlier row; the first was kept", name, join.doubled));
  }
  if (join.unknown > 0) {
    out.warnings.push_back(
        fmt::format("{}: {} {}s have no interactions; left out", name, join.unknown, key));
  }
  if (join.matched == 0) {
    out.warnings.push_back(
        fmt::format("{}: none of its ids occurs in the interactions; is `{}: {}` the right column?",
                    name, key, join.description.columns.at(key)));
  }
  return {};
}

/// Items with interactions for which the tables of items gave nothing.
void count_bare_items(RawTables& out, std::size_t touched, Json& report) {
  std::uint64_t bare = 0;
  for (std::uint32_t row = 0; row < touched; ++row) {
    bool any = false;
    for (std::size_t field = 0; field < out.items.fields().size() && !any; ++field) {
      any = !out.items.get(row, field).empty();
    }
    if (!any) ++bare;
  }
  report["items_without_fields"] = bare;
  if (bare > 0 && bare < touched) {
    out.warnings.push_back(fmt::format(
        "{} of {} items with interactions have no fields in the tables of items", bare, touched));
  }
}

}  // namespace

Status read_sources(const Descriptor& descriptor, const Path& folder, RawTables& out, Json& report,
                    Progress& progress) {
  const InteractionsFile& interactions = *descriptor.interactions;
  report = {{"tables", Json::array()}};
  if (interactions.format == FileFormat::kSequences) {
    MOTIVE_TRY(read_sequences(interactions, folder, out, report, progress));
  } else {
    MOTIVE_TRY(read_delimited(interactions, folder, out, report, progress));
  }
  report["events"] = out.size();
  if (out.size() == 0) {
    return invalid("{}: there are no interactions in it", (folder / interactions.file).string());
  }
  const std::size_t touched = out.items.size();
  for (const TableFile& file : descriptor.items.list) {
    MOTIVE_TRY(read_table({file, out.items, true, touched}, "item", folder, out, report, progress));
  }
  const std::size_t users = out.users.size();
  for (const TableFile& file : descriptor.users.list) {
    MOTIVE_TRY(read_table({file, out.users, false, users}, "user", folder, out, report, progress));
  }
  if (!descriptor.items.list.empty()) count_bare_items(out, touched, report);
  return {};
}

}  // namespace motive
