#include "baselines/lightfm/trainer.h"

#include <mutex>
#include <thread>

namespace motive::lightfm {
namespace {

constexpr std::size_t kBatch = 256;
// Examples between two looks at the scale where several threads work: it grows a few times in them.
constexpr std::size_t kRound = 1 << 18;
// The scale of lazy regularisation at which parameters are divided, as in the authors' code.
constexpr double kMaxScale = 1e6;
// Scores are of the order of 10. Far beyond that, the steps are too long.
constexpr float kDiverged = 1e6f;

}  // namespace

struct Trainer::Work {
  Run run;
  Rng rng;
  Batch batch;
  Tally tally;
  bool leads;  // speaks of progress
};

Trainer::Trainer(const LightFmParams& params, const Examples& examples, const FeatureMatrix& users,
                 const FeatureMatrix& items, int threads, const FitContext& context)
    : model_(params, examples, users, items, context.rng("lightfm users"),
             context.rng("lightfm items")),
      context_(context),
      threads_(threads),
      order_(examples.order()) {}

bool Trainer::must_divide() const {
  return model_.user_scale > kMaxScale || model_.item_scale > kMaxScale;
}

/// A part of the epoch, by one thread.
Status Trainer::run(Work& work, std::size_t begin, std::size_t end, int number, int total) {
  Tally tally;  // here, not beside that of another thread
  for (std::size_t at = begin; at < end; at += kBatch) {
    if (context_.cancel && context_.cancel->is_set()) {
      return Error{"the fit of lightfm was interrupted", ErrorKind::kCancelled};
    }
    const auto events = std::span(order_).subspan(at, std::min(kBatch, end - at));
    model_.examples.fill(events, work.rng, work.batch);
    tally.scores = 0;
    work.run(work.batch, tally);
    const float bound = kDiverged * static_cast<float>(work.batch.examples.size());
    if (!(tally.scores <= bound)) {
      return fail("lightfm diverged in epoch {}: scores are no longer finite or exceed {:g}. The "
                  "learning rate is {:g}: try a tenth of it, or a weaker regularisation",
                  number, kDiverged, model_.params.lr);
    }
    if (threads_ == 1 && must_divide()) model_.divide();
    if (work.leads && context_.progress && (at / kBatch) % 256 == 0) {
      const double share = static_cast<double>(at) / static_cast<double>(order_.size());
      context_.progress->update(number - 1 + share, total);
    }
  }
  work.tally.add(tally);
  return {};
}

/// All threads, each on its part of begin..end.
Status Trainer::run_round(std::vector<std::unique_ptr<Work>>& works, std::size_t begin,
                          std::size_t end, int number, int total) {
  const std::size_t n = works.size();
  std::vector<Status> results(n);
  const auto part = [&](std::size_t t) {
    const std::size_t size = end - begin;
    results[t] = run(*works[t], begin + size * t / n, begin + size * (t + 1) / n, number, total);
  };
  {
    std::vector<std::jthread> others;
    for (std::size_t t = 1; t < n; ++t) others.emplace_back(part, t);
    part(0);
  }
  for (const Status& result : results) MOTIVE_TRY(result);
  if (must_divide()) model_.divide();
  return {};
}

Status Trainer::epoch(int number, int total) {
  const auto epoch_index = static_cast<std::uint64_t>(number);
  Rng rng = context_.rng("lightfm order", epoch_index);
  rng.shuffle(std::span(order_));
  const auto n = static_cast<std::size_t>(threads_);
  std::vector<std::unique_ptr<Work>> works;
  for (std::size_t t = 0; t < n; ++t) {
    works.push_back(std::make_unique<Work>(
        Work{make_run(model_), context_.rng("lightfm draws", epoch_index * 1024 + t), {}, {}, t == 0}));
  }
  const std::size_t round = n == 1 ? order_.size() : kRound * n;
  for (std::size_t at = 0; at < order_.size(); at += round) {
    MOTIVE_TRY(run_round(works, at, std::min(order_.size(), at + round), number, total));
  }
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
