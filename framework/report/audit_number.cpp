#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/report/audit.h"
#include "framework/report/unicode.h"

namespace motive {
namespace {

constexpr int kLargestExponent = 300;  // beyond it a number is no share of users

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Digits from `at` on; `at` goes behind them.
std::string_view digits(std::string_view text, std::size_t& at) {
  const std::size_t from = at;
  while (at < text.size() && is_digit(text[at])) ++at;
  return text.substr(from, at - from);
}

/// The exponent behind an e; nothing where it is broken or too large.
std::optional<int> exponent(std::string_view text, std::size_t& at) {
  if (at == text.size() || (text[at] != 'e' && text[at] != 'E')) return 0;
  ++at;
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::string_view written = digits(text, at);
  int value = 0;
  const auto [end, error] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (written.empty() || error != std::errc{} || value > kLargestExponent) return std::nullopt;
  return negative ? -value : value;
}

}  // namespace

Result<PrintedNumber> printed_number(std::string_view text, bool percent, bool exact) {
  const Error broken = invalid("`{}` is not a number; write it as 0.1234, or leave the field empty where there is none",
                               printable(text.substr(0, 60)));
  std::string_view body = text;
  if (body.ends_with('%')) {
    body.remove_suffix(1);
    percent = true;
  }
  const bool plus = body.starts_with('+');
  if (plus) body.remove_prefix(1);
  std::size_t at = !plus && body.starts_with('-') ? 1 : 0;
  const std::string_view whole = digits(body, at);
  const bool point = at < body.size() && body[at] == '.';
  if (point) ++at;
  const std::string_view fraction = point ? digits(body, at) : std::string_view{};
  const auto power = exponent(body, at);
  if (whole.size() + fraction.size() == 0 || at != body.size() || !power) return broken;

  PrintedNumber number;
  number.text = std::string(text);
  const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), number.value);
  if (end != body.data() + body.size()) return broken;
  if (error == std::errc::result_out_of_range && std::abs(number.value) > 1) return broken;
  const int scale = percent ? 2 : 0;
  if (percent) number.value /= 100;
  number.decimals = std::clamp(static_cast<int>(std::min<std::size_t>(fraction.size(), 1000)) - *power + scale,
                               -kLargestExponent, kLargestExponent);
  const double half = exact ? 0 : 0.5 * std::pow(10.0, -number.decimals);
  number.low = number.value - half;
  number.high = number.value + half;
  return number;
}

}  // namespace motive
