#pragma once
// Purpose: what methods read of a data set beside events and texts as they are: vectors of sentences, traits of items.
// A method names what it wants in its MethodInfo; the framework makes it once a data set, as a node "features" of the
// store that all methods and experiments share, and hands the method the node's folder (FitContext::features).
// A kind of feature declares itself with DeclareFeature; one whose code needs LibTorch is declared in a file without it,
// and made by ProvideFeature in a file *_torch.cpp.
// Determinism: a node's key is kind, parameters, the prepared data and FeatureKind::input; its bytes follow from these.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/cancel.h"
#include "framework/base/files.h"
#include "framework/base/json.h"
#include "framework/base/progress.h"
#include "framework/data/interactions.h"
#include "framework/recommend/estimate.h"

namespace motive {
namespace llm {
class Client;
}

struct FeatureRequest {
  std::string kind;
  Json params;  // of the kind
  friend bool operator==(const FeatureRequest&, const FeatureRequest&) = default;
};

/// Where a fit finds what its method asked for.
class FeatureFolders {
 public:
  void add(FeatureRequest request, Path folder) { folders_.emplace_back(std::move(request), std::move(folder)); }
  /// kUnavailable where nobody made it, as outside of experiments.
  Result<Path> of(const FeatureRequest& request) const;

 private:
  std::vector<std::pair<FeatureRequest, Path>> folders_;
};

struct FeatureContext {
  Json input;  // what FeatureKind::input said when the work was planned
  int threads = 1;
  Progress* progress = nullptr;
  const CancelFlag* cancel = nullptr;
  llm::Client* llm = nullptr;  // where FeatureKind::endpoints names any
};

struct FeatureKind {
  std::string name;
  std::string title;   // in plans and progress: "sentence vectors"
  std::string version; // raise it when results change
  bool torch = false;  // only the program with LibTorch makes it
  /// What it depends on beside data and parameters, such as a model's files: part of the key. An error refuses the
  /// experiment before anything runs.
  std::function<Result<Json>(const Json& params)> input;
  /// For so many items; any number of threads gives the same bytes.
  std::function<Estimate(const Json& params, const Shape&)> estimate;
  /// The experiment's endpoints that are asked; empty: none. What they are is part of the key.
  std::function<std::vector<std::string>(const Json& params)> endpoints = {};
  /// Writes an existing folder. kNotApplicable where the data has not what it needs.
  std::function<Status(const Json& params, const Catalogue&, FeatureContext&, const Path& folder)> make;
};

class FeatureKinds {
 public:
  static FeatureKinds& instance();
  void add(FeatureKind kind);  // a second one of the same name ends the program
  void provide(const std::string& name, decltype(FeatureKind::make) make);
  const FeatureKind* find(std::string_view name) const;  // nullptr where unknown

 private:
  std::map<std::string, FeatureKind, std::less<>> kinds_;
  std::map<std::string, decltype(FeatureKind::make)> makers_;
};

struct DeclareFeature {
  explicit DeclareFeature(FeatureKind kind) { FeatureKinds::instance().add(std::move(kind)); }
};
struct ProvideFeature {
  ProvideFeature(const std::string& name, decltype(FeatureKind::make) make) {
    FeatureKinds::instance().provide(name, std::move(make));
  }
};

}  // namespace motive
