#pragma once
// Purpose: examples to steps: scores, the search for a violating negative, the slope of the loss.
//   logistic  slope = w (sigma(s) - y)
//   bpr       slope = w (1 - sigma(s_ui - s_uj))
//   warp      the first of max_sampled draws with s_uj > s_ui - 1 that the user has no event with,
//             at place t = 1, 2, ... (known ones use up a place): slope = min(10, w ln max(1,
//             floor((I-1)/t))), the hinge's gradient whatever the margin; none: no step
//   warp_kos  the positive is the one with the k-th highest score among the drawn positives (the
//             last where there are fewer); then as warp with w = 1
// A template over the rule of the step, the blocks of a row (0: any number), and whether users and
// items are their own only features, in which case a representation is the row itself.

#include <algorithm>
#include <cmath>
#include <functional>

#include "baselines/lightfm/model.h"

namespace motive::lightfm {

/// A user or item as the kernel sees it.
struct Side {
  const float* vector;
  float bias;
};

template <class R, std::size_t kBlocks, bool kIdentity>
class Kernel {
 public:
  explicit Kernel(Model& model)
      : model_(model),
        steps_{rule_of(model.params),
               static_cast<float>(model.params.reg_user),
               static_cast<float>(model.params.reg_item),
               model.users.blocks(),
               model.mask.data(),
               model.params.bias,
               model.params.user_bias},
        scratch_(4, model.users.dim()),
        per_component_(1 / static_cast<double>(model.users.dim() + 1)) {}

  void run(const Batch& batch, Tally& tally) {
    user_growth_ = tally.user_growth;
    item_growth_ = tally.item_growth;
    start_user_ = model_.user_scale;
    start_item_ = model_.item_scale;
    set_scales();
    for (std::size_t e = 0; e < batch.examples.size(); ++e) {
      if (e + kAhead < batch.examples.size()) fetch(batch, e + kAhead);
      sample_ = (tally.steps++ & 63) == 0;
      step(batch.examples[e], batch.draws_of(e), tally);
    }
    tally.user_growth = user_growth_;
    tally.item_growth = item_growth_;
  }

 private:
  static constexpr std::size_t kAhead = 2;  // examples between fetching rows and using them
  static constexpr std::size_t kDrawsAhead = 4;
  static constexpr float kMaxLoss = 10;

  static R rule_of(const LightFmParams& p) {
    return {static_cast<float>(p.lr), static_cast<float>(p.rho), static_cast<float>(p.epsilon)};
  }
  std::size_t blocks() const { return kBlocks ? kBlocks : model_.users.blocks(); }
  float user_scale() const { return R::kScales ? user_scale_ : 1.0f; }
  float item_scale() const { return R::kScales ? item_scale_ : 1.0f; }
  void set_scales() {
    user_scale_ = static_cast<float>(start_user_ * user_growth_);
    item_scale_ = static_cast<float>(start_item_ * item_growth_);
  }

  void fetch_row(const float* row) const {
    for (std::size_t k = 0; k < std::min<std::size_t>(blocks(), 8); ++k) {
      __builtin_prefetch(row + k * (kAlign / sizeof(float)), 1);
    }
  }
  void fetch(const Batch& batch, std::size_t e) const {
    if constexpr (!kIdentity) return;
    const Example& example = batch.examples[e];
    model_.examples.fetch(example.user);
    fetch_row(model_.users.vector(example.user));
    fetch_row(model_.users.sums(example.user));
    fetch_row(model_.items.vector(example.item));
    fetch_row(model_.items.sums(example.item));
    // The others when the search comes near them: it often ends before.
    const auto draws = batch.draws_of(e);
    for (const std::uint32_t item : draws.first(std::min(draws.size(), kDrawsAhead))) {
      fetch_row(model_.items.vector(item));
    }
  }

