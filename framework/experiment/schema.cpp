#include "framework/experiment/schema.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "framework/base/files.h"
#include "framework/experiment/schema_models.h"
#include "framework/experiment/stages.h"

namespace motive {

const config::Table<SeedsConfig>& SeedsConfig::table() {
  const auto list = config::not_empty().unique();
  static const auto kTable =
      config::Table<SeedsConfig>("seeds")
          .field("split", &SeedsConfig::split, "splits that draw: user_cold and item_cold, unless newest", list)
          .field("order", &SeedsConfig::order, "reshuffles events tied in time; empty: order of the source",
                 config::Rule().unique())
          .field("init", &SeedsConfig::init, "initialisation and sampling of a fit", list)
          .field("candidates", &SeedsConfig::candidates, "sampled negatives", list)
          .field("llm", &SeedsConfig::llm, "sampling of a language model", list)
          .field("prompt_order", &SeedsConfig::prompt_order, "order of candidates in a prompt", list);
  return kTable;
}

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

/// Lists are stored up to a length: what lies beyond cannot be measured of them.
std::string check_stored_lists(const EvaluationConfig& c) {
  for (const std::string& name : c.metrics) {
    const auto kind = metric_kind(name);
    const int largest = c.topk.empty() ? 0 : *std::max_element(c.topk.begin(), c.topk.end());
    if (!kind || !metric_help(*kind).lists || largest <= static_cast<int>(kStoredTopK)) continue;
    return fmt::format("{}@{} needs longer lists than the {} items that are stored of each user; take cutoffs up to {}, "
                       "or leave {} out", name, largest, kStoredTopK, kStoredTopK, name);
  }
  return "";
}

}  // namespace

const config::Table<SliceConfig>& SliceConfig::table() {
  static const auto kTable =
      config::Table<SliceConfig>("slice")
          .choice("by", &SliceConfig::by, "what the test set is cut by",
                  {{"history", SliceKind::kHistory, "events of the user that are shown"},
                   {"popularity", SliceKind::kPopularity, "training events of the target"},
                   {"item", SliceKind::kItem, "targets with and without training events"},
                   {"user", SliceKind::kUser, "users with and without training events"},
                   {"category", SliceKind::kCategory, "categories of the target"}})
          .field("top", &SliceConfig::top, "of category: how many, by targets", config::range(1, 100))
          .shorthand("by");
  return kTable;
}

const config::Table<EvaluationConfig>& EvaluationConfig::table() {
  static const auto kTable =
      config::Table<EvaluationConfig>("evaluation")
          .choice("on", &EvaluationConfig::on, "whose events are ranked",
                  {{"test", JudgedOn::kTest, "test events"},
                   {"validation", JudgedOn::kValidation, "validation events, for choosing prompts; needs `refit: none`"}})
          .field("candidates", &EvaluationConfig::candidates, "what each truth is ranked among; default: {name: full}")
          .field("metrics", &EvaluationConfig::metrics, "see `motive list metrics`",
                 config::one_of(metric_names()).not_empty().unique())
          .field("topk", &EvaluationConfig::topk, "cutoffs", config::range(1, 1e6).not_empty().unique())
          .choice("ties", &EvaluationConfig::ties, "of scores",
                  {{"expected", Ties::kExpected, "mean over all orders of the tied items"},
                   {"pessimistic", Ties::kPessimistic, "the truth last (golden rows)"},
                   {"optimistic", Ties::kOptimistic, "the truth first (golden rows)"},
                   {"random", Ties::kRandom, "a seeded order per user"}})
          .field("slices", &EvaluationConfig::slices, "parts of the test set that numbers are given for as well")
          .field("memorisation", &EvaluationConfig::memorisation,
                 "items whose titles every language model is asked for by their ids alone; 0: none", config::range(0, 10000))
          .check("topk", check_stored_lists)
          .check("slices", [](const EvaluationConfig& c) {
            return find_double(c.slices, "slices", [](const SliceConfig& s) { return slice_kind_name(s.by); });
          });
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
          .field("slice", &TableConfig::slice, "all: everyone; a kind of evaluation.slices, or one slice such as popularity:head")
          .field("published", &TableConfig::published, "numbers printed elsewhere, beside ours: a name of results/published (m_llm3rec/table2), or a .csv file");
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

}  // namespace config

