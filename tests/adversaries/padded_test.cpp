// A method that pads the histories of a block to the longest of them, as sequence models do: its
// numbers must not depend on whom a user happens to share a block with.

#include <gtest/gtest.h>

#include "tests/adversaries/task_helpers.h"

namespace motive::adversaries {
namespace {

constexpr std::size_t kDim = 8;

/// score(u, i) = mean of the history's vectors . v_i. An empty history has mean 0.
class PaddedMean final : public BatchRecommender {
 public:
  explicit PaddedMean(std::size_t n_items) : n_items_(n_items), vectors_((n_items + 1) * kDim) {
    Rng rng(1, "padded");
    for (std::size_t k = 0; k < n_items * kDim; ++k) vectors_[k] = static_cast<float>(rng.normal());
    // The padding's vector is not 0: whoever forgets the mask is found out.
    for (std::size_t k = n_items * kDim; k < vectors_.size(); ++k) vectors_[k] = 1000;
  }
  Status fit(const TrainingView&, FitContext&) override { return {}; }
  Status save(const Path&) const override { return {}; }
  Status load(const Path&) override { return {}; }

  Status score(std::span<const Query> queries,
               std::span<const std::span<float>> out) const override {
    std::size_t longest = 0;
    for (const Query& query : queries) longest = std::max(longest, query.history.size());
    std::vector<std::size_t> padded(queries.size() * longest, n_items_);  // [B×L]
    std::vector<float> mask(queries.size() * longest, 0.0f);              // [B×L]
    for (std::size_t q = 0; q < queries.size(); ++q) {
      const std::size_t start = (q + 1) * longest - queries[q].history.size();  // on the right
      for (std::size_t h = 0; h < queries[q].history.size(); ++h) {
        padded[start + h] = index(queries[q].history[h]);
        mask[start + h] = 1;
      }
    }
    for (std::size_t q = 0; q < queries.size(); ++q) {
      float mean[kDim] = {}, length = 0;
      for (std::size_t l = q * longest; l < (q + 1) * longest; ++l) {
        length += mask[l];
        for (std::size_t k = 0; k < kDim; ++k) mean[k] += mask[l] * vector(padded[l])[k];
      }
      for (float& value : mean) value /= std::max(length, 1.0f);
      for (std::size_t c = 0; c < out[q].size(); ++c) {
        const auto list = queries[q].candidates;
        out[q][c] = dot(mean, vector(list.empty() ? c : index(list[c])));
      }
    }
    return {};
  }

  float expected(std::span<const ItemId> history, ItemId item) const {
    float mean[kDim] = {};
    for (const ItemId i : history) {
      for (std::size_t k = 0; k < kDim; ++k) mean[k] += vector(index(i))[k];
    }
    for (float& value : mean) value /= std::max(static_cast<float>(history.size()), 1.0f);
    return dot(mean, vector(index(item)));
  }

 private:
  const float* vector(std::size_t item) const { return &vectors_[item * kDim]; }
  static float dot(const float* a, const float* b) {
    float sum = 0;
    for (std::size_t k = 0; k < kDim; ++k) sum += a[k] * b[k];
    return sum;
  }
  std::size_t n_items_;
  std::vector<float> vectors_;  // [(I+1)×D], the last one of the padding
};

TEST(PaddedTest, VariableHistoriesGiveTheRanksOfTheirOwn) {
  // Histories of 0 to 49 events, of which every seventh is emptied.
  testing::TestWorld world = testing::make_world(700, 90, 50, 1, 2);
  QuerySet& queries = world.queries;
  std::vector<std::uint64_t> offsets{0};
  std::vector<ItemId> history;
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto whole = queries.history_of(q).first(q % 7 == 0 ? 0 : q % 50);
    history.insert(history.end(), whole.begin(), whole.end());
    offsets.push_back(history.size());
  }
  queries.history = history;
  queries.history_offsets = offsets;
  const Ledger ledger = Ledger::full(world.pool);
  const RankTask task = world.task(ledger);
  const PaddedMean method(world.n_items);
  const auto expected = testing::plain_ranks(task, [&](UserId user, ItemId item) {
    return method.expected(queries.history_of(index(user)), item);
  });
  for (const int threads : {1, 2, 5}) {
    const auto ranking = run(method, task, threads);
    ASSERT_TRUE(ranking) << ranking.error().message;
    EXPECT_EQ(ranking->variants[0].rows, expected) << threads << " threads";
    EXPECT_EQ(count_of(*ranking, "unanswered"), 0u);
  }
}

TEST(PaddedTest, BlocksOfAnySizeGiveTheSameScores) {
  testing::Queries queries(CandidateKind::kAll, 60);
  Rng rng(5, "padded test");
  for (std::size_t u = 0; u < 300; ++u) {
    std::vector<std::uint32_t> history(rng.below(40));
    for (auto& item : history) item = rng.below(60);
    if (u % 9 == 0) history.clear();
    queries.add(u, false, history);
  }
  const PaddedMean method(60);
  const auto together = testing::scores_of(method, queries);
  queries.set_block(1);
  const auto alone = testing::scores_of(method, queries);
  ASSERT_TRUE(together && alone);
  EXPECT_EQ(*together, *alone);
  for (const float score : together->at(0)) EXPECT_EQ(score, 0);  // an empty history
}

}  // namespace
}  // namespace motive::adversaries
