#include "baselines/external/folder_methods.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "framework/base/environment.h"
#include "framework/base/hash.h"

namespace motive {
namespace {

namespace fs = std::filesystem;

bool parse_number(const std::string& text, double& value) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && end == text.data() + text.size() && std::isfinite(value);
}

bool is_number(const FolderParameter& p) {
  double ignored;
  return p.low || p.high || parse_number(p.value, ignored);
}

std::string check_default(const FolderParameter& p) {
  double value = 0;
  if (!p.low && !p.high) return "";
  if (!parse_number(p.value, value)) return "a `default` with bounds is a number";
  return (p.low && value < *p.low) || (p.high && value > *p.high) ? "`default` lies outside the bounds" : "";
}

std::string bounds(const FolderParameter& p) {
  if (p.low && p.high) return fmt::format("{:g} to {:g}", *p.low, *p.high);
  if (p.low) return fmt::format("at least {:g}", *p.low);
  return p.high ? fmt::format("at most {:g}", *p.high) : "";
}

/// The parameters of one folder's method: those it names, and `timeout`.
class FolderTable final : public config::AnyTable {
 public:
  FolderTable(std::string name, FolderMethod method, std::string fault)
      : name_(std::move(name)), method_(std::move(method)), fault_(std::move(fault)) {}

  const std::string& name() const override { return name_; }

  std::any parse(const config::Node& node, config::Errors& errors) const override {
    ExternalParams params = defaults();
    if (!fault_.empty()) errors.add(node.mark, fault_);
    if (!node.is_map() && !node.is_null()) errors.add(node.mark, fmt::format("{} wants a map of parameters", name_));
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      const auto& [key, value] = node.members[i];
      const config::Scope scope(errors, name_, key);
      if (key == "timeout") {
        config::read(value, params.timeout, scope, config::above(0).up_to(1e7));
      } else if (const auto found = method_.parameters.find(key); found != method_.parameters.end()) {
        read_parameter(found->second, value, params.options[key], scope);
      } else if (fault_.empty()) {
        errors.add(node.key_marks[i], fmt::format("unknown key `{}` in {};{} it has {}", key, name_,
                                                  config::did_you_mean(key, keys()), fmt::join(keys(), ", ")));
      }
    }
    return params;
  }

  OrderedJson echo(const std::any& value) const override {
    const auto& params = std::any_cast<const ExternalParams&>(value);
    OrderedJson json = OrderedJson::object();
    for (const auto& [key, parameter] : method_.parameters) {
      const std::string& text = params.options.at(key);
      double number = 0;
      if (is_number(parameter) && parse_number(text, number)) {
        json[key] = number;
      } else {
        json[key] = text;
      }
    }
    json["timeout"] = params.timeout;
    return json;
  }

  OrderedJson schema() const override {
    OrderedJson fields = OrderedJson::object();
    for (const auto& [key, p] : method_.parameters) {
      OrderedJson field = {{"description", p.help}};
      field["type"] = is_number(p) ? OrderedJson("number") : OrderedJson({"string", "number"});
      if (p.low) field["minimum"] = *p.low;
      if (p.high) field["maximum"] = *p.high;
      fields[key] = std::move(field);
    }
    fields["timeout"] = {{"type", "number"}, {"description", "the longest that one run may take (seconds)"}};
    return {{"type", "object"}, {"properties", fields}, {"additionalProperties", false}};
  }

  std::string help() const override {
    std::string text;
    const auto add = [&](const std::string& key, const std::string& value, const std::string& between, const std::string& help) {
      text += fmt::format("{:<16} {:<10} {:<16} {}\n", key, value, between, help);
    };
    add("parameter", "default", "bounds", "meaning");
    for (const auto& [key, p] : method_.parameters) add(key, p.value, bounds(p), p.help);
    add("timeout", fmt::format("{:g}", method_.timeout), "above 0", "the longest that one run may take (seconds)");
    return text;
  }

 private:
  ExternalParams defaults() const {
    ExternalParams params{.command = method_.command, .fit = method_.fit, .timeout = method_.timeout,
                          .version = method_.version, .abilities = method_.abilities};
    params.method = name_;
    params.label = method_.label.empty() ? name_ : method_.label;
    for (const auto& [key, p] : method_.parameters) params.options[key] = p.value;
    return params;
  }