ModelConfig read_model(const config::Node& node, config::Errors& errors) {
  ModelConfig model;
  config::read(node, model, config::Scope(errors, "models"));
  return model;
}

std::vector<std::string> labels_of(const ExperimentConfig& config) {
  std::vector<std::string> labels;
  for (const ModelConfig& model : config.models) labels.push_back(model.label);
  return labels;
}

namespace {

std::string check_splits_of_candidates(const ExperimentConfig& config) {
  for (const CandidatesConfig& candidates : config.evaluation.candidates) {
    for (const std::string& wanted : candidates.splits) {
      const auto named = [&](const SplitConfig& s) { return s.shown_name() == wanted; };
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
      const auto protocol = [](const CandidatesConfig& c) { return std::tie(c.negatives, c.distribution, c.pool, c.file, c.retriever, c.keep); };
      if (protocol(all[i]) != protocol(all[j]) || !share_a_split(all[i], all[j])) continue;
      return fmt::format("candidates `{}` and `{}` are the same protocol; leave one out", all[j].name, all[i].name);
    }
  }
  return "";
}

/// Candidates that would give numbers which mean nothing under a split.
std::string check_candidates_under_splits(const ExperimentConfig& config) {
  const std::vector<SplitConfig> one(1);
  for (const SplitConfig& split : config.splits.empty() ? one : config.splits) {
    for (const CandidatesConfig& candidates : config.evaluation.candidates) {
      if (!meant_for(candidates, split)) continue;
      if (const std::string why = refuse_candidates(candidates, split); !why.empty()) return why;
    }
  }
  return "";
}

/// The retriever is a row of its own table, so that everyone sees what the second stage adds to it.
std::string check_retrievers(const ExperimentConfig& config) {
  for (const CandidatesConfig& candidates : config.evaluation.candidates) {
    if (!candidates.retriever) continue;
    const std::string where = fmt::format("candidates `{}`: ", candidates.name);
    const ModelConfig* at = model_called(config, *candidates.retriever);
    if (at == nullptr) {
      return where + fmt::format("the retriever `{0}` is not one of the experiment's models; add `- {0}` to `models`, or give one of {1} (where two "
                                 "models are of one method: the label)", *candidates.retriever, fmt::join(labels_of(config), ", "));
    }
    const MethodInfo info = at->method->planned ? MethodInfo{} : at->method->describe(at->params);
    const bool asks = info.lists_only || !info.endpoints.empty();
    if (at->method->planned || asks) {
      return where + fmt::format("`{}` cannot rank a whole catalogue{}; take another retriever, such as item_knn or content_knn", at->label,
                                 asks ? ", since it asks a language model" : "");
    }
    const int keep = candidates.keep.value_or(kDefaultKeep);
    const int longest = *std::max_element(config.evaluation.topk.begin(), config.evaluation.topk.end());
    if (keep < longest) return where + fmt::format("it keeps {} items, and numbers are wanted up to @{}; keep at least that many", keep, longest);
  }
  return "";
}

std::string check_slices_of_tables(const ExperimentConfig& config) {
  for (const TableConfig& table : config.tables) {
    const std::string kind = slice_kind_of(table.slice);
    const auto& slices = config.evaluation.slices;
    const bool known = kind == "all" || std::any_of(slices.begin(), slices.end(), [&](const SliceConfig& s) { return slice_kind_name(s.by) == kind; });
    if (!known) return fmt::format("table `{}` is of the slice `{}`; name its kind in evaluation.slices", table.name, table.slice);
  }
  return "";
}

std::string check_searches_have_tuning(const ExperimentConfig& config) {
  for (const ModelConfig& model : config.models) {
    if (model.searches.empty()) continue;
    if (!config.tuning) {
      return fmt::format("{} searches `{}`, and the experiment does not say how: add `tuning: {{trials: 20}}`", model.label,
                         model.searches.front().path);
    }
    if (const std::string why = refuse_tuning(model, *config.tuning); !why.empty()) return why;
  }
  return "";
}

std::string check_tuning_has_searches(const ExperimentConfig& config) {
  const auto searches = [](const ModelConfig& model) { return !model.searches.empty(); };
  if (!config.tuning || std::any_of(config.models.begin(), config.models.end(), searches)) return "";
  return "no model searches anything; write, for example, `- bpr: {lr: {search: loguniform, low: 0.001, high: 0.2}}`, or "
         "leave `tuning` out";
}

/// Nothing is ever chosen on the test events. What an imported split holds is known where its files are read.
std::string check_splits_can_validate(const ExperimentConfig& config) {
  for (const SplitConfig& split : config.splits) {
    if (!config.tuning || split.ratio.size() != 3 || split.ratio[1] > 0) continue;
    return fmt::format("split `{}` has no validation events to choose on; give `ratio` a share for them, as in [0.8, 0.1, 0.1], "
                       "or leave `tuning` and the searches out", split.shown_name());
  }
  return "";
}

}  // namespace

