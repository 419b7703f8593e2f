#include "baselines/bpr/bpr.h"

#include <algorithm>
#include <cmath>

#include "baselines/bpr/trainer.h"
#include "framework/recommend/arrays.h"
#include "framework/recommend/epochs.h"

namespace motive {
namespace {

constexpr const char* kVersion = "2";

}  // namespace

const config::Table<BprParams>& BprParams::table() {
  static const auto kTable =
      config::Table<BprParams>("bpr")
          .field("dim", &BprParams::dim, "length of the vectors", config::range(1, 4096))
          .field("epochs", &BprParams::epochs,
                 "passes over the training events (at most, if it stops early)",
                 config::range(1, 100000))
          .field("lr", &BprParams::lr, "learning rate of the gradient steps",
                 config::above(0).up_to(10))
          .field("reg_user", &BprParams::reg_user, "L2 on the user's vector", config::range(0, 100))
          .field("reg_item", &BprParams::reg_item, "L2 on the positive item's vector",
                 config::range(0, 100))
          .field("reg_negative", &BprParams::reg_negative, "L2 on the negative item's vector",
                 config::range(0, 100))
          .field("reg_bias", &BprParams::reg_bias, "L2 on the item biases", config::range(0, 100))
          .field("bias", &BprParams::bias, "whether items have a bias")
          .choice("negatives", &BprParams::negatives,
                  "how items the user has no event with are drawn",
                  {{"uniform", BprNegatives::kUniform},
                   {"popularity", BprNegatives::kPopularity},
                   {"adaptive", BprNegatives::kAdaptive}})
          .field("rho", &BprParams::rho,
                 "adaptive negatives: chance to stop at each rank (mean rank 1/rho)",
                 config::above(0).up_to(0.999))
          .field("validate_every", &BprParams::validate_every,
                 "epochs between two looks at validation ndcg@10; 0: train all epochs",
                 config::range(0, 100000))
          .field("patience", &BprParams::patience, "looks without a better value before it stops",
                 config::range(1, 100000))
          .choice("parallel", &BprParams::parallel, "how several threads train at the same time",
                  {{"none", BprParallel::kNone, "one thread"},
                   {"hogwild", BprParallel::kHogwild,
                    "all write to the same vectors; results vary from run to run"},
                   {"partition", BprParallel::kPartition,
                    "each has its own users and, for a while, its own items; reproducible"}})
          .field("threads", &BprParams::threads,
                 "threads of hogwild and partition; part of the result", config::range(1, 64))
          .check("parallel", [](const BprParams& p) -> std::string {
            if (p.parallel != BprParallel::kPartition || p.negatives != BprNegatives::kAdaptive) {
              return "";
            }
            return "adaptive negatives rank the whole catalogue, and a partition shows each thread "
                   "a part of it: use `parallel: none` or `hogwild`, or other negatives";
          });
  return kTable;
}

Status Bpr::fit(const TrainingView& train, FitContext& context) {
  n_users_ = train.n_users();
  n_items_ = train.n_items();
  item_events_ = item_counts(train);
  if (train.n_events() > std::numeric_limits<std::uint32_t>::max()) {
    return fail("bpr: {} training events; it can take 2^32 - 1", train.n_events());
  }
  MOTIVE_TRY(run_epochs(train, context));
  if (!all_finite(factors_.users) || !all_finite(factors_.items) || !all_finite(factors_.bias)) {
    return fail(
        "bpr: some factors are not finite after the last step; the learning rate is {:g}: try a "
        "tenth of it, or weaker regularisers",
        params_.lr);
  }
  return {};
}

Status Bpr::run_epochs(const TrainingView& train, FitContext& context) {
  bpr::Trainer trainer(params_, train, item_events_, context);
  Factors best;
  const EpochSteps steps{
      .train = [&](int number, int total) { return trainer.epoch(number, total); },
      .describe = [&] { return Json{{"loss", trainer.loss()}}; },
      .publish =
          [&] {
            trainer.users().copy_to(factors_.users);
            trainer.items().copy_to(factors_.items);
            factors_.bias = trainer.bias();
          },
      .keep = [&] { best = std::move(factors_); },
      .take_kept = [&] { factors_ = std::move(best); }};
  MOTIVE_TRY(train_epochs(*this, "bpr", {params_.epochs, params_.validate_every, params_.patience}, steps, context));
  if (trainer.skipped() > 0) context.report["draws_without_a_negative"] = trainer.skipped();
  return {};
}

ItemFactors Bpr::item_factors() const {
  return {factors_.items, factors_.bias, static_cast<std::size_t>(params_.dim)};
}

Status Bpr::user_factors(const Query& query, std::span<float> out) const {
  const auto dim = static_cast<std::size_t>(params_.dim);
  if (query.user_in_training) {
    if (index(query.user) >= n_users_) {
      return fail("bpr was fitted on {} users and asked for number {}; fit it on this data",
                  n_users_, index(query.user));
    }
    std::copy_n(factors_.users.begin() + static_cast<std::ptrdiff_t>(index(query.user) * dim), dim,
                out.begin());
    return {};
  }
  std::fill(out.begin(), out.end(), 0.0f);
  std::size_t n = 0;
  for (const ItemId i : query.history) {
    if (index(i) >= n_items_ || item_events_[index(i)] == 0) continue;
    for (std::size_t f = 0; f < dim; ++f) out[f] += factors_.items[index(i) * dim + f];
    ++n;
  }
  for (float& value : out) value /= static_cast<float>(std::max<std::size_t>(n, 1));
  return {};
}

Status Bpr::save(const Path& folder) const {
  const auto dim = static_cast<std::uint64_t>(params_.dim);
  ArrayWriter writer(folder, "bpr", kVersion);
  writer.values() = {
      {"users", n_users_}, {"items", n_items_}, {"dim", dim}, {"bias", params_.bias}};
  MOTIVE_TRY(writer.add<float>("users", factors_.users, {n_users_, dim}));
  MOTIVE_TRY(writer.add<float>("items", factors_.items, {n_items_, dim}));
  MOTIVE_TRY(writer.add<float>("bias", factors_.bias, {factors_.bias.size()}));
  MOTIVE_TRY(writer.add<std::uint32_t>("item_events", item_events_, {n_items_}));
  return writer.finish();
}

Status Bpr::load(const Path& folder) {
  const auto dim = static_cast<std::uint64_t>(params_.dim);
  MOTIVE_ASSIGN(const ArrayReader reader, ArrayReader::open(folder, "bpr", kVersion));
  MOTIVE_ASSIGN(n_users_, reader.number("users"));
  MOTIVE_ASSIGN(n_items_, reader.number("items"));
  MOTIVE_ASSIGN(factors_.users, reader.read<float>("users", {n_users_, dim}));
  MOTIVE_ASSIGN(factors_.items, reader.read<float>("items", {n_items_, dim}));
  MOTIVE_ASSIGN(factors_.bias, reader.read<float>("bias", {params_.bias ? n_items_ : 0}));
  MOTIVE_ASSIGN(item_events_, reader.read<std::uint32_t>("item_events", {n_items_}));
  return {};
}

namespace {

std::string label(const BprParams& p) {
  const char* const negatives = p.negatives == BprNegatives::kUniform      ? "uniform"
                                : p.negatives == BprNegatives::kPopularity ? "popularity"
                                                                           : "adaptive";
  const std::string threads =
      p.parallel == BprParallel::kNone
          ? ""
          : fmt::format(", {} {}", p.parallel == BprParallel::kHogwild ? "hogwild" : "partition",
                        p.threads);
  return fmt::format("BPR {} {}{} ep{}", negatives, p.validate_every > 0 ? "<=" : "", p.epochs,
                     threads);
}

MethodInfo describe(const BprParams& p) {
  MethodInfo info{.code_version = kVersion,
                  .unseen_users = true,     // the mean of the history's items
                  .empty_history = p.bias,  // then the biases rank: a kind of popularity
                  .selects = p.validate_every > 0,
                  .fit_threads = p.fit_threads(),
                  .label = label(p)};
  const auto row = static_cast<std::uint64_t>((p.dim + 15) / 16 * 16) * sizeof(float);
  info.fit_estimate = [p, row](const Shape& s) {
    const double steps = static_cast<double>(s.events) * p.epochs;
    const bool adaptive = p.negatives == BprNegatives::kAdaptive;
    Estimate estimate;
    // Measured with bpr_bench: some 20 M steps a second and thread at 64 dimensions.
    estimate.seconds = steps * (2e-8 + 5e-10 * p.dim) * (adaptive ? 10 : 1) / p.fit_threads();
    estimate.memory_bytes = (s.users + s.items) * row * (p.validate_every > 0 ? 3 : 2) +
                            (p.parallel == BprParallel::kPartition ? 24 : 16) * s.events +
                            8 * s.users + 17 * s.items +
                            (adaptive ? s.items * static_cast<std::uint64_t>(p.dim) * 8 : 0);
    return estimate;
  };
  info.rank_estimate = [p, row](const Shape& s) {
    const double products = static_cast<double>(s.queries) * static_cast<double>(s.candidates);
    return Estimate{products * p.dim / 1e10, (s.users + s.items) * row};
  };
  return info;
}

/// Settings that are in print or in wide use. The published ones stop early, as they did.
std::vector<Preset> presets() {
  const auto published = [](int dim, double lr, double rho, const Json& regularisers) {
    Json params{{"dim", dim},    {"lr", lr},       {"bias", false},       {"negatives", "adaptive"},
                {"rho", rho},    {"epochs", 500},  {"validate_every", 1}, {"patience", 13}};
    params.update(regularisers);
    return params;
  };
  const auto regularisers = [](double user, double item, double negative) {
    return Json{{"reg_user", user}, {"reg_item", item}, {"reg_negative", negative}};
  };
  const std::string source = ", as in revisit-bpr: adaptive, no bias, early stopping";
  return {
      {"beauty", "best on validation of Amazon Beauty 2014, 64 dimensions (README)",
       Json{{"dim", 64}, {"lr", 0.1}, {"reg_user", 0.05}, {"reg_item", 0.01},
            {"reg_negative", 0.01}, {"bias", false}, {"epochs", 400}}},
      {"ml-20m", "MovieLens 20M, random split" + source,
       published(1024, 0.00944, 1.0 / 700, regularisers(0.0016, 0.0001, 0.00375))},
      {"ml-20m-time", "MovieLens 20M, split by time" + source,
       published(256, 0.0130, 1.0 / 500, regularisers(0.00554, 0.00125, 0.00599))},
      {"msd",
       "Million Song Dataset" + source + "; regularisers: the defaults, theirs not being known here",
       published(1024, 0.0403, 1.0 / 100, Json::object())},
      {"yelp", "Yelp" + source,
       published(256, 0.0457, 1.0 / 3000, regularisers(0.00917, 0.00059, 0.00850))},
      {"implicit", "the defaults of implicit: popular negatives, one regulariser",
       Json{{"dim", 100}, {"lr", 0.01}, {"reg_user", 0.01}, {"reg_item", 0.01},
            {"reg_negative", 0.01}, {"reg_bias", 0.01}, {"negatives", "popularity"},
            {"epochs", 100}}},
      {"cornac", "the defaults of Cornac: uniform negatives, one regulariser",
       Json{{"dim", 10}, {"lr", 0.001}, {"reg_user", 0.01}, {"reg_item", 0.01},
            {"reg_negative", 0.01}, {"reg_bias", 0.01}, {"epochs", 100}}},
  };
}

const RegisterMethod<BprParams, Bpr> kRegister{
    "bpr", "matrix factorisation trained on pairs of a seen and an unseen item",
    "Rendle et al., UAI 2009", describe, presets()};

}  // namespace
}  // namespace motive
