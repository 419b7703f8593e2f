#include "baselines/bpr/bpr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "baselines/bpr/test_support.h"
#include "framework/recommend/registry.h"

namespace motive {
namespace {

using bpr_tests::checkerboard;
using bpr_tests::fitted;
using ::testing::HasSubstr;

TEST(BprTest, EveryPresetIsAValidSetOfParameters) {
  const Method* const method = Registry::instance().find("bpr");
  ASSERT_NE(method, nullptr);
  EXPECT_GE(method->presets.size(), 7u);
  for (const Preset& preset : method->presets) {
    config::Errors errors;
    const std::any params =
        method->parameters->parse(config::from_json(preset.params, preset.name), errors);
    ASSERT_TRUE(errors.empty()) << errors.error().message;
    const auto& p = std::any_cast<const BprParams&>(params);
    EXPECT_EQ(p.dim, preset.params.at("dim")) << preset.name;
    EXPECT_FALSE(preset.help.empty());
  }
}

TEST(BprTest, LabelAndThreadsSayWhatRuns) {
  const Method* const method = Registry::instance().find("bpr");
  ASSERT_NE(method, nullptr);
  const auto describe = [&](const BprParams& p) { return method->describe(p); };
  EXPECT_EQ(describe({}).fit_threads, 1);
  const MethodInfo hogwild = describe({.parallel = BprParallel::kHogwild, .threads = 3});
  EXPECT_EQ(hogwild.fit_threads, 3);
  EXPECT_THAT(hogwild.label, HasSubstr("hogwild 3"));
  const MethodInfo partition = describe({.parallel = BprParallel::kPartition});
  EXPECT_EQ(partition.fit_threads, 2);
  EXPECT_THAT(partition.label, HasSubstr("partition 2"));
}

TEST(BprTest, DivergenceNamesStepAndLearningRate) {
  const testing::Data data(checkerboard(40, 40), 40);
  Bpr method({.dim = 8, .lr = 9, .reg_user = 50, .reg_item = 50, .reg_negative = 50});
  testing::Contexts contexts;
  const Status status = method.fit(data.view(), contexts.fit);
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("diverged"));
  EXPECT_THAT(status.error().message, HasSubstr("step"));
  EXPECT_THAT(status.error().message, HasSubstr("learning rate is 9"));
}

/// Prefers the third look; remembers what it saw.
class ThirdIsBest final : public Validation {
 public:
  explicit ThirdIsBest(testing::Queries& queries) : queries_(queries) {}
  Result<double> ndcg(const Recommender& method) override {
    MOTIVE_ASSIGN(auto found, testing::scores_of(method, queries_));
    seen.push_back(found.at(0));
    return seen.size() == 3 ? 0.9 : 0.5;
  }
  std::vector<std::vector<float>> seen;

 private:
  testing::Queries& queries_;
};

TEST(BprTest, StopsEarlyAndRestoresTheBest) {
  const testing::Data data(checkerboard(20, 20), 20);
  testing::Queries queries(CandidateKind::kAll, 20);
  queries.add(3, true, {});
  ThirdIsBest validation(queries);
  testing::Contexts contexts;
  contexts.fit.validation = &validation;
  const BprParams params{.dim = 8, .epochs = 100, .validate_every = 4, .patience = 2};
  const Bpr method = fitted(params, data, contexts);
  EXPECT_EQ(validation.seen.size(), 5u);  // 12 was best; 16 and 20 were not better
  EXPECT_EQ(contexts.fit.report["selected"], Json({{"epochs", 12}}));
  EXPECT_EQ(contexts.fit.report["curve"].size(), 20u);
  EXPECT_EQ(contexts.fit.report["curve"][11]["ndcg@10"], 0.9);
  EXPECT_EQ(testing::scores_of(method, queries)->at(0), validation.seen[2]);

  // A refit takes the number over, looks at no validation and gives the same.
  const Json selected = contexts.fit.report["selected"];
  testing::Contexts again;
  again.fit.selected = &selected;
  again.fit.validation = &validation;
  const Bpr refit = fitted(params, data, again);
  EXPECT_EQ(validation.seen.size(), 5u);
  EXPECT_EQ(again.fit.report["selected"], selected);
  EXPECT_EQ(testing::scores_of(refit, queries)->at(0), validation.seen[2]);
}

TEST(BprTest, ASelectionThatMakesNoSenseIsRefused) {
  const testing::Data data(checkerboard(4, 4), 4);
  for (const Json& selected :
       {Json{{"epochs", 0}}, Json{{"epochs", "many"}}, Json{{"epochs", -3}}}) {
    Bpr method({});
    testing::Contexts contexts;
    contexts.fit.selected = &selected;
    EXPECT_FALSE(method.fit(data.view(), contexts.fit));
  }
}

TEST(BprTest, UsersWhoHaveSeenEverythingAreCounted) {
  const testing::Data data({{0, 1}, {0, 1}}, 2);
  testing::Contexts contexts;
  fitted({.dim = 4, .epochs = 3}, data, contexts);
  EXPECT_EQ(contexts.fit.report["draws_without_a_negative"], 12);
}

TEST(BprTest, UnseenUserIsTheMeanOfHisItemsWithEvents) {
  const testing::Data data({{0, 1, 2}, {2, 0}}, 4);  // item 3 has no event
  testing::Contexts contexts;
  const Bpr method = fitted({.dim = 3, .epochs = 2}, data, contexts);
  const ItemFactors items = method.item_factors();
  ASSERT_EQ(items.dim, 3u);
  ASSERT_EQ(items.vectors.size(), 12u);
  const std::vector<ItemId> history{item_id(0), item_id(3), item_id(2)};
  std::vector<float> user(3);
  ASSERT_TRUE(method.user_factors({.user = user_id(9), .history = history}, user));
  for (std::size_t f = 0; f < 3; ++f) {
    EXPECT_FLOAT_EQ(user[f], (items.vectors[f] + items.vectors[6 + f]) / 2);
  }
}

TEST(BprTest, LoadRefusesAnotherDimension) {
  const testing::Data data({{0, 1, 2}, {2, 0}}, 4);
  testing::Contexts contexts;
  const testing::TemporaryFolder folder;
  ASSERT_TRUE(fitted({.dim = 3, .epochs = 1}, data, contexts).save(folder.path()));
  Bpr same({.dim = 3}), other({.dim = 4}), without({.dim = 3, .bias = false});
  EXPECT_TRUE(same.load(folder.path()));
  const Status status = other.load(folder.path());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().message, HasSubstr("shape [2,3] where 2x4 is needed"));
  EXPECT_FALSE(without.load(folder.path()));
}

}  // namespace
}  // namespace motive
