#include "baselines/bpr/bpr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "baselines/bpr/trainer.h"
#include "framework/recommend/testing.h"

namespace motive {
namespace {

using ::testing::HasSubstr;

/// Even users like even items, odd users odd ones; each user lacks five of his.
testing::Data::Sequences checkerboard(std::uint32_t users, std::uint32_t items) {
  testing::Data::Sequences sequences(users);
  for (std::uint32_t u = 0; u < users; ++u) {
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) sequences[u].push_back(i);
    }
  }
  return sequences;
}

Bpr fitted(const BprParams& params, const testing::Data& data, testing::Contexts& contexts) {
  Bpr method(params);
  const Status status = method.fit(data.view(), contexts.fit);
  EXPECT_TRUE(status) << status.error().message;
  return method;
}

/// Share of (unseen item of the user's kind, item of the other kind) pairs in the right order.
double checkerboard_auc(const Recommender& method, const testing::Data::Sequences& sequences,
                        std::uint32_t items, bool in_training) {
  testing::Queries queries(CandidateKind::kAll, items);
  for (std::size_t u = 0; u < sequences.size(); ++u) queries.add(u, in_training, sequences[u]);
  const auto found = testing::scores_of(method, queries);
  if (!found) return 0;
  double right = 0, pairs = 0;
  for (std::size_t u = 0; u < sequences.size(); ++u) {
    const auto& scores = found->at(static_cast<std::uint32_t>(u));
    for (std::uint32_t i = u % 2; i < items; i += 2) {
      if ((i / 2 + u) % 4 != 0) continue;
      for (std::uint32_t j = 1 - u % 2; j < items; j += 2) {
        right += scores[i] > scores[j];
        ++pairs;
      }
    }
  }
  return right / pairs;
}

// The loss of bpr_step.h, written once more, in double.
struct Triple {
  static constexpr std::size_t kDim = 16;
  alignas(64) double p[kDim], i[kDim], j[kDim];
  double bi, bj;
};

double loss(const Triple& t, const bpr::StepSizes<double>& s) {
  double x = t.bi - t.bj, pp = 0, ii = 0, jj = 0;
  for (std::size_t k = 0; k < Triple::kDim; ++k) {
    x += t.p[k] * (t.i[k] - t.j[k]);
    pp += t.p[k] * t.p[k];
    ii += t.i[k] * t.i[k];
    jj += t.j[k] * t.j[k];
  }
  return std::log1p(std::exp(-x)) + (s.user * pp + s.positive * ii + s.negative * jj) / 2 +
         s.bias * (t.bi * t.bi + t.bj * t.bj) / 2;
}

TEST(BprStepTest, IsTheGradientByCentralDifferences) {
  const bpr::StepSizes<double> sizes{0.25, 0.3, 0.2, 0.1, 0.05};
  Rng rng(1, "bpr gradient");
  for (int repeat = 0; repeat < 20; ++repeat) {
    Triple before{};
    double* const numbers[] = {before.p, before.i, before.j};
    for (double* row : numbers) {
      for (std::size_t k = 0; k < Triple::kDim; ++k) row[k] = rng.normal() / 2;
    }
    before.bi = rng.normal();
    before.bj = rng.normal();
    Triple after = before;
    bpr::step<double>({after.p, after.i, after.j, &after.bi, &after.bj}, Triple::kDim / 8, sizes);
    const auto check = [&](double* place, double stepped, double start) {
      constexpr double kH = 1e-5;
      *place = start + kH;
      const double up = loss(before, sizes);
      *place = start - kH;
      const double down = loss(before, sizes);
      *place = start;
      const double gradient = (up - down) / (2 * kH);
      EXPECT_NEAR((start - stepped) / sizes.learning_rate, gradient, 1e-8);
    };
    for (std::size_t k = 0; k < Triple::kDim; ++k) {
      check(&before.p[k], after.p[k], before.p[k]);
      check(&before.i[k], after.i[k], before.i[k]);
      check(&before.j[k], after.j[k], before.j[k]);
    }
    check(&before.bi, after.bi, before.bi);
    check(&before.bj, after.bj, before.bj);
  }
}

TEST(BprStepTest, FloatAgreesWithDouble) {
  Rng rng(2, "bpr gradient");
  Triple exact{};
  alignas(64) float p[16], i[16], j[16];
  for (std::size_t k = 0; k < 16; ++k) {
    p[k] = static_cast<float>(exact.p[k] = static_cast<float>(rng.normal()));
    i[k] = static_cast<float>(exact.i[k] = static_cast<float>(rng.normal()));
    j[k] = static_cast<float>(exact.j[k] = static_cast<float>(rng.normal()));
  }
  const float x =
      bpr::step<float>({p, i, j, nullptr, nullptr}, 1, {0.1f, 0.01f, 0.02f, 0.03f, 0});
  const double y = bpr::step<double>({exact.p, exact.i, exact.j, nullptr, nullptr}, 2,
                                     {0.1, 0.01, 0.02, 0.03, 0});
  EXPECT_NEAR(x, y, 1e-5);
  for (std::size_t k = 0; k < 16; ++k) {
    EXPECT_NEAR(p[k], exact.p[k], 1e-6);
    EXPECT_NEAR(i[k], exact.i[k], 1e-6);
    EXPECT_NEAR(j[k], exact.j[k], 1e-6);
  }
}

