#include "baselines/lightfm/params.h"

namespace motive {
namespace {

using Table = config::Table<LightFmParams>;
using P = LightFmParams;

void add_training(Table& table) {
  table
      .choice("loss", &P::loss, "what is minimised",
              {{"warp", LightFmLoss::kWarp, "pairs, weighed by an estimate of the rank"},
               {"bpr", LightFmLoss::kBpr, "pairs, popular negatives"},
               {"logistic", LightFmLoss::kLogistic, "single events, liked or not"},
               {"warp_kos", LightFmLoss::kWarpKos, "warp for the k-th best of a user's items"}})
      .field("dim", &P::dim, "length of the vectors", config::range(1, 4096))
      .field("epochs", &P::epochs,
             "passes over the training events (at most, if it stops early)",
             config::range(1, 100000))
      .choice("schedule", &P::schedule, "how steps adapt",
              {{"adagrad", LightFmSchedule::kAdagrad}, {"adadelta", LightFmSchedule::kAdadelta}})
      .field("lr", &P::lr, "learning rate of adagrad (adadelta has none)",
             config::above(0).up_to(10))
      .field("rho", &P::rho, "adadelta: share of its means that a step keeps",
             config::range(0, 0.9999))
      .field("epsilon", &P::epsilon, "adadelta: keeps its first steps finite",
             config::above(0).up_to(1))
      .choice("regularisation", &P::regularisation, "how L2 shrinks parameters",
              {{"lazy", LightFmRegularisation::kLazy, "all of them at each epoch's end, as lightfm does"},
               {"decoupled", LightFmRegularisation::kDecoupled, "those of an example, by lr times it"}})
      .field("reg_user", &P::reg_user, "L2 on the users' features", config::range(0, 100))
      .field("reg_item", &P::reg_item, "L2 on the items' features", config::range(0, 100))
      .field("max_sampled", &P::max_sampled, "warp: draws in search of a violating item",
             config::range(1, 10000))
      .field("k", &P::k, "warp_kos: which best of the drawn positives", config::range(1, 10000))
      .field("n", &P::n, "warp_kos: positives drawn", config::range(1, 10000))
      .field("negatives", &P::negatives,
             "logistic: unseen items a positive event; lightfm has 0 and needs disliked events",
             config::range(0, 1000))
      .field("bias", &P::bias, "whether items have a bias")
      .field("user_bias", &P::user_bias, "whether users have one, which takes part in training only")
      .choice("weights", &P::weights, "weight of an event in the loss",
              {{"none", LightFmWeights::kNone},
               {"rating", LightFmWeights::kRating, "its rating by the mean rating"}})
      .field("positive_from", &P::positive_from,
             "events with a lower rating are known, and not liked; 0: all are liked",
             config::range(0, 1e6));
}

void add_features(Table& table) {
  table
      .field("item_features", &P::item_features,
             "fields of the items, by value; `text`: the words of `text_fields`",
             config::Rule().unique())
      .field("user_features", &P::user_features, "fields of the users, by value",
             config::Rule().unique())
      .field("item_identity", &P::item_identity, "whether each item has a feature of its own")
      .field("user_identity", &P::user_identity, "whether each user has a feature of his own")
      .field("normalise", &P::normalise, "whether the values of a row are scaled to sum to 1")
      .field("text_fields", &P::text_fields,
             "what `text` reads; fields that the data set lacks are passed over",
             config::Rule().unique())
      .field("separators", &P::separators, "characters that part the values in a field")
      .field("hash_buckets", &P::hash_buckets, "features that words are hashed into; 0: one a word",
             config::range(0, 100000000))
      .field("max_words", &P::max_words, "the strongest words of a text (TF-IDF) that count; 0: all",
             config::range(0, 100000))
      .field("min_count", &P::min_count,
             "values and words that fewer items (users) with events have are left out",
             config::range(1, 1000000))
      .choice("new_users", &P::new_users, "what a user without training events is made of",
              {{"history", LightFmNewUsers::kHistory,
                "the mean of his items' vectors; without any, his features"},
               {"features", LightFmNewUsers::kFeatures, "his features; without any, his history"},
               {"both", LightFmNewUsers::kBoth, "the sum of the two, as far as known"}});
}

std::string identity_fault(const char* side) {
  return fmt::format("`{0}_identity: false` leaves {0}s without any feature: name some in "
                     "`{0}_features`",
                     side);
}

const char* name_of(LightFmLoss loss) {
  switch (loss) {
    case LightFmLoss::kLogistic:
      return "logistic";
    case LightFmLoss::kBpr:
      return "bpr";
    case LightFmLoss::kWarp:
      return "warp";
    case LightFmLoss::kWarpKos:
      return "k-OS";
  }
  return "";
}

}  // namespace

const config::Table<LightFmParams>& LightFmParams::table() {
  static const auto kTable = [] {
    config::Table<LightFmParams> table("lightfm");
    add_training(table);
    add_features(table);
    table
        .choice("parallel", &P::parallel, "how several threads train at the same time",
                {{"none", LightFmParallel::kNone, "one thread; repeats exactly"},
                 {"hogwild", LightFmParallel::kHogwild,
                  "they write to the same vectors; does not repeat"},
                 {"partition", LightFmParallel::kPartition,
                  "each has users and items of its own; repeats exactly"}})
        .field("threads", &P::threads, "threads of hogwild and partition; part of the result",
               config::range(1, 64))
        .field("validate_every", &P::validate_every,
               "epochs between two looks at validation ndcg@10; 0: train all epochs",
               config::range(0, 100000))
        .field("patience", &P::patience, "looks without a better value before it stops",
               config::range(1, 100000))
        .check("item_identity",
               [](const P& p) -> std::string {
                 return p.item_identity || !p.item_features.empty() ? "" : identity_fault("item");
               })
        .check("user_identity",
               [](const P& p) -> std::string {
                 return p.user_identity || !p.user_features.empty() ? "" : identity_fault("user");
               })
        .check("parallel",
               [](const P& p) -> std::string {
                 if (p.parallel != LightFmParallel::kPartition) return "";
                 if (!p.item_features.empty() || !p.user_features.empty()) {
                   return "features are shared by users and items of all parts: use `parallel: "
                          "none` or `hogwild`, or no features";
                 }
                 return p.loss != LightFmLoss::kWarpKos
                            ? ""
                            : "warp_kos ranks all items of a user, and a partition shows a part of "
                              "them: use `parallel: none` or `hogwild`, or another loss";
               })
        .check("weights", [](const P& p) -> std::string {
          return p.weights == LightFmWeights::kNone || p.loss != LightFmLoss::kWarpKos
                     ? ""
                     : "warp_kos goes by users, not events, and takes no weights: `weights: none`";
        });
    return table;
  }();
  return kTable;
}

MethodInfo describe_lightfm(const LightFmParams& p) {
  const std::string threads =
      p.parallel == LightFmParallel::kNone
          ? ""
          : fmt::format(", {} {}",
                        p.parallel == LightFmParallel::kHogwild ? "hogwild" : "partition",
                        p.threads);
  const bool features = !p.item_features.empty();
  const std::string parts = fmt::format("{}{}{}", features || !p.user_features.empty() ? " +" : "",
                                        features ? "items" : "",
                                        p.user_features.empty() ? "" : features ? ",users" : "users");
  MethodInfo info{.code_version = kLightFmVersion,
                  .unseen_users = true,  // features, or the mean of the history's items
                  .empty_history = p.bias || !p.user_features.empty(),
                  .unseen_items = features,
                  .uses_text = features,
                  .selects = p.validate_every > 0,
                  .fit_threads = p.fit_threads(),
                  .label = fmt::format("LightFM {}{} {}{} ep{}", name_of(p.loss), parts,
                                       p.validate_every > 0 ? "<=" : "", p.epochs,
                                       threads)};
  const auto row = static_cast<std::uint64_t>((p.dim + 15) / 16 * 16) * sizeof(float);
  const double per_example = features ? 20 + p.max_words : 1;
  info.fit_estimate = [p, row, per_example](const Shape& s) {
    const double examples = static_cast<double>(s.events) * p.epochs *
                            (p.loss == LightFmLoss::kLogistic ? 1 + p.negatives : 1);
    Estimate estimate;
    estimate.seconds =
        examples * (1e-7 + 2e-9 * p.dim) * per_example / p.fit_threads();
    estimate.memory_bytes = (s.users + s.items) * row * 4 + 24 * s.events + 16 * s.users +
                            static_cast<std::uint64_t>(per_example * 12) * s.items;
    return estimate;
  };
  info.rank_estimate = [p, row](const Shape& s) {
    const double products = static_cast<double>(s.queries) * static_cast<double>(s.candidates);
    return Estimate{products * p.dim / 1e10, (s.users + s.items) * row};
  };
  return info;
}

/// Chosen on the validation events of Amazon Beauty (README.md).
std::vector<Preset> lightfm_presets() {
  return {
      {"warp", "the defaults, by name", {{"loss", "warp"}}},
      {"bpr",
       "pairs with popular negatives",
       {{"loss", "bpr"}, {"lr", 0.2}, {"reg_user", 1e-5}, {"reg_item", 1e-5}, {"epochs", 150}}},
      {"logistic",
       "single events and four unseen items each",
       {{"loss", "logistic"},
        {"regularisation", "decoupled"},
        {"reg_user", 0.005},
        {"reg_item", 0.005},
        {"epochs", 40}}},
      {"warp_kos", "warp for the 5th best of ten of a user's items", {{"loss", "warp_kos"}}},
  };
}

}  // namespace motive
