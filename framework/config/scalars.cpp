// The types of single values: booleans, integers, numbers, strings, choices.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "framework/config/type.h"
#include "framework/config/utf8.h"
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

/// `{search: ...}` where a number is wanted; true where that was said.
bool refused_search(const Node& node, const Scope& scope) {
  if (node.find("search") == nullptr) return false;
  scope.error(node.mark, scope.what() + ": search over parameters is not available yet");
  return true;
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
    if (refused_search(node, scope)) return;
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
    if (refused_search(node, scope)) return;
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

class StringType final : public Type {
 public:
  explicit StringType(const Rule& rule) : rule_(rule) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    // Numbers are taken as their text (ids such as 123); true and false rather are a slip.
    if (!node.is_scalar() || (!node.quoted && (node.scalar == "true" || node.scalar == "false"))) {
      scope.expected(node, node.is_scalar() ? "text (write it in quotes)" : "text");
      return;
    }
    const std::string& text = node.scalar;
    const auto& names = rule_.names_;
    if (text.find('\0') != std::string::npos) {
      scope.error(node.mark, scope.what() + " must not hold a NUL character");
    } else if (rule_.not_empty_ && text.empty()) {
      scope.error(node.mark, scope.what() + " must not be empty");
    } else if (!names.empty() && std::find(names.begin(), names.end(), text) == names.end()) {
      scope.error(node.mark,
                  fmt::format("{} must be one of {}, found {};{}", scope.what(),
                              fmt::join(names, ", "), excerpt(text), did_you_mean(text, names)));
    } else if (rule_.file_name_ && !is_file_name(text)) {
      scope.error(
          node.mark,
          fmt::format("{} names files: at most 100 letters, digits and . _ - +, the first a letter "
                      "or digit; found {}",
                      scope.what(), excerpt(text)));
    } else {
      *static_cast<std::string*>(value) = text;
    }
  }
  OrderedJson echo(const void* value) const override {
    return *static_cast<const std::string*>(value);
  }
  OrderedJson schema() const override {
    if (!rule_.names_.empty()) return {{"enum", rule_.names_}};
    OrderedJson schema{{"type", {"string", "number"}}};
    if (rule_.not_empty_) schema["minLength"] = 1;
    if (rule_.file_name_) schema["pattern"] = "^[A-Za-z0-9][A-Za-z0-9._+-]{0,99}$";
    return schema;
  }
  std::string name() const override { return "text"; }
  std::string bounds() const override {
    if (!rule_.names_.empty()) return fmt::format("{}", fmt::join(rule_.names_, " | "));
    if (rule_.file_name_) return "letters, digits, . _ - +";
    return rule_.not_empty_ ? "not empty" : "";
  }

 private:
  static bool is_file_name(std::string_view text) {
    const auto alphanumeric = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !text.empty() && text.size() <= 100 && alphanumeric(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) {
             return alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == '+';
           });
  }

  Rule rule_;
};

class ChoiceType final : public Type {
 public:
  ChoiceType(const ChoiceAccess& access, std::shared_ptr<const std::vector<ChoiceValue>> values)
      : access_(access), values_(std::move(values)) {}

  void parse(const Node& node, void* value, const Scope& scope) const override {
    const auto names = available();
    if (!node.is_scalar()) {
      scope.expected(node, fmt::format("one of {}", fmt::join(names, ", ")));
      return;
    }
    for (const ChoiceValue& choice : *values_) {
      if (choice.name != node.scalar) continue;
      if (choice.later) {
        scope.error(node.mark, fmt::format("{}: `{}` is not available yet ({})", scope.what(),
                                           choice.name, choice.help));
      } else {
        access_.set(value, choice.value);
      }
      return;
    }
    scope.error(node.mark, fmt::format("{} must be one of {}, found {};{}", scope.what(),
                                       fmt::join(names, ", "), excerpt(node.scalar),
                                       did_you_mean(node.scalar, names)));
  }
  OrderedJson echo(const void* value) const override {
    const std::int64_t number = access_.get(value);
    for (const ChoiceValue& choice : *values_) {
      if (!choice.later && choice.value == number) return choice.name;
    }
    return nullptr;
  }
  OrderedJson schema() const override { return {{"enum", available()}}; }
  std::string name() const override { return "choice"; }
  std::string bounds() const override { return fmt::format("{}", fmt::join(available(), " | ")); }
  std::string notes() const override {
    std::string notes;
    for (const ChoiceValue& choice : *values_) {
      if (choice.later || choice.help.empty()) continue;
      notes += fmt::format("{}{}: {}", notes.empty() ? "" : "\n", choice.name, choice.help);
    }
    return notes;
  }

 private:
  std::vector<std::string> available() const {
    std::vector<std::string> names;
    for (const ChoiceValue& choice : *values_) {
      if (!choice.later) names.push_back(choice.name);
    }
    return names;
  }

  ChoiceAccess access_;
  std::shared_ptr<const std::vector<ChoiceValue>> values_;
};

}  // namespace

TypePtr bool_type() { return std::make_shared<BoolType>(); }
TypePtr integer_type(const IntegerAccess& access, const Rule& rule) {
  return std::make_shared<IntegerType>(access, rule);
}
TypePtr number_type(const Rule& rule) { return std::make_shared<NumberType>(rule); }
TypePtr string_type(const Rule& rule) { return std::make_shared<StringType>(rule); }
TypePtr choice_type(const ChoiceAccess& access,
                    std::shared_ptr<const std::vector<ChoiceValue>> values) {
  return std::make_shared<ChoiceType>(access, std::move(values));
}

}  // namespace motive::config