std::set<std::string> endpoints_of(const ModelConfig& model) {
  if (model.method->planned) return {};
  const MethodInfo info = model.method->describe(model.params);
  std::set<std::string> names(info.endpoints.begin(), info.endpoints.end());
  for (const FeatureRequest& request : info.features) {
    const FeatureKind* kind = FeatureKinds::instance().find(request.kind);
    if (!kind || !kind->endpoints) continue;
    for (const std::string& name : kind->endpoints(request.params)) names.insert(name);
  }
  return names;
}

namespace {

std::string check_endpoints_exist(const ExperimentConfig& config) {
  for (const ModelConfig& model : config.models) {
    for (const std::string& name : endpoints_of(model)) {
      if (name == llm::kOffline || config.endpoints.count(name)) continue;
      std::vector<std::string> known{llm::kOffline};
      for (const auto& [other, endpoint] : config.endpoints) known.push_back(other);
      return fmt::format("{} asks the endpoint `{}`, and `endpoints` has none of that name; there {} {}", model.label, name,
                         known.size() == 1 ? "is" : "are", fmt::join(known, ", "));
    }
  }
  return "";
}

std::string check_budget_has_prices(const ExperimentConfig& config) {
  if (!config.budget || !config.budget->money) return "";
  for (const ModelConfig& model : config.models) {
    for (const std::string& name : endpoints_of(model)) {
      const auto found = config.endpoints.find(name);
      if (found == config.endpoints.end() || found->second.is_offline() || found->second.price) continue;
      return fmt::format("a budget in money needs the price of what it pays for: give endpoint `{}` a `price`, such as "
                         "{{input: 0.15, output: 0.6, as_of: 2026-01-31}} (for a million tokens)", name);
    }
  }
  return "";
}

/// Relative paths are relative to the experiment's file.
void resolve_paths(ExperimentConfig& config, const Path& base) {
  const auto resolve = [&](std::optional<std::string>& path) {
    if (path) path = (base / *path).lexically_normal().string();
  };
  for (SplitConfig& split : config.splits) resolve(split.path);
  for (CandidatesConfig& candidates : config.evaluation.candidates) resolve(candidates.file);
  for (TableConfig& table : config.tables) {
    if (table.published && table.published->ends_with(".csv")) resolve(table.published);
  }
}

/// What the struct's own initialisers cannot say: defaults that are lists of maps.
void fill_defaults(ExperimentConfig& config) {
  if (config.dataset) config.datasets.push_back(std::move(*config.dataset));
  config.dataset.reset();
  if (config.splits.empty()) config.splits.emplace_back();
  for (SplitConfig& split : config.splits) fill_split_defaults(split);
  if (config.evaluation.candidates.empty()) config.evaluation.candidates.push_back({.name = "full"});
  for (CandidatesConfig& candidates : config.evaluation.candidates) {
    if (!candidates.retriever) continue;
    candidates.retriever = model_called(config, *candidates.retriever)->label;
    if (!candidates.keep) candidates.keep = kDefaultKeep;
  }
  for (const ModelConfig& model : config.models) {
    if (endpoints_of(model).count(llm::kOffline)) config.endpoints.try_emplace(llm::kOffline, llm::EndpointConfig{.kind = llm::EndpointKind::kOffline});
  }
}

OrderedJson resolve(const ExperimentConfig& config) {
  OrderedJson json = config::echo(config);
  json.erase("dataset");
  if (!config.test_history) json.erase("test_history");
  if (!config.tuning) json.erase("tuning");
  if (!config.significance) json.erase("significance");
  if (config.claims.empty()) json.erase("claims");
  if (config.endpoints.empty()) json.erase("endpoints");
  if (!config.budget) json.erase("budget");
  if (config.evaluation.on == JudgedOn::kTest) json["evaluation"].erase("on");
  if (config.evaluation.memorisation == 0) json["evaluation"].erase("memorisation");
  // Keys that do not belong to a split's type, or to candidates without a file, are no defaults.
  for (OrderedJson& table : json["tables"]) {
    if (table["published"].is_null()) table.erase("published");
  }
  const auto drop_empty = [](OrderedJson& maps) {
    for (OrderedJson& map : maps) {
      for (auto it = map.begin(); it != map.end();) {
        const bool nothing = it->is_null() || (it->is_array() && it->empty() && it.key() != "splits");
        it = nothing ? map.erase(it) : std::next(it);
      }
    }
  };
  drop_empty(json["splits"]);
  drop_empty(json["evaluation"]["candidates"]);
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
          .field("users", &Config::users, "who is tested")
          .field("splits", &Config::splits, "default: one warm leave-one-out split")
          .choice("refit", &Config::refit, "what the ranked fit has seen",
                  {{"train_valid", Refit::kTrainValid, "training and validation events"},
                   {"none", Refit::kNone, "training events alone"}})
          .choice("test_history", &Config::test_history, "with `refit: none`: what histories show",
                  {{"train", TestHistory::kTrain, "training events"},
                   {"train_valid", TestHistory::kTrainValid, "the validation event as well"}})
          .field("seeds", &Config::seeds, "results are averaged over all combinations")
          .field("endpoints", &Config::endpoints, "language models by name; `offline`, a stand-in without one, is always there")
          .field("budget", &Config::budget, "most that language models may cost under this experiment's name, over all its runs")
          .field("models", &Config::models, "methods, with parameters where the defaults do not fit",
                 config::required().not_empty())
          .field("tuning", &Config::tuning, "search over parameters of the models, on validation alone")
          .field("evaluation", &Config::evaluation, "candidates, metrics, cutoffs, ties")
          .field("tables", &Config::tables, "default: one for each split and candidates")
          .field("significance", &Config::significance, "how rows are tested; the best of each column always is")
          .field("claims", &Config::claims, "sentences that are tested, such as \"bpr beats item_knn on warm, ndcg@10\"", config::Rule().unique())
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
          .check("models", check_searches_have_tuning)
          .check("models", check_endpoints_exist)
          .check("budget", check_budget_has_prices)
          .check("tuning", check_tuning_has_searches)
          .check("tuning", check_splits_can_validate)
          .check("datasets", [](const Config& c) { return find_double(c.datasets, "data sets", [](const DatasetConfig& d) { return d.descriptor.name; }); })
          .check("splits", [](const Config& c) {
            return find_double(c.splits, "splits", [](const SplitConfig& s) { return s.shown_name(); });
          })
          .check("evaluation", [](const Config& c) { return find_double(c.evaluation.candidates, "candidates", [](const CandidatesConfig& e) { return e.name; }); })
          .check("evaluation", check_splits_of_candidates)
          .check("evaluation", [](const Config& c) -> std::string {
            return c.evaluation.on == JudgedOn::kValidation && c.refit != Refit::kNone
                       ? "`on: validation` goes with `refit: none`: a refitted method has learnt from the validation events"
                       : "";
          })
          .check("evaluation", check_retrievers)
          .check("evaluation", check_protocols_differ)
          .check("evaluation", check_candidates_under_splits)
          .check("significance", check_significance)
          .check("claims", check_claims)
          .check("tables", check_slices_of_tables);
  return kTable;
}

const ModelConfig* model_called(const ExperimentConfig& config, const std::string& name) {
  const ModelConfig* found = nullptr;
  for (const ModelConfig& model : config.models) {
    if (model.label == name) return &model;
    if (model.name != name) continue;
    if (found != nullptr) return nullptr;
    found = &model;
  }
  return found;
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
  resolve_paths(loaded.config, std::filesystem::absolute(file).parent_path());
  loaded.resolved = resolve(loaded.config);
  return loaded;
}

OrderedJson experiment_schema() {
  OrderedJson document = config::schema_document(config::schema<ExperimentConfig>(), "Motive experiment");
  document["$defs"]["search"] = search_schema();
  return document;
}

}  // namespace motive
