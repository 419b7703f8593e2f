#include "baselines/bpr/trainer.h"

#include <algorithm>
#include <cmath>

#include "framework/base/parallel.h"

namespace motive::bpr {
namespace {

constexpr std::size_t kBatch = 512;       // triples drawn at a time
constexpr std::size_t kAhead = 8;         // steps between fetching a row and using it
constexpr std::size_t kLossSample = 128;  // one step in so many gives its loss
constexpr std::size_t kReport = 256;      // batches between two words to the progress
// Differences of scores are of the order of 10. Far beyond that, the steps are too long.
constexpr float kDiverged = 1e6f;

double log_loss(double x) { return x > 0 ? std::log1p(std::exp(-x)) : std::log1p(std::exp(x)) - x; }

/// Whether the step of one triple changes what the other one reads.
bool share_rows(const Triple& a, const Triple& b) {
  return (a.user == b.user) | (a.positive == b.positive) | (a.positive == b.negative) |
         (a.negative == b.positive) | (a.negative == b.negative);
}

std::vector<Event> events_by_user(const TrainingView& train) {
  std::vector<Event> events;
  events.reserve(train.n_events());
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    for (const ItemId i : train.events.items_of(user_id(u))) {
      events.push_back({static_cast<std::uint32_t>(u), static_cast<std::uint32_t>(index(i))});
    }
  }
  return events;
}

}  // namespace