TEST(BprStepTest, TheSigmoidWithoutACallIsWithinItsBounds) {
  double relative = 0, absolute = 0;
  for (float x = -100; x < 100; x += 1e-3f) {
    const double exact = bpr::sigmoid_of_minus(static_cast<double>(x));
    const double error = std::abs(bpr::sigmoid_of_minus(x) - exact);
    absolute = std::max(absolute, error);
    if (std::abs(x) <= 30) relative = std::max(relative, error / exact);
  }
  EXPECT_LT(relative, 2e-6);
  EXPECT_LT(absolute, 2e-7);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_LT(bpr::sigmoid_of_minus(kInfinity), 1e-37f);
  EXPECT_EQ(bpr::sigmoid_of_minus(-kInfinity), 1);
  EXPECT_TRUE(std::isnan(bpr::sigmoid_of_minus(std::numeric_limits<float>::quiet_NaN())));
}

/// Pearson's statistic over its degrees of freedom, about 1 where counts follow `expected`.
double chi_square(const std::vector<double>& counts, const std::vector<double>& expected) {
  double sum = 0;
  std::size_t cells = 0;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (expected[k] == 0) {
      EXPECT_EQ(counts[k], 0) << k;
      continue;
    }
    sum += (counts[k] - expected[k]) * (counts[k] - expected[k]) / expected[k];
    ++cells;
  }
  return cells > 1 ? sum / static_cast<double>(cells - 1) : 0;
}

std::vector<bpr::Event> events_of(const testing::Data::Sequences& sequences) {
  std::vector<bpr::Event> events;
  for (std::uint32_t u = 0; u < sequences.size(); ++u) {
    for (const std::uint32_t i : sequences[u]) events.push_back({u, i});
  }
  return events;
}

TEST(NegativesTest, UniformAndPopularDrawWhatTheySay) {
  // User 1 has seen all but item 3 of 100: the exact way after rejections.
  testing::Data::Sequences sequences(3);
  sequences[0] = {0, 1, 1, 2, 3, 3, 3};
  for (std::uint32_t i = 0; i < 100; ++i) {
    if (i != 3) sequences[1].push_back(i);
  }
  sequences[2] = {7, 8};
  const testing::Data data(sequences, 100);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  const auto all = events_of(sequences);
  const bpr::ItemSet items{nullptr, 100};
  Rng rng(1, "negatives");
  EXPECT_EQ(unseen.count(user_id(1)), 1u);
  for (int k = 0; k < 200; ++k) {
    EXPECT_EQ(unseen.uniform(user_id(1), items, rng), item_id(3));
    EXPECT_EQ(unseen.popular(user_id(1), all, items, rng), item_id(3));
  }
  // Of a set of items of which he has seen all: none.
  const std::uint32_t two[] = {4, 9};
  EXPECT_EQ(unseen.uniform(user_id(1), {two, 2}, rng), kNoItem);
  EXPECT_EQ(unseen.popular(user_id(1), {}, {two, 2}, rng), kNoItem);
  constexpr int kDraws = 200000;
  std::vector<double> uniform(100), popular(100), even(100), by_events(100);
  double total = 0;
  for (std::size_t i = 0; i < 100; ++i) total += i == 7 || i == 8 ? 0 : events[i];
  for (std::size_t i = 0; i < 100; ++i) {
    const bool seen = i == 7 || i == 8;
    even[i] = seen ? 0 : kDraws / 98.0;
    by_events[i] = seen ? 0 : kDraws * events[i] / total;
  }
  for (int k = 0; k < kDraws; ++k) {
    ++uniform[index(unseen.uniform(user_id(2), items, rng))];
    ++popular[index(unseen.popular(user_id(2), all, items, rng))];
  }
  EXPECT_LT(chi_square(uniform, even), 1.5);
  EXPECT_LT(chi_square(popular, by_events), 1.5);
}