  /// The representation: the row itself, or the sum, in row `place` of the scratch. Without scale
  /// where it is the row.
  Side side(const Parameters& parameters, const FeatureMatrix& features, std::uint32_t row,
            std::size_t place, float scale) {
    if constexpr (kIdentity) return {parameters.vector(row), parameters.bias(row)};
    const auto columns = features.rows.columns_of(row);
    const auto values = features.rows.values_of(row);
    float* const out = scratch_.row(place);
    auto* const sum = reinterpret_cast<V<float>*>(out);
    std::fill_n(out, scratch_.stride(), 0.0f);
    float bias = 0;
    for (std::size_t f = 0; f < columns.size(); ++f) {
      const float x = values[f] * scale;
      const auto* const vector =
          reinterpret_cast<const V<float>*>(parameters.vector(columns[f]));
      for (std::size_t k = 0; k < blocks(); ++k) sum[k] += x * vector[k];
      bias += x * parameters.bias(columns[f]);
    }
    return {out, bias};
  }
  Side user(std::uint32_t row) {
    return side(model_.users, model_.user_features, row, 0, user_scale());
  }
  Side item(std::uint32_t row, std::size_t place) {
    return side(model_.items, model_.item_features, row, place, item_scale());
  }

  [[gnu::always_inline]] inline float score(const Side& u, const Side& i) const {
    const float product = dot(u.vector, i.vector, blocks());
    if constexpr (!kIdentity || !R::kScales) return product + (u.bias + i.bias);
    const float su = user_scale(), si = item_scale();
    return su * si * product + (su * u.bias + si * i.bias);
  }

  void step(const Example& example, std::span<const std::uint32_t> draws, Tally& tally) {
    const Side u = user(example.user);
    switch (model_.params.loss) {
      case LightFmLoss::kLogistic:
        return logistic(example, u, tally);
      case LightFmLoss::kBpr:
        return bpr(example, u, draws[0], tally);
      case LightFmLoss::kWarp: {
        const Side i = item(example.item, 1);
        return warp(example, u, i, score(u, i), draws, tally);
      }
      case LightFmLoss::kWarpKos:
        return kos(example, u, draws, tally);
    }
  }

  void logistic(const Example& example, const Side& u, Tally& tally) {
    const Side i = item(example.item, 1);
    const float s = score(u, i);
    tally.scores += std::abs(s);
    const float slope = example.weight * logistic_slope(s, example.y);
    if (sample_) count_loss(tally, std::log1p(std::exp(-std::abs(s))) + std::max(s, 0.0f) -
                                       example.y * s);
    update_point(example.user, example.item, u, i, slope);
  }

  void bpr(const Example& example, const Side& u, std::uint32_t negative, Tally& tally) {
    const Side i = item(example.item, 1), j = item(negative, 2);
    const float x = score(u, i) - score(u, j);
    tally.scores += std::abs(x);
    if (sample_) count_loss(tally, std::log1p(std::exp(-std::abs(x))) + std::max(-x, 0.0f));
    update_pair(example.user, example.item, negative, u, i, j,
                example.weight * bpr_slope(x));
  }

  /// The positive stands in place 1 of the scratch.
  void warp(const Example& example, const Side& u, const Side& i, float positive,
            std::span<const std::uint32_t> draws, Tally& tally) {
    tally.scores += std::abs(positive);
    const float bar = positive - 1;
    for (std::size_t t = 0; t < draws.size(); ++t) {
      if (kIdentity && t + kDrawsAhead < draws.size()) {
        fetch_row(model_.items.vector(draws[t + kDrawsAhead]));
      }
      const Side j = item(draws[t], 2);
      const float s = score(u, j);
      if (!(s > bar) || model_.examples.known(example.user, draws[t])) continue;
      tally.draws += t + 1;
      const float slope = std::min(kMaxLoss, example.weight * model_.log_rank[t]);
      if (sample_) count_loss(tally, slope * (s - bar));
      update_pair(example.user, example.item, draws[t], u, i, j, slope);
      return;
    }
    tally.draws += draws.size();
    if (sample_) count_loss(tally, 0);
  }

