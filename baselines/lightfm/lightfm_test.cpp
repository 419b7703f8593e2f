#include "baselines/lightfm/lightfm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "baselines/lightfm/features.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kUsers = 40, kItems = 40;

/// Even users like even items, odd users odd ones; each user lacks five of his.
testing::Data::Sequences checkerboard() {
  testing::Data::Sequences sequences(kUsers);
  for (std::uint32_t u = 0; u < kUsers; ++u) {
    for (std::uint32_t i = u % 2; i < kItems; i += 2) {
      if ((i / 2 + u) % 4 != 0) sequences[u].push_back(i);
    }
  }
  return sequences;
}

/// The checkerboard with fields: items have a colour, users a team, which say the kind.
class Fields {
 public:
  explicit Fields(testing::Data::Sequences sequences, std::uint32_t silent = kItems)
      : data_(sequences, kItems) {
    for (std::uint32_t i = 0; i < kItems; ++i) {
      ids_.add(fmt::format("i{}", i));
      colours_.add(i == silent ? "" : i % 2 ? "red, warm" : "blue");
      titles_.add(i == silent ? "" : i % 2 ? "crimson chair" : "azure table");
    }
    for (std::uint32_t u = 0; u < kUsers; ++u) {
      user_ids_.add(fmt::format("u{}", u));
      teams_.add(u % 2 ? "odd" : "even");
    }
    items_ = Catalogue(ids_.view(), {{"colour", colours_.view()}, {"title", titles_.view()}});
    users_ = UserTable(user_ids_.view(), {{"team", teams_.view()}});
  }
  TrainingView view() const {
    TrainingView view = data_.view();
    view.items = &items_;
    view.users = &users_;
    return view;
  }

 private:
  testing::Data data_;
  testing::Strings ids_, colours_, titles_, user_ids_, teams_;
  Catalogue items_;
  UserTable users_;
};