  std::vector<std::string> keys() const {
    std::vector<std::string> keys{"timeout", "label"};
    for (const auto& [key, p] : method_.parameters) keys.push_back(key);
    return keys;
  }

  static void read_parameter(const FolderParameter& p, const config::Node& node, std::string& text, const config::Scope& scope) {
    if (!is_number(p)) return config::read(node, text, scope);
    config::Rule rule;
    if (p.low) rule.at_least(*p.low);
    if (p.high) rule.up_to(*p.high);
    double value = 0;
    const std::size_t before = scope.errors().size();
    config::read(node, value, scope, rule);
    if (scope.errors().size() == before) text = fmt::format("{}", value);
  }

  const std::string name_;
  const FolderMethod method_;
  const std::string fault_;  // of method.yaml
};

/// Every folder below `parent` that holds a method.yaml.
void register_folders(const Path& parent) {
  std::error_code code;
  std::vector<Path> folders;
  for (fs::directory_iterator at(parent, code), end; !code && at != end; at.increment(code)) {
    if (fs::is_regular_file(at->path() / "method.yaml", code)) folders.push_back(at->path());
  }
  std::sort(folders.begin(), folders.end());
  for (const Path& folder : folders) Registry::instance().add(folder_method(folder));
}

/// Before main, as methods in C++ do. Nothing that is wrong in a file may end the program.
const bool kRegistered = [] {
  for (const char* parent : {"baselines", "models"}) register_folders(checkout_folder() / parent);
  return true;
}();

}  // namespace

const config::Table<FolderParameter>& FolderParameter::table() {
  using P = FolderParameter;
  static const auto kTable = config::Table<P>("parameter")
                                 .field("default", &P::value, "a number, or a text", config::required())
                                 .field("low", &P::low, "the lowest that it may be")
                                 .field("high", &P::high, "the highest that it may be")
                                 .field("help", &P::help, "what it means, in one line", config::required().not_empty())
                                 .check("default", check_default);
  return kTable;
}

const config::Table<FolderMethod>& FolderMethod::table() {
  using M = FolderMethod;
  static const auto kTable =
      config::Table<M>("")
          .field("summary", &M::summary, "one line for `motive list models`", config::required().not_empty())
          .field("paper", &M::paper, "where it comes from")
          .field("label", &M::label, "its name in tables")
          .field("command", &M::command, "program and arguments; files beside method.yaml", config::required())
          .field("fit", &M::fit, "whether it is first run as COMMAND fit MODEL")
          .field("timeout", &M::timeout, "the longest that one run may take", config::above(0).up_to(1e7).unit("seconds"))
          .field("version", &M::version, "change it when the program changes in files the command does not name")
          .field("abilities", &M::abilities, "what the program can do; the framework cannot know")
          .field("parameters", &M::parameters, "by name: {default, low, high, help}");
  return kTable;
}

Method folder_method(const Path& folder) {
  const std::string name = folder.filename().string();
  config::Errors errors;
  FolderMethod described;
  const config::Node node = config::load_yaml((folder / "method.yaml").string(), errors);
  if (errors.empty()) described = config::parse<FolderMethod>(node, errors);
  // Whatever it says may matter to a fit.
  if (const auto hash = sha256_file(folder / "method.yaml")) described.version += "-" + hash->substr(0, 8);
  const std::string fault = errors.empty() ? "" : errors.error().message;
  Method method{.name = name,
                .summary = fault.empty() ? described.summary : "cannot be used: " + fault.substr(0, fault.find('\n')),
                .paper = described.paper,
                .parameters = std::make_shared<FolderTable>(name, described, fault),
                .presets = {},
                .describe = [](const std::any& p) { return describe_external(std::any_cast<const ExternalParams&>(p)); },
                .make = [](const std::any& p) -> std::unique_ptr<Recommender> {
                  return std::make_unique<External>(std::any_cast<const ExternalParams&>(p));
                }};
  return method;
}

}  // namespace motive
