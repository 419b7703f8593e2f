#include "framework/experiment/split_spec.h"

#include <algorithm>

#include "framework/base/hash.h"
#include "framework/data/times.h"
#include "framework/experiment/stages.h"
#include "framework/split/imported.h"
#include "framework/split/leave_one_out.h"
#include "framework/split/ratio.h"
#include "framework/split/temporal.h"
#include "framework/split/user_cold.h"

namespace motive {
namespace {

ColdChoice choice_of(const SplitConfig& split) {
  return {.select = split.select.value_or(Select::kRandom), .folds = static_cast<std::uint32_t>(split.folds.value_or(0))};
}

std::int64_t cut_seconds(const std::string& text) {
  std::int64_t ticks = 0;
  if (auto parser = TimeParser::make("auto")) parser->parse(text, ticks);  // checked when it was read
  return ticks / kTicksPerSecond;
}

Json target_spec(const TargetConfig& target) {
  Json spec = {{"rule", target_rule_name(target.rule)}};
  const bool rated = target.rule == TargetRule::kLastRatedAbove || target.rule == TargetRule::kNextRatedAbove;
  if (rated) spec["rating"] = target.rating;
  return spec;
}

Target target_of(const Json& spec) {
  Target target{.rule = TargetRule::kLast, .rating = spec.at("target").value("rating", 0.0)};
  for (const TargetRule rule : {TargetRule::kLastRatedAbove, TargetRule::kHighestRated, TargetRule::kNext, TargetRule::kNextRatedAbove}) {
    if (spec.at("target").at("rule") == target_rule_name(rule)) target.rule = rule;
  }
  return target;
}

ColdChoice choice_of(const Json& spec) {
  ColdChoice choice{.fraction = spec.value("fraction", 0.0), .seed = spec.value("seed", std::uint64_t{0}),
                    .folds = spec.value("folds", 0u), .fold = spec.value("fold", 0u)};
  for (const Select select : {Select::kRandom, Select::kNewest, Select::kFewest, Select::kPaper}) {
    if (spec.at("select") == select_name(select)) choice.select = select;
  }
  return choice;
}

/// What each user's number of events is at least and at most.
void count_events(const EventsView& events, KnownData& known) {
  for (std::size_t u = 0; u < events.users(); ++u) {
    const std::uint64_t n = events.offsets[u + 1] - events.offsets[u];
    known.fewest_user_events = std::min(known.fewest_user_events.value_or(n), n);
    known.most_user_events = std::max(known.most_user_events.value_or(n), n);
  }
}

}  // namespace

KnownData known_data(const Descriptor& descriptor) {
  KnownData known{.dataset = descriptor.name};
  const auto format = descriptor.interactions ? std::optional(descriptor.interactions->format) : std::nullopt;
  if (descriptor.synthetic() || format == FileFormat::kAmazonReviews || format == FileFormat::kAmazon2023) {
    known.ratings = true;
    known.times = TimeKind::kAbsolute;
  } else if (format == FileFormat::kSequences) {
    known.ratings = false;
    known.times = TimeKind::kNone;
  } else if (format == FileFormat::kDelimited || format == FileFormat::kJsonLines) {
    const auto& columns = descriptor.interactions->columns;
    known.ratings = columns.contains("rating");
    const bool relative = descriptor.interactions->time_format == "relative";
    known.times = !columns.contains("timestamp") ? TimeKind::kNone : relative ? TimeKind::kRelative : TimeKind::kAbsolute;
  }
  return known;
}

KnownData known_data(const std::string& dataset, const PreparedData& data) {
  KnownData known{.dataset = dataset, .ratings = !data.events().ratings.empty(), .times = data.time_kind()};
  count_events(data.events(), known);
  return known;
}

Status check_split(const SplitConfig& split, const KnownData& data) {
  if (split.target && Target{split.target->rule, 0}.needs_ratings() && data.ratings == false) {
    return invalid("split `{}`: the target rule `{}` needs ratings, and data set `{}` has none; use `target: {}`", split.name,
                   target_rule_name(split.target->rule), data.dataset, split.type == SplitType::kUserCold ? "next" : "last");
  }
  const bool timed = data.times.value_or(TimeKind::kAbsolute) == TimeKind::kAbsolute;
  const std::string has = data.times == TimeKind::kRelative ? "only relative times" : "no timestamps";
  if (!timed && split.holdout == Holdout::kTemporal) {
    return invalid("split `{}`: `holdout: temporal` needs timestamps that are comparable between users, and data set `{}` has {}; use "
                   "`holdout: leave_one_out` or `holdout: ratio`", split.name, data.dataset, has);
  }
  if (!timed && (split.select == Select::kNewest || split.select == Select::kPaper)) {
    return invalid("split `{}`: `select: {}` needs timestamps that are comparable between users, and data set `{}` has {}; use {}",
                   split.name, select_name(*split.select), data.dataset, has,
                   split.type == SplitType::kItemCold ? "`select: random` or `select: fewest`" : "`select: random`");
  }
  if (split.select == Select::kPaper && data.fewest_user_events.value_or(0) >= kPaperEvents) {
    return invalid("split `{}`: `select: paper` takes users with fewer than {} events, and every user of data set `{}` has at least {} "
                   "(5-core data cannot have any); use `select: random` or `select: newest`, or data without that filter",
                   split.name, kPaperEvents, data.dataset, *data.fewest_user_events);
  }
  const auto shown = static_cast<std::uint64_t>(split.max_history.value_or(0));
  if (split.type == SplitType::kUserCold && data.most_user_events && shown >= *data.most_user_events) {
    return invalid("split `{}`: max_history is {}, and no user of data set `{}` has more than {} events, so nothing is left to predict; "
                   "use a smaller max_history", split.name, shown, data.dataset, *data.most_user_events);
  }
  return {};
}

bool split_draws(const SplitConfig& split) {
  const bool cold = split.type == SplitType::kUserCold || split.type == SplitType::kItemCold;
  return cold && choice_draws(choice_of(split));
}

std::uint32_t split_folds(const SplitConfig& split) { return static_cast<std::uint32_t>(split.folds.value_or(1)); }

std::vector<LedgerOptions> ledgers_of(const CandidatesConfig& candidates, const SplitConfig& split) {
  LedgerOptions options{.negatives = candidates.negatives, .seed = 0, .distribution = candidates.distribution,
                        .pool = pool_under(candidates, split)};
  if (candidates.file) options.listed = candidates.name;
  if (candidates.retriever) options.retriever = *candidates.retriever;
  options.keep = candidates.keep.value_or(0);
  const bool mixed = options.pool == Pool::kCatalogue || options.pool == Pool::kAllItems;
  if (split.type != SplitType::kItemCold || !mixed || candidates.file) return {options};
  LedgerOptions warm = options;
  options.targets = kColdTargets;
  warm.targets = kWarmTargets;
  return {options, warm};
}

Result<Json> split_spec(const SplitConfig& split, std::uint64_t seed, std::optional<std::uint64_t> order, std::uint32_t fold) {
  Json spec = {{"type", split_type_name(split.type)}};
  if (order) spec["order_seed"] = *order;
  if (split.holdout) spec["holdout"] = holdout_name(*split.holdout);
  if (split.target) spec["target"] = target_spec(*split.target);
  if (!split.ratio.empty()) spec["ratio"] = split.ratio;
  if (!split.quantiles.empty()) spec["quantiles"] = split.quantiles;
  if (split.train_until) spec["cuts"] = {cut_seconds(*split.train_until), cut_seconds(*split.valid_until)};
  if (split.select) spec["select"] = select_name(*split.select);
  if (split.fraction) spec["fraction"] = *split.fraction;
  if (split.max_history) spec["max_history"] = *split.max_history;
  if (split.users) spec["users"] = *split.users == ColdItemUsers::kKeep ? "keep" : "remove";
  if (split_draws(split)) spec["seed"] = seed;
  if (split.folds) {
    spec["folds"] = *split.folds;
    spec["fold"] = fold;
  }
  if (split.path) {
    MOTIVE_ASSIGN(const auto files, imported_files(*split.path));
    for (const Path& file : files) {
      MOTIVE_ASSIGN(spec["files"][file.filename().string()], sha256_file(file));
    }
  }
  return spec;
}

Result<MadeSplit> make_split(const PreparedData& data, const Json& spec, const Path& folder) {
  std::optional<std::uint64_t> order;
  if (spec.contains("order_seed")) order = spec.at("order_seed").get<std::uint64_t>();
  const std::string type = spec.at("type"), holdout = spec.value("holdout", "");
  if (type == "imported") return make_imported(data, {folder});
  if (type == "user_cold") {
    return make_user_cold(data, {choice_of(spec), spec.at("max_history").get<std::uint32_t>(), target_of(spec), order});
  }
  if (type == "item_cold") {
    const auto users = spec.at("users") == "keep" ? ColdItemUsers::kKeep : ColdItemUsers::kRemove;
    return make_item_cold(data, {choice_of(spec), users, target_of(spec), order});
  }
  if (holdout == "ratio") {
    const Json& r = spec.at("ratio");
    return make_ratio(data, {r.at(0), r.at(1), r.at(2), order});
  }
  if (holdout == "temporal") {
    TemporalOptions options{.order_seed = order};
    if (spec.contains("cuts")) {
      options.train_until = spec.at("cuts").at(0).get<std::int64_t>();
      options.valid_until = spec.at("cuts").at(1).get<std::int64_t>();
    } else {
      options.train_quantile = spec.at("quantiles").at(0);
      options.valid_quantile = spec.at("quantiles").at(1);
    }
    return make_temporal(data, options);
  }
  LeaveOneOutOptions options{.target = target_of(spec), .shown = std::nullopt, .order_seed = order};
  if (type == "warm_truncated") options.shown = spec.at("max_history").get<std::uint32_t>();
  return make_leave_one_out(data, options);
}

}  // namespace motive
