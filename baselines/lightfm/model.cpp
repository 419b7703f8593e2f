#include "baselines/lightfm/model.h"

#include "baselines/lightfm/kernel.h"

namespace motive::lightfm {
namespace {

template <class R, std::size_t kBlocks, bool kIdentity>
Run run_of(Model& model) {
  return [kernel = std::make_shared<Kernel<R, kBlocks, kIdentity>>(model)](
             const Batch& batch, Tally& tally) { kernel->run(batch, tally); };
}

template <class R>
Run run_with(Model& model) {
  const bool identity = model.user_features.identity && model.item_features.identity;
  if (!identity) return run_of<R, 0, false>(model);
  return model.users.blocks() == 4 ? run_of<R, 4, true>(model) : run_of<R, 0, true>(model);
}

/// Several threads may do so.
void multiply(std::atomic<double>& value, double factor) {
  if (factor == 1) return;
  double now = value.load(std::memory_order_relaxed);
  while (!value.compare_exchange_weak(now, now * factor, std::memory_order_relaxed)) {
  }
}

}  // namespace

Run make_run(Model& model) {
  const LightFmParams& p = model.params;
  const bool scales = p.regularisation == LightFmRegularisation::kLazy &&
                      (p.reg_user > 0 || p.reg_item > 0);
  if (p.schedule == LightFmSchedule::kAdagrad) {
    return scales ? run_with<Rule<float, false, true>>(model)
                  : run_with<Rule<float, false, false>>(model);
  }
  return scales ? run_with<Rule<float, true, true>>(model)
                : run_with<Rule<float, true, false>>(model);
}

Model::Model(const LightFmParams& p, const Examples& from, const FeatureMatrix& user_rows,
             const FeatureMatrix& item_rows, Rng user_rng, Rng item_rng)
    : params(p),
      examples(from),
      user_features(user_rows),
      item_features(item_rows),
      users(user_rows.rows.n_columns, static_cast<std::size_t>(p.dim),
            p.schedule == LightFmSchedule::kAdadelta, user_rng),
      items(item_rows.rows.n_columns, static_cast<std::size_t>(p.dim),
            p.schedule == LightFmSchedule::kAdadelta, item_rng),
      mask(AlignedRows::kBlock, 0.0f) {
  const auto others = static_cast<double>(examples.n_drawable()) - 1;
  for (int t = 1; t <= p.max_sampled; ++t) {
    log_rank.push_back(static_cast<float>(std::log(std::max(1.0, std::floor(others / t)))));
  }
  const std::size_t before = (users.blocks() - 1) * AlignedRows::kBlock;
  std::fill_n(mask.begin(), static_cast<std::size_t>(p.dim) - before, 1.0f);
}

void Model::merge(Tally& tally) {
  multiply(user_scale, tally.user_growth);
  multiply(item_scale, tally.item_growth);
  tally.user_growth = tally.item_growth = 1;
}

void Model::divide() {
  users.divide(user_scale);
  items.divide(item_scale);
  user_scale = item_scale = 1;
}

}  // namespace motive::lightfm
