#include "framework/data/world_choice.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace motive::world {

ItemChoice::ItemChoice(const WorldOptions& options, const Words& words, std::span<const Item> items)
    : items_(items),
      fit_(to_fixed(options.fit / options.noise)),
      interest_(to_fixed(options.interest / options.noise)),
      appeal_(items.size()),
      order_(items.size()),
      summed_(items.size() + 1),
      bought_(items.size()) {
  const std::size_t categories = words.categories.size();
  const auto bucket_of = [&](const Item& item) {
    return item.traits[0].which * categories + item.category;
  };
  buckets_.resize(words.traits.size() * categories);
  for (const Item& item : items) ++buckets_[bucket_of(item)].end;
  for (std::size_t b = 0, begin = 0; b < buckets_.size(); ++b) {
    const std::size_t count = buckets_[b].end;
    buckets_[b] = {begin, begin, b / categories, b % categories, 1000, 0};
    begin += count;
  }
  const Fixed inverse_noise = to_fixed(1 / options.noise);
  for (std::size_t i = 0; i < items.size(); ++i) {
    Bucket& bucket = buckets_[bucket_of(items[i])];
    order_[bucket.end++] = static_cast<std::uint32_t>(i);
    bucket.least = std::min(bucket.least, items[i].traits[0].permille);
    bucket.most = std::max(bucket.most, items[i].traits[0].permille);
    appeal_[i] = items[i].appeal * inverse_noise / kOne;
  }
  // Relative to the most appealing item, so that none of the 30 bits of a weight is wasted.
  const Fixed most = *std::max_element(appeal_.begin(), appeal_.end());
  for (std::size_t place = 0; place < order_.size(); ++place) {
    summed_[place + 1] =
        summed_[place] + std::max<std::uint64_t>(1, exp_minus(most - appeal_[order_[place]]));
  }
  mass_shift_ = std::max(0, static_cast<int>(std::bit_width(summed_.back())) - 32);
}

std::int64_t ItemChoice::fit(const User& user, const Item& item) const {
  std::int64_t sum = 0;
  for (const Share& share : item.traits)
    sum += std::int64_t{user.motivation[share.which]} * share.permille;
  return sum;
}

Fixed ItemChoice::taste(const Item& item) const {
  return fit_ * fit(*user_, item) / 1'000'000 + interest_ * user_->interest[item.category] / 1000;
}

Fixed ItemChoice::bound(const Bucket& bucket) const {
  if (bucket.begin == bucket.end) return 0;  // nothing in it; tastes are never negative
  const auto& motivation = user_->motivation;
  std::int64_t other = 0;
  for (std::size_t m = 0; m < motivation.size(); ++m) {
    if (m != bucket.trait) other = std::max<std::int64_t>(other, motivation[m]);
  }
  // Linear in the strength of the main trait, so one of the ends is the largest.
  const auto at = [&](std::int64_t strength) {
    return motivation[bucket.trait] * strength + other * (1000 - strength);
  };
  const std::int64_t most = std::max(at(bucket.least), at(bucket.most));
  return fit_ * most / 1'000'000 + interest_ * user_->interest[bucket.category] / 1000;
}

void ItemChoice::start(const User& user) {
  user_ = &user;
  ++customer_;
  bounds_.resize(buckets_.size());
  weights_.resize(buckets_.size());
  for (std::size_t b = 0; b < buckets_.size(); ++b) bounds_[b] = bound(buckets_[b]);
  const Fixed most = *std::max_element(bounds_.begin(), bounds_.end());
  std::uint64_t sum = 0;
  for (std::size_t b = 0; b < buckets_.size(); ++b) {
    const std::uint64_t mass = summed_[buckets_[b].end] - summed_[buckets_[b].begin];
    sum += (mass >> mass_shift_) * exp_minus(most - bounds_[b]);
    weights_[b] = sum;
  }
}

std::uint32_t ItemChoice::draw(Rng& rng, std::int32_t day) {
  for (int tries = 0; tries < kMaxTries && weights_.back() > 0; ++tries) {
    const std::uint64_t at = below(rng, weights_.back());
    const auto b = static_cast<std::size_t>(std::upper_bound(weights_.begin(), weights_.end(), at) -
                                            weights_.begin());
    const std::uint64_t before = summed_[buckets_[b].begin];
    const std::uint64_t mass = before + below(rng, summed_[buckets_[b].end] - before);
    const auto begin = summed_.begin() + static_cast<std::ptrdiff_t>(buckets_[b].begin);
    const auto end = summed_.begin() + static_cast<std::ptrdiff_t>(buckets_[b].end);
    const auto place =
        static_cast<std::size_t>(std::upper_bound(begin, end, mass) - summed_.begin()) - 1;
    const std::uint32_t item = order_[place];
    if (!available(item, day) || bounds_[b] - taste(items_[item]) > exponential(rng)) continue;
    bought_[item] = customer_;
    return item;
  }
  const std::uint32_t item = weigh_all(rng, day);
  bought_[item] = customer_;
  return item;
}

std::uint32_t ItemChoice::weigh_all(Rng& rng, std::int32_t day) const {
  std::vector<std::uint32_t> candidates;
  std::vector<Fixed> utilities;
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    if (!available(i, day)) continue;
    candidates.push_back(i);
    utilities.push_back(appeal_[i] + taste(items_[i]));
  }
  const Fixed most = *std::max_element(utilities.begin(), utilities.end());
  std::vector<std::uint64_t> summed;
  std::uint64_t sum = 0;
  for (const Fixed utility : utilities) summed.push_back(sum += exp_minus(most - utility));
  const std::uint64_t at = below(rng, sum);
  return candidates[static_cast<std::size_t>(std::upper_bound(summed.begin(), summed.end(), at) -
                                             summed.begin())];
}

}  // namespace motive::world
