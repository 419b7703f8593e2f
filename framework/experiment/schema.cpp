#include "framework/experiment/schema.h"

#include <algorithm>
#include <set>

#include "framework/base/files.h"

namespace motive {

const config::Table<TargetConfig>& TargetConfig::table() {
  static const auto kTable =
      config::Table<TargetConfig>("target")
          .choice("rule", &TargetConfig::rule, "which event of a user is to be predicted",
                  {{"last", TargetRule::kLast, "the last one"},
                   {"last_rated_above", TargetRule::kLastRatedAbove, "the last one rated above `rating`"},
                   {"highest_rated", TargetRule::kHighestRated, "the highest rated one, ties to the latest"}})
          .field("rating", &TargetConfig::rating, "for last_rated_above: strictly above this")
          .shorthand("rule");
  return kTable;
}

const config::Table<SplitConfig>& SplitConfig::table() {
  static const auto kTable = config::Table<SplitConfig>("split")
                                 .field("name", &SplitConfig::name, "in tables and files; default: the type",
                                        config::file_name())
                                 .choice("type", &SplitConfig::type, "who is new",
                                         {{"warm", SplitType::kWarm, "nobody: known users, known items"}})
                                 .later_choice("type", "user_cold", "new users")
                                 .later_choice("type", "item_cold", "new items")
                                 .later_choice("type", "warm_truncated", "known users, short histories")
                                 .choice("holdout", &SplitConfig::holdout, "what is held out of a warm user",
                                         {{"leave_one_out", Holdout::kLeaveOneOut, "one event to test, one to validate"}})
                                 .later_choice("holdout", "ratio", "a share of each user's events")
                                 .later_choice("holdout", "temporal", "two cut points in time")
                                 .field("target", &SplitConfig::target, "which event is the target")
                                 .later("select", "cold users and items")
                                 .later("fraction", "cold users and items")
                                 .later("max_history", "cold users")
                                 .later("users", "cold items")
                                 .later("folds", "folds")
                                 .later("path", "splits made elsewhere");
  return kTable;
}

const config::Table<SeedsConfig>& SeedsConfig::table() {
  const auto list = config::not_empty().unique();
  static const auto kTable =
      config::Table<SeedsConfig>("seeds")
          .field("split", &SeedsConfig::split, "splits that draw (leave-one-out does not)", list)
          .field("order", &SeedsConfig::order, "reshuffles events tied in time; empty: order of the source",
                 config::Rule().unique())
          .field("init", &SeedsConfig::init, "initialisation and sampling of a fit", list)
          .field("candidates", &SeedsConfig::candidates, "sampled negatives", list)
          .field("llm", &SeedsConfig::llm, "sampling of a language model", list)
          .field("prompt_order", &SeedsConfig::prompt_order, "order of candidates in a prompt", list);
  return kTable;
}

const config::Table<CandidatesConfig>& CandidatesConfig::table() {
  static const auto kTable =
      config::Table<CandidatesConfig>("candidates")
          .field("name", &CandidatesConfig::name, "how tables refer to it", config::file_name().required())
          .field("negatives", &CandidatesConfig::negatives, "sampled per user; 0: full ranking", config::range(0, 1e6))
          .choice("distribution", &CandidatesConfig::distribution, "of the sampled negatives",
                  {{"uniform", Distribution::kUniform}})
          .later_choice("distribution", "popularity", "negatives by popularity")
          .choice("pool", &CandidatesConfig::pool, "where candidates come from",
                  {{"catalogue", Pool::kCatalogue, "items with at least one interaction"}})
          .later_choice("pool", "cold", "cold items")
          .later_choice("pool", "warm", "cold items")
          .later_choice("pool", "train", "items of the training events")
          .later_choice("pool", "all_items", "items without interactions")
          .field("splits", &CandidatesConfig::splits, "only for these splits; empty: all", config::Rule().unique())
          .later("file", "candidates from a file");
  return kTable;
}

const config::Table<EvaluationConfig>& EvaluationConfig::table() {
  static const auto kTable =
      config::Table<EvaluationConfig>("evaluation")
          .field("candidates", &EvaluationConfig::candidates, "what each truth is ranked among; default: {name: full}")
          .field("metrics", &EvaluationConfig::metrics, "see `motive list metrics`",
                 config::one_of({"hr", "recall", "precision", "ndcg", "mrr"}).not_empty().unique())
          .field("topk", &EvaluationConfig::topk, "cutoffs", config::range(1, 1e6).not_empty().unique())
          .choice("ties", &EvaluationConfig::ties, "of scores",
                  {{"expected", Ties::kExpected, "mean over all orders of the tied items"},
                   {"pessimistic", Ties::kPessimistic, "the truth last (golden rows)"},
                   {"optimistic", Ties::kOptimistic, "the truth first (golden rows)"},
                   {"random", Ties::kRandom, "a seeded order per user"}})
          .later("slices", "slices of users and items")
          .later("first_stage", "a first-stage retriever");
  return kTable;
}

const config::Table<TableConfig>& TableConfig::table() {
  static const auto kTable =
      config::Table<TableConfig>("table")
          .field("name", &TableConfig::name, "of the table", config::file_name().required())
          .field("split", &TableConfig::split, "name of a split", config::required())
          .field("candidates", &TableConfig::candidates, "name of an entry of evaluation.candidates", config::required())
          .field("metrics", &TableConfig::metrics, "default: those of evaluation", config::Rule().unique())
          .field("topk", &TableConfig::topk, "default: those of evaluation", config::Rule().unique())
          .later("published", "printed numbers beside ours");
  return kTable;
}

namespace config {

template <>
struct Custom<DatasetConfig> {
  static void parse(const Node& node, DatasetConfig& value, const Scope& scope) {
    const Path base = node.mark.line > 0 ? Path(node.mark.source).parent_path() : Path();
    if (auto descriptor = resolve_descriptor(node, base.empty() ? Path(".") : base, scope.errors())) {
      value.descriptor = std::move(*descriptor);
      if (node.kind == Node::Kind::kScalar) value.given = node.scalar;
    }
  }
  static OrderedJson echo(const DatasetConfig& value) {
    if (!value.given.empty() && !value.given.ends_with(".yaml")) return value.given;
    OrderedJson json = config::echo(value.descriptor);
    // The echo lies elsewhere than the file it came from, so a relative path would no longer lead to the data.
    const Path place = value.descriptor.base_folder / value.descriptor.path;
    json["path"] = place.lexically_normal().string();
    return json;
  }
  static OrderedJson schema() {
    return {{"oneOf", {{{"type", "string"}, {"description", "a name of datasets/, or a path to a .yaml file"}},
                       config::schema<Descriptor>()}}};
  }
  static std::string name() { return "data set"; }
};

template <>
struct Custom<ModelConfig> {
  static void parse(const Node& node, ModelConfig& value, const Scope& scope) {
    if (node.kind == Node::Kind::kScalar) {
      read_method(node.scalar, node.mark, Node{}, value, scope);
    } else if (node.kind == Node::Kind::kMap && node.members.size() == 1) {
      read_method(node.members[0].first, node.key_marks[0], node.members[0].second, value, scope);
    } else {
      scope.expected(node, "a model, as in `- bpr` or `- bpr: {dim: 64}`");
    }
  }
  static OrderedJson echo(const ModelConfig& value) {
    OrderedJson params = {{"label", value.label}};
    if (!value.method->planned) {
      const OrderedJson fields = value.method->parameters->echo(value.params);
      for (const auto& [key, field] : fields.items()) params[key] = field;
    }
    return {{value.name, params}};
  }
  static OrderedJson schema() {
    OrderedJson names = OrderedJson::array(), maps = OrderedJson::array();
    for (const Method* method : Registry::instance().all()) {
      names.push_back(method->name);
      OrderedJson params = method->planned ? OrderedJson{{"type", "object"}} : method->parameters->schema();
      params["properties"]["label"] = {{"type", "string"}, {"description", "its name in tables"}};
      maps.push_back({{"type", "object"},
                      {"properties", {{method->name, {{"anyOf", {params, {{"type", "null"}}}}}}}},
                      {"required", {method->name}},
                      {"additionalProperties", false}});
    }
    OrderedJson one_of = OrderedJson::array({{{"enum", names}}});
    for (auto& map : maps) one_of.push_back(std::move(map));
    return {{"oneOf", one_of}};
  }
  static std::string name() { return "model"; }

