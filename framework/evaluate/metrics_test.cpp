#include "framework/evaluate/metrics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace motive {
namespace {

const std::vector<MetricKind> kKinds = {
    MetricKind::kHr,  MetricKind::kRecall, MetricKind::kPrecision, MetricKind::kNdcg,
    MetricKind::kMrr, MetricKind::kMap,    MetricKind::kAuc};

/// The definition, word by word, for one list without ties.
double by_definition(MetricKind kind, const std::vector<bool>& list, int positives, int k) {
  double hits = 0, dcg = 0, ideal = 0, first = 0, precisions = 0;
  for (int r = 1; r <= std::min<int>(k, static_cast<int>(list.size())); ++r) {
    if (!list[static_cast<std::size_t>(r - 1)]) continue;
    if (hits == 0) first = 1.0 / r;
    hits += 1;
    dcg += 1 / std::log2(r + 1.0);
    precisions += hits / r;
  }
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    for (std::size_t j = 0; j < list.size(); ++j) {
      pairs += list[i] && !list[j];
      right += list[i] && !list[j] && i < j;
    }
  }
  for (int r = 1; r <= std::min(k, positives); ++r) ideal += 1 / std::log2(r + 1.0);
  switch (kind) {
    case MetricKind::kHr:
      return hits > 0 ? 1 : 0;
    case MetricKind::kRecall:
      return hits / positives;
    case MetricKind::kPrecision:
      return hits / k;
    case MetricKind::kNdcg:
      return dcg / ideal;
    case MetricKind::kMrr:
      return first;
    case MetricKind::kMap:
      return precisions / positives;
    case MetricKind::kAuc:
      return pairs == 0 ? 1 : right / pairs;
    default:
      return -1;
  }
}

struct World {
  std::vector<int> scores;
  std::vector<bool> positive;
  std::vector<Position> positions() const {
    std::vector<Position> out;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (!positive[i]) continue;
      Position p{0, 0, static_cast<std::uint32_t>(scores.size())};
      for (std::size_t j = 0; j < scores.size(); ++j) {
        p.above += scores[j] > scores[i];
        p.tied += j != i && scores[j] == scores[i];
      }
      out.push_back(p);
    }
    return out;
  }
  int count() const { return static_cast<int>(std::count(positive.begin(), positive.end(), true)); }
};

/// All orders of all items that the scores allow.
struct Orders {
  double sum = 0, least = 2, most = -1;
  int n = 0;
};
Orders enumerate(const World& world, MetricKind kind, int k) {
  std::vector<std::size_t> order(world.scores.size());
  std::iota(order.begin(), order.end(), 0);
  Orders result;
  do {
    bool sorted = true;
    for (std::size_t i = 1; i < order.size(); ++i)
      sorted &= world.scores[order[i - 1]] >= world.scores[order[i]];
    if (!sorted) continue;
    std::vector<bool> list;
    for (const auto i : order) list.push_back(world.positive[i]);
    const double value = by_definition(kind, list, world.count(), k);
    result.sum += value;
    result.least = std::min(result.least, value);
    result.most = std::max(result.most, value);
    ++result.n;
  } while (std::next_permutation(order.begin(), order.end()));
  return result;
}

World random_world(int largest) {
  const auto n = static_cast<std::size_t>(*rc::gen::inRange(1, largest + 1));
  World world{*rc::gen::container<std::vector<int>>(n, rc::gen::inRange(0, 3)),
              *rc::gen::container<std::vector<bool>>(n, rc::gen::arbitrary<bool>())};
  world.positive[static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(n)))] = true;
  return world;
}

RC_GTEST_PROP(Metrics, AgreeWithAllOrders, ()) {
  const World world = random_world(7);
  const int k = *rc::gen::inRange(1, 9);
  const auto positions = world.positions();
  for (const auto kind : kKinds) {
    const Orders orders = enumerate(world, kind, k);
    const MetricSpec metric{kind, k};
    RC_ASSERT(std::abs(user_metric(metric, positions, Ties::kExpected) - orders.sum / orders.n) <
              1e-12);
    RC_ASSERT(std::abs(user_metric(metric, positions, Ties::kPessimistic) - orders.least) < 1e-12);
    RC_ASSERT(std::abs(user_metric(metric, positions, Ties::kOptimistic) - orders.most) < 1e-12);
  }
}

RC_GTEST_PROP(Metrics, StayInBounds, ()) {
  const World world = random_world(40);
  const auto positions = world.positions();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  for (const auto kind : kKinds) {
    for (const auto ties :
         {Ties::kExpected, Ties::kPessimistic, Ties::kOptimistic, Ties::kRandom}) {
      double before = 0;
      for (int k = 1; k <= 45; ++k) {
        const double value = user_metric({kind, k}, positions, ties, seed);
        RC_ASSERT(value >= 0 && value <= 1 + 1e-12);
        RC_ASSERT(value <= user_metric({kind, k}, positions, Ties::kOptimistic) + 1e-12);
        RC_ASSERT(value >= user_metric({kind, k}, positions, Ties::kPessimistic) - 1e-12);
        // Precision divides by k, and an ideal list may grow faster than the real one.
        const bool grows = kind == MetricKind::kHr || kind == MetricKind::kRecall ||
                           kind == MetricKind::kMrr ||
                           (kind == MetricKind::kNdcg && world.count() == 1);
        if (grows) RC_ASSERT(value >= before - 1e-12);
        before = value;
      }
    }
  }
}

