#pragma once
// Purpose: what is searched for and how: `tuning:` of an experiment, `{search: ...}` in a model's parameters, and the
// settings that follow from both. The settings of a model are known before anything runs: they depend on its
// searches and the tuning's seed alone, never on data, so every (data set, split, split seed) tries the same ones and
// chooses for itself.
//   random:  `trials` settings, each fitted with all its epochs; the best on validation is taken.
//   halving: rung r = 0..R-1 fits floor(trials / eta^r) settings with epochs / eta^(R-1-r) epochs; the best of a rung
//            go on to the next, and the best of the last is taken (Jamieson & Talwalkar, AISTATS 2016). Each fit
//            starts anew. A method without `epochs` is searched at random.
// Draws: setting t of parameter p comes from the stream (seed, "tuning p", t): more trials keep the earlier ones, and a
// further parameter leaves the others as they were. Numbers are rounded to four digits, so that they can be read and
// do not hang on the last bit of a logarithm. Settings that a method refuses (rules across its fields) or that were
// drawn before are drawn anew. A space of no more settings than trials is tried as a whole.

#include <optional>
#include <string>
#include <vector>

#include "framework/base/json.h"
#include "framework/config/table.h"
#include "framework/recommend/registry.h"

namespace motive {

struct ModelConfig;

enum class TuningMethod { kRandom, kHalving };

/// `tuning: {trials: 20, metric: ndcg@10}`.
struct TuningConfig {
  int trials = 20;  // settings of each model that searches
  std::string metric = "ndcg@10";
  TuningMethod method = TuningMethod::kRandom;
  std::uint64_t seed = 1;
  int eta = 3;    // halving: one in so many goes on
  int rungs = 0;  // halving; 0: as many as trials and epochs allow
  static const config::Table<TuningConfig>& table();
};

enum class SearchKind { kLogUniform, kUniform, kInt, kLogUniformInt, kChoice };

/// One value of `values:`, as it was written.
struct SearchValue {
  config::Node node;
};

/// `{search: loguniform, low: 0.001, high: 0.2}`, `{search: choice, values: [16, 64]}`.
struct SearchConfig {
  SearchKind search = SearchKind::kLogUniform;
  std::optional<double> low, high;
  std::vector<SearchValue> values;
  static const config::Table<SearchConfig>& table();
};

/// A searched parameter of a model.
struct Search {
  std::string path;  // "lr", "stopping.patience"
  SearchConfig config;
  std::vector<Json> values;  // choice: as the method's table reads them
  OrderedJson echo() const;  // the map it was read from
};

/// Takes the searches out of `params` and puts a plain value in the place of each: the method's table can read what is
/// left. Errors of a search's own keys go to `scope`; whether its bounds suit the parameter: check_searches.
std::vector<Search> take_searches(config::Node& params, const config::Scope& scope);

/// That the method takes the bounds and values of each search, by its field table; `params` is what take_searches left
/// and `given` what it was given. Fills in Search::values.
void check_searches(const Method& method, const config::Node& given, const config::Node& params, std::vector<Search>& searches,
                    config::Errors& errors);

/// The settings of a model: all its parameters, with those searched for replaced.
struct Settings {
  std::vector<Json> params;
  bool all = false;  // there are no others in the space
};
Settings draw_settings(const ModelConfig& model, const TuningConfig& tuning);

/// "" or why this model cannot be tuned like this, and what to do.
std::string refuse_tuning(const ModelConfig& model, const TuningConfig& tuning);

/// The epochs of a method that has a parameter `epochs`.
std::optional<int> epochs_of(const Json& params);

/// How many settings a rung tries, for how many epochs each.
struct Rung {
  int trials = 0, epochs = 0;
};
/// The last has all the epochs.
std::vector<Rung> halving_rungs(const TuningConfig& tuning, int trials, int epochs);

/// `path` ("stopping.patience") in a parameters' JSON; a dot never stands in a parameter's name.
Json::json_pointer parameter_pointer(const std::string& path);

/// JSON Schema of `{search: ...}`.
OrderedJson search_schema();

}  // namespace motive
