#include "framework/evaluate/ranking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <thread>

#include "framework/evaluate/lanes.h"
#include "framework/evaluate/test_world.h"

namespace motive {
namespace {

using testing::factor_method;
using testing::Factors;
using testing::FunctionMethod;
using ::testing::HasSubstr;
using testing::make_factors;
using testing::make_world;
using testing::plain_ranks;
using testing::ScoreFunction;
using testing::scorer;
using testing::TestWorld;

Result<Ranking> run(const Recommender& method, const RankTask& task, int threads = 1) {
  NoProgress silent;
  CancelFlag cancel;
  RankContext context{.seed = 3, .threads = threads, .progress = &silent, .cancel = &cancel};
  return rank_with(method, task, context);
}

std::uint64_t count_of(const Ranking& ranking, const std::string& what) {
  for (const auto& [name, n] : ranking.counts) {
    if (name == what) return n;
  }
  return 0;
}

/// The chain of the kernel, in the open.
float chain(const Factors& f, UserId user, ItemId item) {
  float sum = f.bias.empty() ? 0.0f : f.bias[index(item)];
  for (std::size_t d = 0; d < f.dim; ++d) {
    sum = multiply_add(f.users[index(user) * f.dim + d], f.items[index(item) * f.dim + d], sum);
  }
  return sum;
}

void expect_top_lists(const Ranking& ranking, const RankTask& task, const ScoreFunction& score) {
  for (std::size_t q = 0; q < task.queries->size(); ++q) {
    const auto& top = ranking.top[q];
    const auto mask = task.queries->mask_of(q);
    const auto targets = task.queries->targets_of(q);
    std::vector<float> scores;
    for (std::size_t i = 0; i < task.n_items; ++i) {
      const ItemId item = item_id(i);
      const auto listed = task.ledger->is_full() ? std::span<const ItemId>() : task.ledger->of(q);
      const bool target = std::count(targets.begin(), targets.end(), item) > 0;
      const bool in = task.ledger->is_full()
                          ? target || (task.ledger->in_pool(item) &&
                                       !std::binary_search(mask.begin(), mask.end(), item))
                          : std::count(listed.begin(), listed.end(), item) > 0;
      if (in && (task.unseen_items || task.train_counts[i] > 0))
        scores.push_back(score(task.queries->users[q], item));
    }
    std::sort(scores.rbegin(), scores.rend());
    ASSERT_EQ(top.size(), std::min(task.top_k, scores.size()));
    std::vector<ItemId> seen;
    for (std::size_t i = 0; i < top.size(); ++i) {
      ASSERT_EQ(top[i].score, scores[i]);
      ASSERT_EQ(top[i].score, score(task.queries->users[q], top[i].item));
      ASSERT_EQ(std::count(seen.begin(), seen.end(), top[i].item), 0);
      seen.push_back(top[i].item);
    }
  }
}

/// Same rows, same lists, same counts.
void expect_equal(const Ranking& a, const Ranking& b) {
  ASSERT_EQ(a.variants.size(), b.variants.size());
  for (std::size_t v = 0; v < a.variants.size(); ++v)
    ASSERT_EQ(a.variants[v].rows, b.variants[v].rows);
  ASSERT_EQ(a.top.size(), b.top.size());
  for (std::size_t q = 0; q < a.top.size(); ++q) {
    ASSERT_EQ(a.top[q].size(), b.top[q].size());
    for (std::size_t i = 0; i < a.top[q].size(); ++i) {
      ASSERT_EQ(a.top[q][i].item, b.top[q][i].item);
      ASSERT_EQ(a.top[q][i].score, b.top[q][i].score);
    }
  }
  ASSERT_EQ(a.counts, b.counts);
}

RC_GTEST_PROP(Ranking, FullAgreesWithCounting, ()) {
  const auto users = *rc::gen::inRange<std::size_t>(1, 40);
  const auto items = *rc::gen::inRange<std::size_t>(2, 150);
  const auto world =
      make_world(users, items, *rc::gen::inRange<std::size_t>(0, 8),
                 *rc::gen::inRange<std::size_t>(1, 5), *rc::gen::arbitrary<std::uint64_t>());
  const auto factors = make_factors(users, items, *rc::gen::inRange<std::size_t>(0, 9),
                                    *rc::gen::element(0, 2, 3), *rc::gen::arbitrary<bool>(), 5);
  // Sometimes the pool lacks items, targets among them.
  std::vector<bool> pool =
      *rc::gen::arbitrary<bool>() ? world.pool : std::vector<bool>(items, false);
  if (pool != world.pool) pool[0] = pool[items / 2] = true;
  const Ledger ledger = Ledger::full(pool);
  RankTask task = world.task(ledger);
  task.unseen_items = *rc::gen::arbitrary<bool>();
  task.top_k = *rc::gen::element<std::size_t>(0, 1, 3, 10, 200);
  const ScoreFunction score = [&](UserId u, ItemId i) { return chain(factors, u, i); };

  const auto by_factors =
      run(factor_method(factors, *rc::gen::inRange<std::size_t>(1, 50)), task, 2);
  const auto by_scores = run(scorer(score), task);
  RC_ASSERT(by_factors.has_value());
  RC_ASSERT(by_scores.has_value());
  RC_ASSERT(by_factors->variants.front().rows == plain_ranks(task, score));
  expect_equal(*by_factors, *by_scores);
  if (task.top_k > 0) expect_top_lists(*by_factors, task, score);
}

TEST(Ranking, SampledAgreesWithCountingAndWithFull) {
  const auto world = make_world(60, 400, 6, 2, 1);
  const auto factors = make_factors(60, 400, 16, 3, true, 2);
  const Path folder = testing::make_folder("sampled_ledger");
  ASSERT_TRUE(Ledger::make(world.events(), 400, world.queries, {50, 1}, folder).has_value());
  const auto ledger = Ledger::open(folder, world.queries);
  ASSERT_TRUE(ledger.has_value()) << ledger.error().message;
  for (const bool unseen : {false, true}) {
    RankTask task = world.task(*ledger);
    task.unseen_items = unseen;
    const ScoreFunction score = [&](UserId u, ItemId i) { return chain(factors, u, i); };
    const auto by_factors = run(factor_method(factors, 7), task, 2);
    const auto by_scores = run(scorer(score), task);
    ASSERT_TRUE(by_factors.has_value() && by_scores.has_value());
    EXPECT_EQ(by_factors->variants.front().rows, plain_ranks(task, score));
    expect_equal(*by_factors, *by_scores);
    expect_top_lists(*by_factors, task, score);
  }
}

TEST(Ranking, BitIdenticalForAnyThreadsAndBlocks) {
  const auto world = make_world(300, 777, 9, 1, 4);
  const auto factors = make_factors(300, 777, 33, 0, true, 9);
  const Ledger ledger = Ledger::full(world.pool);
  const RankTask task = world.task(ledger);
  const auto first = run(factor_method(factors, 300), task, 1);
  ASSERT_TRUE(first.has_value());
  for (const std::size_t block : {1u, 7u, 64u, 300u}) {
    for (const int threads : {1, 2, 5}) {
      const auto other = run(factor_method(factors, block), task, threads);
      ASSERT_TRUE(other.has_value());
      expect_equal(*first, *other);
    }
  }
}

TEST(Ranking, TakesAnswersFromSeveralThreads) {
  const auto world = make_world(500, 200, 4, 1, 4);
  const auto factors = make_factors(500, 200, 8, 0, false, 9);
  const Ledger ledger = Ledger::full(world.pool);
  const RankTask task = world.task(ledger);
  const auto inner = factor_method(factors, 11);
  const FunctionMethod method(
      [&](QuerySource& queries, RankSink& sink, RankContext& context) -> Status {
        std::vector<std::thread> threads;
        std::vector<Status> results(4);
        for (auto& result : results) {
          threads.emplace_back([&] { result = inner.rank(queries, sink, context); });
        }
        for (auto& thread : threads) thread.join();
        for (auto& result : results) MOTIVE_TRY(result);
        return {};
      });
  const auto parallel = run(method, task, 2);
  const auto plain = run(inner, task);
  ASSERT_TRUE(parallel.has_value() && plain.has_value());
  expect_equal(*parallel, *plain);
}

TEST(Ranking, IdenticalVectorsTieWhereverTheyStand) {
  auto world = make_world(40, 500, 3, 1, 8);
  auto factors = make_factors(40, 500, 64, 0, false, 1);
  for (std::size_t i = 1; i < 500; ++i)
    std::copy_n(factors.items.begin(), 64,
                factors.items.begin() + static_cast<std::ptrdiff_t>(i * 64));
  const Ledger ledger = Ledger::full(std::vector<bool>(500, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  const auto ranking = run(factor_method(factors, 40), task);
  ASSERT_TRUE(ranking.has_value());
  for (const auto& row : ranking->variants.front().rows) {
    EXPECT_EQ(row.above, 0u);
    EXPECT_EQ(row.tied, row.candidates - 1);
  }
  // Ties in the lists are broken without a look at labels or item numbers: users differ.
  EXPECT_NE(index(ranking->top[0][0].item), index(ranking->top[1][0].item));
}

TEST(Ranking, TargetsAreNeverMaskedAndRepeatsCountOnce) {
  auto world = make_world(1, 20, 3, 2, 8);
  world.queries.targets.push_back(world.queries.targets[0]);  // the same target again
  world.queries.target_offsets.back() = 3;
  world.queries.mask.push_back(world.queries.targets[0]);
  std::sort(world.queries.mask.begin(), world.queries.mask.end());
  world.queries.mask_offsets.back() = 4;
  const Ledger ledger = Ledger::full(std::vector<bool>(20, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  const ScoreFunction score = [](UserId, ItemId i) { return static_cast<float>(index(i)); };
  const auto ranking = run(scorer(score), task);
  ASSERT_TRUE(ranking.has_value());
  EXPECT_EQ(ranking->variants.front().rows.size(), 2u);
  EXPECT_EQ(ranking->variants.front().rows, plain_ranks(task, score));
  EXPECT_EQ(ranking->variants.front().rows[0].candidates, 17u);
}

TEST(Ranking, QueriesWithoutTargetsHaveListsAndNoRows) {
  const auto world = make_world(3, 40, 4, 0, 8);
  const auto factors = make_factors(3, 40, 8, 0, true, 1);
  const Ledger ledger = Ledger::full(std::vector<bool>(40, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  const ScoreFunction score = [&](UserId u, ItemId i) { return chain(factors, u, i); };
  const auto ranking = run(factor_method(factors, 2), task);
  ASSERT_TRUE(ranking.has_value()) << ranking.error().message;
  EXPECT_TRUE(ranking->variants.front().rows.empty());
  expect_top_lists(*ranking, task, score);
  EXPECT_EQ(mean_metric({MetricKind::kHr, 10}, ranking->variants.front().rows), 0);
}

TEST(Ranking, BadScoresAreNamed) {
  const auto world = make_world(30, 100, 5, 1, 3);
  const Ledger ledger = Ledger::full(std::vector<bool>(100, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  for (const float bad : {std::nanf(""), INFINITY, -INFINITY}) {
    const ItemId masked = world.queries.mask_of(4)[0];
    const auto is_masked = [&](std::size_t q) {
      const auto mask = world.queries.mask_of(q);
      return std::binary_search(mask.begin(), mask.end(), masked);
    };
    // A masked item may have any score: methods may mask histories themselves.
    const auto fine =
        run(scorer([&](UserId u, ItemId i) {
              return is_masked(index(u)) && i == masked ? bad : static_cast<float>(index(i) % 7);
            }),
            task);
    ASSERT_TRUE(fine.has_value()) << fine.error().message;
    // A candidate may not.
    const auto wrong = run(
        scorer([&](UserId u, ItemId i) { return index(u) == 4 && index(i) == 99 ? bad : 1.0f; }),
        task);
    ASSERT_FALSE(wrong.has_value());
    EXPECT_THAT(wrong.error().message, HasSubstr("row 4"));
    EXPECT_THAT(wrong.error().message, HasSubstr("item number 99"));
  }
}

TEST(Ranking, BadFactorsAreNamed) {
  const auto world = make_world(30, 100, 5, 1, 3);
  const Ledger ledger = Ledger::full(std::vector<bool>(100, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  auto factors = make_factors(30, 100, 8, 0, true, 1);
  factors.users[7 * 8 + 3] = std::nanf("");
  auto ranking = run(factor_method(factors, 16), task, 2);
  ASSERT_FALSE(ranking.has_value());
  EXPECT_THAT(ranking.error().message, HasSubstr("row 7"));

  factors = make_factors(30, 100, 8, 0, true, 1);
  factors.bias[42] = INFINITY;
  ranking = run(factor_method(factors, 16), task, 2);
  ASSERT_FALSE(ranking.has_value());
  EXPECT_THAT(ranking.error().message, HasSubstr("item number 42"));

  factors = make_factors(30, 100, 8, 0, true, 1);
  for (float& x : factors.users) x *= 1e25f;  // finite vectors, infinite products
  for (float& x : factors.items) x *= 1e25f;
  ASSERT_FALSE(run(factor_method(factors, 16), task).has_value());

  factors = make_factors(30, 100, 8, 0, true, 1);
  for (float& x : factors.users)
    x *= 1e18f;  // large, but finite: no error, and the same as by scores
  for (float& x : factors.items) x *= 1e18f;
  const auto large = run(factor_method(factors, 16), task);
  ASSERT_TRUE(large.has_value()) << large.error().message;
  EXPECT_EQ(large->variants.front().rows,
            plain_ranks(task, [&](UserId u, ItemId i) { return chain(factors, u, i); }));
}

TEST(Ranking, WrongShapesAreRefused) {
  const auto world = make_world(4, 30, 2, 1, 3);
  const Ledger ledger = Ledger::full(std::vector<bool>(30, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  const auto deliver = [&](std::uint32_t row, std::size_t n) {
    return FunctionMethod([=](QuerySource&, RankSink& sink, RankContext&) -> Status {
      return sink.scores(row, std::vector<float>(n, 1.0f));
    });
  };
  EXPECT_THAT(run(deliver(2, 29), task).error().message, HasSubstr("29 scores for row 2"));
  EXPECT_THAT(run(deliver(4, 30), task).error().message,
              HasSubstr("row 4, but there are 4 queries"));

  const FunctionMethod twice([](QuerySource&, RankSink& sink, RankContext&) -> Status {
    const std::vector<float> row(30, 1.0f);
    (void)sink.scores(1, row);
    (void)sink.scores(1, row);
    return {};  // it swallows the error: the ranking fails all the same
  });
  EXPECT_THAT(run(twice, task).error().message, HasSubstr("row 1 (user number 1) twice"));

  const auto factors = make_factors(4, 30, 8, 0, false, 1);
  const auto give = [&](std::vector<std::uint32_t> rows, std::size_t numbers, ItemFactors items) {
    return FunctionMethod([=, &factors](QuerySource&, RankSink& sink, RankContext&) -> Status {
      return sink.factors(rows, std::span(factors.users).first(numbers), items);
    });
  };
  EXPECT_FALSE(run(give({0, 1}, 15, factors.view()), task).has_value());
  EXPECT_FALSE(run(give({0, 9}, 16, factors.view()), task).has_value());
  EXPECT_FALSE(run(give({0, 0}, 16, factors.view()), task).has_value());
  EXPECT_FALSE(
      run(give({0}, 8, {std::span(factors.items).first(29 * 8), {}, 8}), task).has_value());
  const std::vector<float> other(30 * 8, 1.0f);
  const FunctionMethod changing([&](QuerySource&, RankSink& sink, RankContext&) -> Status {
    const std::vector<std::uint32_t> first = {0}, second = {1};
    MOTIVE_TRY(sink.factors(first, std::span(factors.users).first(8), factors.view()));
    return sink.factors(second, std::span(factors.users).first(8), {other, {}, 8});
  });
  EXPECT_THAT(run(changing, task).error().message, HasSubstr("other item factors"));
}

TEST(Ranking, ListsWithOmittedInventedAndRepeatedItems) {
  TestWorld world = make_world(3, 10, 2, 1, 3);
  const Ledger ledger = Ledger::full(std::vector<bool>(10, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  task.top_k = 2;
  const ItemId target0 = world.queries.targets[0], target1 = world.queries.targets[1];
  std::vector<ItemId> others;  // candidates of query 0 besides its target
  for (std::size_t i = 0; i < 10; ++i) {
    const auto mask = world.queries.mask_of(0);
    if (item_id(i) != target0 && !std::binary_search(mask.begin(), mask.end(), item_id(i)))
      others.push_back(item_id(i));
  }
  ASSERT_EQ(others.size(), 7u);
  const FunctionMethod method([&](QuerySource&, RankSink& sink, RankContext&) -> Status {
    const ItemId masked = world.queries.mask_of(0)[0];
    const std::vector<ItemId> list = {item_id(77), others[0], masked,  others[0],
                                      others[1],   target0,   target0, kNoItem};
    MOTIVE_TRY(sink.ranking(0, list, ""));
    MOTIVE_TRY(sink.ranking(0, std::span(list).first(2), "strict"));
    sink.count("refusals", 2);
    return sink.ranking(1, {}, "");
  });
  const auto ranking = run(method, task);
  ASSERT_TRUE(ranking.has_value()) << ranking.error().message;
  ASSERT_EQ(ranking->variants.size(), 2u);
  const auto& own = ranking->variants[0].rows;
  EXPECT_EQ(own[0], (RankRow{0, target0, 2, 0, 8}));
  EXPECT_EQ(own[1], (RankRow{1, target1, 0, 7, 8}));  // an empty list: all tied
  EXPECT_EQ(own[2].above, own[2].candidates);         // no answer
  EXPECT_EQ(ranking->variants[1].name, "strict");
  EXPECT_EQ(ranking->variants[1].rows[0], (RankRow{0, target0, 1, 6, 8}));
  EXPECT_EQ(count_of(*ranking, "listed items that are no candidates"), 4u);
  EXPECT_EQ(count_of(*ranking, "listed items twice"), 2u);
  EXPECT_EQ(count_of(*ranking, "unanswered"), 1u);
  EXPECT_EQ(count_of(*ranking, "unanswered (strict)"), 2u);
  EXPECT_EQ(count_of(*ranking, "refusals"), 2u);
  ASSERT_EQ(ranking->top[0].size(), 2u);
  EXPECT_EQ(ranking->top[0][0].item, others[0]);
  EXPECT_EQ(ranking->top[0][1].score, 0.5f);
  EXPECT_TRUE(ranking->top[2].empty());

  const auto bad_name =
      run(FunctionMethod([](QuerySource&, RankSink& sink, RankContext&) -> Status {
            return sink.ranking(0, {}, "../up");
          }),
          task);
  EXPECT_FALSE(bad_name.has_value());
}

TEST(Ranking, UnseenItemsStandBelowAllOthers) {
  auto world = make_world(1, 10, 3, 1, 3);
  const ItemId target = world.queries.targets[0];
  for (std::size_t i = 0; i < 10; ++i) world.train_counts[i] = i % 2;
  world.train_counts[index(target)] = 0;
  const Ledger ledger = Ledger::full(std::vector<bool>(10, true));
  const RankTask task = world.task(ledger);
  const ScoreFunction score = [&](UserId, ItemId i) {
    return i == target ? 100.0f : std::nanf("");
  };
  const auto nan = run(scorer(score), task);
  EXPECT_FALSE(nan.has_value());  // trained candidates must have scores
  const auto ranking = run(scorer([&](UserId, ItemId i) {
                             return world.train_counts[index(i)] == 0
                                        ? std::nanf("")
                                        : 1.0f;  // untrained ones need none
                           }),
                           task);
  ASSERT_TRUE(ranking.has_value()) << ranking.error().message;
  const ScoreFunction one = [](UserId, ItemId) { return 1.0f; };
  EXPECT_EQ(ranking->variants.front().rows, plain_ranks(task, one));
}

TEST(Ranking, CancellingEndsTheRanking) {
  const auto world = make_world(100, 50, 2, 1, 3);
  const Ledger ledger = Ledger::full(std::vector<bool>(50, true));
  RankTask task = world.task(ledger);
  task.unseen_items = true;
  CancelFlag cancel;
  NoProgress silent;
  RankContext context{.seed = 1, .threads = 1, .progress = &silent, .cancel = &cancel};
  int asked = 0;
  const auto method = scorer([&](UserId, ItemId) {
    if (++asked == 500) cancel.set();
    return 0.0f;
  });
  const auto ranking = rank_with(method, task, context);
  ASSERT_FALSE(ranking.has_value());
  EXPECT_EQ(ranking.error().kind, ErrorKind::kCancelled);
  EXPECT_LT(asked, 100 * 50);
}

}  // namespace
}  // namespace motive
