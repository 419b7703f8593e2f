#include "framework/llm/transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace motive::llm {
namespace {

constexpr double kNone = -1;
constexpr double kSinceEpoch = 1e9;  // a number of seconds beyond this is a time, not a wait

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A decimal at the start of the text, which is moved behind it. No sign, no exponent, no "inf".
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || !((text[0] >= '0' && text[0] <= '9') || text[0] == '.')) return std::nullopt;
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (code != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

/// The whole text as a decimal, or a negative number.
double plain_number(std::string_view text) {
  const auto value = take_number(text);
  return value && text.empty() ? *value : kNone;
}

/// "Wed, 21 Oct 2015 07:28:00 GMT" and the two older forms of HTTP, as a wait from now on.
double until_date(std::string_view text, double now) {
  const time_t date = ::curl_getdate(std::string(text).c_str(), nullptr);
  return date < 0 ? kNone : std::max(0.0, static_cast<double>(date) - now);
}

double reset_of(const HttpReply& reply, std::string_view what, double now) {
  const std::string_view text = trimmed(reply.header("x-ratelimit-reset-" + std::string(what)));
  const double seconds = plain_number(text);
  if (seconds < 0) return parse_duration(text);
  return seconds > kSinceEpoch ? std::max(0.0, seconds - now) : seconds;
}

/// Limits that are used up count, and those of which nothing else is known; else the first that is restored.
double longest_reset(const HttpReply& reply, double now) {
  double used_up = kNone, other = kNone;
  for (const char* what : {"requests", "tokens"}) {
    const double seconds = reset_of(reply, what, now);
    if (seconds < 0) continue;
    const bool left = plain_number(trimmed(reply.header("x-ratelimit-remaining-" + std::string(what)))) > 0;
    if (!left) used_up = std::max(used_up, seconds);
    else other = other < 0 ? seconds : std::min(other, seconds);
  }
  return used_up >= 0 ? used_up : other;
}

}  // namespace

std::string_view HttpReply::header(std::string_view name) const {
  const auto at = std::find_if(headers.begin(), headers.end(), [&](const auto& entry) { return entry.first == name; });
  return at == headers.end() ? std::string_view() : std::string_view(at->second);
}

double parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  // Longer names first: "ms" begins like "m".
  static constexpr Unit kUnits[] = {{"ms", 1e-3}, {"us", 1e-6}, {"\u00b5s", 1e-6}, {"ns", 1e-9},
                                    {"s", 1},     {"m", 60},    {"h", 3600},       {"d", 86400}};
  text = trimmed(text);
  if (text.empty()) return kNone;
  double total = 0;
  while (!text.empty()) {
    const auto value = take_number(text);
    const auto unit = std::find_if(std::begin(kUnits), std::end(kUnits), [&](const Unit& u) { return text.starts_with(u.name); });
    if (!value || unit == std::end(kUnits)) return kNone;
    text.remove_prefix(unit->name.size());
    total += *value * unit->seconds;
  }
  return std::isfinite(total) ? total : kNone;
}

double retry_after(const HttpReply& reply, double now) {
  if (const double wait = plain_number(trimmed(reply.header("retry-after-ms"))); wait >= 0) return wait / 1000;
  if (const std::string_view text = trimmed(reply.header("retry-after")); !text.empty()) {
    if (const double wait = plain_number(text); wait >= 0) return wait;
    if (const double wait = until_date(text, now); wait >= 0) return wait;
  }
  return longest_reset(reply, now);
}

}  // namespace motive::llm
