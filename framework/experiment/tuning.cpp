#include "framework/experiment/tuning.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>

#include "framework/base/rng.h"
#include "framework/experiment/schema.h"

namespace motive {

namespace config {

template <>
struct Custom<SearchValue> {
  static void parse(const Node& node, SearchValue& value, const Scope&) { value.node = node; }
  static OrderedJson echo(const SearchValue& value) { return value.node.scalar; }  // see Search::echo
  static OrderedJson schema() { return OrderedJson::object(); }
  static std::string name() { return "value"; }
};

}  // namespace config

namespace {

constexpr int kRedraws = 200;  // of one setting, until it is taken to be impossible or known

bool is_whole(SearchKind kind) { return kind == SearchKind::kInt || kind == SearchKind::kLogUniformInt; }
bool is_log(SearchKind kind) { return kind == SearchKind::kLogUniform || kind == SearchKind::kLogUniformInt; }

std::string check_search(const SearchConfig& c) {
  if (c.search == SearchKind::kChoice) {
    if (c.low || c.high) return "a choice has `values`, not `low` and `high`";
    return c.values.empty() ? "a choice needs `values`, as in {search: choice, values: [16, 64]}" : "";
  }
  if (!c.values.empty()) return "`values` go with `search: choice`";
  if (!c.low || !c.high) return "`low` and `high` are needed, as in {search: loguniform, low: 0.001, high: 0.2}";
  if (*c.low >= *c.high) return "`low` must be below `high`";
  if (is_log(c.search) && *c.low <= 0) return "on a logarithmic scale `low` must be above 0";
  if (!is_whole(c.search)) return "";
  if (*c.low != std::floor(*c.low) || *c.high != std::floor(*c.high)) return "`low` and `high` must be whole numbers";
  return std::max(std::abs(*c.low), std::abs(*c.high)) > 1e9 ? "whole numbers up to a thousand million can be searched" : "";
}

std::string check_tuning(const TuningConfig& c) {
  return c.rungs > 0 && c.method != TuningMethod::kHalving ? "`rungs` belongs to `method: halving`" : "";
}

/// Four digits: readable, and the same wherever the logarithm's last bit differs.
double rounded(double value) { return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr); }

Json draw(const Search& search, Rng& rng) {
  const SearchConfig& c = search.config;
  if (c.search == SearchKind::kChoice) return search.values[rng.below(static_cast<std::uint32_t>(search.values.size()))];
  const double u = rng.uniform();
  // A whole number stands for the interval up to the next one.
  const double low = *c.low, high = is_whole(c.search) ? *c.high + 1 : *c.high;
  const double value = is_log(c.search) ? low * std::exp(u * std::log(high / low)) : low + u * (high - low);
  if (!is_whole(c.search)) return std::clamp(rounded(value), *c.low, *c.high);
  return static_cast<std::int64_t>(std::clamp(std::floor(value), *c.low, *c.high));
}

/// How many values there are; 0: more than can be counted.
std::uint64_t values_of(const Search& search) {
  if (search.config.search == SearchKind::kChoice) return search.values.size();
  return is_whole(search.config.search) ? static_cast<std::uint64_t>(*search.config.high - *search.config.low) + 1 : 0;
}

/// Number n of the whole space, the last search fastest.
std::vector<Json> setting_number(const std::vector<Search>& searches, std::uint64_t n) {
  std::vector<Json> values(searches.size());
  for (std::size_t i = searches.size(); i-- > 0;) {
    const std::uint64_t size = values_of(searches[i]);
    const std::uint64_t at = n % size;
    n /= size;
    values[i] = searches[i].config.search == SearchKind::kChoice
                    ? searches[i].values[at]
                    : Json(static_cast<std::int64_t>(*searches[i].config.low) + static_cast<std::int64_t>(at));
  }
  return values;
}

/// Whether the space has at most `trials` settings; then how many.
std::optional<std::uint64_t> small_space(const std::vector<Search>& searches, int trials) {
  std::uint64_t size = 1;
  for (const Search& search : searches) {
    const std::uint64_t values = values_of(search);
    if (values == 0 || size * values > static_cast<std::uint64_t>(trials)) return std::nullopt;
    size *= values;
  }
  return size;
}

/// All parameters with these values; nothing where the method refuses them.
std::optional<Json> with_values(const ModelConfig& model, const std::vector<Json>& values) {
  Json params = Json::parse(model.method->parameters->echo(model.params).dump());
  for (std::size_t i = 0; i < values.size(); ++i) params[parameter_pointer(model.searches[i].path)] = values[i];
  config::Errors errors;
  const std::any parsed = model.method->parameters->parse(config::from_json(params, "setting"), errors);
  if (!errors.empty()) return std::nullopt;
  return Json::parse(model.method->parameters->echo(parsed).dump());
}

std::any parse_params(const Method& method, const Json& params) {
  config::Errors errors;
  return method.parameters->parse(config::from_json(params, "setting"), errors);
}

/// What may not differ between the settings of one model: a table's row is one method. "" where all agree.
std::string first_difference(const MethodInfo& a, const MethodInfo& b) {
  if (a.stochastic != b.stochastic) return "whether it depends on the init seed";
  if (a.unseen_users != b.unseen_users || a.empty_history != b.empty_history) return "which users it can rank for";
  if (a.unseen_items != b.unseen_items) return "which items it can score";
  if (a.selects != b.selects) return "whether it stops early";
  if (a.fit_threads != b.fit_threads) return "the threads that its result is for";
  return "";
}

void collect_searches(config::Node& node, const std::string& path, const config::Scope& scope, std::vector<Search>& out) {
  for (auto& [key, member] : node.members) {
    if (!member.is_map()) continue;
    const config::Scope place = scope.member(key);
    const std::string own = path.empty() ? key : path + "." + key;
    if (member.find("search") == nullptr) {
      collect_searches(member, own, place, out);
      continue;
    }
    Search search{.path = own, .config = {}, .values = {}};
    config::read(member, search.config, place);
    // Any value will do where the search itself is wrong: no second error should follow from it.
    config::Node plain;
    if (const config::Node* low = member.find("low")) plain = *low;
    const config::Node* values = member.find("values");
    if (values != nullptr && !values->items.empty()) plain = values->items.front();
    member = std::move(plain);
    out.push_back(std::move(search));
  }
}

config::Node* find_path(config::Node& node, const std::string& path) {
  config::Node* at = &node;
  for (std::size_t begin = 0; at != nullptr && begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    at = at->find(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return at;
}

/// Between the bounds of a search for real numbers: a field of whole numbers takes the bounds and not this.
config::Node between(const Search& search, const config::Node& like) {
  config::Node node = like;
  node.scalar = fmt::format("{}", rounded(*search.config.low + 0.38196601125 * (*search.config.high - *search.config.low)));
  return node;
}

}  // namespace

const config::Table<TuningConfig>& TuningConfig::table() {
  static const auto kTable =
      config::Table<TuningConfig>("tuning")
          .field("trials", &TuningConfig::trials, "settings that are tried of each model that searches", config::range(1, 10000))
          .field("metric", &TuningConfig::metric, "on the validation events, full ranking", config::one_of({"ndcg@10", "hr@10"}))
          .choice("method", &TuningConfig::method, "how",
                  {{"random", TuningMethod::kRandom, "settings drawn at random, each fitted with all its epochs"},
                   {"halving", TuningMethod::kHalving, "few epochs first, more for the settings that did best"}})
          .field("seed", &TuningConfig::seed, "of the draws")
          .field("eta", &TuningConfig::eta, "halving: one setting in so many goes on", config::range(2, 10))
          .field("rungs", &TuningConfig::rungs, "halving: how many rounds; 0: as many as trials and epochs allow", config::range(0, 20))
          .check("rungs", check_tuning);
  return kTable;
}

const config::Table<SearchConfig>& SearchConfig::table() {
  static const auto kTable =
      config::Table<SearchConfig>("search")
          .choice("search", &SearchConfig::search, "how values are drawn",
                  {{"loguniform", SearchKind::kLogUniform, "every factor as likely"},
                   {"uniform", SearchKind::kUniform, "every value as likely"},
                   {"int", SearchKind::kInt, "whole numbers, both bounds among them"},
                   {"loguniform_int", SearchKind::kLogUniformInt, "whole numbers, every factor as likely"},
                   {"choice", SearchKind::kChoice, "one of `values`"}})
          .field("low", &SearchConfig::low, "lowest value")
          .field("high", &SearchConfig::high, "highest value")
          .field("values", &SearchConfig::values, "of a choice")
          .check(check_search);
  return kTable;
}

OrderedJson Search::echo() const {
  OrderedJson json = config::echo(config);
  if (config.search == SearchKind::kChoice) {
    json["values"] = values;
    json.erase("low");
    json.erase("high");
    return json;
  }
  json.erase("values");
  if (!is_whole(config.search)) return json;
  json["low"] = static_cast<std::int64_t>(*config.low);
  json["high"] = static_cast<std::int64_t>(*config.high);
  return json;
}

std::vector<Search> take_searches(config::Node& params, const config::Scope& scope) {
  std::vector<Search> searches;
  if (params.is_map()) collect_searches(params, "", scope, searches);
  return searches;
}

void check_searches(const Method& method, const config::Node& given, const config::Node& params, std::vector<Search>& searches,
                    config::Errors& errors) {
  config::Node original = given, work = params;
  for (Search& search : searches) {
    config::Node& place = *find_path(work, search.path);
    const config::Node kept = place;
    const config::Node& map = *find_path(original, search.path);
    const auto try_value = [&](const config::Node& value, config::Errors& into) {
      place = value;
      std::any parsed = method.parameters->parse(work, into);
      place = kept;
      return parsed;
    };
    if (search.config.search == SearchKind::kChoice) {
      for (const SearchValue& value : search.config.values) {
        const std::size_t before = errors.size();
        const std::any parsed = try_value(value.node, errors);
        if (errors.size() != before) continue;
        search.values.push_back(Json::parse(method.parameters->echo(parsed).dump()).at(parameter_pointer(search.path)));
      }
      continue;
    }
    const std::size_t before = errors.size();
    try_value(*map.find("high"), errors);
    if (is_whole(search.config.search) || errors.size() != before) continue;
    config::Errors unused;
    try_value(between(search, *map.find("low")), unused);
    if (unused.empty()) continue;
    errors.add(map.mark, fmt::format("`{}` in {}: its values are whole numbers: use `search: int` or `loguniform_int`",
                                     search.path, method.name));
  }
}

Settings draw_settings(const ModelConfig& model, const TuningConfig& tuning) {
  const int trials = model.trials.value_or(tuning.trials);
  Settings settings;
  if (model.searches.empty()) return settings;
  if (const auto size = small_space(model.searches, trials)) {
    settings.all = true;
    for (std::uint64_t n = 0; n < *size; ++n) {
      if (auto params = with_values(model, setting_number(model.searches, n))) settings.params.push_back(std::move(*params));
    }
    return settings;
  }
  std::set<std::string> known;
  for (int t = 0; t < trials; ++t) {
    for (int attempt = 0; attempt < kRedraws; ++attempt) {
      std::vector<Json> values;
      for (const Search& search : model.searches) {
        Rng rng(tuning.seed, "tuning " + search.path, static_cast<std::uint64_t>(t) + static_cast<std::uint64_t>(attempt) * 1'000'000);
        values.push_back(draw(search, rng));
      }
      auto params = with_values(model, values);
      if (!params || !known.insert(params->dump()).second) continue;
      settings.params.push_back(std::move(*params));
      break;
    }
  }
  return settings;
}

std::string refuse_tuning(const ModelConfig& model, const TuningConfig& tuning) {
  if (tuning.method == TuningMethod::kHalving) {
    const auto epochs = [](const Search& search) { return search.path == "epochs"; };
    if (std::any_of(model.searches.begin(), model.searches.end(), epochs)) {
      return fmt::format("{}: `method: halving` hands out the epochs itself; give `epochs` a value, the most that a setting gets",
                         model.label);
    }
  }
  const Settings settings = draw_settings(model, tuning);
  if (settings.params.empty()) return fmt::format("{}: its rules refuse every setting of the search; narrow the bounds", model.label);
  const MethodInfo first = model.method->describe(parse_params(*model.method, settings.params.front()));
  for (const Json& params : settings.params) {
    const std::string what = first_difference(first, model.method->describe(parse_params(*model.method, params)));
    if (what.empty()) continue;
    return fmt::format("{}: the search changes {}, so its settings are different methods; list them as models of their own, "
                       "each with a `label`", model.label, what);
  }
  return "";
}

std::optional<int> epochs_of(const Json& params) {
  const auto found = params.find("epochs");
  if (found == params.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<int>();
}

std::vector<Rung> halving_rungs(const TuningConfig& tuning, int trials, int epochs) {
  const int most = tuning.rungs > 0 ? tuning.rungs : std::numeric_limits<int>::max();
  int rungs = 1, share = 1;  // share: eta^(rungs - 1)
  while (rungs < most && trials / share >= tuning.eta && epochs / share >= tuning.eta) {
    share *= tuning.eta;
    ++rungs;
  }
  std::vector<Rung> list;
  for (int r = 0, out = 1; r < rungs; ++r, out *= tuning.eta, share /= tuning.eta) {
    list.push_back({std::max(1, trials / out), r + 1 == rungs ? epochs : std::max(1, epochs / share)});
  }
  return list;
}

Json::json_pointer parameter_pointer(const std::string& path) {
  std::string pointer = "/" + path;
  std::replace(pointer.begin(), pointer.end(), '.', '/');
  return Json::json_pointer(pointer);
}

OrderedJson search_schema() {
  OrderedJson schema = config::schema<SearchConfig>();
  schema["type"] = "object";
  schema["required"] = {"search"};
  schema["description"] = "searched for on validation (see `tuning`)";
  return schema;
}

}  // namespace motive
