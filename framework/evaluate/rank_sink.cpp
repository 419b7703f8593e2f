#include "framework/evaluate/rank_sink.h"

#include <cmath>
#include <unordered_set>

#include "framework/base/parallel.h"
#include "framework/base/rng.h"
#include "framework/evaluate/rank_plan.h"

namespace motive {
namespace {

constexpr std::size_t kMostVariants = 16;
constexpr float kNoScore =
    std::numeric_limits<float>::quiet_NaN();  // above nothing, tied with nothing

/// Counts of a row of scores against the positives of its query.
struct RowCounts {
  std::vector<std::uint32_t> above, tied;
  bool finite = true;  // false: look closer
  explicit RowCounts(std::size_t positives) : above(positives, 0), tied(positives, 0) {}
};

void count_lanes(Lanes scores, std::size_t first, std::span<const float> positives,
                 RowCounts& counts, TopList& top) {
  for (std::size_t j = 0; j < positives.size(); ++j) {
    const Lanes positive = Lanes::broadcast(positives[j]);
    counts.above[j] += static_cast<std::uint32_t>(std::popcount(scores.above(positive)));
    counts.tied[j] += static_cast<std::uint32_t>(std::popcount(scores.equal(positive)));
  }
  std::uint32_t good = scores.at_least(Lanes::broadcast(top.threshold()));
  if (good == 0) return;
  float values[Lanes::kWidth];
  scores.store(values);
  for (; good != 0; good &= good - 1) {
    const auto lane = static_cast<std::size_t>(std::countr_zero(good));
    top.offer(item_id(first + lane), values[lane]);
  }
}

/// outside: 0 where an item counts, -infinity where it does not.
void count_row(std::span<const float> scores, std::span<const float> outside,
               std::span<const float> positives, RowCounts& counts, TopList& top) {
  constexpr std::size_t kWidth = Lanes::kWidth;
  const Lanes zero = Lanes::broadcast(0);
  Lanes check = zero;  // x * 0 is NaN for NaN and infinity, and NaN it stays
  const std::size_t whole = scores.size() / kWidth * kWidth;
  for (std::size_t i = 0; i < whole; i += kWidth) {
    const Lanes raw = Lanes::load(scores.data() + i);
    check = multiply_add(raw, zero, check);
    count_lanes(raw + Lanes::load(outside.data() + i), i, positives, counts, top);
  }
  if (whole < scores.size()) {
    float rest[kWidth] = {}, far[kWidth];
    std::fill_n(far, kWidth, -std::numeric_limits<float>::infinity());
    std::copy(scores.begin() + static_cast<std::ptrdiff_t>(whole), scores.end(), rest);
    std::copy(outside.begin() + static_cast<std::ptrdiff_t>(whole), outside.end(), far);
    const Lanes raw = Lanes::load(rest);
    check = multiply_add(raw, zero, check);
    count_lanes(raw + Lanes::load(far), whole, positives, counts, top);
  }
  counts.finite = check.equal(zero) == Lanes::broadcast(0).equal(zero);
}

}  // namespace

Collector::Collector(const RankTask& task, const RankSets& sets, RankContext& context)
    : task_(task),
      sets_(sets),
      context_(context),
      own_(make_variant()),
      top_(task.queries->size(), std::min(task.top_k, task.n_items)),
      panel_(task) {
  outside_.assign(task.n_items, -std::numeric_limits<float>::infinity());
  for (const ItemId item : sets.scored) outside_[index(item)] = 0;
}

std::unique_ptr<Collector::Variant> Collector::make_variant() const {
  auto variant = std::make_unique<Variant>(task_.queries->size());
  variant->rows.resize(sets_.positives.size());
  return variant;
}

std::string Collector::name(std::uint32_t row) const {
  if (row >= task_.queries->size()) return fmt::format("row {}", row);
  const UserId user = task_.queries->users[row];
  if (task_.user_table && index(user) < task_.user_table->size()) {
    return fmt::format("row {} (user '{}')", row, task_.user_table->id(index(user)));
  }
  return fmt::format("row {} (user number {})", row, index(user));
}

std::string Collector::item_name(ItemId item) const {
  if (task_.catalogue && index(item) < task_.catalogue->size()) {
    return fmt::format("item '{}'", task_.catalogue->id(index(item)));
  }
  return fmt::format("item number {}", index(item));
}

Error Collector::bad_score(std::uint32_t row, ItemId item, float score) const {
  return fail("the method's score of {} in {} is {}; scores must be finite", item_name(item),
              name(row), score);
}

Error Collector::report(std::uint32_t row, Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_ || row < error_->first) error_.emplace(row, error);
  return error;
}