TEST(NegativesTest, GeometricRanks) {
  constexpr double kRho = 0.2;
  constexpr std::size_t kRanks = 6;
  Rng rng(2, "negatives");
  std::vector<double> counts(kRanks), expected(kRanks);
  const double mass = 1 - std::pow(1 - kRho, kRanks);
  for (std::size_t r = 0; r < kRanks; ++r) {
    expected[r] = 100000 * kRho * std::pow(1 - kRho, static_cast<double>(r)) / mass;
  }
  for (int k = 0; k < 100000; ++k) {
    ++counts[bpr::AdaptiveNegatives::truncated_geometric(kRho, kRanks, rng.uniform())];
  }
  EXPECT_LT(chi_square(counts, expected), 3);
  EXPECT_EQ(bpr::AdaptiveNegatives::truncated_geometric(0.5, 1, 0.999), 0u);
}

TEST(NegativesTest, AdaptiveTakesTheRankAmongUnseenItems) {
  // One factor that counts, values = item number: from the top 9, 8, ...; the user has seen 9
  // and 7.
  const testing::Data data({{9, 7}}, 10);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  bpr::AdaptiveNegatives adaptive(unseen, 2, 0.5);
  AlignedRows items(10, 2);
  for (std::size_t i = 0; i < 10; ++i) {
    items.row(i)[0] = static_cast<float>(i);
    items.row(i)[1] = 1;  // constant: sd 0
  }
  adaptive.refresh(items, 1);
  Rng rng(3, "negatives");
  std::vector<double> top(10), bottom(10), expected_top(10), expected_bottom(10);
  const std::size_t from_top[] = {8, 6, 5, 4, 3, 2, 1, 0};
  constexpr int kDraws = 50000;
  const double mass = 1 - std::pow(0.5, 8);
  for (std::size_t r = 0; r < 8; ++r) {
    expected_top[from_top[r]] = expected_bottom[from_top[7 - r]] =
        kDraws * std::pow(0.5, static_cast<double>(r + 1)) / mass;
  }
  AlignedRows users(2, 2);
  users.row(0)[0] = 1;
  users.row(1)[0] = -1;
  users.row(0)[1] = users.row(1)[1] = 5;
  for (int k = 0; k < kDraws; ++k) {
    ++top[index(adaptive.draw(user_id(0), users.row(0), rng))];
    ++bottom[index(adaptive.draw(user_id(0), users.row(1), rng))];
  }
  EXPECT_LT(chi_square(top, expected_top), 3);
  EXPECT_LT(chi_square(bottom, expected_bottom), 3);
}

/// By the definition, with a sort and a search: no outside order, no filter, no fixed point.
ItemId by_definition(const AlignedRows& items, const float* user, std::size_t factor,
                     std::size_t rank, std::span<const ItemId> seen) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return items.row(a)[factor] > items.row(b)[factor];
  });
  if (!(user[factor] > 0)) std::reverse(order.begin(), order.end());
  std::erase_if(order, [&](std::uint32_t i) {
    return std::find(seen.begin(), seen.end(), item_id(i)) != seen.end();
  });
  return item_id(order[rank]);
}

TEST(NegativesTest, AdaptiveFollowsItsDefinitionOverManyFactors) {
  // 19 factors: more than one block, and a filling. Equal values and both zeros among them.
  constexpr std::size_t kItems = 60, kDim = 19;
  const testing::Data data({{3, 8, 1, 40, 41, 42, 43, 44, 59}}, kItems);
  const auto events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), events);
  bpr::AdaptiveNegatives adaptive(unseen, kDim, 0.1);
  AlignedRows items(kItems, kDim), user(1, kDim);
  Rng values(1, "adaptive test");
  std::vector<double> deviation(kDim);
  for (std::size_t f = 0; f < kDim; ++f) {
    double sum = 0, squares = 0;
    for (std::size_t i = 0; i < kItems; ++i) {
      const double value = std::round(values.normal() * 4) / 4 * (1 + static_cast<double>(f));
      items.row(i)[f] = static_cast<float>(value);
      sum += value;
      squares += value * value;
    }
    deviation[f] = std::sqrt(squares / kItems - sum * sum / kItems / kItems);
    user.row(0)[f] = f == 4 ? 0 : static_cast<float>(values.normal());
  }
  adaptive.refresh(items, 2);
  // What the law is, item by item.
  double total = 0;
  for (std::size_t f = 0; f < kDim; ++f) total += std::abs(user.row(0)[f]) * deviation[f];
  const std::size_t unseen_items = unseen.count(user_id(0));
  constexpr int kDraws = 300000;
  const double mass = 1 - std::pow(0.9, unseen_items);
  std::vector<double> expected(kItems), counts(kItems);
  for (std::size_t f = 0; f < kDim; ++f) {
    for (std::size_t r = 0; r < unseen_items; ++r) {
      const ItemId item =
          by_definition(items, user.row(0), f, r, unseen.seen_by(user_id(0)));
      expected[index(item)] += kDraws * std::abs(user.row(0)[f]) * deviation[f] / total * 0.1 *
                               std::pow(0.9, r) / mass;
    }
  }
  Rng rng(2, "adaptive test");
  for (int k = 0; k < kDraws; ++k) ++counts[index(adaptive.draw(user_id(0), user.row(0), rng))];
  EXPECT_LT(chi_square(counts, expected), 1.6);
}