 private:
  static void read_method(const std::string& name, const Mark& mark, Node params, ModelConfig& value, const Scope& scope) {
    value.name = name;
    value.method = Registry::instance().find(name);
    if (!value.method) {
      const std::string nearest = nearest_name(name, Registry::instance().names());
      scope.error(mark, fmt::format("unknown model `{}`{}; `motive list models` shows them all", name,
                                    nearest.empty() ? "" : ", did you mean `" + nearest + "`?"));
      return;
    }
    if (const Node* label = params.kind == Node::Kind::kMap ? params.find("label") : nullptr) {
      config::read(*label, value.label, Scope(scope.errors(), name, "label"), config::not_empty());
      const auto at = std::find_if(params.members.begin(), params.members.end(), [](const auto& m) { return m.first == "label"; });
      params.key_marks.erase(params.key_marks.begin() + (at - params.members.begin()));
      params.members.erase(at);
    }
    if (value.method->planned) {
      if (value.label.empty()) value.label = name;
      return;
    }
    const std::size_t before = scope.errors().size();
    value.params = value.method->parameters->parse(params, scope.errors());
    if (scope.errors().size() > before || !value.label.empty()) return;
    const std::string own = value.method->describe(value.params).label;
    value.label = own.empty() ? name : own;
  }
};

}  // namespace config

namespace {

/// "" or what is wrong: names must be unique and refer to what there is.
template <class List, class Name>
std::string find_double(const List& list, const char* what, const Name& name) {
  std::set<std::string> seen;
  for (const auto& entry : list) {
    if (!seen.insert(name(entry)).second) return fmt::format("two {} are called `{}`", what, name(entry));
  }
  return "";
}

std::string check_splits_of_candidates(const ExperimentConfig& config) {
  for (const CandidatesConfig& candidates : config.evaluation.candidates) {
    for (const std::string& wanted : candidates.splits) {
      const auto named = [&](const SplitConfig& s) { return (s.name.empty() ? split_type_name(s.type) : s.name) == wanted; };
      const bool known = config.splits.empty() ? wanted == "warm" : std::any_of(config.splits.begin(), config.splits.end(), named);
      if (!known) return fmt::format("candidates `{}` name the split `{}`, which does not exist", candidates.name, wanted);
    }
  }
  return "";
}

/// Whether both hold for some split; an empty list stands for all.
bool share_a_split(const CandidatesConfig& a, const CandidatesConfig& b) {
  if (a.splits.empty() || b.splits.empty()) return true;
  return std::find_first_of(a.splits.begin(), a.splits.end(), b.splits.begin(), b.splits.end()) != a.splits.end();
}

/// Two entries that mean the same protocol would give the same rows twice.
std::string check_protocols_differ(const ExperimentConfig& config) {
  const auto& all = config.evaluation.candidates;
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (all[i].negatives != all[j].negatives || !share_a_split(all[i], all[j])) continue;
      return fmt::format("candidates `{}` and `{}` are the same protocol; leave one out", all[j].name, all[i].name);
    }
  }
  return "";
}