RC_GTEST_PROP(Metrics, OnePositiveObeysTheArithmetic, ()) {
  const auto n = *rc::gen::inRange<std::uint32_t>(1, 200);
  const auto above = *rc::gen::inRange<std::uint32_t>(0, n);
  const Position p{above, *rc::gen::inRange<std::uint32_t>(0, n - above), n};
  const std::vector<Position> one = {p};
  const double hr5 = user_metric({MetricKind::kHr, 5}, one, Ties::kExpected);
  const double ndcg5 = user_metric({MetricKind::kNdcg, 5}, one, Ties::kExpected);
  const double mrr5 = user_metric({MetricKind::kMrr, 5}, one, Ties::kExpected);
  RC_ASSERT(ndcg5 <= hr5 + 1e-12);
  RC_ASSERT(ndcg5 >= hr5 / std::log2(6.0) - 1e-12);
  RC_ASSERT(mrr5 <= ndcg5 + 1e-12);
  RC_ASSERT(std::abs(hr5 - user_metric({MetricKind::kRecall, 5}, one, Ties::kExpected)) < 1e-12);
}

TEST(Metrics, ConstantScorerGetsChance) {
  const std::vector<Position> one = {{0, 29, 30}};
  EXPECT_NEAR(user_metric({MetricKind::kHr, 5}, one, Ties::kExpected), 5.0 / 30, 1e-15);
  EXPECT_NEAR(user_metric({MetricKind::kHr, 10}, one, Ties::kExpected), 10.0 / 30, 1e-15);
  EXPECT_NEAR(user_metric({MetricKind::kNdcg, 5}, one, Ties::kExpected), 0.0983, 5e-5);
  EXPECT_NEAR(user_metric({MetricKind::kNdcg, 10}, one, Ties::kExpected), 0.1515, 5e-5);
  EXPECT_EQ(user_metric({MetricKind::kHr, 10}, one, Ties::kPessimistic), 0);
  EXPECT_EQ(user_metric({MetricKind::kHr, 10}, one, Ties::kOptimistic), 1);
}

TEST(Metrics, NoAnswerIsZeroEvenBeyondTheList) {
  const std::vector<Position> none = {{5, 0, 5}, {5, 0, 5}};
  for (const auto kind : kKinds) {
    for (const auto ties :
         {Ties::kExpected, Ties::kPessimistic, Ties::kOptimistic, Ties::kRandom}) {
      EXPECT_EQ(user_metric({kind, 10}, none, ties), 0);
      EXPECT_EQ(user_metric({kind, 10}, std::span(none).first(1), ties), 0);
    }
  }
}

TEST(Metrics, RandomTiesAreSeededAndUniform) {
  const std::vector<Position> two = {{2, 4, 20},
                                     {2, 4, 20}};  // two positives among five tied items
  for (const auto kind : kKinds) {
    const MetricSpec metric{kind, 4};
    double sum = 0;
    const int n = 40000;
    for (int seed = 0; seed < n; ++seed) {
      const double value =
          user_metric(metric, two, Ties::kRandom, static_cast<std::uint64_t>(seed));
      ASSERT_EQ(value, user_metric(metric, two, Ties::kRandom, static_cast<std::uint64_t>(seed)));
      sum += value;
    }
    EXPECT_NEAR(sum / n, user_metric(metric, two, Ties::kExpected), 0.01) << metric.name();
  }
}

TEST(Metrics, HugeTieGroupsStayExact) {
  const std::vector<Position> one = {{0, 25'000'000, 25'000'001}};
  EXPECT_NEAR(user_metric({MetricKind::kHr, 10}, one, Ties::kExpected), 10.0 / 25'000'001, 1e-18);
  EXPECT_GT(user_metric({MetricKind::kMrr, 10}, one, Ties::kExpected), 0);
  EXPECT_EQ(user_metric({MetricKind::kHr, 0}, one, Ties::kExpected), 0);
  EXPECT_NEAR(user_metric({MetricKind::kAuc, 0}, one, Ties::kExpected), 0.5, 1e-15);
}

TEST(Metrics, AucOfConstantScoresIsHalf) {
  const std::vector<Position> three = {{0, 29, 30}, {0, 29, 30}, {0, 29, 30}};
  EXPECT_NEAR(user_metric({MetricKind::kAuc, 0}, three, Ties::kExpected), 0.5, 1e-15);
  EXPECT_EQ(user_metric({MetricKind::kAuc, 0}, std::span(three).first(1), Ties::kOptimistic), 1);
  EXPECT_EQ(user_metric({MetricKind::kAuc, 0}, std::span(three).first(1), Ties::kPessimistic), 0);
}

TEST(Metrics, TiedIsTheShareOfTargetsThatTie) {
  const std::vector<Position> targets = {
      {0, 0, 30}, {3, 2, 30}, {9, 1, 30}, {30, 0, 30}};  // the last: no answer
  for (const auto ties : {Ties::kExpected, Ties::kPessimistic, Ties::kOptimistic, Ties::kRandom}) {
    EXPECT_EQ(user_metric({MetricKind::kTied, 0}, targets, ties), 0.5);
  }
}

TEST(Metrics, NamesGoThereAndBack) {
  for (const auto& help : metric_help()) {
    const auto kind = metric_kind(help.name);
    ASSERT_TRUE(kind.has_value());
    EXPECT_EQ(*kind, help.kind);
    EXPECT_EQ((MetricSpec{*kind, 10}.name()), help.name);
    EXPECT_EQ(&metric_help(help.kind), &help);
    EXPECT_FALSE(help.definition.empty());
  }
  const auto wrong = metric_kind("ndgc");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(wrong.error().message.find("ndcg"), std::string::npos);
}

TEST(Metrics, SeedsOfTiesAreTheUsers) {
  EXPECT_EQ(tie_seed("u1"), tie_seed("u1"));
  EXPECT_NE(tie_seed("u1"), tie_seed("u2"));
}

}  // namespace
}  // namespace motive
