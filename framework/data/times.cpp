#include "framework/data/times.h"

#include <time.h>

#include <array>
#include <charconv>
#include <cmath>

namespace motive {
namespace {

constexpr std::int64_t kFirstSecond = -62135596800;  // 0001-01-01
constexpr std::int64_t kLastSecond = 253402300799;   // 9999-12-31 23:59:59

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool digit(char c) { return c >= '0' && c <= '9'; }

/// Reads exactly `count` digits; -1 where there are none.
int digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

int days_in_month(std::int64_t year, int month) {
  static constexpr std::array<int, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return kDays[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

/// HH:MM[:SS[.ffffff]], in microseconds. False where it is not a time of day.
bool iso_clock(std::string_view& text, std::int64_t& micros) {
  const int hour = digits(text, 2);
  if (hour < 0 || hour > 23 || !take(text, ':')) return false;
  const int minute = digits(text, 2);
  if (minute < 0 || minute > 59) return false;
  int second = 0;
  std::int64_t fraction = 0;
  if (take(text, ':')) {
    second = digits(text, 2);
    if (second < 0 || second > 60) return false;  // 60: a leap second, counted into the next minute
    if (take(text, '.') || take(text, ',')) {
      std::int64_t unit = kTicksPerSecond / 10;
      if (text.empty() || !digit(text.front())) return false;
      for (; !text.empty() && digit(text.front()); text.remove_prefix(1), unit /= 10) {
        fraction += (text.front() - '0') * unit;
      }
    }
  }
  micros = (hour * 3600 + minute * 60 + second) * kTicksPerSecond + fraction;
  return true;
}

/// Z, +02, +0200 or +02:00, in seconds east of UTC. Nothing is UTC.
bool iso_zone(std::string_view& text, std::int64_t& east) {
  east = 0;
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return true;
  const bool west = text.front() == '-';
  if (!take(text, '+') && !take(text, '-')) return false;
  const int hours = digits(text, 2);
  if (hours < 0 || hours > 23) return false;
  int minutes = 0;
  if (take(text, ':') || !text.empty()) minutes = digits(text, 2);
  if (minutes < 0 || minutes > 59) return false;
  east = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return true;
}

std::string parse_iso(std::string_view text, std::int64_t& ticks) {
  std::string_view rest = text;
  const int year = digits(rest, 4);
  const bool dash = take(rest, '-');
  const int month = digits(rest, 2);
  const bool second_dash = take(rest, '-');
  const int day = digits(rest, 2);
  if (year < 1 || !dash || !second_dash || month < 1 || month > 12 || day < 1 ||
      day > days_in_month(year, month)) {
    return fmt::format(
        "`{}` is not an ISO 8601 date such as 2019-03-01 or 2019-03-01T12:00:05+02:00", text);
  }
  std::int64_t micros = 0;
  std::int64_t east = 0;
  if (!rest.empty()) {
    const bool separated = take(rest, 'T') || take(rest, 't') || take(rest, ' ');
    bool good = separated && iso_clock(rest, micros);
    if (good && rest.size() > 1 && rest.front() == ' ') rest.remove_prefix(1);  // "12:00:05 +02:00"
    good = good && iso_zone(rest, east) && rest.empty();
    if (!good)
      return fmt::format(
          "`{}` begins with a date but does not go on with a time such as T12:00:05Z", text);
  }
  ticks = (days_from_civil(year, month, day) * 86400 - east) * kTicksPerSecond + micros;
  return {};
}

/// Decimal orders of magnitude between a unit and a microsecond.
double ticks_per_unit(char unit) {
  return unit == 's' ? 1e6 : unit == 'm' ? 1e3 : unit == 'u' ? 1.0 : 1e-3;
}

/// The unit that a number of this size is in, if it is a time between 1973 and 5138: s, m, u or n.
char unit_of(double magnitude) {
  return magnitude < 1e11 ? 's' : magnitude < 1e14 ? 'm' : magnitude < 1e17 ? 'u' : 'n';
}

std::string_view unit_name(char unit) {
  return unit == 's'   ? "seconds"
         : unit == 'm' ? "milliseconds"
         : unit == 'u' ? "microseconds"
                       : "nanoseconds";
}

}  // namespace

std::int64_t days_from_civil(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

std::string format_time(std::int64_t seconds) {
  const time_t value = seconds;
  struct tm parts {};
  if (!::gmtime_r(&value, &parts)) return fmt::format("{} s", seconds);
  const std::string date =
      fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
  if (seconds % 86400 == 0) return date;
  return fmt::format("{} {:02}:{:02}:{:02}", date, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

Result<TimeParser> TimeParser::make(std::string format) {
  if (format == "auto") return TimeParser(Format::kAuto, {});
  if (format == "unix") return TimeParser(Format::kSeconds, {});
  if (format == "unix_ms") return TimeParser(Format::kMillis, {});
  if (format == "unix_us") return TimeParser(Format::kMicros, {});
  if (format == "unix_ns") return TimeParser(Format::kNanos, {});
  if (format == "relative") return TimeParser(Format::kRelative, {});
  if (format == "iso8601") return TimeParser(Format::kIso, {});
  if (format.find('%') != std::string::npos) return TimeParser(Format::kPattern, std::move(format));
  return invalid(
      "`{}` is not a time format; say auto, unix, unix_ms, unix_us, unix_ns, iso8601, relative, or "
      "a "
      "pattern such as \"%d-%b-%Y\"",
      format);
}

std::string TimeParser::format() const {
  switch (format_) {
    case Format::kAuto:
      return "";
    case Format::kSeconds:
      return "unix";
    case Format::kMillis:
      return "unix_ms";
    case Format::kMicros:
      return "unix_us";
    case Format::kNanos:
      return "unix_ns";
    case Format::kRelative:
      return "relative";
    case Format::kIso:
      return "iso8601";
    case Format::kPattern:
      return pattern_;
  }
  return "";
}

std::string TimeParser::detect(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) {
    const char unit = unit_of(std::abs(value));
    format_ = unit == 's'   ? Format::kSeconds
              : unit == 'm' ? Format::kMillis
              : unit == 'u' ? Format::kMicros
                            : Format::kNanos;
  } else {
    std::int64_t ignored;
    if (!parse_iso(text, ignored).empty()) {
      return fmt::format(
          "`{}` is neither a number nor an ISO 8601 date; say what it is, for example "
          "`time_format: \"%d-%b-%Y\"`",
          text);
    }
    format_ = Format::kIso;
  }
  detected_ = true;
  return {};
}

std::string TimeParser::parse_number(std::string_view text, std::int64_t& ticks) const {
  const char unit = format_ == Format::kMillis   ? 'm'
                    : format_ == Format::kMicros ? 'u'
                    : format_ == Format::kNanos  ? 'n'
                                                 : 's';
  std::int64_t whole = 0;
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto integer = std::from_chars(text.data(), last, whole);
  const bool is_integer = integer.ec == std::errc{} && integer.ptr == last;
  if (is_integer) {
    value = static_cast<double>(whole);
  } else {
    const auto real = std::from_chars(text.data(), last, value);
    if (real.ec != std::errc{} || real.ptr != last || !std::isfinite(value)) {
      return fmt::format("`{}` is not a number ({} were expected)", text, unit_name(unit));
    }
  }
  if (detected_ && unit_of(std::abs(value)) != unit) {
    return fmt::format(
        "`{}` does not look like {}, as the values before it do; say which they are: `time_format: "
        "unix` "
        "or `unix_ms`, ...",
        text, unit_name(unit));
  }
  const double seconds = value * ticks_per_unit(unit) / 1e6;
  if (!(seconds >= kFirstSecond && seconds <= kLastSecond)) {
    return fmt::format("`{}` is outside the years 1 to 9999 in {}; say another `time_format`", text,
                       unit_name(unit));
  }
  if (!is_integer) {
    ticks = std::llround(value * ticks_per_unit(unit));
  } else if (unit == 'n') {
    ticks = whole / 1000 - (whole % 1000 < 0 ? 1 : 0);
  } else {
    ticks = whole * static_cast<std::int64_t>(ticks_per_unit(unit));
  }
  return {};
}

std::string TimeParser::parse_pattern(std::string_view text, std::int64_t& ticks) const {
  struct tm parts {};
  parts.tm_mday = 1;
  const std::string copy(text);
  const char* end = ::strptime(copy.c_str(), pattern_.c_str(), &parts);
  if (!end || *end != '\0')
    return fmt::format("`{}` does not follow the pattern {}", text, pattern_);
  const int month = parts.tm_mon + 1;
  const std::int64_t year = parts.tm_year + std::int64_t{1900};
  if (year < 1 || year > 9999 || parts.tm_mday > days_in_month(year, month)) {
    return fmt::format("`{}` is not a day of the calendar (pattern {})", text, pattern_);
  }
  const std::int64_t seconds = days_from_civil(year, month, parts.tm_mday) * 86400 +
                               parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec -
                               parts.tm_gmtoff;
  ticks = seconds * kTicksPerSecond;
  return {};
}

std::string TimeParser::parse(std::string_view text, std::int64_t& ticks) {
  text = trimmed(text);
  if (text.empty()) return "it is empty";
  if (format_ == Format::kAuto) {
    if (std::string reason = detect(text); !reason.empty()) return reason;
  }
  if (format_ == Format::kIso) return parse_iso(text, ticks);
  if (format_ == Format::kPattern) return parse_pattern(text, ticks);
  return parse_number(text, ticks);
}

}  // namespace motive