/// What the struct's own initialisers cannot say: defaults that are lists of maps.
void fill_defaults(ExperimentConfig& config) {
  if (config.dataset) config.datasets.push_back(std::move(*config.dataset));
  config.dataset.reset();
  if (config.splits.empty()) config.splits.emplace_back();
  for (SplitConfig& split : config.splits) {
    if (split.name.empty()) split.name = split_type_name(split.type);
  }
  if (config.evaluation.candidates.empty()) config.evaluation.candidates.push_back({.name = "full"});
}

OrderedJson resolve(const ExperimentConfig& config) {
  OrderedJson json = config::echo(config);
  json.erase("dataset");
  if (!config.test_history) json.erase("test_history");
  return json;
}

}  // namespace

const config::Table<ExperimentConfig>& ExperimentConfig::table() {
  using Config = ExperimentConfig;
  static const auto kTable =
      config::Table<Config>("")
          .field("experiment", &Config::experiment, "name of the experiment and of its folder of results",
                 config::file_name().required())
          .field("dataset", &Config::dataset, "one data set: a name, a .yaml file, or a map")
          .field("datasets", &Config::datasets, "several data sets")
          .field("filters", &Config::filters, "what is dropped before splitting")
          .field("splits", &Config::splits, "default: one warm leave-one-out split")
          .choice("refit", &Config::refit, "what the ranked fit has seen",
                  {{"train_valid", Refit::kTrainValid, "training and validation events"},
                   {"none", Refit::kNone, "training events alone"}})
          .choice("test_history", &Config::test_history, "with `refit: none`: what histories show",
                  {{"train", TestHistory::kTrain, "training events"},
                   {"train_valid", TestHistory::kTrainValid, "the validation event as well"}})
          .field("seeds", &Config::seeds, "results are averaged over all combinations")
          .field("models", &Config::models, "methods, with parameters where the defaults do not fit",
                 config::required().not_empty())
          .field("evaluation", &Config::evaluation, "candidates, metrics, cutoffs, ties")
          .field("tables", &Config::tables, "default: one for each split and candidates")
          .later("users", "a sample of the test users")
          .later("endpoints", "language models")
          .later("tuning", "search over parameters")
          .later("significance", "tests of significance")
          .later("claims", "claims checked by machine")
          .check([](const Config& c) -> std::string {
            if (c.dataset && !c.datasets.empty()) return "give `dataset` or `datasets`, not both";
            if (!c.dataset && c.datasets.empty()) return "`dataset` is missing: name one, as in `dataset: synthetic-small`";
            return "";
          })
          .check("test_history", [](const Config& c) -> std::string {
            return c.test_history && c.refit != Refit::kNone
                       ? "`test_history` goes with `refit: none`: a refitted method always sees the validation event"
                       : "";
          })
          .check("models", [](const Config& c) -> std::string {
            const std::string two = find_double(c.models, "models", [](const ModelConfig& m) { return m.label; });
            return two.empty() ? "" : two + "; give one a `label`";
          })
          .check("datasets", [](const Config& c) { return find_double(c.datasets, "data sets", [](const DatasetConfig& d) { return d.descriptor.name; }); })
          .check("splits", [](const Config& c) {
            return find_double(c.splits, "splits", [](const SplitConfig& s) { return s.name.empty() ? split_type_name(s.type) : s.name; });
          })
          .check("evaluation", [](const Config& c) { return find_double(c.evaluation.candidates, "candidates", [](const CandidatesConfig& e) { return e.name; }); })
          .check("evaluation", check_splits_of_candidates)
          .check("evaluation", check_protocols_differ);
  return kTable;
}

