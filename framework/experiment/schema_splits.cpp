// The tables of splits and candidates, and the rules across their keys.

#include <algorithm>
#include <cmath>

#include "framework/data/times.h"
#include "framework/experiment/schema.h"

namespace motive {
namespace {

/// A split by what decides its keys: its type and, where it is warm, its holdout.
enum Kind : unsigned { kLoo = 1, kRatio = 2, kTemporal = 4, kTruncated = 8, kUserCold = 16, kItemCold = 32, kImported = 64 };
constexpr std::pair<Kind, const char*> kKinds[] = {
    {kLoo, "`holdout: leave_one_out`"}, {kRatio, "`holdout: ratio`"},    {kTemporal, "`holdout: temporal`"},
    {kTruncated, "`type: warm_truncated`"}, {kUserCold, "`type: user_cold`"}, {kItemCold, "`type: item_cold`"},
    {kImported, "`type: imported`"}};

Kind kind_of(const SplitConfig& s) {
  switch (s.type) {
    case SplitType::kWarm: break;
    case SplitType::kWarmTruncated: return kTruncated;
    case SplitType::kUserCold: return kUserCold;
    case SplitType::kItemCold: return kItemCold;
    case SplitType::kImported: return kImported;
  }
  const Holdout holdout = s.holdout.value_or(Holdout::kLeaveOneOut);
  return holdout == Holdout::kRatio ? kRatio : holdout == Holdout::kTemporal ? kTemporal : kLoo;
}

std::string kind_names(unsigned kinds) {
  std::vector<std::string> names;
  for (const auto& [kind, name] : kKinds) {
    if (kinds & kind) names.push_back(name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

/// A key that does not belong to the type would be ignored: an error instead.
std::string check_keys(const SplitConfig& s) {
  const unsigned warm = kLoo | kRatio | kTemporal, cold = kUserCold | kItemCold;
  const std::tuple<const char*, bool, unsigned> keys[] = {
      {"holdout", s.holdout.has_value(), warm},
      {"target", s.target.has_value(), kLoo | kTruncated | cold},
      {"ratio", !s.ratio.empty(), kRatio},
      {"quantiles", !s.quantiles.empty(), kTemporal},
      {"train_until", s.train_until.has_value(), kTemporal},
      {"valid_until", s.valid_until.has_value(), kTemporal},
      {"select", s.select.has_value(), cold},
      {"fraction", s.fraction.has_value(), cold},
      {"folds", s.folds.has_value(), cold},
      {"max_history", s.max_history.has_value(), kTruncated | kUserCold},
      {"users", s.users.has_value(), kItemCold},
      {"path", s.path.has_value(), kImported}};
  const Kind kind = kind_of(s);
  for (const auto& [key, given, belongs] : keys) {
    if (given && !(belongs & kind)) {
      return fmt::format("`{}` belongs to {}, and this split is {}; leave it out", key, kind_names(belongs), kind_names(kind));
    }
  }
  if (kind == kImported && !s.path) return "`type: imported` needs `path`: the folder with train.csv, test.csv, ...";
  return "";
}

std::string check_target_rule(const SplitConfig& s) {
  if (!s.target) return "";
  const TargetRule rule = s.target->rule;
  const bool next = rule == TargetRule::kNext || rule == TargetRule::kNextRatedAbove;
  if (s.type == SplitType::kUserCold && !next) {
    return fmt::format("the target of a cold user is `next` (the event after those shown) or `next_rated_above`, not `{}`",
                       target_rule_name(rule));
  }
  if (s.type != SplitType::kUserCold && next) {
    return fmt::format("the target rule `{}` belongs to `type: user_cold`; use last, last_rated_above or highest_rated",
                       target_rule_name(rule));
  }
  return "";
}

std::string check_selection(const SplitConfig& s) {
  const Select select = s.select.value_or(Select::kRandom);
  if (s.select == Select::kPaper && s.type != SplitType::kUserCold) return "`select: paper` belongs to `type: user_cold`";
  if (s.select == Select::kFewest && s.type != SplitType::kItemCold) return "`select: fewest` belongs to `type: item_cold`";
  if (select == Select::kPaper && s.fraction) return "`select: paper` takes all users that fit; leave `fraction` out";
  if (select == Select::kPaper && s.max_history.value_or(0) > 1) {
    return "`select: paper` takes users with fewer than 3 events, so max_history can be 0 or 1: more leaves no target";
  }
  if (s.folds && s.select && select != Select::kRandom) return "`folds` are random; leave `select` out";
  if (s.folds && s.fraction) return "give `folds` or `fraction`, not both: five folds are a fifth each";
  return "";
}

std::string check_shares(const SplitConfig& s) {
  if (!s.ratio.empty()) {
    const bool sums = s.ratio.size() == 3 && std::abs(s.ratio[0] + s.ratio[1] + s.ratio[2] - 1) < 1e-9;
    if (!sums || s.ratio[0] <= 0 || s.ratio[2] <= 0) {
      return "`ratio` is three shares that sum to 1: training, validation, test, as in [0.8, 0.1, 0.1]";
    }
  }
  if (!s.quantiles.empty() && (s.quantiles.size() != 2 || s.quantiles[0] >= s.quantiles[1])) {
    return "`quantiles` are two rising numbers: where training and where validation end, as in [0.8, 0.9]";
  }
  return "";
}

/// Seconds since 1970, or why not.
std::optional<std::int64_t> parse_cut(const std::string& text, std::string& why) {
  auto parser = TimeParser::make("auto");
  std::int64_t ticks = 0;
  if (why = parser->parse(text, ticks); !why.empty()) return std::nullopt;
  return ticks / kTicksPerSecond;
}

std::string check_cuts(const SplitConfig& s) {
  if (s.train_until.has_value() != s.valid_until.has_value()) return "`train_until` and `valid_until` go together";
  if (!s.train_until) return "";
  if (!s.quantiles.empty()) return "give `train_until` and `valid_until`, or `quantiles`, not both";
  std::string why;
  const auto train = parse_cut(*s.train_until, why);
  if (!train) return fmt::format("`train_until`: {}", why);
  const auto valid = parse_cut(*s.valid_until, why);
  if (!valid) return fmt::format("`valid_until`: {}", why);
  return *train < *valid ? "" : "`train_until` must be before `valid_until`";
}

}  // namespace

const config::Table<TargetConfig>& TargetConfig::table() {
  static const auto kTable =
      config::Table<TargetConfig>("target")
          .choice("rule", &TargetConfig::rule, "which event of a user is to be predicted",
                  {{"last", TargetRule::kLast, "the last one"},
                   {"last_rated_above", TargetRule::kLastRatedAbove, "the last one rated above `rating`"},
                   {"highest_rated", TargetRule::kHighestRated, "the highest rated one, ties to the latest"},
                   {"next", TargetRule::kNext, "user_cold: the one after those shown"},
                   {"next_rated_above", TargetRule::kNextRatedAbove, "user_cold: the next one rated above `rating`"}})
          .field("rating", &TargetConfig::rating, "for *_rated_above: strictly above this")
          .shorthand("rule");
  return kTable;
}

const config::Table<SplitConfig>& SplitConfig::table() {
  using S = SplitConfig;
  static const auto kTable =
      config::Table<S>("split")
          .field("name", &S::name, "in tables and files; default: the type", config::file_name())
          .choice("type", &S::type, "who or what is new",
                  {{"warm", SplitType::kWarm, "nobody: known users, known items"},
                   {"warm_truncated", SplitType::kWarmTruncated, "known users, of whom only the last events are shown"},
                   {"user_cold", SplitType::kUserCold, "users without training events"},
                   {"item_cold", SplitType::kItemCold, "items without training events"},
                   {"imported", SplitType::kImported, "made elsewhere, from files"}})
          .choice("holdout", &S::holdout, "warm: what is held out (default leave_one_out)",
                  {{"leave_one_out", Holdout::kLeaveOneOut, "one event to test, one to validate"},
                   {"ratio", Holdout::kRatio, "a share of each user's events"},
                   {"temporal", Holdout::kTemporal, "what comes after a point in time"}})
          .field("target", &S::target, "which event is the target")
          .field("ratio", &S::ratio, "shares of training, validation, test (default 0.8, 0.1, 0.1)", config::range(0, 1))
          .field("quantiles", &S::quantiles, "of time, where training and validation end (default 0.8, 0.9)",
                 config::above(0).below(1))
          .field("train_until", &S::train_until, "instead: a time, such as 2014-03-01; events until then train")
          .field("valid_until", &S::valid_until, "events until then validate, later ones are the targets")
          .choice("select", &S::select, "which are cold (default: users random, items newest)",
                  {{"random", Select::kRandom, "a seeded draw"},
                   {"newest", Select::kNewest, "whose first event is latest"},
                   {"fewest", Select::kFewest, "items with the fewest events, equals drawn"},
                   {"paper", Select::kPaper, "users with all events in the last tenth of time, fewer than 3 of them"}})
          .field("fraction", &S::fraction, "of users or items that are cold (default 0.1)", config::above(0).below(1))
          .field("folds", &S::folds, "instead: each of so many random parts is cold in turn, ranks are pooled",
                 config::range(2, 100))
          .field("max_history", &S::max_history, "events that test users show (default 2)", config::range(0, 1e6))
          .choice("users", &S::users, "item_cold: what becomes of users who met a cold item",
                  {{"keep", ColdItemUsers::kKeep, "their other events stay in training"},
                   {"remove", ColdItemUsers::kRemove, "all their events leave training"}})
          .field("path", &S::path, "imported: the folder with train.csv, valid.csv, test.csv, history.csv")
          .check(check_keys)
          .check("target", check_target_rule)
          .check("select", check_selection)
          .check(check_shares)
          .check(check_cuts);
  return kTable;
}

const config::Table<UsersConfig>& UsersConfig::table() {
  static const auto kTable =
      config::Table<UsersConfig>("users")
          .field("sample", &UsersConfig::sample, "test users, drawn at random; 0: all", config::range(0, 1e9))
          .field("seed", &UsersConfig::seed, "of the draw");
  return kTable;
}

const config::Table<CandidatesConfig>& CandidatesConfig::table() {
  using C = CandidatesConfig;
  static const auto kTable =
      config::Table<C>("candidates")
          .field("name", &C::name, "how tables refer to it", config::file_name().required())
          .field("negatives", &C::negatives, "sampled per user; 0: full ranking", config::range(0, 1e6))
          .choice("distribution", &C::distribution, "of the sampled negatives",
                  {{"uniform", Distribution::kUniform},
                   {"popularity", Distribution::kPopularity, "in proportion to training events, without replacement"}})
          .choice("pool", &C::pool, "where candidates come from",
                  {{"default", Pool::kDefault, "cold under item_cold splits, catalogue elsewhere"},
                   {"catalogue", Pool::kCatalogue, "items with at least one interaction"},
                   {"cold", Pool::kCold, "items that the split leaves out of training"},
                   {"warm", Pool::kWarm, "the others"},
                   {"train", Pool::kTrain, "items with training events"},
                   {"all_items", Pool::kAllItems, "catalogue, and items with a text but no interaction"}})
          .field("file", &C::file, "instead: a CSV file with the columns user and item (raw ids)")
          .field("retriever", &C::retriever, "instead: the first items of the full ranking by this model of the experiment")
          .field("keep", &C::keep, "with a retriever: how many items of each user (default 100)", config::range(1, 1000))
          .field("splits", &C::splits, "only for these splits; empty: all", config::Rule().unique())
          .check([](const C& c) -> std::string {
            if (c.file && (c.negatives > 0 || c.pool != Pool::kDefault || c.distribution != Distribution::kUniform)) {
              return "candidates from a `file` are what it lists; leave negatives, distribution and pool out";
            }
            if (c.retriever && (c.file || c.negatives > 0 || c.distribution != Distribution::kUniform)) {
              return "candidates of a `retriever` are what it finds; leave file, negatives and distribution out";
            }
            if (c.keep && !c.retriever) return "`keep` goes with a `retriever`, as in {name: two-stage, retriever: item_knn, keep: 100}";
            if (c.distribution == Distribution::kPopularity && c.negatives == 0) {
              return "`distribution: popularity` is for sampled candidates; give `negatives`, such as 99";
            }
            return "";
          });
  return kTable;
}

std::string split_type_name(SplitType type) {
  switch (type) {
    case SplitType::kWarm: return "warm";
    case SplitType::kWarmTruncated: return "warm_truncated";
    case SplitType::kUserCold: return "user_cold";
    case SplitType::kItemCold: return "item_cold";
    case SplitType::kImported: return "imported";
  }
  return "";
}

std::string holdout_name(Holdout holdout) {
  return holdout == Holdout::kRatio ? "ratio" : holdout == Holdout::kTemporal ? "temporal" : "leave_one_out";
}

std::string SplitConfig::shown_name() const { return name.empty() ? split_type_name(type) : name; }

void fill_split_defaults(SplitConfig& s) {
  s.name = s.shown_name();
  const Kind kind = kind_of(s);
  if (s.type == SplitType::kWarm && !s.holdout) s.holdout = Holdout::kLeaveOneOut;
  const TargetRule rule = kind == kUserCold ? TargetRule::kNext : TargetRule::kLast;
  if ((kind & (kLoo | kTruncated | kUserCold | kItemCold)) && !s.target) s.target = TargetConfig{.rule = rule};
  if (kind == kRatio && s.ratio.empty()) s.ratio = {0.8, 0.1, 0.1};
  if (kind == kTemporal && s.quantiles.empty() && !s.train_until) s.quantiles = {0.8, 0.9};
  if (kind & (kUserCold | kItemCold)) {
    const bool newest = kind == kItemCold && !s.folds;
    if (!s.select) s.select = newest ? Select::kNewest : Select::kRandom;
    if (!s.fraction && !s.folds && s.select != Select::kPaper) s.fraction = 0.1;
  }
  const int shown = s.select == Select::kPaper ? 1 : 2;
  if ((kind & (kTruncated | kUserCold)) && !s.max_history) s.max_history = shown;
  if (kind == kItemCold && !s.users) s.users = ColdItemUsers::kKeep;
}

bool meant_for(const CandidatesConfig& candidates, const SplitConfig& split) {
  const auto& only = candidates.splits;
  return only.empty() || std::find(only.begin(), only.end(), split.shown_name()) != only.end();
}

Pool pool_under(const CandidatesConfig& candidates, const SplitConfig& split) {
  if (candidates.pool != Pool::kDefault) return candidates.pool;
  return split.type == SplitType::kItemCold ? Pool::kCold : Pool::kCatalogue;
}

std::string refuse_candidates(const CandidatesConfig& candidates, const SplitConfig& split) {
  const Pool pool = pool_under(candidates, split);
  const std::string where = fmt::format("candidates `{}` under split `{}`: ", candidates.name, split.shown_name());
  const std::string only = "; say for which splits they are meant with `splits: [...]`";
  if (split.type == SplitType::kItemCold) {
    const bool popular = candidates.distribution == Distribution::kPopularity;
    if (pool == Pool::kTrain || pool == Pool::kWarm || popular) {
      return where + "negatives would be items with training events alone" + (popular ? " (popularity draws no others)" : "") +
             ", and the target has none, so \"fewest training events first\" finds every target without knowing any taste; use `pool: "
             "cold`, or `pool: catalogue` for a mixed one, with uniform negatives" + only;
    }
    return "";
  }
  if ((pool == Pool::kCold || pool == Pool::kWarm) && split.type != SplitType::kImported) {
    return where + fmt::format("`pool: {}` is for splits with cold items (`type: item_cold`); use `pool: catalogue`", pool_name(pool)) + only;
  }
  return "";
}

}  // namespace motive
