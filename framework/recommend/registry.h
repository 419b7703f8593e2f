#pragma once
// Purpose: what methods there are, what they can do, and how one is made from its parameters.
// A method registers itself from its own folder; nothing lists them.

#include <any>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/config/table.h"
#include "framework/recommend/estimate.h"
#include "framework/recommend/recommender.h"

namespace motive {

struct MethodInfo {
  std::string code_version;     // part of the store key: raise it when results change
  bool stochastic = true;       // results depend on the init seed
  bool unseen_users = false;    // can rank for users without training events
  bool empty_history = false;   // can rank where nothing is known of the user
  bool unseen_items = false;    // can score items without training events
  bool personalised = true;
  bool uses_order = false, uses_text = false;
  bool selects = false;         // wants the validation hook with these parameters (early stopping)
  /// Threads that a fit with these parameters works with, where their number is part of its result (threads that
  /// write to the same vectors): part of the store key. FitContext::threads is at most this.
  int fit_threads = 1;
  /// A fit gives the same bytes for any number of threads: FitContext::threads is what is to spare.
  bool any_threads = false;
  /// What a fit there reads beside the training view, as a hash of its content: part of the store key. An error
  /// (a file that is missing) refuses the experiment before anything runs.
  std::function<Result<std::string>(const FitPlace&, std::uint64_t init_seed)> input;
  std::vector<FeatureRequest> features;  // that a fit or ranking reads beside the training view
  /// Names of the experiment's endpoints that ranking asks: language models. What they are is part of the ranks' key.
  std::vector<std::string> endpoints;
  bool lists_only = false;      // ranks lists of candidates, not a whole catalogue
  bool sampled = false;         // ranks depend on the llm seed
  bool prompt_order = false;    // ranks depend on the prompt-order seed
  std::string label;            // in tables where the experiment gives none; names what must be named
  std::function<Estimate(const Shape&)> fit_estimate, rank_estimate;
};

/// Parameters that somebody found to be good somewhere, by name: `- bpr: {preset: NAME, dim: 32}` starts from them.
struct Preset {
  std::string name, help;
  Json params;
};

/// A registered method. Params is the method's own parameter struct, type-erased.
struct Method {
  std::string name, summary, paper;
  bool planned = false;  // known, not in this version: prints "not available"
  bool torch = false;    // its class needs LibTorch: only the program with LibTorch has `make`
  std::shared_ptr<const config::AnyTable> parameters;
  std::vector<Preset> presets;
  std::function<MethodInfo(const std::any& params)> describe;
  std::function<std::unique_ptr<Recommender>(const std::any& params)> make;
};

class Registry {
 public:
  static Registry& instance();
  void add(Method method);  // a second one of the same name ends the program: two folders, one name
  /// The class of a method that add() declared, or will declare, without one.
  void provide(const std::string& name, std::function<std::unique_ptr<Recommender>(const std::any&)> make);
  const Method* find(std::string_view name) const;  // nullptr where unknown
  std::vector<const Method*> all() const;           // by name
  std::vector<std::string> names() const;

 private:
  std::vector<Method> methods_;
  std::map<std::string, std::function<std::unique_ptr<Recommender>(const std::any&)>> classes_;
};

template <class Params>
Method declared(std::string name, std::string summary, std::string paper, MethodInfo (*describe)(const Params&),
                std::vector<Preset> presets) {
  return {.name = std::move(name), .summary = std::move(summary), .paper = std::move(paper),
          .parameters = config::any_table<Params>(), .presets = std::move(presets),
          .describe = [describe](const std::any& p) { return describe(std::any_cast<const Params&>(p)); }, .make = {}};
}

/// At namespace scope in a method's .cpp:
///   const RegisterMethod<BprParams, Bpr> kRegister{"bpr", "one line", "paper", describe};
/// Params has a static `const config::Table<Params>& table()`; Bpr has a constructor from Params;
/// describe is MethodInfo(const Params&).
template <class Params, class T>
struct RegisterMethod {
  RegisterMethod(std::string name, std::string summary, std::string paper, MethodInfo (*describe)(const Params&),
                 std::vector<Preset> presets = {}) {
    Method method = declared(std::move(name), std::move(summary), std::move(paper), describe, std::move(presets));
    method.make = [](const std::any& p) { return std::make_unique<T>(std::any_cast<const Params&>(p)); };
    Registry::instance().add(std::move(method));
  }
};

/// A method that is known and not here yet: plans and tables may name it, and its cells are "not available".
///   const RegisterPlanned kRegister{"p5", "P5", "one line", "paper"};
struct RegisterPlanned {
  RegisterPlanned(std::string name, std::string label, std::string summary, std::string paper);
};

/// A method whose class needs LibTorch comes in two parts. In NAME.cpp, without it, so that plans, help and tables
/// start fast:        const DeclareTorchMethod<SasRecParams> kDeclare{"sasrec", "one line", "paper", describe};
/// in *_torch.cpp:    const ProvideTorchMethod<SasRecParams, SasRec> kProvide{"sasrec"};
template <class Params>
struct DeclareTorchMethod {
  DeclareTorchMethod(std::string name, std::string summary, std::string paper, MethodInfo (*describe)(const Params&),
                     std::vector<Preset> presets = {}) {
    Method method = declared(std::move(name), std::move(summary), std::move(paper), describe, std::move(presets));
    method.torch = true;
    method.planned = std::string_view(MOTIVE_TORCH_VERSION) == "none";
    Registry::instance().add(std::move(method));
  }
};

template <class Params, class T>
struct ProvideTorchMethod {
  explicit ProvideTorchMethod(const std::string& name) {
    Registry::instance().provide(
        name, [](const std::any& p) { return std::make_unique<T>(std::any_cast<const Params&>(p)); });
  }
};

}  // namespace motive
