// The types of booleans, integers and numbers.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "framework/config/type.h"
#include "framework/config/yaml_writer.h"

namespace motive::config {

namespace {

std::string bound_text(double bound) {
  const bool whole = bound == std::floor(bound) && std::abs(bound) < 1e15;
  return whole ? fmt::format("{:.0f}", bound) : fmt::format("{}", bound);
}

std::string bounds_text(const Rule& rule) {
  if (rule.low_ && rule.high_) {
    if (!rule.open_low_ && !rule.open_high_) {
      return fmt::format("from {} to {}", bound_text(*rule.low_), bound_text(*rule.high_));
    }
    return fmt::format("{} {}, {} {}", rule.open_low_ ? "above" : "at least",
                       bound_text(*rule.low_), rule.open_high_ ? "below" : "up to",
                       bound_text(*rule.high_));
  }
  if (rule.low_)
    return fmt::format("{} {}", rule.open_low_ ? "above" : "at least", bound_text(*rule.low_));
  if (rule.high_)
    return fmt::format("{} {}", rule.open_high_ ? "below" : "up to", bound_text(*rule.high_));
  return "";
}

template <class T>
bool within(T value, const Rule& rule) {
  const auto v = static_cast<long double>(value);  // holds every 64-bit integer
  if (rule.low_ && (rule.open_low_ ? v <= *rule.low_ : v < *rule.low_)) return false;
  return !rule.high_ || (rule.open_high_ ? v < *rule.high_ : v <= *rule.high_);
}

void add_bounds(const Rule& rule, bool integer, OrderedJson& schema) {
  const auto number = [&](double bound) {
    if (integer && std::abs(bound) < 9e18) return OrderedJson(static_cast<std::int64_t>(bound));
    return OrderedJson(bound);
  };
  if (rule.low_) schema[rule.open_low_ ? "exclusiveMinimum" : "minimum"] = number(*rule.low_);
  if (rule.high_) schema[rule.open_high_ ? "exclusiveMaximum" : "maximum"] = number(*rule.high_);
}

/// Leading zeros mean octal to some and decimal to others.
bool leading_zero(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

std::string number_hint(const Node& node) {
  if (!node.is_scalar()) return "";
  if (node.quoted) return " (in quotes it is text)";
  if (leading_zero(node.scalar)) return " (write it without leading zeros)";
  if (node.scalar.find('_') != std::string::npos) return " (write it without _)";
  if (!node.scalar.empty() && node.scalar[0] == '+') return " (write it without +)";
  if (node.scalar.find("0x") != std::string::npos) return " (write it in decimal)";
  return "";
}

class BoolType final : public Type {
 public:
  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (scope.refuse_search(node)) return;
    const bool plain = node.is_scalar() && !node.quoted;
    if (plain && node.scalar == "true") {
      *static_cast<bool*>(value) = true;
    } else if (plain && node.scalar == "false") {
      *static_cast<bool*>(value) = false;
    } else {
      scope.expected(node, "true or false");
    }
  }
  OrderedJson echo(const void* value) const override { return *static_cast<const bool*>(value); }
  OrderedJson schema() const override { return {{"type", "boolean"}}; }
  std::string name() const override { return "boolean"; }
};

class IntegerType final : public Type {
 public:
  IntegerType(const IntegerAccess& access, const Rule& rule) : access_(access), rule_(rule) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (scope.refuse_search(node)) return;
    const std::string& text = node.scalar;
    std::uint64_t bits = 0;
    std::errc problem{};
    bool good = false;
    if (access_.is_signed) {
      std::int64_t number = 0;
      good = convert(node, number, problem) && within(number, rule_) && fits(number);
      bits = static_cast<std::uint64_t>(number);
    } else {
      good = convert(node, bits, problem) && within(bits, rule_) &&
             (access_.bits == 64 || bits >> access_.bits == 0);
    }
    if (good) {
      access_.set(value, bits);
    } else if (is_decimal(node)) {
      scope.error(node.mark,
                  fmt::format("{} must be {}, found {}", scope.what(), wanted(), excerpt(text)));
    } else {
      scope.expected(node, "an integer" + number_hint(node));
    }
  }
  OrderedJson echo(const void* value) const override {
    const std::uint64_t bits = access_.get(value);
    return access_.is_signed ? OrderedJson(static_cast<std::int64_t>(bits)) : OrderedJson(bits);
  }
  OrderedJson schema() const override {
    OrderedJson schema{{"type", "integer"}};
    Rule rule = rule_;
    if (!access_.is_signed && !rule.low_) rule.at_least(0);
    add_bounds(rule, true, schema);
    return schema;
  }
  std::string name() const override { return "integer"; }
  std::string bounds() const override {
    if (!rule_.low_ && !rule_.high_) return access_.is_signed ? "" : "at least 0";
    return bounds_text(rule_);
  }