Trainer::Trainer(const BprParams& params, const TrainingView& train,
                 const std::vector<std::uint32_t>& item_events, const FitContext& context)
    : params_(params),
      context_(context),
      train_(train),
      unseen_(train, item_events),
      events_(events_by_user(train)),
      users_(train.n_users(), static_cast<std::size_t>(params.dim)),
      items_(train.n_items(), static_cast<std::size_t>(params.dim)),
      bias_(params.bias ? train.n_items() : 0, 0.0f),
      sizes_{static_cast<float>(params.lr), static_cast<float>(params.reg_user),
             static_cast<float>(params.reg_item), static_cast<float>(params.reg_negative),
             static_cast<float>(params.reg_bias)} {
  if (params.negatives == BprNegatives::kAdaptive) {
    adaptive_ = std::make_unique<AdaptiveNegatives>(unseen_, static_cast<std::size_t>(params.dim),
                                                    params.rho);
  }
  const auto threads = static_cast<std::size_t>(params.fit_threads());
  if (params.parallel == BprParallel::kPartition) {
    partition_ = std::make_unique<Partition>(events_, train.n_items(), threads);
  }
  for (std::size_t t = 0; t < threads; ++t) {
    workers_.push_back({Rng(0, ""), TripleDraws(unseen_, params.negatives), {}});
    workers_.back().batch.reserve(kBatch);
  }
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

double Trainer::loss() const {
  double sum = 0;
  std::uint64_t sampled = 0;
  for (const Worker& worker : workers_) {
    sum += worker.loss_sum;
    sampled += worker.sampled;
  }
  return sampled ? sum / static_cast<double>(sampled) : 0;
}

std::uint64_t Trainer::skipped() const {
  std::uint64_t sum = 0;
  for (const Worker& worker : workers_) sum += worker.skipped;
  return sum;
}

inline Rows<float> Trainer::rows_of(const Triple& triple) {
  float* const bias = bias_.empty() ? nullptr : bias_.data();
  return {users_.row(triple.user), items_.row(triple.positive), items_.row(triple.negative),
          bias ? bias + triple.positive : nullptr, bias ? bias + triple.negative : nullptr};
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

inline void Trainer::record(Worker& worker, std::size_t t, float x) {
  if (t % kLossSample != 0) return;
  worker.loss_sum += log_loss(x);
  ++worker.sampled;
}

/// Each triple's x is computed before the step of the one before, and once more where that step
/// changed it: the same as one after the other, but the processor need not wait.
/// kBlocks: the length of a row where it is known to the compiler, else 0.
template <std::size_t kBlocks>
void Trainer::run_batch(Worker& worker) {
  const std::size_t blocks = kBlocks ? kBlocks : users_.blocks();
  const std::vector<Triple>& batch = worker.batch;
  if (batch.empty()) return;
  const StepSizes<float> sizes = sizes_;
  const std::size_t last = batch.size() - 1;
  float sum = 0;
  Rows<float> rows = rows_of(batch[0]);
  float x = preference(rows, blocks);
  for (std::size_t t = 0; t <= last; ++t) {
    fetch(batch[std::min(t + kAhead, last)]);
    const Triple& next = batch[std::min(t + 1, last)];
    const Rows<float> next_rows = rows_of(next);
    float next_x = preference(next_rows, blocks);
    update(rows, x, blocks, sizes);
    sum += std::abs(x);
    record(worker, t, x);
    if (share_rows(batch[t], next)) [[unlikely]] next_x = preference(next_rows, blocks);
    x = next_x;
    rows = next_rows;
  }
  worker.batch_sum = sum;
}

/// The negative depends on the user's vector, so nothing can begin early.
template <std::size_t kBlocks>
void Trainer::run_adaptive_batch(Worker& worker) {
  const std::size_t blocks = kBlocks ? kBlocks : users_.blocks();
  float sum = 0;
  for (std::size_t t = 0; t < worker.batch.size(); ++t) {
    if (t + kAhead < worker.batch.size()) fetch(worker.batch[t + kAhead]);
    Triple& triple = worker.batch[t];
    const ItemId negative =
        adaptive_->draw(user_id(triple.user), users_.row(triple.user), worker.rng);
    triple.negative = static_cast<std::uint32_t>(index(negative));
    const float x = step(rows_of(triple), blocks, sizes_);
    sum += std::abs(x);
    record(worker, t, x);
  }
  worker.batch_sum = sum;
}

void Trainer::run_batch_of_any_size(Worker& worker) {
  if (adaptive_) {
    return users_.blocks() == 4 ? run_adaptive_batch<4>(worker) : run_adaptive_batch<0>(worker);
  }
  switch (users_.blocks()) {
    case 1:
      return run_batch<1>(worker);
    case 2:
      return run_batch<2>(worker);
    case 4:
      return run_batch<4>(worker);
    case 8:
      return run_batch<8>(worker);
    default:
      return run_batch<0>(worker);
  }
}

/// n draws from the pool. A batch with a score beyond all bounds is the last.
void Trainer::run(Worker& worker, const Pool& pool, std::size_t n) {
  for (std::size_t done = 0; done < n && !worker.diverged; done += kBatch) {
    if (context_.cancel && context_.cancel->is_set()) {
      worker.cancelled = true;
      return;
    }
    const std::size_t draws = std::min(kBatch, n - done);
    worker.draws.draw(pool, draws, worker.rng, worker.batch);
    worker.skipped += draws - worker.batch.size();
    worker.batch_sum = 0;
    run_batch_of_any_size(worker);
    const float bound = kDiverged * static_cast<float>(draws);
    worker.diverged = !(worker.batch_sum <= bound);
    if (workers_.size() == 1 && context_.progress && (done / kBatch) % kReport == kReport - 1) {
      const auto epochs =
          static_cast<double>(steps_ + done) / static_cast<double>(events_.size());
      context_.progress->update(epochs, total_epochs_);
    }
  }
}

Status Trainer::outcome(int epoch) const {
  for (const Worker& worker : workers_) {
    if (worker.cancelled) return Error{"the fit of bpr was interrupted", ErrorKind::kCancelled};
  }
  for (const Worker& worker : workers_) {
    if (!worker.diverged) continue;
    return fail(
        "bpr diverged in epoch {}, near step {}: scores are no longer finite or exceed {:g}. The "
        "learning rate is {:g}: try a tenth of it, or weaker regularisers",
        epoch, steps_, kDiverged, params_.lr);
  }
  return {};
}

/// A stream for each epoch and thread.
void Trainer::seed_workers(int number) {
  for (std::size_t t = 0; t < workers_.size(); ++t) {
    Worker& worker = workers_[t];
    worker.rng = context_.rng(t == 0 ? "bpr steps" : fmt::format("bpr steps, thread {}", t),
                              static_cast<std::uint64_t>(number));
    worker.loss_sum = 0;
    worker.sampled = 0;
  }
}

/// All threads draw from all events. Adaptive negatives: up to the next refresh at a time.
Status Trainer::whole_epoch(int number) {
  const Pool pool{events_, events_, {nullptr, static_cast<std::uint32_t>(train_.n_items())}};
  const std::size_t threads = workers_.size();
  for (std::size_t left = events_.size(); left > 0;) {
    if (adaptive_ && steps_ >= next_refresh_) {
      adaptive_->refresh(items_, context_.threads);
      next_refresh_ = steps_ + adaptive_->refresh_interval();
    }
    const std::size_t n =
        adaptive_ ? std::min<std::size_t>(left, next_refresh_ - steps_) : left;
    parallel_for(threads, context_.threads, [&](std::size_t t) {
      run(workers_[t], pool, n * (t + 1) / threads - n * t / threads);
    });
    steps_ += n;
    left -= n;
    MOTIVE_TRY(outcome(number));
  }
  return {};
}

/// In each round no two threads touch the same row (partition.h).
Status Trainer::epoch_by_parts(int number) {
  Rng rng = context_.rng("bpr parts", static_cast<std::uint64_t>(number));
  partition_->regroup(rng, context_.threads);
  const std::size_t parts = partition_->parts();
  for (std::size_t round = 0; round < parts; ++round) {
    parallel_for(parts, context_.threads, [&](std::size_t t) {
      const Pool pool = partition_->block(t, (t + round) % parts);
      run(workers_[t], pool, pool.positives.size());
    });
    MOTIVE_TRY(outcome(number));
  }
  steps_ += events_.size();
  return {};
}

Status Trainer::epoch(int number, int total) {
  total_epochs_ = total;
  seed_workers(number);
  return partition_ ? epoch_by_parts(number) : whole_epoch(number);
}

}  // namespace motive::bpr