LightFm fitted(const LightFmParams& params, const TrainingView& view, testing::Contexts& contexts) {
  LightFm method(params);
  const Status status = method.fit(view, contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

std::string error_of(const LightFmParams& params, const TrainingView& view) {
  LightFm method(params);
  testing::Contexts contexts;
  const Status status = method.fit(view, contexts.fit);
  return status ? "" : status.error().message;
}

/// Share of (item of the user's kind that he lacks, item of the other kind) in the right order.
double auc(const Recommender& method, const testing::Data::Sequences& asked, bool in_training) {
  testing::Queries queries(CandidateKind::kAll, kItems);
  for (std::size_t u = 0; u < kUsers; ++u) queries.add(u, in_training, asked[u]);
  const auto found = testing::scores_of(method, queries);
  if (!found) return 0;
  double right = 0, pairs = 0;
  for (std::uint32_t u = 0; u < kUsers; ++u) {
    for (std::uint32_t i = u % 2; i < kItems; i += 2) {
      if ((i / 2 + u) % 4 != 0) continue;
      for (std::uint32_t j = 1 - u % 2; j < kItems; j += 2) {
        right += found->at(u)[i] > found->at(u)[j];
        ++pairs;
      }
    }
  }
  return right / pairs;
}

LightFmParams small(LightFmLoss loss = LightFmLoss::kWarp) {
  LightFmParams params;
  params.loss = loss;
  params.dim = 10;
  params.epochs = 40;
  params.reg_user = params.reg_item = 1e-5;
  return params;
}

constexpr LightFmLoss kLosses[] = {LightFmLoss::kLogistic, LightFmLoss::kBpr, LightFmLoss::kWarp,
                                   LightFmLoss::kWarpKos};

TEST(LightFmTest, EveryLossAndScheduleLearnsTheCheckerboard) {
  const auto sequences = checkerboard();
  const testing::Data data(sequences, kItems);
  for (const LightFmLoss loss : kLosses) {
    for (const auto schedule : {LightFmSchedule::kAdagrad, LightFmSchedule::kAdadelta}) {
      for (const auto regularisation :
           {LightFmRegularisation::kLazy, LightFmRegularisation::kDecoupled}) {
        LightFmParams params = small(loss);
        params.schedule = schedule;
        params.regularisation = regularisation;
        // These two have not yet unlearnt which items a user is only not known to like.
        const bool slow = loss == LightFmLoss::kLogistic || loss == LightFmLoss::kWarpKos;
        const double least = slow ? 0.85 : 0.97;
        testing::Contexts contexts;
        const LightFm method = fitted(params, data.view(), contexts);
        EXPECT_GT(auc(method, sequences, true), least)
            << static_cast<int>(loss) << static_cast<int>(schedule);
        EXPECT_GT(auc(method, sequences, false), least)
            << static_cast<int>(loss) << static_cast<int>(schedule);
      }
    }
  }
}

TEST(LightFmTest, ThreadsOfHogwildLearnTheCheckerboard) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "its threads write to the same vectors on purpose";
#endif
  const auto sequences = checkerboard();
  const testing::Data data(sequences, kItems);
  LightFmParams params = small();
  params.parallel = LightFmParallel::kHogwild;
  testing::Contexts contexts;
  contexts.fit.threads = 2;
  EXPECT_GT(auc(fitted(params, data.view(), contexts), sequences, true), 0.97);
}

TEST(LightFmTest, APartitionRepeatsExactlyWithAnyNumberOfThreads) {
  const auto sequences = checkerboard();
  const testing::Data data(sequences, kItems);
  for (const LightFmLoss loss : {LightFmLoss::kWarp, LightFmLoss::kBpr, LightFmLoss::kLogistic}) {
    LightFmParams params = small(loss);
    params.reg_user = params.reg_item = 1e-3;  // scales that threads share
    params.parallel = LightFmParallel::kPartition;
    std::vector<std::vector<float>> found;
    for (const int threads : {1, 2, 3}) {
      testing::Contexts contexts;
      contexts.fit.threads = threads;
      const LightFm method = fitted(params, data.view(), contexts);
      const auto vectors = method.item_factors().vectors;
      found.emplace_back(vectors.begin(), vectors.end());
      EXPECT_GT(auc(method, sequences, true), 0.8);
    }
    EXPECT_EQ(found[0], found[1]);
    EXPECT_EQ(found[0], found[2]);
  }
}

TEST(LightFmTest, NewItemsAreRankedByTheirFields) {
  auto sequences = checkerboard();
  for (auto& row : sequences) std::erase_if(row, [](std::uint32_t i) { return i >= 30; });
  const Fields fields(sequences, 33);
  for (const LightFmLoss loss : kLosses) {
    LightFmParams params = small(loss);
    params.item_features = {"colour", "text"};
    testing::Contexts contexts;
    const LightFm method = fitted(params, fields.view(), contexts);
    EXPECT_EQ(contexts.fit.report["items_without_features"], 1);
    EXPECT_EQ(contexts.fit.report["item_features"]["colour"], 3);
    const ItemFactors items = method.item_factors();
    testing::Queries queries(CandidateKind::kAll, kItems);
    for (std::size_t u = 0; u < kUsers; ++u) queries.add(u, true, {});
    const auto scores = testing::scores_of(method, queries);
    ASSERT_TRUE(scores);
    for (std::uint32_t u = 0; u < kUsers; ++u) {
      for (std::uint32_t i = 34; i < kItems; ++i) {
        EXPECT_EQ(scores->at(u)[i] > scores->at(u)[i ^ 1], i % 2 == u % 2) << u << ' ' << i;
      }
    }
    // The item of which nothing is known is the mean of those with events.
    double mean = 0;
    for (std::uint32_t i = 0; i < 30; ++i) mean += items.vectors[i * items.dim] / 30.0;
    EXPECT_NEAR(items.vectors[33 * items.dim], mean, 1e-5);
  }
}

TEST(LightFmTest, NewUsersAreRankedForByFieldsHistoryOrBoth) {
  const auto sequences = checkerboard();
  const Fields fields(sequences);
  const testing::Data::Sequences nothing(kUsers);
  LightFmParams params = small();
  params.user_features = {"team"};
  for (const auto how :
       {LightFmNewUsers::kFeatures, LightFmNewUsers::kBoth, LightFmNewUsers::kHistory}) {
    params.new_users = how;
    testing::Contexts contexts;
    const LightFm method = fitted(params, fields.view(), contexts);
    EXPECT_GT(auc(method, sequences, false), 0.97);
    EXPECT_GT(auc(method, nothing, false), 0.97);
    // A folder keeps what new users need.
    const testing::TemporaryFolder folder;
    ASSERT_TRUE(method.save(folder.path()));
    LightFm again(params);
    ASSERT_TRUE(again.load(folder.path()));
    EXPECT_GT(auc(again, nothing, false), 0.97);
  }
}

TEST(LightFmTest, SaysWhatIsWrong) {
  const Fields fields(checkerboard());
  LightFmParams params = small();
  params.item_features = {"colour", "shape"};
  EXPECT_THAT(error_of(params, fields.view()),
              ::testing::AllOf(HasSubstr("`shape`"), HasSubstr("`colour`, `title`")));
  params.item_features = {"colour"};
  params.min_count = 1000;
  EXPECT_THAT(error_of(params, fields.view()), HasSubstr("Lower `min_count`"));
  params.item_features = {"text"};
  params.min_count = 1;
  params.text_fields = {"review"};
  EXPECT_THAT(error_of(params, fields.view()), HasSubstr("`text_fields`"));
}

TEST(LightFmTest, RatingsAsWeightsMustBeNumbers) {
  const testing::Data data({{0, 1}, {1, 2}}, 3);
  LightFmParams params = small();
  params.weights = LightFmWeights::kRating;
  EXPECT_EQ(error_of(params, data.view()), "");
  TrainingView view = data.view();
  const std::vector<float> bad{1, 2, std::nanf(""), 4}, none(4, 0.0f);
  view.events.ratings = bad;
  EXPECT_THAT(error_of(params, view),
              ::testing::AllOf(HasSubstr("`i1`"), HasSubstr("`u1`"), HasSubstr("nan")));
  view.events.ratings = none;
  EXPECT_THAT(error_of(params, view), HasSubstr("all ratings are 0"));
  view.events.ratings = {};
  EXPECT_THAT(error_of(params, view), HasSubstr("`weights: none`"));
  params.weights = LightFmWeights::kNone;
  params.positive_from = 4;
  EXPECT_THAT(error_of(params, view), HasSubstr("`positive_from`"));
}

TEST(LightFmTest, ParametersThatMakeNoSenseAreRefused) {
  const auto refused = [](const std::string& yaml) {
    config::Errors errors;
    config::parse<LightFmParams>(config::parse_yaml(yaml, "test", errors), errors);
    return errors.empty() ? "" : errors.error().message;
  };
  EXPECT_THAT(refused("dim: 0"), HasSubstr("dim"));
  EXPECT_THAT(refused("item_identity: false"), HasSubstr("`item_features`"));
  EXPECT_THAT(refused("{loss: warp_kos, weights: rating}"), HasSubstr("`weights: none`"));
  EXPECT_EQ(refused("{loss: bpr, weights: rating}"), "");
}

TEST(LightFmTest, DivergenceNamesTheLearningRate) {
  const testing::Data data(checkerboard(), kItems);
  LightFmParams params = small(LightFmLoss::kLogistic);
  params.regularisation = LightFmRegularisation::kDecoupled;
  params.reg_user = params.reg_item = 100;
  params.lr = 9;
  EXPECT_THAT(error_of(params, data.view()),
              ::testing::AllOf(HasSubstr("diverged"), HasSubstr("learning rate is 9")));
}

TEST(LightFmFeaturesTest, RowsHoldOwnColumnsAndValuesThatAddUpToOne) {
  const Fields fields(checkerboard());
  std::vector<bool> known(kItems, true);
  known[1] = false;
  lightfm::FeatureOptions options{"item_features", {"colour"}, {}, ",", 0, 0, 1};
  const auto found = lightfm::read_fields(*fields.view().items, known, options);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rows.n_columns, 3u);
  const auto matrix = lightfm::assemble(*found, true, known, true);
  EXPECT_EQ(matrix.rows.n_columns, kItems + 3);
  EXPECT_THAT(matrix.rows.columns_of(0), ElementsAre(0, kItems));
  EXPECT_THAT(matrix.rows.values_of(0), ElementsAre(0.5f, 0.5f));
  EXPECT_THAT(matrix.rows.columns_of(1), ElementsAre(kItems + 1, kItems + 2));  // no own column
  EXPECT_THAT(matrix.rows.columns_of(3), ElementsAre(3, kItems + 1, kItems + 2));
  const auto raw = lightfm::assemble(*found, false, known, false);
  EXPECT_THAT(raw.rows.values_of(3), ElementsAre(1.0f, 1.0f));
  EXPECT_THAT(raw.rows.columns_of(3), ElementsAre(1, 2));
}

TEST(LightFmFeaturesTest, WordsAreHashedAndCutToTheStrongest) {
  const testing::Data data({{0, 1, 2}}, 3, {"red red chair", "red table", "red lamp of glass"});
  const std::vector<bool> known(3, true);
  lightfm::FeatureOptions options{"item_features", {"text"}, {"title"}, ",", 0, 0, 1};
  EXPECT_EQ(lightfm::read_fields(*data.view().items, known, options)->rows.n_columns, 5u);
  options.min_count = 2;
  EXPECT_EQ(lightfm::read_fields(*data.view().items, known, options)->rows.n_columns, 1u);
  options.min_count = 1;
  options.max_words = 1;
  const auto cut = lightfm::read_fields(*data.view().items, known, options);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(cut->rows.columns_of(i).size(), 1u);
  options.max_words = 0;
  options.hash_buckets = 1;
  const auto one = lightfm::read_fields(*data.view().items, known, options);
  EXPECT_EQ(one->rows.n_columns, 1u);
  EXPECT_GT(one->rows.values_of(2)[0], 1.0f);  // its words together
}

}  // namespace
}  // namespace motive