Status Collector::claim(std::uint32_t row, Variant& variant, std::string_view variant_name) {
  if (context_.cancel && context_.cancel->is_set())
    return Error{"interrupted", ErrorKind::kCancelled};
  if (row >= task_.queries->size()) {
    return fail("the method answered row {}, but there are {} queries", row, task_.queries->size());
  }
  if (variant.answered[row].exchange(1) == 0) return {};
  if (variant_name.empty()) return fail("the method answered {} twice", name(row));
  return fail("the method answered {} twice in variant '{}'", name(row), variant_name);
}

void Collector::count(std::string_view what, std::uint64_t n) {
  if (n == 0) return;
  const std::lock_guard lock(mutex_);
  counts_[std::string(what)] += n;
}

Status Collector::evidence(std::uint32_t row, std::string_view text) {
  if (auto status = panel_.evidence(row, text); !status) return report(row, status.error());
  return {};
}

Collector::Plan Collector::plan(std::size_t q) const {
  Plan plan;
  plan.positives = sets_.positives_of(q);
  const auto low = [&](ItemId item) { return sets_.scorable[index(item)] == 0; };
  if (!task_.ledger->is_full()) {
    plan.listed = task_.ledger->of(q);
    const auto n_low =
        static_cast<std::size_t>(std::count_if(plan.listed.begin(), plan.listed.end(), low));
    plan.unscored = static_cast<std::uint32_t>(n_low);
    plan.scored = static_cast<std::uint32_t>(plan.listed.size() - n_low);
    return plan;
  }
  plan.scored = static_cast<std::uint32_t>(sets_.scored.size());
  plan.unscored = static_cast<std::uint32_t>(sets_.unscored);
  ItemId last = kNoItem;
  for (const ItemId item : task_.queries->mask_of(q)) {
    const bool target =
        std::find(plan.positives.begin(), plan.positives.end(), item) != plan.positives.end();
    if (target || item == std::exchange(last, item)) continue;
    plan.excluded.push_back(item);
    if (!task_.ledger->in_pool(item)) continue;
    if (low(item)) {
      --plan.unscored;
    } else {
      --plan.scored;
      plan.hidden.push_back(item);
    }
  }
  for (const ItemId item : plan.positives) {
    if (!task_.ledger->in_pool(item)) ++(low(item) ? plan.unscored : plan.scored);
  }
  return plan;
}

bool Collector::is_candidate(ItemId item, const Plan& plan) const {
  if (index(item) >= task_.n_items) return false;
  if (!task_.ledger->is_full())
    return std::binary_search(plan.listed.begin(), plan.listed.end(), item);
  if (std::find(plan.positives.begin(), plan.positives.end(), item) != plan.positives.end())
    return true;
  return task_.ledger->in_pool(item) &&
         !std::binary_search(plan.excluded.begin(), plan.excluded.end(), item);
}

bool Collector::is_ranked(ItemId positive, const Plan& plan) const {
  return sets_.scorable[index(positive)] != 0 && (task_.ledger->joins_targets() || is_candidate(positive, plan));
}

RankRow Collector::low_row(std::uint32_t query, ItemId positive, const Plan& plan) const {
  const std::uint32_t candidates = plan.scored + plan.unscored;
  if (!task_.ledger->joins_targets() && !is_candidate(positive, plan)) return {query, positive, candidates, 0, candidates};
  return {query, positive, plan.scored, plan.unscored - 1, candidates};
}

TopList Collector::start_top(std::size_t q, std::span<const ItemId> excluded) const {
  TopList top;
  // By user, not by row: a sample of the users gets the same lists.
  top.start(task_.top_k, Rng(context_.seed, "top", index(task_.queries->users[q])).next(),
            excluded);
  return top;
}

std::span<RankRow> Collector::rows_of(Variant& variant, std::size_t q) const {
  return std::span(variant.rows)
      .subspan(sets_.positive_offsets[q],
               sets_.positive_offsets[q + 1] - sets_.positive_offsets[q]);
}

