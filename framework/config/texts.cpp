// The types of text and of choices among names.

#include <algorithm>

#include "framework/config/type.h"

namespace motive::config {

namespace {

std::string suggestion(const std::string& typed, const std::vector<std::string>& names) {
  const std::string near = did_you_mean(typed, names);
  return near.empty() ? "" : ";" + near;
}

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
                  fmt::format("{} must be one of {}, found {}{}", scope.what(),
                              fmt::join(names, ", "), excerpt(text), suggestion(text, names)));
    } else if (rule_.file_name_ && !is_file_name(text) && (!text.empty() || rule_.required_)) {
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
    if (rule_.not_empty_ || (rule_.file_name_ && rule_.required_)) schema["minLength"] = 1;
    if (rule_.file_name_) {
      schema["pattern"] = "^([A-Za-z0-9][A-Za-z0-9._+-]{0,99})?$";
      schema["minimum"] = 0;  // of what is written as a number: a name has no leading minus
    }
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
    if (scope.refuse_search(node)) return;
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
    scope.error(node.mark, fmt::format("{} must be one of {}, found {}{}", scope.what(),
                                       fmt::join(names, ", "), excerpt(node.scalar),
                                       suggestion(node.scalar, names)));
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

TypePtr string_type(const Rule& rule) { return std::make_shared<StringType>(rule); }
TypePtr choice_type(const ChoiceAccess& access,
                    std::shared_ptr<const std::vector<ChoiceValue>> values) {
  return std::make_shared<ChoiceType>(access, std::move(values));
}

}  // namespace motive::config