 private:
  static bool is_decimal(const Node& node) {
    if (!node.is_scalar() || node.quoted || leading_zero(node.scalar)) return false;
    std::string_view digits = node.scalar;
    if (!digits.empty() && digits[0] == '-') digits.remove_prefix(1);
    return !digits.empty() &&
           std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  }
  template <class N>
  static bool convert(const Node& node, N& number, std::errc& problem) {
    if (!is_decimal(node)) return false;
    const char* end = node.scalar.data() + node.scalar.size();
    const auto result = std::from_chars(node.scalar.data(), end, number);
    problem = result.ec;
    return result.ec == std::errc{} && result.ptr == end;
  }
  bool fits(std::int64_t number) const {
    if (access_.bits == 64) return true;
    const std::int64_t limit = std::int64_t{1} << (access_.bits - 1);
    return number >= -limit && number < limit;
  }
  std::string wanted() const {
    const std::string own = bounds();
    if (rule_.low_ && rule_.high_) return own;
    const std::string width = fmt::format(
        "a{} integer of {} bits", access_.is_signed ? " signed" : "n unsigned", access_.bits);
    return own.empty() ? width : own + " and " + width;
  }

  IntegerAccess access_;
  Rule rule_;
};

class NumberType final : public Type {
 public:
  explicit NumberType(const Rule& rule) : rule_(rule) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    if (scope.refuse_search(node)) return;
    double number = 0;
    if (rule_.infinite_ && node.is_scalar() && (node.scalar == "inf" || node.scalar == ".inf")) {
      number = std::numeric_limits<double>::infinity();
    } else if (rule_.infinite_ && node.is_scalar() &&
               (node.scalar == "-inf" || node.scalar == "-.inf")) {
      number = -std::numeric_limits<double>::infinity();
    } else if (!convert(node, number, scope)) {
      return;
    }
    if (!within(number, rule_)) {
      scope.error(node.mark, fmt::format("{} must be {}, found {}", scope.what(),
                                         bounds_text(rule_), excerpt(node.scalar)));
      return;
    }
    *static_cast<double*>(value) = number;
  }
  OrderedJson echo(const void* value) const override {
    const double number = *static_cast<const double*>(value);
    return std::isfinite(number) ? OrderedJson(number) : OrderedJson(number_text(number));
  }
  OrderedJson schema() const override {
    OrderedJson schema{{"type", "number"}};
    add_bounds(rule_, false, schema);
    if (!rule_.infinite_) return schema;
    return {{"anyOf", OrderedJson::array({schema, {{"enum", {"inf", "-inf"}}}})}};
  }
  std::string name() const override { return "number"; }
  std::string bounds() const override { return bounds_text(rule_); }

 private:
  static bool convert(const Node& node, double& number, const Scope& scope) {
    const std::string& text = node.scalar;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    const bool plain = node.is_scalar() && !node.quoted && !leading_zero(text) &&
                       std::any_of(text.begin(), text.end(), digit);  // leaves out inf and nan
    const char* end = text.data() + text.size();
    const auto result =
        plain ? std::from_chars(text.data(), end, number) : std::from_chars_result{text.data(), {}};
    if (!plain || result.ptr != end || std::isnan(number)) {
      scope.expected(node, "a number" + number_hint(node));
      return false;
    }
    if (result.ec == std::errc::result_out_of_range) {
      scope.error(node.mark,
                  fmt::format("{}: {} is beyond what a double holds", scope.what(), excerpt(text)));
      return false;
    }
    return true;
  }

  Rule rule_;
};

}  // namespace

TypePtr bool_type() { return std::make_shared<BoolType>(); }
TypePtr integer_type(const IntegerAccess& access, const Rule& rule) {
  return std::make_shared<IntegerType>(access, rule);
}
TypePtr number_type(const Rule& rule) { return std::make_shared<NumberType>(rule); }
}  // namespace motive::config
