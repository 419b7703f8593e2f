#include "framework/data/filters.h"

#include <algorithm>
#include <limits>

#include "framework/base/console.h"
#include "framework/data/raw_tables.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr double kMost = 1e9;

/// The tick at which a text begins; "" or what is wrong with it.
std::string tick_of(const std::string& text, std::int64_t& tick) {
  auto parser = TimeParser::make("iso8601");
  return parser ? parser->parse(text, tick) : parser.error().message;
}

/// How long what a text names lasts: a day where it is a date, a second where it is a time.
std::int64_t length_of(const std::string& text) {
  return (text.find(':') == std::string::npos ? 86400 : 1) * kTicksPerSecond;
}

std::string check_range(const TimeRange& range) {
  if (range.from.empty() && range.to.empty()) return "`time_range` needs `from`, `to`, or both";
  for (const auto& [key, text] : {std::pair("from", &range.from), std::pair("to", &range.to)}) {
    std::int64_t tick = 0;
    if (text->empty()) continue;
    if (const std::string wrong = tick_of(*text, tick); !wrong.empty()) {
      return fmt::format("`{}`: {}; write a date as 2014-07-23 or a time as 2014-07-23T10:30:00Z", key,
                         wrong);
    }
  }
  if (range.first_tick() >= range.end_tick())
    return fmt::format("`from` ({}) is later than `to` ({})", range.from, range.to);
  return "";
}

std::string check_counts(const MinimumCounts& counts) {
  return counts.user == 0 && counts.item == 0 ? "needs `user`, `item`, or both" : "";
}

enum class Known { kYes, kNo, kOnlyOnceRead };

/// Whether the interactions have a column, as far as their description says.
Known has_column(const Descriptor& descriptor, const char* role) {
  if (descriptor.synthetic()) return Known::kYes;
  if (!descriptor.interactions) return Known::kOnlyOnceRead;
  const InteractionsFile& file = *descriptor.interactions;
  if (file.format == FileFormat::kSequences) return Known::kNo;
  if (file.format != FileFormat::kDelimited) return Known::kOnlyOnceRead;
  return file.columns.count(role) ? Known::kYes : Known::kNo;
}

/// The fields of items, where their descriptions name all of them.
std::optional<std::vector<std::string>> known_fields(const Descriptor& descriptor) {
  if (descriptor.synthetic()) return std::nullopt;
  std::vector<std::string> fields;
  for (const TableFile& file : descriptor.items.list) {
    if (file.format != FileFormat::kDelimited || file.columns.empty()) return std::nullopt;
    for (const auto& [field, column] : file.columns) {
      if (field != "item") fields.push_back(field);
    }
    if (file.flags) fields.push_back(file.flags->field);
  }
  return fields;
}

Status check_required(const std::vector<std::string>& required, std::vector<std::string> fields,
                      const std::string& dataset) {
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  for (const std::string& field : required) {
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) continue;
    if (fields.empty()) {
      return invalid("filters.require: data set `{}` has no fields of items, so not `{}`; leave it out",
                     dataset, field);
    }
    return invalid("filters.require: the items of data set `{}` have no field `{}`;{} they have: {}",
                   dataset, field, config::did_you_mean(field, fields), fmt::join(fields, ", "));
  }
  return {};
}

Error no_ratings(const std::string& dataset) {
  return invalid("filters.min_rating: data set `{}` has no ratings; leave `min_rating` out, or name the "
                 "column of ratings in its `columns`", dataset);
}

Error no_times(const std::string& dataset, TimeKind kind) {
  if (kind == TimeKind::kNone) {
    return invalid("filters.time_range: data set `{}` has no timestamps; leave `time_range` out, or name "
                   "their column in its `columns`", dataset);
  }
  return invalid("filters.time_range: the times of data set `{}` count from each user's first event, so "
                 "no date can be compared with them; leave `time_range` out", dataset);
}

}  // namespace

std::int64_t TimeRange::first_tick() const {
  std::int64_t tick = std::numeric_limits<std::int64_t>::min();
  if (!from.empty()) tick_of(from, tick);
  return tick;
}

std::int64_t TimeRange::end_tick() const {
  std::int64_t tick = 0;
  if (to.empty() || !tick_of(to, tick).empty()) return std::numeric_limits<std::int64_t>::max();
  return tick + length_of(to);
}

const config::Table<MinimumCounts>& MinimumCounts::table() {
  static const auto kTable =
      config::Table<MinimumCounts>("counts")
          .field("user", &MinimumCounts::user, "fewest events of a user; 0: any", config::range(0, kMost))
          .field("item", &MinimumCounts::item, "fewest events of an item; 0: any", config::range(0, kMost))
          .check(check_counts);
  return kTable;
}

const config::Table<TimeRange>& TimeRange::table() {
  static const auto kTable =
      config::Table<TimeRange>("time_range")
          .field("from", &TimeRange::from, "ISO 8601 date or time, inclusive; UTC where it has no zone")
          .field("to", &TimeRange::to, "likewise inclusive; a date stands for its whole day")
          .check(check_range);
  return kTable;
}

const config::Table<UserSample>& UserSample::table() {
  static const auto kTable =
      config::Table<UserSample>("users")
          .field("sample", &UserSample::sample, "number of users, drawn uniformly",
                 config::Rule().at_least(1).up_to(4e9).required())
          .field("seed", &UserSample::seed, "of the drawing");
  return kTable;
}

