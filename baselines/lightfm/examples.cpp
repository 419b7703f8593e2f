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
    user_.insert(user_.end(), train.events.items_of(user_id(u)).size(),
                 static_cast<std::uint32_t>(u));
    for (const ItemId i : seen_.of(user_id(u))) filter_[u] |= std::uint64_t{1} << (index(i) & 63);
  }
  for (const ItemId i : train.events.items) item_.push_back(static_cast<std::uint32_t>(index(i)));
  const auto counts = item_counts(train);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) drawable_.push_back(static_cast<std::uint32_t>(i));
  }
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
                     train.items->id(item_[e]), train.users->id(user_[e]), ratings[e]);
    }
    sum += ratings[e];
  }
  if (by_rating && !(sum > 0)) {
    return invalid("lightfm: all ratings are 0, so `weights: rating` would learn nothing. Set "
                   "`weights: none`");
  }
  const double mean = by_rating ? sum / static_cast<double>(ratings.size()) : 1;
  offsets_.assign(train.n_users() + 1, 0);
  for (std::size_t e = 0; e < item_.size(); ++e) {
    weight_.push_back(by_rating ? static_cast<float>(ratings[e] / mean) : 1.0f);
    // With NaN neither: then the event is no positive.
    const bool positive = params_.positive_from <= 0 || ratings[e] >= params_.positive_from;
    y_.push_back(positive ? 1.0f : 0.0f);
    if (!positive) continue;
    positives_.push_back(item_[e]);
    ++offsets_[user_[e] + 1];
  }
  std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
  if (positives_.empty() && !item_.empty()) {
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
  for (std::uint32_t e = 0; e < item_.size(); ++e) {
    if (y_[e] > 0 || params_.loss == LightFmLoss::kLogistic) events.push_back(e);
  }
  return events;
}

void Examples::draw_uniform(Rng& rng, std::size_t n, std::vector<std::uint32_t>& out) const {
  const auto count = static_cast<std::uint32_t>(drawable_.size());
  for (std::size_t k = 0; k < n; ++k) out.push_back(drawable_[rng.below(count)]);
}

bool Examples::draw_popular(std::uint32_t user, Rng& rng, std::uint32_t& item) const {
  for (int t = 0; t < kTries; ++t) {
    item = item_[rng.below(static_cast<std::uint32_t>(item_.size()))];
    if (!known(user, item)) return true;
  }
  return false;
}

bool Examples::draw_unseen(std::uint32_t user, Rng& rng, std::uint32_t& item) const {
  for (int t = 0; t < kTries; ++t) {
    item = drawable_[rng.below(static_cast<std::uint32_t>(drawable_.size()))];
    if (!known(user, item)) return true;
  }
  return false;
}

void Examples::add_logistic(std::uint32_t event, Rng& rng, Batch& batch) const {
  Example example{user_[event], item_[event], weight_[event], y_[event], 0};
  batch.examples.push_back(example);
  if (example.y == 0) return;
  for (int k = 0; k < params_.negatives; ++k) {
    if (!draw_unseen(example.user, rng, example.item)) {
      ++batch.skipped;
      return;
    }
    example.y = 0;
    batch.examples.push_back(example);
  }
}

void Examples::add_kos(std::uint32_t event, Rng& rng, Batch& batch) const {
  const std::uint32_t user = user_[event];
  const auto liked = std::span(positives_).subspan(offsets_[user],
                                                   offsets_[user + 1] - offsets_[user]);
  const auto n = static_cast<std::size_t>(params_.n);
  const auto drawn = static_cast<std::uint32_t>(std::min(n, liked.size()));
  for (std::size_t k = 0; k < n; ++k) {
    batch.draws.push_back(
        k < drawn ? liked[rng.below(static_cast<std::uint32_t>(liked.size()))] : 0);
  }
  batch.examples.push_back({user, 0, 1.0f, 1.0f, drawn});
}

void Examples::fill(std::span<const std::uint32_t> events, Rng& rng, Batch& batch) const {
  const auto max_sampled = static_cast<std::size_t>(params_.max_sampled);
  batch.examples.clear();
  batch.draws.clear();
  batch.width = 0;
  for (const std::uint32_t event : events) {
    switch (params_.loss) {
      case LightFmLoss::kLogistic:
        add_logistic(event, rng, batch);
        break;
      case LightFmLoss::kBpr: {
        batch.width = 1;
        std::uint32_t negative = 0;
        if (!draw_popular(user_[event], rng, negative)) {
          ++batch.skipped;
          break;
        }
        batch.examples.push_back({user_[event], item_[event], weight_[event], 1.0f, 0});
        batch.draws.push_back(negative);
        break;
      }
      case LightFmLoss::kWarp:
        batch.width = max_sampled;
        batch.examples.push_back({user_[event], item_[event], weight_[event], 1.0f, 0});
        draw_uniform(rng, max_sampled, batch.draws);
        break;
      case LightFmLoss::kWarpKos:
        batch.width = static_cast<std::size_t>(params_.n) + max_sampled;
        add_kos(event, rng, batch);
        draw_uniform(rng, max_sampled, batch.draws);
        break;
    }
  }
}

}  // namespace motive::lightfm
