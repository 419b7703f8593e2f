#include "baselines/lightfm/lightfm.h"

#include <algorithm>
#include <cmath>

#include "baselines/lightfm/trainer.h"
#include "framework/recommend/arrays.h"
#include "framework/recommend/epochs.h"

namespace motive {
namespace {

constexpr const char* kVersion = kLightFmVersion;

/// Adds, to a row, the mean of the rows for which `counts` says yes; returns how many there are.
template <class Counts>
std::size_t add_mean(std::span<const float> rows, std::size_t dim, std::span<const std::uint32_t> chosen,
              const Counts& counts, std::span<float> out) {
  std::vector<double> sum(dim, 0.0);
  std::size_t n = 0;
  for (const std::uint32_t r : chosen) {
    if (!counts(r)) continue;
    for (std::size_t k = 0; k < dim; ++k) sum[k] += rows[r * dim + k];
    ++n;
  }
  for (std::size_t k = 0; n > 0 && k < dim; ++k) {
    out[k] += static_cast<float>(sum[k] / static_cast<double>(n));
  }
  return n;
}

}  // namespace

/// Examples and feature matrices. new_users: the users' rows without own columns.
struct LightFm::Data {
  lightfm::Examples examples;
  lightfm::FeatureMatrix users, items, new_users;
  std::vector<std::uint32_t> silent_items;  // those of which the model knows nothing

