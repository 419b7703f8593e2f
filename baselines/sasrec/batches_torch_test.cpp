// What a step of SASRec is made of: inputs, targets, negatives.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "baselines/sasrec/sasrec.h"
#include "framework/recommend/testing.h"

namespace motive::sasrec {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t kItems = 12;

SasRecParams params(SasRecLoss loss, int max_len = 4, int negatives = 5) {
  SasRecParams p;
  p.loss = loss;
  p.max_len = max_len;
  p.negatives = negatives;
  return p;
}

/// The user lists, item i being number i. The last user brings in all items.
Sequences sequences_of(testing::Data::Sequences lists, std::size_t fewest = 2) {
  lists.emplace_back(kItems);
  std::iota(lists.back().begin(), lists.back().end(), 0u);
  const testing::Data data(lists, kItems);
  return Sequences::of(data.view(), ModelItems::of(data.view()), fewest);
}

Batch batch_of(const Sequences& sequences, const std::vector<std::uint32_t>& users, const SasRecParams& p,
               std::uint64_t seed = 1) {
  Rng draws(seed, "draws");
  return make_batch(sequences, users, kItems, p, draws);
}

TEST(SasRecBatchTest, TheNextItemIsTheTargetAndLongSequencesLoseTheirBeginning) {
  const Sequences sequences = sequences_of({{3, 1, 4, 1, 5, 9, 2, 6}, {7, 8}, {1, 2, 3, 4, 5}});
  const Batch batch = batch_of(sequences, {0, 1, 2}, params(SasRecLoss::kCe));
  EXPECT_THAT(batch.inputs.tokens, ElementsAre(1, 5, 9, 2, /**/ 7, /**/ 1, 2, 3, 4));
  EXPECT_THAT(batch.targets, ElementsAre(5, 9, 2, 6, /**/ 8, /**/ 2, 3, 4, 5));
  EXPECT_THAT(batch.inputs.positions, ElementsAre(0, 1, 2, 3, /**/ 3, /**/ 0, 1, 2, 3));
  EXPECT_THAT(batch.inputs.offsets, ElementsAre(0, 4, 5, 9));
  EXPECT_THAT(batch.negatives, IsEmpty());
}

TEST(SasRecBatchTest, AMaxLenOfOneLeavesTheLastPair) {
  const Batch batch = batch_of(sequences_of({{3, 1, 4}, {7, 8}}), {1, 0}, params(SasRecLoss::kCe, 1));
  EXPECT_THAT(batch.inputs.tokens, ElementsAre(7, 1));
  EXPECT_THAT(batch.targets, ElementsAre(8, 4));
  EXPECT_THAT(batch.inputs.positions, Each(0));
}

TEST(SasRecBatchTest, UsersWithOneEventOrNoneGiveNothing) {
  const Sequences sequences = sequences_of({{}, {5}, {5, 6}, {7}});
  EXPECT_THAT(sequences.users, ElementsAre(2, 4));
  const Batch batch = batch_of(sequences, {1, 3}, params(SasRecLoss::kBceN));  // even if they are asked for
  EXPECT_THAT(batch.targets, IsEmpty());
  EXPECT_THAT(batch.negatives, IsEmpty());
}

TEST(SasRecBatchTest, NegativesOfBceAreItemsThatTheUserHasNotMet) {
  // Also none that only stand in the part of the sequence that is cut off.
  const testing::Data::Sequences lists = {{0, 1, 2, 3, 4, 5, 6, 7, 8}, {9, 2, 9, 2}};
  const Sequences sequences = sequences_of(lists);
  for (const SasRecLoss loss : {SasRecLoss::kBce1, SasRecLoss::kBceN}) {
    const SasRecParams p = params(loss);
    const auto width = static_cast<std::size_t>(p.sampled());
    std::set<std::int64_t> of_first;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      const Batch batch = batch_of(sequences, {0, 1}, p, seed);
      ASSERT_EQ(batch.targets.size(), 7u);
      ASSERT_EQ(batch.negatives.size(), 7 * width);
      for (std::size_t k = 0; k < batch.negatives.size(); ++k) {
        const std::uint32_t user = k < 4 * width ? 0 : 1;
        EXPECT_FALSE(sequences.has_seen(user, static_cast<std::uint32_t>(batch.negatives[k])));
        if (user == 0) of_first.insert(batch.negatives[k]);
      }
    }
    EXPECT_THAT(of_first, ElementsAre(9, 10, 11)) << "all that are left are drawn";
  }
}

TEST(SasRecBatchTest, GbceAndSampledCeDrawAmongAllItems) {
  const Sequences sequences = sequences_of({{0, 1, 2, 3, 4, 5, 6, 7, 8}});
  for (const SasRecLoss loss : {SasRecLoss::kGbce, SasRecLoss::kSampledCe}) {
    std::set<std::int64_t> drawn;
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
      const Batch batch = batch_of(sequences, {0}, params(loss), seed);
      drawn.insert(batch.negatives.begin(), batch.negatives.end());
    }
    EXPECT_EQ(drawn.size(), kItems);
  }
}

TEST(SasRecBatchTest, SampledCeSharesItsNegativesWithinASequence) {
  const Sequences sequences = sequences_of({{0, 1, 2, 3, 4}, {5, 6, 7}});
  const Batch batch = batch_of(sequences, {0, 1}, params(SasRecLoss::kSampledCe, 4, 8));
  ASSERT_EQ(batch.negatives.size(), 6u * 8);
  const auto row = [&](std::ptrdiff_t t) {
    return std::vector(batch.negatives.begin() + 8 * t, batch.negatives.begin() + 8 * (t + 1));
  };
  for (std::ptrdiff_t t = 1; t < 4; ++t) EXPECT_EQ(row(t), row(0));
  EXPECT_EQ(row(5), row(4));
  EXPECT_NE(row(4), row(0)) << "the next sequence draws its own";
}

TEST(SasRecBatchTest, AUserWhoHasAllItemsGetsNegativesNevertheless) {
  const Sequences sequences = sequences_of({{0, 1}});
  for (const SasRecLoss loss : {SasRecLoss::kBce1, SasRecLoss::kBceN}) {
    const Batch batch = batch_of(sequences, {1}, params(loss, 50));
    EXPECT_EQ(batch.targets.size(), kItems - 1);
    for (const std::int64_t item : batch.negatives) EXPECT_TRUE(item >= 0 && item < kItems);
  }
}

TEST(SasRecBatchTest, DrawsFollowFromTheSeed) {
  const Sequences sequences = sequences_of({{0, 1, 2}, {3, 4, 5, 6}});
  for (const SasRecLoss loss : {SasRecLoss::kBce1, SasRecLoss::kBceN, SasRecLoss::kGbce, SasRecLoss::kSampledCe}) {
    const auto drawn = [&](std::uint64_t seed) { return batch_of(sequences, {0, 1}, params(loss), seed).negatives; };
    EXPECT_EQ(drawn(1), drawn(1));
    EXPECT_NE(drawn(1), drawn(2));
  }
}

}  // namespace
}  // namespace motive::sasrec
