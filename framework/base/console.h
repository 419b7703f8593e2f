#pragma once
// Purpose: what the person at the keyboard sees on standard error: notes, warnings, and one status line
// that is redrawn on a terminal and printed now and then in a log.

#include <chrono>
#include <cstdint>
#include <string>

namespace motive {

class Console {
 public:
  static Console& instance();
  void note(const std::string& message);
  void warning(const std::string& message);
  /// The status line. On a terminal it is redrawn at most ten times a second; elsewhere a line is printed
  /// at most every 10 seconds. fraction in 0..1; seconds_left < 0: unknown.
  void status(double fraction, const std::string& text, double seconds_left);
  /// Removes the status line (at the end, or before other output).
  void clear_status();
  void set_quiet(bool quiet) { quiet_ = quiet; }

 private:
  Console();
  bool terminal_ = false, quiet_ = false, shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

/// Whether standard output is a terminal that wants colour (NO_COLOR is respected).
bool stdout_has_colour();
/// Columns of the terminal on standard output, 100 where there is none.
int stdout_width();

/// "0.4 s", "12 s", "3:05", "2:10:00".
std::string format_seconds(double seconds);
/// "512 B", "3.1 MB", "12 GB" (powers of 1000).
std::string format_bytes(double bytes);
/// 22363 -> "22,363".
std::string format_count(std::uint64_t n);

}  // namespace motive
