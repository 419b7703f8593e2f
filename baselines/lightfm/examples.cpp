#include "baselines/lightfm/examples.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace motive::lightfm {
namespace {

// After so many rejected draws the user is taken to have seen every item.
constexpr int kTries = 256;

}  // namespace

Examples::Examples(const LightFmParams& params, const TrainingView& train)
    : params_(params), seen_(seen_items(train)), filter_(train.n_users(), 0) {
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (const ItemId i : train.events.items_of(user_id(u))) {
      events_.push_back({static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(index(i)), 1, 1});
    }
    for (const ItemId i : seen_.of(user_id(u))) filter_[u] |= std::uint64_t{1} << (index(i) & 63);
  }
  const auto counts = item_counts(train);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) drawable_.push_back(static_cast<std::uint32_t>(i));
  }
  all_drawable_ = drawable_.size() == counts.size();
}

/// Weights and labels of the events, and who likes what.
Status Examples::weigh(const TrainingView& train) {
  const bool by_rating = params_.weights == LightFmWeights::kRating;
  const auto ratings = train.events.ratings;
  if (ratings.empty() && by_rating) {
    return invalid("lightfm: `weights: rating` needs ratings, and this data set has none. Set "
                   "`weights: none`");
  }
  if (ratings.empty() && params_.positive_from > 0) {
    return invalid("lightfm: `positive_from` compares ratings, and this data set has none. Leave "
                   "it out");
  }
  double sum = 0;
  for (std::size_t e = 0; by_rating && e < ratings.size(); ++e) {
    if (!std::isfinite(ratings[e]) || ratings[e] < 0) {
      return invalid("lightfm: the rating of item `{}` by user `{}` is {}; `weights: rating` needs "
                     "finite numbers from 0 on. Set `weights: none`, or mend the data",
                     train.items->id(events_[e].item), train.users->id(events_[e].user), ratings[e]);
    }
    sum += ratings[e];
  }
  if (by_rating && !(sum > 0)) {
    return invalid("lightfm: all ratings are 0, so `weights: rating` would learn nothing. Set "
                   "`weights: none`");
  }
  const double mean = by_rating ? sum / static_cast<double>(ratings.size()) : 1;
  offsets_.assign(train.n_users() + 1, 0);
  for (std::size_t e = 0; e < events_.size(); ++e) {
    Event& event = events_[e];
    if (by_rating) event.weight = static_cast<float>(ratings[e] / mean);
    // With NaN neither: then the event is no positive.
    const bool positive = params_.positive_from <= 0 || ratings[e] >= params_.positive_from;
    event.y = positive ? 1.0f : 0.0f;
    if (!positive) continue;
    positives_.push_back(event.item);
    ++offsets_[event.user + 1];
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  if (positives_.empty() && !events_.empty()) {
    return invalid("lightfm: no rating reaches `positive_from: {:g}`. Lower it",
                   params_.positive_from);
  }
  return {};
}

Result<Examples> Examples::make(const LightFmParams& params, const TrainingView& train) {
  Examples examples(params, train);
  MOTIVE_TRY(examples.weigh(train));
  return examples;
}

std::vector<std::uint32_t> Examples::order() const {
  std::vector<std::uint32_t> events;
  for (std::uint32_t e = 0; e < events_.size(); ++e) {
    if (events_[e].y > 0 || params_.loss == LightFmLoss::kLogistic) events.push_back(e);
  }
  return events;
}

/// Two draws a random number: the chances of two items differ by I / 2^32 at most.
void Examples::draw_uniform(const Pool& pool, Rng& rng, std::span<std::uint32_t> out) const {
  const std::uint64_t n = pool.items.empty() ? drawable_.size() : pool.items.size();
  const auto place = [n](std::uint64_t half) { return static_cast<std::uint32_t>((half * n) >> 32); };
  for (std::size_t k = 0; k < out.size(); k += 2) {
    const std::uint64_t random = rng.next();
    out[k] = place(random >> 32);
    if (k + 1 < out.size()) out[k + 1] = place(random & 0xffffffffu);
  }
  if (pool.items.empty()) return;
  for (std::uint32_t& item : out) item = pool.items[item];
}

bool Examples::draw_popular(std::uint32_t user, const Pool& pool, Rng& rng,
                            std::uint32_t& item) const {
  for (int t = 0; t < kTries; ++t) {
    item = events_[rng.below(static_cast<std::uint32_t>(events_.size()))].item;
    if (!pool.parts.empty() && pool.parts[item] != pool.part) continue;
    if (!known(user, item)) return true;
  }
  return false;
}

bool Examples::draw_unseen(std::uint32_t user, const Pool& pool, Rng& rng,
                           std::uint32_t& item) const {
  for (int t = 0; t < kTries; ++t) {
    draw_uniform(pool, rng, {&item, 1});
    if (!known(user, item)) return true;
  }
  return false;
}

void Examples::add_logistic(const Event& event, const Pool& pool, Rng& rng,
                             Batch& batch) const {
  Example example{event.user, event.item, event.weight, event.y, 0};
  batch.examples.push_back(example);
  if (example.y == 0) return;
  for (int k = 0; k < params_.negatives; ++k) {
    if (!draw_unseen(example.user, pool, rng, example.item)) {
      ++batch.skipped;
      return;
    }
    example.y = 0;
    batch.examples.push_back(example);
  }
}

void Examples::add_bpr(const Event& event, const Pool& pool, Rng& rng,
                        Batch& batch) const {
  std::uint32_t negative = 0;
  if (!draw_popular(event.user, pool, rng, negative)) {
    ++batch.skipped;
    return;
  }
  batch.examples.push_back({event.user, event.item, event.weight, 1.0f, 0});
  batch.draws.push_back(negative);
}

/// Room for the draws of a further example.
std::span<std::uint32_t> Examples::more_draws(Batch& batch) {
  batch.draws.resize(batch.draws.size() + batch.width);
  return std::span(batch.draws).last(batch.width);
}

void Examples::add_kos(const Event& event, const Pool& pool, Rng& rng,
                        Batch& batch) const {
  const auto liked = std::span(positives_).subspan(
      offsets_[event.user], offsets_[event.user + 1] - offsets_[event.user]);
  const auto n = static_cast<std::size_t>(params_.n);
  const std::span<std::uint32_t> draws = more_draws(batch);
  const std::size_t drawn = std::min(n, liked.size());
  for (std::size_t k = 0; k < drawn; ++k) {
    draws[k] = liked[rng.below(static_cast<std::uint32_t>(liked.size()))];
  }
  draw_uniform(pool, rng, draws.subspan(n));
  batch.examples.push_back({event.user, event.item, 1.0f, 1.0f, static_cast<std::uint32_t>(drawn)});
}

void Examples::fill(std::span<const std::uint32_t> events, const Pool& pool, Rng& rng,
                    Batch& batch) const {
  constexpr std::size_t kAhead = 16;  // events lie anywhere: fetch them before they are needed
  batch.examples.clear();
  batch.draws.clear();
  batch.width = width();
  for (std::size_t k = 0; k < events.size(); ++k) {
    if (k + kAhead < events.size()) __builtin_prefetch(&events_[events[k + kAhead]]);
    const Event& event = events_[events[k]];
    switch (params_.loss) {
      case LightFmLoss::kLogistic:
        add_logistic(event, pool, rng, batch);
        break;
      case LightFmLoss::kBpr:
        add_bpr(event, pool, rng, batch);
        break;
      case LightFmLoss::kWarp:
        batch.examples.push_back({event.user, event.item, event.weight, 1.0f, 0});
        draw_uniform(pool, rng, more_draws(batch));
        break;
      case LightFmLoss::kWarpKos:
        add_kos(event, pool, rng, batch);
        break;
    }
  }
}

/// Draws of an example.
std::size_t Examples::width() const {
  const auto sampled = static_cast<std::size_t>(params_.max_sampled);
  switch (params_.loss) {
    case LightFmLoss::kLogistic:
      return 0;
    case LightFmLoss::kBpr:
      return 1;
    case LightFmLoss::kWarp:
      return sampled;
    case LightFmLoss::kWarpKos:
      return static_cast<std::size_t>(params_.n) + sampled;
  }
  return 0;
}

}  // namespace motive::lightfm
