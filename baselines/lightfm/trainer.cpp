#include "baselines/lightfm/trainer.h"

#include <thread>
#include <tuple>

namespace motive::lightfm {
namespace {

constexpr std::size_t kBatch = 256;
// Examples of a thread between two looks at the scales where several work: they grow a few times.
constexpr std::size_t kSlice = 1 << 18;
// The scale of lazy regularisation at which parameters are divided, as in the authors' code.
constexpr double kMaxScale = 1e6;
// Scores are of the order of 10. Far beyond that, the steps are too long.
constexpr float kDiverged = 1e6f;

}  // namespace

/// What a thread works on: order[at .. end], with draws from the pool.
struct Trainer::Work {
  Run run;
  Rng rng;
  Pool pool;
  Batch batch;
  Tally tally;
  std::size_t at = 0, end = 0;
  Status status;
};

Trainer::Trainer(const LightFmParams& params, const Examples& examples, const FeatureMatrix& users,
                 const FeatureMatrix& items, int threads, const FitContext& context)
    : model_(params, examples, users, items, context.rng("lightfm users"),
             context.rng("lightfm items")),
      context_(context),
      parallel_(params.parallel),
      threads_(threads),
      order_(examples.order()) {
  if (parallel_ == LightFmParallel::kPartition) {
    partition_ = std::make_unique<Partition>(examples, users.rows.size(), items.rows.size(),
                                             static_cast<std::size_t>(params.threads));
  }
}

bool Trainer::must_divide() const {
  return model_.user_scale > kMaxScale || model_.item_scale > kMaxScale;
}

/// Up to `end`. One thread sees its own growth of the scales, and with hogwild that of the others.
Status Trainer::run(Work& work, std::size_t end) {
  Tally tally;  // here, not beside that of another thread
  for (; work.at < end; work.at += std::min(kBatch, end - work.at)) {
    if (context_.cancel && context_.cancel->is_set()) {
      return Error{"the fit of lightfm was interrupted", ErrorKind::kCancelled};
    }
    const auto events = std::span(order_).subspan(work.at, std::min(kBatch, end - work.at));
    model_.examples.fill(events, work.pool, work.rng, work.batch);
    tally.scores = 0;
    work.run(work.batch, tally);
    const float bound = kDiverged * static_cast<float>(work.batch.examples.size());
    if (!(tally.scores <= bound)) {
      return fail("lightfm diverged in epoch {}: scores are no longer finite or exceed {:g}. The "
                  "learning rate is {:g}: try a tenth of it, or a weaker regularisation",
                  number_, kDiverged, model_.params.lr);
    }
    if (partition_) continue;
    model_.merge(tally);
    if (parallel_ == LightFmParallel::kNone && must_divide()) model_.divide();
  }
  work.tally.add(tally);
  return {};
}

/// All works to their ends, in slices after which the scales are looked at.
Status Trainer::run_slices(Works& works) {
  for (bool left = true; left;) {
    const auto slice = [&](std::size_t w) {
      Work& work = *works[w];
      work.status = run(work, std::min(work.end, work.at + kSlice));
    };
    const auto n = static_cast<std::size_t>(threads_);
    const auto share = [&](std::size_t t) {
      for (std::size_t w = t; w < works.size(); w += n) slice(w);
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t t = 1; t < std::min(n, works.size()); ++t) others.emplace_back(share, t);
      share(0);
    }
    left = false;
    for (const auto& work : works) {
      MOTIVE_TRY(work->status);
      model_.merge(work->tally);
      left = left || work->at < work->end;
    }
    if (must_divide()) model_.divide();
    show_progress(works[0]->at);
  }
  return {};
}

void Trainer::show_progress(std::size_t done) const {
  if (!context_.progress) return;
  const double share = static_cast<double>(done) / std::max(1.0, static_cast<double>(order_.size()));
  context_.progress->update(number_ - 1 + share, total_);
}

Trainer::Works Trainer::make_works(std::uint64_t epoch) const {
  Works works;
  const std::size_t n = partition_ ? partition_->parts() : static_cast<std::size_t>(threads_);
  for (std::size_t w = 0; w < n; ++w) {
    works.push_back(std::make_unique<Work>(
        Work{{}, context_.rng("lightfm draws", epoch * 1024 + w), model_.examples.all(), {}, {}}));
  }
  return works;
}

/// Each work gets its share of the order.
Status Trainer::run_epoch(Works& works) {
  for (std::size_t w = 0; w < works.size(); ++w) {
    works[w]->at = order_.size() * w / works.size();
    works[w]->end = order_.size() * (w + 1) / works.size();
  }
  return run_slices(works);
}

Status Trainer::run_partition(Works& works, Rng& rng) {
  partition_->regroup(rng, order_);
  for (std::size_t round = 0; round < works.size(); ++round) {
    for (std::size_t w = 0; w < works.size(); ++w) {
      const std::size_t item_part = (w + round) % works.size();
      std::tie(works[w]->at, works[w]->end) = partition_->block(w, item_part);
      works[w]->pool = partition_->pool(item_part);
    }
    MOTIVE_TRY(run_slices(works));
  }
  return {};
}

Status Trainer::epoch(int number, int total) {
  number_ = number;
  total_ = total;
  Rng rng = context_.rng("lightfm order", static_cast<std::uint64_t>(number));
  rng.shuffle(std::span(order_));
  Works works = make_works(static_cast<std::uint64_t>(number));
  for (const auto& work : works) work->run = make_run(model_);
  MOTIVE_TRY(partition_ ? run_partition(works, rng) : run_epoch(works));
  tally_ = {};
  for (const auto& work : works) {
    tally_.add(work->tally);
    skipped_ += work->batch.skipped;
  }
  model_.divide();
  return {};
}

Representations representations(const Parameters& parameters, const FeatureMatrix& features) {
  const std::size_t dim = parameters.dim(), n = features.rows.size();
  Representations result{std::vector<float>(n * dim, 0.0f), std::vector<float>(n, 0.0f)};
  for (std::size_t r = 0; r < n; ++r) {
    float* const out = &result.vectors[r * dim];
    const auto columns = features.rows.columns_of(r);
    const auto values = features.rows.values_of(r);
    for (std::size_t f = 0; f < columns.size(); ++f) {
      const float* const vector = parameters.vector(columns[f]);
      for (std::size_t k = 0; k < dim; ++k) out[k] += values[f] * vector[k];
      result.bias[r] += values[f] * parameters.bias(columns[f]);
    }
  }
  return result;
}

}  // namespace motive::lightfm
