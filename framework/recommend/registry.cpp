#include "framework/recommend/registry.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace motive {

namespace {

struct NoParams {
  static const config::Table<NoParams>& table() {
    static const auto kTable = config::Table<NoParams>("parameters");
    return kTable;
  }
};

}  // namespace

RegisterPlanned::RegisterPlanned(std::string name, std::string label, std::string summary, std::string paper) {
  Method method{.name = std::move(name), .summary = std::move(summary), .paper = std::move(paper), .planned = true,
                .parameters = config::any_table<NoParams>(), .presets = {}, .describe = {}, .make = {}};
  method.describe = [label = std::move(label)](const std::any&) {
    MethodInfo info;
    info.label = label;
    return info;
  };
  Registry::instance().add(std::move(method));
}

Registry& Registry::instance() {
  static Registry registry;
  return registry;
}

void Registry::add(Method method) {
  const auto place =
      std::lower_bound(methods_.begin(), methods_.end(), method.name,
                       [](const Method& m, const std::string& name) { return m.name < name; });
  if (place != methods_.end() && place->name == method.name) {
    // Registration runs before main: there is nobody yet to hand an error to.
    std::fprintf(stderr, "motive: two methods are called '%s'; rename one of their folders\n",
                 method.name.c_str());
    std::abort();
  }
  if (const auto own = classes_.find(method.name); own != classes_.end()) method.make = own->second;
  methods_.insert(place, std::move(method));
}

void Registry::provide(const std::string& name, std::function<std::unique_ptr<Recommender>(const std::any&)> make) {
  for (Method& method : methods_) {
    if (method.name == name) method.make = make;
  }
  classes_[name] = std::move(make);
}

const Method* Registry::find(std::string_view name) const {
  for (const Method& method : methods_) {
    if (method.name == name) return &method;
  }
  return nullptr;
}

std::vector<const Method*> Registry::all() const {
  std::vector<const Method*> methods;
  for (const Method& method : methods_) methods.push_back(&method);
  return methods;
}

std::vector<std::string> Registry::names() const {
  std::vector<std::string> names;
  for (const Method& method : methods_) names.push_back(method.name);
  return names;
}

}  // namespace motive
