#include "baselines/bpr/trainer.h"

#include <gtest/gtest.h>

#include "baselines/bpr/test_support.h"

namespace motive {
namespace {

using bpr_tests::checkerboard;
using bpr_tests::checkerboard_auc;
using bpr_tests::events_of;
using bpr_tests::fitted;

TEST(BprTrainingTest, EveryKindOfNegativeLearnsTheCheckerboard) {
  const auto sequences = checkerboard(40, 40);
  const testing::Data data(sequences, 40);
  for (const auto negatives :
       {BprNegatives::kUniform, BprNegatives::kPopularity, BprNegatives::kAdaptive}) {
    testing::Contexts contexts;
    const Bpr method =
        fitted({.dim = 10, .epochs = 60, .negatives = negatives, .rho = 0.1}, data, contexts);
    EXPECT_GT(checkerboard_auc(method, sequences, 40, true), 0.98);
    // As if nobody were known: means of the histories' items.
    EXPECT_GT(checkerboard_auc(method, sequences, 40, false), 0.98);
  }
}

TEST(BprTrainingTest, ThreadsLearnTheCheckerboardToo) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "hogwild is a race by intention";
#endif
  const auto sequences = checkerboard(40, 40);
  const testing::Data data(sequences, 40);
  for (const auto negatives :
       {BprNegatives::kUniform, BprNegatives::kPopularity, BprNegatives::kAdaptive}) {
    for (const auto parallel : {BprParallel::kHogwild, BprParallel::kPartition}) {
      const BprParams params{.dim = 10,
                             .epochs = 60,
                             .negatives = negatives,
                             .rho = 0.1,
                             .parallel = parallel};
      if (negatives == BprNegatives::kAdaptive && parallel == BprParallel::kPartition) continue;
      testing::Contexts contexts;
      contexts.fit.threads = 2;
      EXPECT_GT(checkerboard_auc(fitted(params, data, contexts), sequences, 40, true), 0.98);
    }
  }
}

TEST(BprTrainingTest, APartitionGivesTheSameBytesForAnyNumberOfThreads) {
  const testing::Data data(checkerboard(60, 40), 40);
  for (const auto negatives : {BprNegatives::kUniform, BprNegatives::kPopularity}) {
    const BprParams params{.dim = 20,
                           .epochs = 5,
                           .negatives = negatives,
                           .parallel = BprParallel::kPartition,
                           .threads = 3};
    std::vector<std::vector<float>> vectors;
    for (const int threads : {1, 2, 3}) {
      testing::Contexts contexts;
      contexts.fit.threads = threads;
      const Bpr method = fitted(params, data, contexts);
      const ItemFactors items = method.item_factors();
      vectors.emplace_back(items.vectors.begin(), items.vectors.end());
    }
    EXPECT_EQ(vectors[0], vectors[1]);
    EXPECT_EQ(vectors[0], vectors[2]);
  }
}

TEST(BprTrainingTest, FewEventsForManyThreads) {
  // Parts without users, items or events; users who have seen all of a part.
  const testing::Data data({{0}, {}, {1, 0, 2}, {2}}, 3);
  for (const auto parallel : {BprParallel::kHogwild, BprParallel::kPartition}) {
    for (const auto negatives : {BprNegatives::kUniform, BprNegatives::kPopularity}) {
      testing::Contexts contexts;
      fitted({.dim = 3, .epochs = 4, .negatives = negatives, .parallel = parallel, .threads = 7},
             data, contexts);
    }
  }
}

/// The training loop begins a triple's x before the step of the one before.
TEST(BprTrainingTest, TheLoopGivesWhatOneStepAfterTheOtherGives) {
  const auto sequences = checkerboard(6, 6);  // so small that neighbours often share rows
  const testing::Data data(sequences, 6);
  const TrainingView train = data.view();
  const auto item_events = item_counts(train);
  const BprParams params{
      .dim = 5, .reg_user = 0.01, .reg_item = 0.01, .reg_negative = 0.01, .reg_bias = 0.01};
  testing::Contexts contexts;
  bpr::Trainer trainer(params, train, item_events, contexts.fit);
  AlignedRows users = trainer.users(), items = trainer.items();
  std::vector<float> bias = trainer.bias();
  const bpr::Unseen unseen(train, item_events);
  const auto events = events_of(sequences);
  bpr::TripleDraws draws(unseen, BprNegatives::kUniform);
  std::vector<bpr::Triple> batch;
  for (int epoch = 1; epoch <= 20; ++epoch) {
    ASSERT_TRUE(trainer.epoch(epoch, 20));
    Rng rng = contexts.fit.rng("bpr steps", static_cast<std::uint64_t>(epoch));
    draws.draw({events, events, {nullptr, 6}}, events.size(), rng, batch);
    for (const auto& [u, i, j] : batch) {
      bpr::step<float>({users.row(u), items.row(i), items.row(j), &bias[i], &bias[j]}, 1,
                       {0.05f, 0.01f, 0.01f, 0.01f, 0.01f});
    }
  }
  for (std::size_t k = 0; k < items.values().size(); ++k) {
    EXPECT_NEAR(items.values()[k], trainer.items().values()[k], 1e-5);
  }
  for (std::size_t k = 0; k < users.values().size(); ++k) {
    EXPECT_NEAR(users.values()[k], trainer.users().values()[k], 1e-5);
  }
}

}  // namespace
}  // namespace motive