TEST(TriplesTest, PositivesAreEventsAndNegativesFollowTheirLaw) {
  const testing::Data::Sequences sequences{{0, 1, 2, 2}, {1, 3}, {4, 0, 1, 2, 3, 5}, {2}};
  const testing::Data data(sequences, 6);
  const auto item_events = item_counts(data.view());
  const bpr::Unseen unseen(data.view(), item_events);
  const auto events = events_of(sequences);
  constexpr std::size_t kDraws = 400000;
  for (const auto kind : {BprNegatives::kUniform, BprNegatives::kPopularity}) {
    bpr::TripleDraws draws(unseen, kind);
    Rng rng(1, "triples");
    std::vector<bpr::Triple> batch;
    draws.draw({events, events, {nullptr, 6}}, kDraws, rng, batch);
    std::vector<double> counts(4 * 36), expected(4 * 36);
    double kept = 0;
    for (const bpr::Event& e : events) {
      double total = 0;
      const auto weight = [&](std::uint32_t j) -> double {
        if (!unseen.contains(user_id(e.user), item_id(j))) return 0;
        return kind == BprNegatives::kUniform ? 1 : item_events[j];
      };
      for (std::uint32_t j = 0; j < 6; ++j) total += weight(j);
      if (total == 0) continue;  // user 2 has seen all
      for (std::uint32_t j = 0; j < 6; ++j) {
        expected[(e.user * 6 + e.item) * 6 + j] +=
            kDraws / static_cast<double>(events.size()) * weight(j) / total;
      }
      ++kept;
    }
    for (const bpr::Triple& t : batch) ++counts[(t.user * 6 + t.positive) * 6 + t.negative];
    EXPECT_LT(chi_square(counts, expected), 1.8);
    EXPECT_NEAR(static_cast<double>(batch.size()),
                kDraws * kept / static_cast<double>(events.size()), 4 * std::sqrt(kDraws));
  }
}

TEST(PartitionTest, BlocksAreDisjointAndHoldEveryEvent) {
  testing::Data::Sequences sequences(23);
  Rng values(1, "partition test");
  for (auto& s : sequences) s.resize(values.below(9));
  for (auto& s : sequences) std::generate(s.begin(), s.end(), [&] { return values.below(31); });
  const auto events = events_of(sequences);
  for (const std::size_t parts : {1u, 2u, 5u, 40u}) {
    bpr::Partition partition(events, 31, parts), again(events, 31, parts);
    Rng rng(1, "partition"), same(1, "partition");
    for (int epoch = 0; epoch < 3; ++epoch) {
      partition.regroup(rng, 1);
      again.regroup(same, 3);
      std::vector<std::size_t> part_of_user(23, parts), part_of_item(31, parts);
      std::vector<std::pair<std::uint32_t, std::uint32_t>> found, all;
      for (std::size_t i = 0; i < parts; ++i) {
        std::size_t positives = 0;
        const bpr::ItemSet items = partition.block(0, i).items;
        for (std::uint32_t k = 0; k < items.n; ++k) {
          EXPECT_EQ(std::exchange(part_of_item[items[k]], i), parts);
        }
        for (std::size_t u = 0; u < parts; ++u) {
          const bpr::Pool pool = partition.block(u, i), other = again.block(u, i);
          ASSERT_EQ(pool.positives.size(), other.positives.size());
          positives += pool.positives.size();
          for (std::size_t e = 0; e < pool.positives.size(); ++e) {
            const auto [user, item] = pool.positives[e];
            EXPECT_EQ(item, other.positives[e].item);
            EXPECT_EQ(part_of_item[item], i);
            EXPECT_TRUE(part_of_user[user] == parts || part_of_user[user] == u);
            part_of_user[user] = u;
            found.emplace_back(user, item);
          }
        }
        EXPECT_EQ(partition.block(0, i).popular.size(), positives);
      }
      for (const auto& [user, item] : events) all.emplace_back(user, item);
      std::sort(found.begin(), found.end());
      std::sort(all.begin(), all.end());
      EXPECT_EQ(found, all);
      EXPECT_EQ(std::count(part_of_item.begin(), part_of_item.end(), parts), 0);
    }
  }
}

TEST(BprTest, EveryKindOfNegativeLearnsTheCheckerboard) {
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

TEST(BprTest, ThreadsLearnTheCheckerboardToo) {
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

TEST(BprTest, APartitionGivesTheSameBytesForAnyNumberOfThreads) {
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

TEST(BprTest, FewEventsForManyThreads) {
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
TEST(BprTest, TheLoopGivesWhatOneStepAfterTheOtherGives) {
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