const config::Table<FilterOptions>& FilterOptions::table() {
  using Options = FilterOptions;
  static const auto kTable =
      config::Table<Options>("filters")
          .field("raw_count", &Options::raw_count,
                 "1. fewest events of a user and of an item, both counted once in the source as it is")
          .choice("duplicates", &Options::duplicates,
                  "2. events equal to an earlier one in user, item, time and rating (needs times)",
                  {{"drop", Duplicates::kDrop, "keep one"}, {"keep", Duplicates::kKeep, "keep all"}})
          .field("time_range", &Options::time_range, "3. events inside this range of time")
          .field("min_rating", &Options::min_rating, "4. events rated at least this")
          .field("require", &Options::require, "5. fields of items that must not be empty",
                 config::Rule().unique())
          .choice("repeats", &Options::repeats, "6. a user's repeated interactions with one item",
                  {{"first", Repeats::kFirst, "keep the first"},
                   {"last", Repeats::kLast, "keep the last"},
                   {"keep", Repeats::kKeep, "keep all"}})
          .field("min_item_events", &Options::min_item_events,
                 "7. fewest events of an item; one pass", config::range(0, kMost))
          .field("min_user_events", &Options::min_user_events,
                 "8. fewest events of a user; one pass, after the items", config::range(0, kMost))
          .field("iterative_kcore", &Options::iterative_kcore,
                 "9. fewest events of users and items, again and again until all have them")
          .field("users", &Options::users, "10. a sample of the users that are left");
  return kTable;
}

Json filters_to_json(const FilterOptions& options) {
  const Json all = Json::parse(config::echo(options).dump());
  const Json defaults = Json::parse(config::echo(FilterOptions{}).dump());
  Json json = Json::object();
  for (const auto& [key, value] : all.items()) {
    if (value != defaults.at(key)) json[key] = value;
  }
  return json;
}

Result<FilterOptions> filters_from_json(const Json& json) {
  config::Errors errors;
  auto options = config::parse<FilterOptions>(config::from_json(json, "filters"), errors);
  MOTIVE_TRY(errors.status());
  return options;
}

Status check_filters(const FilterOptions& options, const Descriptor& descriptor) {
  if (options.min_rating && has_column(descriptor, "rating") == Known::kNo)
    return no_ratings(descriptor.name);
  if (options.time_range) {
    if (has_column(descriptor, "timestamp") == Known::kNo)
      return no_times(descriptor.name, TimeKind::kNone);
    if (descriptor.interactions && descriptor.interactions->time_format == "relative")
      return no_times(descriptor.name, TimeKind::kRelative);
  }
  if (options.require.empty()) return {};
  const auto fields = known_fields(descriptor);
  return fields ? check_required(options.require, *fields, descriptor.name) : Status{};
}

Status check_filters(const FilterOptions& options, const RawTables& raw, const std::string& dataset) {
  if (options.min_rating && !raw.has_ratings) return no_ratings(dataset);
  if (options.time_range && raw.time_kind != TimeKind::kAbsolute)
    return no_times(dataset, raw.time_kind);
  std::vector<std::string> fields;
  for (const RawField& field : raw.items.fields()) fields.push_back(field.name());
  return check_required(options.require, std::move(fields), dataset);
}

Json funnel_to_json(const std::vector<FunnelLine>& funnel) {
  Json json = Json::array();
  for (const FunnelLine& line : funnel) {
    json.push_back({{"step", line.step}, {"events", line.events}, {"users", line.users}, {"items", line.items}});
  }
  return json;
}

std::string funnel_text(const Json& funnel) {
  if (!funnel.is_array() || funnel.empty()) return "";
  std::size_t width = 4;
  for (const Json& line : funnel) width = std::max(width, line.value("step", "").size());
  std::string text = fmt::format("{:<{}} {:>13} {:>13} {:>11} {:>11}\n", "step", width, "events", "lost", "users", "items");
  std::uint64_t before = 0;
  for (const Json& line : funnel) {
    const std::uint64_t events = line.value("events", std::uint64_t{0});
    const bool first = &line == &funnel.front();
    text += fmt::format("{:<{}} {:>13} {:>13} {:>11} {:>11}\n", line.value("step", ""), width, format_count(events),
                        first ? "" : events == before ? "0" : "-" + format_count(before - events),
                        format_count(line.value("users", std::uint64_t{0})),
                        format_count(line.value("items", std::uint64_t{0})));
    before = events;
  }
  return text;
}

std::string funnel_sentence(const Json& funnel) {
  if (!funnel.is_array() || funnel.empty()) return "";
  std::uint64_t before = funnel.front().value("events", std::uint64_t{0});
  const std::uint64_t source = before;
  std::string text;
  for (const Json& line : funnel) {
    const std::uint64_t events = line.value("events", std::uint64_t{0});
    if (events < before) text += fmt::format("; {} -{}", line.value("step", ""), format_count(before - events));
    before = events;
  }
  return text.empty() ? "" : format_count(source) + " events of the source" + text;
}

}  // namespace motive

namespace motive::config {

void Custom<MinimumCounts>::parse(const Node& node, MinimumCounts& counts, const Scope& scope) {
  if (!node.is_scalar()) {
    MinimumCounts::table().core().parse(node, &counts, Scope(scope.errors(), scope.path()));
    return;
  }
  read(node, counts.user, scope, range(1, kMost));
  counts.item = counts.user;
}

OrderedJson Custom<MinimumCounts>::echo(const MinimumCounts& counts) {
  return MinimumCounts::table().core().echo(&counts);
}

OrderedJson Custom<MinimumCounts>::schema() {
  return {{"anyOf", OrderedJson::array({{{"type", "integer"}, {"minimum", 1}},
                                        MinimumCounts::table().core().schema()})}};
}

}  // namespace motive::config
