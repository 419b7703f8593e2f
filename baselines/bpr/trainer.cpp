#include "baselines/bpr/trainer.h"

#include <algorithm>
#include <cmath>

namespace motive::bpr {
namespace {

constexpr std::size_t kBatch = 512;      // triples drawn at a time
constexpr std::size_t kAhead = 6;        // steps between fetching a row and using it
constexpr std::size_t kLossSample = 64;  // one step in so many gives its loss
// Differences of scores are of the order of 10. Far beyond that, the steps are too long.
constexpr float kDiverged = 1e6f;

double log_loss(double x) { return x > 0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x; }

}  // namespace

Trainer::Trainer(const BprParams& params, const TrainingView& train,
                 const std::vector<std::uint32_t>& item_events, const FitContext& context)
    : params_(params),
      context_(context),
      train_(train),
      unseen_(train, item_events),
      users_(train.n_users(), static_cast<std::size_t>(params.dim)),
      items_(train.n_items(), static_cast<std::size_t>(params.dim)),
      bias_(params.bias ? train.n_items() : 0, 0.0f),
      sizes_{static_cast<float>(params.lr), static_cast<float>(params.reg_user),
             static_cast<float>(params.reg_item), static_cast<float>(params.reg_negative),
             static_cast<float>(params.reg_bias)} {
  event_user_.resize(train.n_events());
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    std::fill(event_user_.begin() + static_cast<std::ptrdiff_t>(train.events.begin(user_id(u))),
              event_user_.begin() + static_cast<std::ptrdiff_t>(train.events.end(user_id(u))),
              static_cast<std::uint32_t>(u));
  }
  if (params.negatives == BprNegatives::kAdaptive) {
    adaptive_ = std::make_unique<AdaptiveNegatives>(unseen_, static_cast<std::size_t>(params.dim),
                                                    params.rho);
  }
  batch_.reserve(kBatch);
  initialise(context);
}

/// Rows of users without training events stay 0.
void Trainer::initialise(const FitContext& context) {
  const auto dim = static_cast<std::size_t>(params_.dim);
  const auto fill = [dim](float* row, Rng& rng) {
    for (std::size_t f = 0; f < dim; ++f) {
      row[f] = static_cast<float>((rng.uniform() - 0.5) / static_cast<double>(dim));
    }
  };
  Rng user_rng = context.rng("bpr users");
  for (std::size_t u = 0; u < users_.size(); ++u) {
    if (!train_.events.items_of(user_id(u)).empty()) fill(users_.row(u), user_rng);
  }
  Rng item_rng = context.rng("bpr items");
  for (std::size_t i = 0; i < items_.size(); ++i) fill(items_.row(i), item_rng);
}

ItemId Trainer::draw_negative(UserId u, Rng& rng) {
  return params_.negatives == BprNegatives::kPopularity
             ? unseen_.popular(u, train_.events.items, rng)
             : unseen_.uniform(u, rng);
}

/// Fills the batch from n draws. Adaptive negatives depend on the step before and are drawn then.
void Trainer::draw(Rng& rng, std::size_t n) {
  batch_.clear();
  const auto n_events = static_cast<std::uint32_t>(train_.n_events());
  for (std::size_t k = 0; k < n; ++k) {
    const std::uint32_t event = rng.below(n_events);
    const std::uint32_t user = event_user_[event];
    if (unseen_.count(user_id(user)) == 0) {
      ++skipped_;
      continue;
    }
    const ItemId negative = adaptive_ ? ItemId{0} : draw_negative(user_id(user), rng);
    batch_.push_back({user, static_cast<std::uint32_t>(index(train_.events.items[event])),
                      static_cast<std::uint32_t>(index(negative))});
  }
}

inline void Trainer::fetch(const Triple& triple) {
  constexpr std::size_t kPerLine = 64 / sizeof(float);
  const std::size_t n = std::min<std::size_t>(users_.stride(), 8 * kPerLine);
  const float* const p = users_.row(triple.user);
  const float* const i = items_.row(triple.positive);
  const float* const j = items_.row(triple.negative);
  for (std::size_t k = 0; k < n; k += kPerLine) {
    __builtin_prefetch(p + k, 1);
    __builtin_prefetch(i + k, 1);
    __builtin_prefetch(j + k, 1);
  }
}

/// kBlocks: the length of a row where it is known to the compiler, else 0.
template <std::size_t kBlocks>
void Trainer::run_batch(Rng& rng) {
  const std::size_t blocks = kBlocks ? kBlocks : users_.blocks();
  float* const bias = bias_.empty() ? nullptr : bias_.data();
  for (std::size_t t = 0; t < batch_.size(); ++t) {
    if (t + kAhead < batch_.size()) fetch(batch_[t + kAhead]);
    Triple triple = batch_[t];
    float* const user = users_.row(triple.user);
    if (adaptive_) {
      if (steps_ + t >= next_refresh_) {
        adaptive_->refresh(items_.values(), items_.stride(), context_.threads);
        next_refresh_ += adaptive_->refresh_interval();
      }
      const std::span<const float> vector(user, static_cast<std::size_t>(params_.dim));
      triple.negative =
          static_cast<std::uint32_t>(index(adaptive_->draw(user_id(triple.user), vector, rng)));
    }
    const float x = step<float>(user, items_.row(triple.positive), items_.row(triple.negative),
                                bias ? bias + triple.positive : nullptr,
                                bias ? bias + triple.negative : nullptr, blocks, sizes_);
    batch_sum_ += std::abs(x);
    if (t % kLossSample == 0) {
      loss_sum_ += log_loss(x);
      ++sampled_;
    }
  }
  steps_ += batch_.size();
}

void Trainer::run_batch_of_any_size(Rng& rng) {
  switch (users_.blocks()) {
    case 1:
      return run_batch<1>(rng);
    case 2:
      return run_batch<2>(rng);
    case 4:
      return run_batch<4>(rng);
    case 8:
      return run_batch<8>(rng);
    default:
      return run_batch<0>(rng);
  }
}

Error Trainer::diverged(int epoch) const {
  return fail(
      "bpr diverged in epoch {}, near step {}: scores are no longer finite or exceed {:g}. The "
      "learning "
      "rate is {:g}: try a tenth of it, or weaker regularisers",
      epoch, steps_, kDiverged, params_.lr);
}

Status Trainer::epoch(int number, int total) {
  Rng rng = context_.rng("bpr steps", static_cast<std::uint64_t>(number));
  const std::size_t n = train_.n_events();
  loss_sum_ = 0;
  sampled_ = 0;
  for (std::size_t done = 0; done < n; done += kBatch) {
    if (context_.cancel && context_.cancel->is_set()) {
      return Error{"the fit of bpr was interrupted", ErrorKind::kCancelled};
    }
    draw(rng, std::min(kBatch, n - done));
    batch_sum_ = 0;
    run_batch_of_any_size(rng);
    const float bound = kDiverged * static_cast<float>(batch_.size());
    if (!(batch_sum_ <= bound)) return diverged(number);
    if (context_.progress && (done / kBatch) % 256 == 0) {
      context_.progress->update(number - 1 + static_cast<double>(done) / static_cast<double>(n),
                                total);
    }
  }
  return {};
}

}  // namespace motive::bpr
