#pragma once
// Purpose: timestamps as they stand in files. Internally microseconds since 1970 UTC: finer than
// any source orders its events. Proleptic Gregorian calendar; a time without a zone is UTC.
// Formats: whole or decimal seconds, milli-, micro- and nanoseconds since 1970; ISO 8601 dates and
// date-times (2019-03-01, 2019-03-01T12:00:05.25+02:00, a space for the T); a strptime pattern.
// Errors: what is not a time in years 1 to 9999 is refused with the reason.

#include <cstdint>
#include <string>
#include <string_view>

#include "framework/base/status.h"

namespace motive {

inline constexpr std::int64_t kTicksPerSecond = 1'000'000;

/// Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days_from_civil(std::int64_t year, int month, int day);
/// "2019-03-01 12:00:05" of seconds since 1970, UTC; "2019-03-01" at midnight.
std::string format_time(std::int64_t seconds);

class TimeParser {
 public:
  /// `format`: auto, unix, unix_ms, unix_us, unix_ns, relative (seconds since a user's first
  /// event), iso8601, or a strptime pattern (with a %).
  static Result<TimeParser> make(std::string format);

  /// "" where all is well, else the reason. `auto` decides by the first value and keeps to it.
  std::string parse(std::string_view text, std::int64_t& ticks);
  bool relative() const { return format_ == Format::kRelative; }
  /// The format used, in words for prepared.json; "" where auto has not seen a value yet.
  std::string format() const;
  bool detected() const { return detected_; }

 private:
  enum class Format { kAuto, kSeconds, kMillis, kMicros, kNanos, kRelative, kIso, kPattern };
  TimeParser(Format format, std::string pattern) : format_(format), pattern_(std::move(pattern)) {}
  std::string detect(std::string_view text);
  std::string parse_number(std::string_view text, std::int64_t& ticks) const;
  std::string parse_pattern(std::string_view text, std::int64_t& ticks) const;

  Format format_;
  std::string pattern_;
  bool detected_ = false;
};

}  // namespace motive