Status Collector::settle(std::uint32_t row, const Plan& plan, const PlanScores& scores,
                         std::span<const std::uint32_t> above, std::span<const std::uint32_t> tied,
                         TopList& top) {
  const auto rows = rows_of(*own_, row);
  for (std::size_t j = 0; j < rows.size(); ++j) {
    const ItemId positive = plan.positives[j];
    RankRow& out = rows[j];
    out = {row, positive, plan.scored, plan.unscored - 1, plan.scored + plan.unscored};
    if (sets_.scorable[index(positive)] == 0)
      continue;  // below all that can be scored, tied with its like
    const float score = scores.positives[j];
    if (!std::isfinite(score)) return bad_score(row, positive, score);
    out.above = above[j];
    out.tied = tied[j] - (task_.ledger->in_pool(positive) ? 1 : 0);
    for (const float hidden : scores.hidden) {
      out.above -= hidden > score;
      out.tied -= hidden == score;
    }
    for (std::size_t other = 0; other < rows.size(); ++other) {  // targets that the pool lacks
      if (task_.ledger->in_pool(plan.positives[other])) continue;
      if (other == j) top.offer(positive, score);
      out.above += scores.positives[other] > score;
      out.tied += other != j && scores.positives[other] == score;
    }
  }
  if (task_.top_k > 0) top_.set(row, top.finish());
  return {};
}

Status Collector::full_scores(std::uint32_t row, std::span<const float> scores) {
  if (scores.size() != task_.n_items) {
    return fail("the method gave {} scores for {}, which has {} items to score", scores.size(),
                name(row), task_.n_items);
  }
  const Plan plan = this->plan(row);
  PlanScores known;
  for (const ItemId item : plan.positives) {
    known.positives.push_back(sets_.scorable[index(item)] ? scores[index(item)] : kNoScore);
  }
  for (const ItemId item : plan.hidden) known.hidden.push_back(scores[index(item)]);
  RowCounts counts(plan.positives.size());
  TopList top = start_top(row, plan.excluded);
  count_row(scores, outside_, known.positives, counts, top);
  if (!counts.finite) {  // perhaps only where it does not matter, such as masked history
    for (const ItemId item : sets_.scored) {
      if (!std::isfinite(scores[index(item)]) && is_candidate(item, plan))
        return bad_score(row, item, scores[index(item)]);
    }
  }
  return settle(row, plan, known, counts.above, counts.tied, top);
}

Status Collector::sampled_scores(std::uint32_t row, std::span<const float> scores) {
  const Plan plan = this->plan(row);
  if (scores.size() != plan.listed.size()) {
    return fail("the method gave {} scores for {}, which has {} candidates", scores.size(),
                name(row), plan.listed.size());
  }
  TopList top = start_top(row, {});
  for (std::size_t c = 0; c < scores.size(); ++c) {
    if (sets_.scorable[index(plan.listed[c])] == 0) continue;
    if (!std::isfinite(scores[c])) return bad_score(row, plan.listed[c], scores[c]);
    top.offer(plan.listed[c], scores[c]);
  }
  const auto rows = rows_of(*own_, row);
  for (std::size_t j = 0; j < rows.size(); ++j) {
    const ItemId positive = plan.positives[j];
    rows[j] = low_row(row, positive, plan);
    if (!is_ranked(positive, plan)) continue;
    const auto place =
        std::lower_bound(plan.listed.begin(), plan.listed.end(), positive) - plan.listed.begin();
    const float score = scores[static_cast<std::size_t>(place)];
    rows[j].above = rows[j].tied = 0;
    for (std::size_t c = 0; c < scores.size(); ++c) {
      if (sets_.scorable[index(plan.listed[c])] == 0) continue;
      rows[j].above += scores[c] > score;
      rows[j].tied += scores[c] == score;
    }
    --rows[j].tied;  // itself
  }
  if (task_.top_k > 0) top_.set(row, top.finish());
  return {};
}

Status Collector::scores(std::uint32_t row, std::span<const float> scores) {
  Status status = claim(row, *own_, "");
  if (status)
    status = task_.ledger->is_full() ? full_scores(row, scores) : sampled_scores(row, scores);
  if (!status) return report(row, status.error());
  return {};
}

