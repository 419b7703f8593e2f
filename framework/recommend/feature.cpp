#include "framework/recommend/feature.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>

namespace motive {

Result<Path> FeatureFolders::of(const FeatureRequest& request) const {
  for (const auto& [made, folder] : folders_) {
    if (made == request) return folder;
  }
  const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
  return Error{fmt::format("it reads {}, which an experiment makes beforehand: use `motive run`", kind ? kind->title : request.kind),
               ErrorKind::kUnavailable};
}

FeatureKinds& FeatureKinds::instance() {
  static FeatureKinds kinds;
  return kinds;
}

void FeatureKinds::add(FeatureKind kind) {
  if (find(kind.name)) {
    std::fprintf(stderr, "motive: two kinds of feature are called '%s'; rename one of them\n", kind.name.c_str());
    std::abort();  // before main: there is nobody yet to hand an error to
  }
  if (const auto own = makers_.find(kind.name); own != makers_.end()) kind.make = own->second;
  kinds_.emplace(kind.name, std::move(kind));
}

void FeatureKinds::provide(const std::string& name, decltype(FeatureKind::make) make) {
  if (const auto kind = kinds_.find(name); kind != kinds_.end()) kind->second.make = make;
  makers_[name] = std::move(make);
}

const FeatureKind* FeatureKinds::find(std::string_view name) const {
  const auto kind = kinds_.find(name);
  return kind == kinds_.end() ? nullptr : &kind->second;
}

}  // namespace motive
