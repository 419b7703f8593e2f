#include "framework/base/console.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace motive {
namespace {

int columns_of(int descriptor, int otherwise) {
  winsize size{};
  return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : otherwise;
}

/// Cuts to at most n bytes, never inside a UTF-8 character.
std::string cut(std::string text, std::size_t n) {
  if (text.size() <= n) return text;
  while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0) == 0x80) --n;
  text.resize(n);
  return text;
}

}  // namespace

Console& Console::instance() {
  static Console console;
  return console;
}

Console::Console() : terminal_(::isatty(STDERR_FILENO) == 1) {}

void Console::clear_status() {
  if (shown_) std::fputs("\r\033[K", stderr);
  shown_ = false;
}

void Console::note(const std::string& message) {
  clear_status();
  if (!quiet_) std::fputs((message + "\n").c_str(), stderr);
}

void Console::warning(const std::string& message) {
  clear_status();
  std::fputs(fmt::format("{} {}\n", terminal_ ? "\033[33mwarning:\033[0m" : "warning:", message).c_str(), stderr);
}

void Console::status(double fraction, const std::string& text, double seconds_left) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::milliseconds(10000);
  if (last_ == std::chrono::steady_clock::time_point{} && !terminal_) last_ = now;  // no line for short runs
  if (now - last_ < pause) return;
  last_ = now;
  const std::string left = seconds_left < 0 ? "" : " · " + format_seconds(seconds_left) + " left";
  if (!terminal_) {
    std::fputs(fmt::format("{:3.0f} %{} · {}\n", 100 * fraction, left, text).c_str(), stderr);
    return;
  }
  constexpr int kBar = 20;
  const int full = std::clamp(static_cast<int>(fraction * kBar), 0, kBar);
  std::string bar;
  for (int i = 0; i < kBar; ++i) bar += i < full ? "█" : "░";
  const auto room = static_cast<std::size_t>(std::max(10, columns_of(STDERR_FILENO, 80) - kBar - 8));
  std::fputs(fmt::format("\r\033[K{} {:3.0f} %{}", bar, 100 * fraction, cut(left + " · " + text, room)).c_str(), stderr);
  std::fflush(stderr);
  shown_ = true;
}

bool stdout_has_colour() {
  const char* refused = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && !(refused && *refused) && terminal && std::string_view(terminal) != "dumb";
}

int stdout_width() { return columns_of(STDOUT_FILENO, 100); }

std::string format_seconds(double seconds) {
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<long long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string format_bytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < std::size(kUnits)) {
    bytes /= 1000;
    ++unit;
  }
  return fmt::format("{:.{}f} {}", bytes, unit == 0 || bytes >= 9.95 ? 0 : 1, kUnits[unit]);
}

std::string format_count(std::uint64_t n) {
  std::string digits;
  for (int place = 0; place == 0 || n > 0; ++place, n /= 10) {
    if (place > 0 && place % 3 == 0) digits += ',';
    digits += static_cast<char>('0' + n % 10);
  }
  return {digits.rbegin(), digits.rend()};
}

}  // namespace motive