Result<Collector::Variant*> Collector::find_variant(std::string_view variant_name) {
  if (variant_name.empty()) return own_.get();
  const std::lock_guard lock(mutex_);
  const auto found = variants_.find(std::string(variant_name));
  if (found != variants_.end()) return found->second.get();
  const bool plain =
      variant_name.size() <= 40 &&
      std::all_of(variant_name.begin(), variant_name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (!plain)
    return fail("the method named a variant '{}'; use up to 40 of a-z, 0-9, _ and -", variant_name);
  if (variants_.size() == kMostVariants)
    return fail("the method answered in more than {} variants", kMostVariants);
  return variants_.emplace(std::string(variant_name), make_variant()).first->second.get();
}

Status Collector::list(std::uint32_t row, std::span<const ItemId> best_first,
                       std::string_view variant_name) {
  MOTIVE_ASSIGN(Variant* const variant, find_variant(variant_name));
  MOTIVE_TRY(claim(row, *variant, variant_name));
  const Plan plan = this->plan(row);
  std::vector<ItemId> listed;
  std::unordered_set<std::size_t> seen;
  std::uint64_t foreign = 0, repeated = 0, unscored = 0;
  for (const ItemId item : best_first) {
    if (!is_candidate(item, plan)) {
      ++foreign;
    } else if (sets_.scorable[index(item)] == 0) {
      ++unscored;
    } else if (!seen.insert(index(item)).second) {
      ++repeated;
    } else {
      listed.push_back(item);
    }
  }
  count("listed items that are no candidates", foreign);
  count("listed items twice", repeated);
  count("listed items without training events", unscored);
  const auto n_listed = static_cast<std::uint32_t>(listed.size());
  const auto rows = rows_of(*variant, row);
  for (std::size_t j = 0; j < rows.size(); ++j) {
    const ItemId positive = plan.positives[j];
    rows[j] = low_row(row, positive, plan);
    if (!is_ranked(positive, plan)) continue;
    const auto place = std::find(listed.begin(), listed.end(), positive);
    const bool found = place != listed.end();
    rows[j].above = found ? static_cast<std::uint32_t>(place - listed.begin()) : n_listed;
    rows[j].tied = found ? 0 : plan.scored - n_listed - 1;
  }
  if (!variant_name.empty()) return {};
  std::vector<TopItem> top;
  for (std::size_t i = 0; i < std::min(task_.top_k, listed.size()); ++i) {
    top.push_back({listed[i], 1.0f / static_cast<float>(i + 1)});
  }
  top_.set(row, top);
  return {};
}

Status Collector::ranking(std::uint32_t row, std::span<const ItemId> best_first,
                          std::string_view variant) {
  if (Status status = list(row, best_first, variant); !status) return report(row, status.error());
  return {};
}

Result<Ranking> Collector::finish() {
  if (context_.cancel && context_.cancel->is_set())
    return Error{"interrupted", ErrorKind::kCancelled};
  if (error_) return error_->second;
  Ranking ranking;
  const auto take = [&](const std::string& variant_name, Variant& variant) {
    std::uint64_t unanswered = 0;
    for (std::size_t q = 0; q < task_.queries->size(); ++q) {
      if (variant.answered[q] != 0) continue;
      ++unanswered;
      const Plan plan = this->plan(q);
      const auto rows = rows_of(variant, q);
      const std::uint32_t candidates = plan.scored + plan.unscored;
      for (std::size_t j = 0; j < rows.size(); ++j) {
        rows[j] = {static_cast<std::uint32_t>(q), plan.positives[j], candidates, 0, candidates};
      }
    }
    if (unanswered > 0)
      counts_[variant_name.empty() ? "unanswered" : fmt::format("unanswered ({})", variant_name)] =
          unanswered;
    ranking.variants.push_back({variant_name, std::move(variant.rows)});
  };
  take("", *own_);
  for (auto& [variant_name, variant] : variants_) take(variant_name, *variant);
  if (task_.top_k > 0) ranking.top = std::move(top_);
  ranking.counts.assign(counts_.begin(), counts_.end());
  ranking.panel = panel_.summary(ranking.variants.front().rows);
  ranking.explanations = panel_.explanations();
  return ranking;
}

Result<Ranking> rank_with(const Recommender& method, const RankTask& task, RankContext& context) {
  MOTIVE_ASSIGN(const RankSets sets, make_sets(task));
  TestQueries source(task, context.cancel);
  Collector sink(task, sets, context);
  const Status status = method.rank(source, sink, context);
  auto ranking = sink.finish();
  if (ranking && !status) return status.error();
  return ranking;
}

}  // namespace motive