  void kos(Example example, const Side& u, std::span<const std::uint32_t> draws, Tally& tally) {
    ranked_.clear();
    for (std::size_t n = 0; n < example.n_positives; ++n) {
      ranked_.emplace_back(score(u, item(draws[n], 1)), draws[n]);
    }
    const std::size_t place =
        std::min(static_cast<std::size_t>(model_.params.k), ranked_.size()) - 1;
    std::nth_element(ranked_.begin(), ranked_.begin() + static_cast<std::ptrdiff_t>(place),
                     ranked_.end(), std::greater<>());
    example.item = ranked_[place].second;
    warp(example, u, item(example.item, 1), ranked_[place].first,
         draws.subspan(static_cast<std::size_t>(model_.params.n)), tally);
  }

  void count_loss(Tally& tally, float loss) {
    tally.loss += loss;
    ++tally.sampled;
  }

  void update_pair(std::uint32_t user, std::uint32_t positive, std::uint32_t negative, const Side& u,
                   const Side& i, const Side& j, float slope) {
    if constexpr (kIdentity) {
      grow(pair_step<float, R>(steps(), model_.users.row(user), model_.items.row(positive),
                               model_.items.row(negative), slope, user_scale(), item_scale()),
           3);
    } else {
      float* const difference = scratch_.row(3);
      for (std::size_t k = 0; k < scratch_.stride(); ++k) {
        difference[k] = j.vector[k] - i.vector[k];
      }
      float used = 0;
      const std::size_t n = step_items(positive, -slope, u.vector, used) +
                            step_items(negative, slope, u.vector, used) +
                            step_users(user, slope, difference, used);
      grow(used, n);
    }
  }

  void update_point(std::uint32_t user, std::uint32_t item, const Side& u, const Side& i,
                    float slope) {
    if constexpr (kIdentity) {
      grow(point_step<float, R>(steps(), model_.users.row(user), model_.items.row(item), slope,
                                user_scale(), item_scale()),
           2);
    } else {
      float used = 0;
      const std::size_t n = step_items(item, slope, u.vector, used) +
                            step_users(user, slope, i.vector, used);
      grow(used, n);
    }
  }

  /// The features of an item; returns how many.
  std::size_t step_items(std::uint32_t row, float slope, const float* direction, float& used) {
    const auto columns = model_.item_features.rows.columns_of(row);
    const auto values = model_.item_features.rows.values_of(row);
    for (std::size_t f = 0; f < columns.size(); ++f) {
      used += feature_step<float, R>(steps(), model_.items.row(columns[f]), values[f], slope,
                                     direction, steps_.decay_item, steps_.bias);
    }
    return columns.size();
  }
  std::size_t step_users(std::uint32_t row, float slope, const float* direction, float& used) {
    const auto columns = model_.user_features.rows.columns_of(row);
    const auto values = model_.user_features.rows.values_of(row);
    for (std::size_t f = 0; f < columns.size(); ++f) {
      used += feature_step<float, R>(steps(), model_.users.row(columns[f]), values[f], slope,
                                     direction, steps_.decay_user, steps_.user_bias);
    }
    return columns.size();
  }

  /// With a number of blocks that the compiler knows.
  Steps<float, R> steps() const {
    Steps<float, R> copy = steps_;
    if constexpr (kBlocks > 0) copy.blocks = kBlocks;
    return copy;
  }

  /// The scales of lazy regularisation, after an example with n features.
  void grow(float used, std::size_t n) {
    if constexpr (!R::kScales) return;
    const double mean = used * per_component_ / static_cast<double>(n);
    user_growth_ *= 1 + model_.params.reg_user * mean;
    item_growth_ *= 1 + model_.params.reg_item * mean;
    set_scales();
  }

  Model& model_;
  Steps<float, R> steps_;
  AlignedRows scratch_;  // user, positive, negative, difference
  std::vector<std::pair<float, std::uint32_t>> ranked_;
  float user_scale_ = 1, item_scale_ = 1;
  double start_user_ = 1, start_item_ = 1;    // the model's scales when the batch began
  double user_growth_ = 1, item_growth_ = 1;  // this thread's since it was merged
  double per_component_;                      // 1 / (D + 1)
  bool sample_ = false;
};

}  // namespace motive::lightfm
