#include "framework/experiment/claims.h"

#include <algorithm>
#include <charconv>

#include "framework/base/trimmed.h"
#include "framework/experiment/schema.h"

namespace motive {
namespace {

constexpr const char* kForm = "write `A beats B on SPLIT, METRIC@K`, as in \"m_llm3rec beats sasrec on item-cold, ndcg@10\"";

/// The text before and after the last ` word ` in it; false where there is none.
bool cut(std::string_view text, std::string_view word, std::string& before, std::string& after) {
  const auto at = text.rfind(word);
  if (at == std::string_view::npos) return false;
  std::string right(trimmed(text.substr(at + word.size()), " "));  // `text` may be that of `before` or `after`
  before = std::string(trimmed(text.substr(0, at), " "));
  after = std::move(right);
  return true;
}

Result<MetricSpec> measured(const std::string& text, const ExperimentConfig& config) {
  const auto at = text.find('@');
  MetricSpec spec;
  const std::string name = text.substr(0, at);
  MOTIVE_ASSIGN(spec.kind, metric_kind(name));
  spec.k = 0;
  if (at != std::string::npos) std::from_chars(text.data() + at + 1, text.data() + text.size(), spec.k);
  const bool cutoff = metric_help(spec.kind).cutoff;
  const auto& metrics = config.evaluation.metrics;
  const auto& topk = config.evaluation.topk;
  const bool known = std::find(metrics.begin(), metrics.end(), name) != metrics.end() &&
                     (cutoff ? std::find(topk.begin(), topk.end(), spec.k) != topk.end() : at == std::string::npos);
  if (!known) return invalid("evaluation does not measure `{}`; its metrics are {} at {}", text, fmt::join(metrics, ", "), fmt::join(topk, ", "));
  if (!metric_help(spec.kind).per_user || !metric_help(spec.kind).is_merit) {
    return invalid("`{}` is not a mean of a merit over users, so it cannot be tested", text);
  }
  return spec;
}

Result<std::string> label_of(const std::string& name, const ExperimentConfig& config) {
  if (const ModelConfig* model = model_called(config, name)) return model->label;
  return invalid("`{}` is not the label of one model (nor a method that one model alone is of); labels are {}", name,
                 fmt::join(labels_of(config), ", "));
}

template <class List, class Name>
Status expect(const char* what, const std::string& wanted, const List& list, const Name& name) {
  std::vector<std::string> names;
  for (const auto& one : list) names.push_back(name(one));
  if (wanted.empty() || std::find(names.begin(), names.end(), wanted) != names.end()) return {};
  return invalid("there is no {} `{}`; there {} {}", what, wanted, names.size() == 1 ? "is" : "are", fmt::join(names, ", "));
}

}  // namespace

const config::Table<SignificanceConfig>& SignificanceConfig::table() {
  using C = SignificanceConfig;
  static const auto kTable =
      config::Table<C>("significance")
          .field("reference", &C::reference, "a model that is tested against every other one, by label or method")
          .field("primary", &C::primary, "the metric that the notes tell of the reference, such as ndcg@10")
          .choice("test", &C::test, "of the users' differences",
                  {{"paired_t", PairedTest::kPairedT, "Student's t on the mean difference"},
                   {"bootstrap", PairedTest::kBootstrap, "studentised, over users; safest with few users and skewed differences"},
                   {"randomisation", PairedTest::kRandomisation, "signs of the users' differences are flipped"},
                   {"wilcoxon", PairedTest::kWilcoxon, "signed ranks: another hypothesis, and too often positive on such metrics"}})
          .choice("correction", &C::correction, "for the number of tests",
                  {{"holm", Correction::kHolm, "the chance of any false finding in a family"},
                   {"benjamini_hochberg", Correction::kBenjaminiHochberg, "the share of false findings among the findings"},
                   {"none", Correction::kNone}})
          .choice("family", &C::family, "what is corrected together, for each metric",
                  {{"column", TestFamily::kColumn, "the rivals of one column"},
                   {"table", TestFamily::kTable, "those of all data sets of a split and protocol"},
                   {"experiment", TestFamily::kExperiment, "all"}})
          .field("alpha", &C::alpha, "level", config::above(0).up_to(0.5))
          .field("resamples", &C::resamples, "of bootstrap and randomisation", config::range(100, 10000000))
          .field("seed", &C::seed, "of the resamples");
  return kTable;
}

Result<SignificanceSpec> significance_of(const ExperimentConfig& config) {
  SignificanceSpec spec;
  if (!config.significance) return spec;
  const SignificanceConfig& given = *config.significance;
  spec.test = given.test;
  spec.correction = given.correction;
  spec.family = given.family;
  spec.alpha = given.alpha;
  spec.resamples = static_cast<std::uint64_t>(given.resamples);
  spec.seed = given.seed;
  if (given.reference) {
    MOTIVE_ASSIGN(spec.reference, label_of(*given.reference, config));
  }
  if (given.primary) {
    MOTIVE_ASSIGN(spec.primary, measured(*given.primary, config));
  }
  return spec;
}

Result<ClaimSpec> read_claim(const std::string& text, const ExperimentConfig& config) {
  ClaimSpec claim{.text = text};
  std::string rest, metric, place, pair, better, worse;
  const bool whole = cut(text, ",", rest, metric) && cut(rest, " on ", pair, place) && cut(pair, " beats ", better, worse);
  if (!whole) return invalid("claim \"{}\": {}", text, kForm);
  if (std::string before; cut(place, " of ", before, claim.dataset)) place = before;
  if (std::string before; cut(place, " with ", before, claim.candidates)) place = before;
  claim.split = place;
  const auto said = [&](const Error& error) { return invalid("claim \"{}\": {}", text, error.message); };
  const auto spec = measured(metric, config);
  if (!spec) return said(spec.error());
  claim.metric = *spec;
  const auto first = label_of(better, config), second = label_of(worse, config);
  if (!first) return said(first.error());
  if (!second) return said(second.error());
  claim.better = *first;
  claim.worse = *second;
  if (claim.better == claim.worse) return invalid("claim \"{}\": nobody beats himself; name two models", text);
  const auto split_name = [](const SplitConfig& s) { return s.shown_name(); };
  const std::vector<SplitConfig> one(1);
  if (auto ok = expect("split", claim.split, config.splits.empty() ? one : config.splits, split_name); !ok) return said(ok.error());
  const auto candidates_name = [](const CandidatesConfig& c) { return c.name; };
  const std::vector<CandidatesConfig> full{{.name = "full"}};
  if (auto ok = expect("entry of evaluation.candidates", claim.candidates, config.evaluation.candidates.empty() ? full : config.evaluation.candidates,
                       candidates_name); !ok) {
    return said(ok.error());
  }
  std::vector<std::string> datasets;
  if (config.dataset) datasets.push_back(config.dataset->descriptor.name);
  for (const DatasetConfig& d : config.datasets) datasets.push_back(d.descriptor.name);
  const auto same = [](const std::string& name) { return name; };
  if (auto ok = expect("data set", claim.dataset, datasets, same); !ok) return said(ok.error());
  return claim;
}

std::string check_significance(const ExperimentConfig& config) {
  const auto spec = significance_of(config);
  return spec ? "" : spec.error().message;
}

std::string check_claims(const ExperimentConfig& config) {
  for (const std::string& text : config.claims) {
    if (const auto claim = read_claim(text, config); !claim) return claim.error().message;
  }
  return "";
}

}  // namespace motive