std::string split_type_name(SplitType type) {
  switch (type) {
    case SplitType::kWarm: return "warm";
  }
  return "";
}

TestHistory ExperimentConfig::visible_history() const {
  return refit == Refit::kTrainValid ? TestHistory::kTrainValid : test_history.value_or(TestHistory::kTrain);
}

Result<LoadedExperiment> load_experiment(const std::string& file, const std::vector<std::string>& overrides) {
  LoadedExperiment loaded;
  auto text = read_file(file);
  if (!text) return Error{text.error().message + "; give a .yaml file, such as experiments/quickstart.yaml", ErrorKind::kInvalid};
  loaded.source = std::move(*text);
  config::Errors errors;
  config::Node root = config::parse_yaml(loaded.source, file, errors);
  // A file that is no map at all (a syntax error) says nothing more; one with a key twice may have other errors.
  if (root.kind != config::Node::Kind::kMap) MOTIVE_TRY(errors.status());
  for (const std::string& assignment : overrides) config::apply_override(root, assignment, errors);
  loaded.config = config::parse<ExperimentConfig>(root, errors);
  MOTIVE_TRY(errors.status());
  fill_defaults(loaded.config);
  loaded.resolved = resolve(loaded.config);
  return loaded;
}

OrderedJson experiment_schema() {
  return config::schema_document(config::schema<ExperimentConfig>(), "Motive experiment");
}

}  // namespace motive