  static Result<Data> make(const LightFmParams& p, const TrainingView& train, FitContext& context);
};

Result<LightFm::Data> LightFm::Data::make(const LightFmParams& p, const TrainingView& train,
                                          FitContext& context) {
  MOTIVE_ASSIGN(lightfm::Examples examples, lightfm::Examples::make(p, train));
  Data data{std::move(examples), {}, {}, {}, {}};
  const auto counts = item_counts(train);
  std::vector<bool> known_items(train.n_items()), known_users(train.n_users()),
      nobody(train.n_users(), false);
  for (std::size_t i = 0; i < counts.size(); ++i) known_items[i] = counts[i] > 0;
  for (std::size_t u = 0; u < train.n_users(); ++u) {
    known_users[u] = !train.events.items_of(user_id(u)).empty();
  }
  lightfm::FeatureOptions options{"item_features", p.item_features, p.text_fields, p.separators,
                                  p.hash_buckets,  p.max_words,     p.min_count};
  if (p.item_features.empty()) {
    data.items = lightfm::identity_matrix(train.n_items());
  } else {
    MOTIVE_ASSIGN(const auto fields, lightfm::read_fields(*train.items, known_items, options));
    data.items = lightfm::assemble(fields, p.item_identity, known_items, p.normalise);
    context.report["item_features"] = fields.counts;
    context.report["items_without_features"] = fields.empty;
    for (std::uint32_t i = 0; i < train.n_items(); ++i) {
      if (data.items.rows.columns_of(i).empty()) data.silent_items.push_back(i);
    }
  }
  options = {"user_features", p.user_features, {}, p.separators, 0, 0, p.min_count};
  if (p.user_features.empty()) {
    data.users = lightfm::identity_matrix(train.n_users());
  } else {
    MOTIVE_ASSIGN(const auto fields, lightfm::read_fields(*train.users, known_users, options));
    data.users = lightfm::assemble(fields, p.user_identity, known_users, p.normalise);
    data.new_users = lightfm::assemble(fields, p.user_identity, nobody, p.normalise);
    context.report["user_features"] = fields.counts;
    context.report["users_without_features"] = fields.empty;
  }
  return data;
}

Status LightFm::fit(const TrainingView& train, FitContext& context) {
  n_users_ = train.n_users();
  n_items_ = train.n_items();
  item_events_ = item_counts(train);
  user_features_.clear();
  if (train.n_events() > std::numeric_limits<std::uint32_t>::max()) {
    return fail("lightfm: {} training events; it can take 2^32 - 1", train.n_events());
  }
  MOTIVE_ASSIGN(const Data data, Data::make(params_, train, context));
  for (std::size_t u = 0; has_user_features() && u < n_users_; ++u) {
    user_features_.push_back(
        static_cast<std::uint32_t>(data.new_users.rows.columns_of(u).size()));
  }
  MOTIVE_TRY(run_epochs(data, context));
  for (const auto* values : {&factors_.users, &factors_.new_users, &factors_.items, &factors_.bias}) {
    if (all_finite(*values)) continue;
    return fail("lightfm: some factors are not finite after the last step; the learning rate is "
                "{:g}: try a tenth of it, or a weaker regularisation",
                params_.lr);
  }
  return {};
}

Status LightFm::run_epochs(const Data& data, FitContext& context) {
  const int threads = std::max(1, std::min(params_.fit_threads(), context.threads));
  lightfm::Trainer trainer(params_, data.examples, data.users, data.items, threads, context);
  Factors best;
  const EpochSteps steps{.train = [&](int number, int total) { return trainer.epoch(number, total); },
                         .describe =
                             [&] {
                               Json point{{"loss", trainer.loss()}};
                               if (trainer.draws() > 0) point["draws"] = trainer.draws();
                               return point;
                             },
                         .publish = [&] { publish(data, trainer); },
                         .keep = [&] { best = std::move(factors_); },
                         .take_kept = [&] { factors_ = std::move(best); }};
  MOTIVE_TRY(train_epochs(*this, "lightfm", {params_.epochs, params_.validate_every, params_.patience}, steps, context));
  if (trainer.skipped() > 0) context.report["draws_without_a_negative"] = trainer.skipped();
  return {};
}

/// Sums of features to vectors; typical ones for items of which nothing is known.
void LightFm::publish(const Data& data, lightfm::Trainer& trainer) {
  auto users = lightfm::representations(trainer.model().users, data.users);
  auto items = lightfm::representations(trainer.model().items, data.items);
  const auto known = [this](std::uint32_t i) { return item_events_[i] > 0; };
  if (!data.silent_items.empty()) {
    std::vector<std::uint32_t> all(n_items_);
    for (std::uint32_t i = 0; i < n_items_; ++i) all[i] = i;
    std::vector<float> mean(dim(), 0.0f), bias(1, 0.0f);
    add_mean(items.vectors, dim(), all, known, mean);
    add_mean(items.bias, 1, all, known, bias);
    for (const std::uint32_t i : data.silent_items) {
      std::copy(mean.begin(), mean.end(),
                items.vectors.begin() + static_cast<std::ptrdiff_t>(i * dim()));
      items.bias[i] = bias[0];
    }
  }
  factors_.users = std::move(users.vectors);
  factors_.items = std::move(items.vectors);
  factors_.bias = params_.bias ? std::move(items.bias) : std::vector<float>();
  factors_.new_users =
      has_user_features()
          ? lightfm::representations(trainer.model().users, data.new_users).vectors
          : std::vector<float>();
}

ItemFactors LightFm::item_factors() const { return {factors_.items, factors_.bias, dim()}; }

Status LightFm::user_factors(const Query& query, std::span<float> out) const {
  const std::size_t u = index(query.user);
  if (query.user_in_training) {
    if (u >= n_users_) {
      return fail("lightfm was fitted on {} users and asked for number {}; fit it on this data",
                  n_users_, u);
    }
    std::copy_n(factors_.users.begin() + static_cast<std::ptrdiff_t>(u * dim()), dim(), out.begin());
    return {};
  }
  std::fill(out.begin(), out.end(), 0.0f);
  const auto add_features = [&] {
    if (u >= user_features_.size() || user_features_[u] == 0) return false;
    for (std::size_t k = 0; k < dim(); ++k) out[k] += factors_.new_users[u * dim() + k];
    return true;
  };
  const auto add_history = [&] {
    std::vector<std::uint32_t> items;
    for (const ItemId i : query.history) items.push_back(static_cast<std::uint32_t>(index(i)));
    // An item without events counts where features say what it is like.
    const bool features = !params_.item_features.empty();
    return add_mean(factors_.items, dim(), items,
                    [&](std::uint32_t i) {
                      return i < n_items_ && (features || item_events_[i] > 0);
                    },
                    out) > 0;
  };
  switch (params_.new_users) {
    case LightFmNewUsers::kHistory:
      if (!add_history()) add_features();
      break;
    case LightFmNewUsers::kFeatures:
      if (!add_features()) add_history();
      break;
    case LightFmNewUsers::kBoth:
      add_features();
      add_history();
      break;
  }
  return {};
}

Status LightFm::save(const Path& folder) const {
  const std::uint64_t d = dim();
  ArrayWriter writer(folder, "lightfm", kVersion);
  writer.values() = {{"users", n_users_}, {"items", n_items_}, {"dim", d}};
  MOTIVE_TRY(writer.add<float>("users", factors_.users, {n_users_, d}));
  MOTIVE_TRY(writer.add<float>("items", factors_.items, {n_items_, d}));
  MOTIVE_TRY(writer.add<float>("bias", factors_.bias, {factors_.bias.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("item_events", item_events_, {n_items_}));
  if (has_user_features()) {
    MOTIVE_TRY(writer.add<float>("new_users", factors_.new_users, {n_users_, d}));
    MOTIVE_TRY(writer.add<std::uint32_t>("user_features", user_features_, {n_users_}));
  }
  return writer.finish();
}

Status LightFm::load(const Path& folder) {
  const std::uint64_t d = dim();
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "lightfm", kVersion));
  MOTIVE_ASSIGN(n_users_, reader.number("users"));
  MOTIVE_ASSIGN(n_items_, reader.number("items"));
  MOTIVE_ASSIGN(factors_.users, reader.read<float>("users", {n_users_, d}));
  MOTIVE_ASSIGN(factors_.items, reader.read<float>("items", {n_items_, d}));
  MOTIVE_ASSIGN(factors_.bias, reader.read<float>("bias", {params_.bias ? n_items_ : 0}));
  MOTIVE_ASSIGN(item_events_, reader.read<std::uint32_t>("item_events", {n_items_}));
  if (has_user_features()) {
    MOTIVE_ASSIGN(factors_.new_users, reader.read<float>("new_users", {n_users_, d}));
    MOTIVE_ASSIGN(user_features_, reader.read<std::uint32_t>("user_features", {n_users_}));
  }
  return {};
}

namespace {

const RegisterMethod<LightFmParams, LightFm> kRegister{
    "lightfm", "matrix factorisation with features of users and items (warp, bpr, logistic, k-OS)",
    "Kula, CBRecSys 2015", describe_lightfm, lightfm_presets()};

}  // namespace
}  // namespace motive
