#include "framework/experiment/grid_json.h"

namespace motive {
namespace {

constexpr CellState kStates[] = {CellState::kDone, CellState::kFailed, CellState::kNotApplicable, CellState::kMissing,
                                 CellState::kUnavailable};
constexpr std::pair<Ties, const char*> kTies[] = {{Ties::kExpected, "expected"}, {Ties::kPessimistic, "pessimistic"},
                                                  {Ties::kOptimistic, "optimistic"}, {Ties::kRandom, "random"}};
constexpr std::pair<PairedTest, const char*> kTests[] = {{PairedTest::kPairedT, "paired_t"}, {PairedTest::kBootstrap, "bootstrap"},
                                                         {PairedTest::kRandomisation, "randomisation"}, {PairedTest::kWilcoxon, "wilcoxon"}};
constexpr std::pair<Correction, const char*> kCorrections[] = {
    {Correction::kHolm, "holm"}, {Correction::kBenjaminiHochberg, "benjamini_hochberg"}, {Correction::kNone, "none"}};
constexpr std::pair<TestFamily, const char*> kFamilies[] = {
    {TestFamily::kColumn, "column"}, {TestFamily::kTable, "table"}, {TestFamily::kExperiment, "experiment"}};

template <class Names, class Value>
const char* name_of(const Names& names, Value value) {
  for (const auto& [one, name] : names) {
    if (one == value) return name;
  }
  return "";
}

/// A name that is none leaves the default.
template <class Names, class Value>
void read_name(const Names& names, const Json& json, Value& value) {
  for (const auto& [one, name] : names) {
    if (json == name) value = one;
  }
}

using Seed = std::optional<std::uint64_t>;
constexpr std::pair<const char*, Seed CellSeeds::*> kSeeds[] = {
    {"split_seed", &CellSeeds::split}, {"order_seed", &CellSeeds::order}, {"init_seed", &CellSeeds::init},
    {"candidate_seed", &CellSeeds::candidates}, {"llm_seed", &CellSeeds::llm}, {"prompt_order_seed", &CellSeeds::prompt_order}};

OrderedJson metrics_to_json(const std::vector<MetricKind>& metrics) {
  OrderedJson names = OrderedJson::array();
  for (const MetricKind kind : metrics) names.push_back(MetricSpec{kind, 1}.name());
  return names;
}

std::vector<MetricKind> metrics_from_json(const Json& names) {
  std::vector<MetricKind> metrics;
  for (const Json& name : names) {
    if (const auto kind = metric_kind(name.get<std::string>())) metrics.push_back(*kind);
  }
  return metrics;
}

OrderedJson notes_to_json(const std::vector<GridWarning>& notes) {
  OrderedJson list = OrderedJson::array();
  for (const auto& n : notes) list.push_back({{"dataset", n.dataset}, {"split", n.split}, {"protocol", n.protocol}, {"text", n.text}});
  return list;
}

std::vector<GridWarning> notes_from_json(const Json& list) {
  std::vector<GridWarning> notes;
  for (const Json& n : list) notes.push_back({n.at("dataset"), n.at("split"), n.at("protocol"), n.at("text")});
  return notes;
}

OrderedJson spec_to_json(const MetricSpec& spec) { return {{"metric", spec.name()}, {"k", spec.k}}; }

MetricSpec spec_from_json(const Json& json) {
  MetricSpec spec;
  if (const auto kind = metric_kind(json.at("metric").get<std::string>())) spec.kind = *kind;
  spec.k = json.at("k");
  return spec;
}

OrderedJson significance_to_json(const SignificanceSpec& s) {
  return {{"reference", s.reference}, {"primary", s.primary ? spec_to_json(*s.primary) : OrderedJson()},
          {"test", name_of(kTests, s.test)}, {"correction", name_of(kCorrections, s.correction)}, {"family", name_of(kFamilies, s.family)},
          {"alpha", s.alpha}, {"resamples", s.resamples}, {"seed", s.seed}};
}

SignificanceSpec significance_from_json(const Json& json) {
  SignificanceSpec s{.reference = json.at("reference"), .primary = {}, .alpha = json.at("alpha"), .resamples = json.at("resamples"), .seed = json.at("seed")};
  if (json.at("primary").is_object()) s.primary = spec_from_json(json.at("primary"));
  read_name(kTests, json.at("test"), s.test);
  read_name(kCorrections, json.at("correction"), s.correction);
  read_name(kFamilies, json.at("family"), s.family);
  return s;
}

Grid parse_grid(const Json& json) {
  Grid grid{.experiment = json.at("experiment"), .config_hash = json.at("config_hash"), .refit = json.at("refit"),
            .tuning = json.value("tuning", "")};
  for (const Json& d : json.at("datasets")) {
    grid.datasets.push_back({d.at("name"), d.at("users"), d.at("items"), d.at("events"), d.value("filtered", ""), d.value("texts", "")});
  }
  for (const Json& s : json.at("splits")) grid.splits.push_back({s.at("name"), s.at("definition")});
  for (const Json& p : json.at("protocols")) grid.protocols.push_back({p.at("candidates"), p.at("protocol"), p.at("negatives")});
  for (const Json& m : json.at("models")) {
    grid.models.push_back({m.at("label"), m.at("model"), m.at("tuned"), m.value("tunable", true), m.value("trials", 0),
                           m.value("exhausted", false), m.value("searched", "")});
  }
  grid.metrics = metrics_from_json(json.at("metrics"));
  grid.topk = json.at("topk").get<std::vector<int>>();
  read_name(kTies, json.at("ties"), grid.ties);
  for (const Json& s : json.value("slices", Json::array())) {
    if (const auto kind = slice_kind(s.at("by").get<std::string>())) grid.slices.push_back({*kind, s.at("top")});
  }
  for (const Json& t : json.at("tables")) {
    grid.tables.push_back({t.at("name"), t.at("split"), t.at("candidates"), metrics_from_json(t.at("metrics")),
                           t.at("topk").get<std::vector<int>>(), t.value("slice", ""), t.value("published", "")});
    for (const Json& n : t.value("numbers", Json::array())) {
      grid.tables.back().numbers.push_back({n.at("source"), n.at("dataset"), n.at("split"), n.at("model"), n.at("protocol"),
                                            spec_from_json(n), n.at("value")});
    }
  }
  if (json.contains("significance")) grid.significance = significance_from_json(json.at("significance"));
  for (const Json& c : json.value("claims", Json::array())) {
    grid.claims.push_back({c.at("text"), c.at("better"), c.at("worse"), c.at("split"), c.at("candidates"), c.at("dataset"), spec_from_json(c)});
  }
  grid.ceilings = notes_from_json(json.value("ceilings", Json::array()));
  grid.answers = notes_from_json(json.value("answers", Json::array()));
  grid.canaries = notes_from_json(json.at("canaries"));
  grid.warnings = notes_from_json(json.at("warnings"));
  return grid;
}

}  // namespace

OrderedJson cell_to_json(const CellResult& cell) {
  OrderedJson json = {{"dataset", cell.dataset}, {"split", cell.split}, {"model", cell.model}, {"label", cell.label},
                      {"variant", cell.variant}, {"protocol", cell.protocol}};
  for (const auto& [name, member] : kSeeds) {
    const Seed& seed = cell.seeds.*member;
    json[name] = seed ? Json(*seed) : Json();
  }
  json["state"] = state_name(cell.state);
  json["cause"] = cell.cause;
  json["cell"] = cell.cell;
  if (cell.llm) {
    json["calls"] = cell.llm->calls;
    json["tokens"] = {{"prompt", cell.llm->prompt_tokens}, {"completion", cell.llm->completion_tokens}};
    json["cost"] = cell.llm->cost;
  } else {
    json["calls"] = 0;
    json["tokens"] = 0;
    json["cost"] = 0;
  }
  json["counts"] = OrderedJson::object();
  for (const auto& [name, count] : cell.counts) json["counts"][name] = count;
  return json;
}

Result<CellResult> cell_from_json(const Json& json) try {
  CellResult cell{.dataset = json.at("dataset"), .split = json.at("split"), .model = json.at("model"),
                  .label = json.at("label"), .variant = json.at("variant"), .protocol = json.at("protocol")};
  for (const auto& [name, member] : kSeeds) {
    if (json.at(name).is_number_unsigned()) cell.seeds.*member = json.at(name).get<std::uint64_t>();
  }
  for (const CellState state : kStates) {
    if (json.at("state") == state_name(state)) cell.state = state;
  }
  cell.cause = json.at("cause");
  cell.cell = json.at("cell");
  if (json.contains("tokens") && json.at("tokens").is_object()) {
    cell.llm = LlmUse{json.at("calls"), json.at("tokens").at("prompt"), json.at("tokens").at("completion"), json.at("cost")};
  }
  for (const auto& [name, count] : json.at("counts").items()) cell.counts.emplace_back(name, count);
  return cell;
} catch (const Json::exception& error) {
  return fail("not a cell: {}", error.what());
}

OrderedJson grid_to_json(const Grid& grid) {
  OrderedJson json = {{"experiment", grid.experiment}, {"config_hash", grid.config_hash}, {"refit", grid.refit}, {"tuning", grid.tuning}};
  for (const char* list : {"datasets", "splits", "protocols", "models", "slices", "tables"}) json[list] = OrderedJson::array();
  for (const auto& d : grid.datasets) {
    json["datasets"].push_back({{"name", d.name}, {"users", d.users}, {"items", d.items}, {"events", d.events}, {"filtered", d.filtered},
                                {"texts", d.texts}});
  }
  for (const auto& s : grid.splits) json["splits"].push_back({{"name", s.name}, {"definition", s.definition}});
  for (const auto& p : grid.protocols) json["protocols"].push_back({{"candidates", p.candidates}, {"protocol", p.protocol}, {"negatives", p.negatives}});
  for (const auto& m : grid.models) {
    json["models"].push_back({{"label", m.label}, {"model", m.model}, {"tuned", m.tuned}, {"tunable", m.tunable},
                              {"trials", m.trials}, {"exhausted", m.exhausted}, {"searched", m.searched}});
  }
  for (const auto& s : grid.slices) json["slices"].push_back({{"by", slice_kind_name(s.by)}, {"top", s.top}});
  for (const auto& t : grid.tables) {
    json["tables"].push_back({{"name", t.name}, {"split", t.split}, {"candidates", t.candidates},
                              {"metrics", metrics_to_json(t.metrics)}, {"topk", t.topk}, {"slice", t.slice}});
    if (t.published.empty()) continue;
    json["tables"].back()["published"] = t.published;
    for (const PublishedNumber& n : t.numbers) {
      json["tables"].back()["numbers"].push_back({{"source", n.source}, {"dataset", n.dataset}, {"split", n.split}, {"model", n.model},
                                                  {"protocol", n.protocol}, {"metric", n.metric.name()}, {"k", n.metric.k}, {"value", n.value}});
    }
  }
  json["significance"] = significance_to_json(grid.significance);
  json["claims"] = OrderedJson::array();
  for (const ClaimSpec& c : grid.claims) {
    json["claims"].push_back({{"text", c.text}, {"better", c.better}, {"worse", c.worse}, {"split", c.split}, {"candidates", c.candidates},
                              {"dataset", c.dataset}, {"metric", c.metric.name()}, {"k", c.metric.k}});
  }
  if (!grid.ceilings.empty()) json["ceilings"] = notes_to_json(grid.ceilings);
  json["answers"] = notes_to_json(grid.answers);
  json["canaries"] = notes_to_json(grid.canaries);
  json["warnings"] = notes_to_json(grid.warnings);
  json["metrics"] = metrics_to_json(grid.metrics);
  json["topk"] = grid.topk;
  json["ties"] = name_of(kTies, grid.ties);
  return json;
}

Result<Grid> grid_from_json(const Json& json) try {
  return parse_grid(json);
} catch (const Json::exception& error) {
  return fail("manifest.json does not describe a grid ({}); run the experiment again", error.what());
}

}  // namespace motive
