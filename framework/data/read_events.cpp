// Interactions of any format, as events of the raw tables.
#include <charconv>
#include <cmath>
#include <cstring>

#include "framework/data/read_parts.h"
#include "framework/data/skipped.h"
#include "framework/data/times.h"

namespace motive {
namespace {

constexpr std::uint64_t kProgressEvery = 1 << 16;
constexpr std::size_t kMostEvents = std::numeric_limits<std::uint32_t>::max() - 1;
constexpr std::string_view kTooMany =
    "more than 4,294,967,294 interactions; take a part of the file";

/// "" or the reason why it is not a rating.
std::string parse_rating(std::string_view text, float& rating) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.empty())
    return "the rating is empty; give it a value, or leave `rating` out of `columns`";
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), rating);
  if (code == std::errc{} && end == text.data() + text.size() && std::isfinite(rating)) return {};
  if (code == std::errc::result_out_of_range) {
    return fmt::format("{} is too large or too small for a rating; is this the right column?",
                       config::excerpt(text));
  }
  const bool comma = text.find(',') != std::string_view::npos;
  return fmt::format("{} is not a number{}", config::excerpt(text),
                     comma ? "; decimals are written with a point" : "");
}

/// "" or the reason why it names nobody.
std::string check_id(std::string_view id, const char* role) {
  if (id.empty()) return fmt::format("the {} is empty", role);
  if (std::memchr(id.data(), 0, id.size()))
    return fmt::format("the {} holds a NUL character; no id does", role);
  return {};
}

class EventReader {
 public:
  EventReader(const InteractionsFile& description, Records& records, TimeParser times,
              RawTables& out)
      : records_(records),
        times_(std::move(times)),
        skipped_(description),
        out_(out),
        user_(records.slot("user")),
        item_(records.slot("item")),
        rating_(records.slot("rating")),
        time_(records.slot("timestamp")) {
    if (has_times()) out.time_kind = times_.relative() ? TimeKind::kRelative : TimeKind::kAbsolute;
    out.ticks_per_second = kTicksPerSecond;
    out.has_ratings = rating_ != Records::npos;
  }

  Status read(Progress& progress) {
    while (true) {
      MOTIVE_ASSIGN(const bool more, skipped_.next(records_));
      if (!more) break;
      MOTIVE_TRY(records_.histories() ? add_history() : add_event());
      if (skipped_.records() % kProgressEvery == 0) show_reading(progress, records_.source());
    }
    return skipped_.finish(out_.warnings);
  }

  void report(Json& report) const {
    report["blank_lines"] = records_.blank_lines();
    report["skipped"] = skipped_.count();
    if (has_times()) report_times(report);
    if (!records_.histories()) return;
    report["users_without_items"] = empty_users_;
    if (empty_users_ > 0) {
      out_.warnings.push_back(
          fmt::format("{} lines name a user and no item; left out", empty_users_));
    }
    if (known_users_ > 0) {
      out_.warnings.push_back(fmt::format(
          "{} lines begin with a user whom an earlier line has; their items were appended",
          known_users_));
    }
  }

 private:
  bool has_times() const { return time_ != Records::npos; }

  Status add_event() {
    const std::string_view user = records_.value(user_);
    const std::string_view item = records_.value(item_);
    float rating = 0;
    std::int64_t time = 0;
    std::size_t slot = user_;
    std::string wrong = check_id(user, "user");
    const auto check = [&](std::size_t next_slot, auto parse) {
      if (!wrong.empty() || next_slot == Records::npos) return;
      slot = next_slot;
      wrong = parse();
    };
    check(item_, [&] { return check_id(item, "item"); });
    check(rating_, [&] { return parse_rating(records_.value(rating_), rating); });
    check(time_, [&] { return times_.parse(records_.value(time_), time); });
    if (!wrong.empty()) return skipped_.refuse(records_.bad_value(slot, wrong));
    if (out_.size() == kMostEvents) return records_.error(kTooMany);
    // A user who is the same as on the line before costs no look-up.
    if (user != last_user_ || last_row_ == StringPool::kAbsent) {
      last_row_ = out_.users.row(user);
      last_user_ = user;
    }
    out_.add_event(last_row_, out_.items.row(item), time, rating);
    return {};
  }

  Status add_history() {
    const std::string_view user = records_.value(user_);
    std::string wrong = check_id(user, "user");
    for (const std::string_view item : records_.history()) {
      if (wrong.empty()) wrong = check_id(item, "item");
    }
    if (!wrong.empty()) return skipped_.refuse(records_.bad_value(user_, wrong));
    if (records_.history().empty()) {
      ++empty_users_;
      return {};
    }
    const std::size_t before = out_.users.size();
    const std::uint32_t row = out_.users.row(user);
    if (out_.users.size() == before) {
      if (!records_.one_record_a_user().empty()) {
        return records_.error(fmt::format("user {} has an earlier line; {}", config::excerpt(user),
                                          records_.one_record_a_user()));
      }
      ++known_users_;
    }
    if (records_.history().size() > kMostEvents - out_.size()) return records_.error(kTooMany);
    for (const std::string_view item : records_.history())
      out_.add_event(row, out_.items.row(item));
    return {};
  }

  void report_times(Json& report) const {
    report["time_format"] = times_.format();
    report["time_format_detected"] = times_.detected();
    if (out_.time_kind != TimeKind::kAbsolute || out_.event_time.empty()) return;
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (const std::int64_t time : out_.event_time) last = std::max(last, time);
    if (last < 100'000'000 * kTicksPerSecond && times_.format() != "iso8601") {
      out_.warnings.push_back(fmt::format(
          "the last timestamp is {}: if times are relative to each user's first event, say "
          "`time_format: relative`",
          format_time(last / kTicksPerSecond)));
    }
  }

  Records& records_;
  TimeParser times_;
  Skipped skipped_;
  RawTables& out_;
  const std::size_t user_, item_, rating_, time_;
  std::string last_user_;
  std::uint32_t last_row_ = StringPool::kAbsent;
  std::uint64_t empty_users_ = 0, known_users_ = 0;
};

}  // namespace

Status read_events(const InteractionsFile& description, const Path& folder, RawTables& out,
                   Json& report, Progress& progress) {
  const Format& format = format_of(description.format);
  MOTIVE_ASSIGN(const std::unique_ptr<Records> records,
                format.open({folder / description.file, description, FileUse::kInteractions}));
  const bool judged = description.time_format == "auto";
  MOTIVE_ASSIGN(TimeParser times,
                TimeParser::make(judged ? format.time_format : description.time_format));
  EventReader reader(description, *records, std::move(times), out);
  MOTIVE_TRY(reader.read(progress));
  reader.report(report);
  return {};
}

}  // namespace motive
